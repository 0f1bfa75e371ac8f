"""What the server's memory grows by with every reader who has a page open: sessions by the hundred, kept open."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.bench_nightly import ROOT, timed, workspace
from benchmarks.bench_pages import served_by

AS_OF = date(2025, 12, 31)
STEPS = (25, 100, 1_000)  # sessions at which memory is looked at
AT_MOST = 1.2


def resident(process_id: int) -> float:
    """What a process holds in memory, in MiB."""
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


async def opened(address: str) -> websockets.ClientConnection:
    """A session whose first page is drawn."""
    socket = await websockets.connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=[websockets.Subprotocol("streamlit")],
        max_size=None, origin=websockets.Origin(address),
    )  # fmt: skip
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    await socket.send(ask.SerializeToString())
    while True:
        said = ForwardMsg()
        said.ParseFromString(bytes(await socket.recv(decode=False)))
        if said.WhichOneof("type") == "script_finished":
            return socket


async def grown(address: str, look: Callable[[], float]) -> list[tuple[int, float]]:
    """Memory at each of `STEPS`, all sessions kept open, one opened after the other."""
    sockets: list[websockets.ClientConnection] = []
    seen = []
    for step in STEPS:
        while len(sockets) < step:
            sockets.append(await opened(address))
        seen.append((step, look()))
        sys.stdout.write(f"  {step} sessions: {seen[-1][1]:.0f} MiB\n")
        sys.stdout.flush()
    for socket in sockets:
        await socket.close()
    return seen


def measure(folder: Path) -> list[dict]:
    """The growth over the last of `STEPS`."""
    with served_by(folder) as (address, process_id):
        seen = asyncio.run(grown(address, lambda: resident(process_id)))
    (few, at_few), (many, at_many) = seen[-2:]
    ratio = at_many / at_few
    return [
        {
            "work": f"Memory of the server with {many:,} sessions on the Overview, beside {few}",
            "ours": f"{at_many:.0f} MiB, beside {at_few:.0f} MiB",
            "ours_note": f"{ratio:.2f} times as much",
            "aim": f"at most {AT_MOST:g} times",
            "met": ratio <= AT_MOST,
        }
    ]


def run(customers: int = 4_000, years: int = 2) -> list[dict]:
    """A demo company, published, and its Overview opened again and again."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        demo = workspace(folder, ROOT / "regulars.toml")
        timed("-w", demo, "demo", "--customers", str(customers), "--years", str(years))
        timed("-w", demo, "nightly", "--as-of", AS_OF.isoformat())
        shutil.rmtree(folder / "landing")
        return measure(folder)


if __name__ == "__main__":
    for row in run() if len(sys.argv) == 1 else measure(Path(sys.argv[1])):
        sys.stdout.write(f"{row}\n")
