"""A company of a few customers whose nights a test writes itself, and a receiver that is a real HTTP server."""

import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

from tests.conftest import new_workspace
from workspace import generations
from workspace.folders import Workspace
from workspace.outbox.delivering import deliver
from workspace.outbox.records import Outcome
from workspace.outbox.schedules import Order, save
from workspace.segments import saved
from workspace.segments.checking import definition_of

SECRET = "a secret that is long enough"
BEST = definition_of({"all": [{"field": "tier", "one_of": ["A"]}]})


class Receiver:
    """Takes what is posted; `answers` are the statuses of the next answers, then 200."""

    def __init__(self) -> None:
        self.answers: list[int | Callable[[], None]] = []
        self.headers: dict[str, str] = {}
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if callable(answer):
                    answer()
                    return
                self.send_response(answer)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"<b>said</b> the receiver")

            def log_message(self, *parts: object) -> None:
                """Nothing: the test says what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/lists"

    @property
    def keys(self) -> list[str]:
        """The key of each delivery that came, in order."""
        return [headers["webhook-id"] for headers, _ in self.got]

    @property
    def taken(self) -> dict[str, str]:
        """What a receiver keeps that drops what it had already: the first body of each key."""
        return {headers["webhook-id"]: body.decode("utf-8-sig") for headers, body in reversed(self.got)}


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("CRM_SECRET", SECRET)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def workspace(tmp_path: Path, receiver: Receiver) -> Workspace:
    """Destinations 'crm' (HTTP, with contact details), 'plain' (a folder, without), and a saved segment 'Best'."""
    made = new_workspace(
        tmp_path / "w",
        f"""
        [outbox.destinations.crm]
        url = "{receiver.url}"
        secret_variable = "CRM_SECRET"
        contact_details = true
        attempts = 3
        [outbox.destinations.plain]
        folder = "handed-over"
        """,
    )
    saved.save(made, name="Best", definition=BEST, who="ann")
    return made


def night(workspace: Workspace, day: int, tiers: dict[int, str], names: dict[int, str] | None = None) -> None:
    """Publish a generation as of a day of June with these customers in these tiers."""

    def write(file: Path) -> None:
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema serving; create schema star")
            connection.execute(
                "create table serving.customer_360 (customer_key bigint, name varchar, email varchar, tier varchar,"
                " net_margin_12m decimal(18, 2), postcode varchar)"
            )
            connection.execute(
                "create table star.bridge_customer_identity (customer_key bigint, kind varchar, identifier varchar)"
            )
            for key, tier in tiers.items():
                name = (names or {}).get(key, f"Customer {key}")
                row = [key, name, f"c{key}@example.org", tier, key, "10115"]
                connection.execute("insert into serving.customer_360 values (?, ?, ?, ?, ?, ?)", row)

    as_of = date(2025, 6, day)
    generations.publish(workspace, generations.next_name(workspace, as_of), write, keep=10)


def schedule(workspace: Workspace, destination: str = "crm", **parts: object) -> str:
    """Schedule the segment 'Best', as Ann; returns its key."""
    order = {"what": "whole", "form": "csv", "columns": ("tier",), "purpose": "to greet them"} | parts
    return save(workspace, Order(1, destination, **order), who="ann", allowed_by=["ann@x.org"], may_contact=True)


def run(workspace: Workspace, pauses: list[float] | None = None, only: str | None = None) -> list[Outcome]:
    """Deliver as the night does; pauses are noted and not waited for."""
    generation = generations.current(workspace)
    with duckdb.connect(str(generation.file), read_only=True) as connection:
        sleep = [].append if pauses is None else pauses.append
        return deliver(workspace, generation, connection, only=only, sleep=sleep)
