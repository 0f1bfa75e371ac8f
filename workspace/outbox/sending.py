"""Getting a delivery to where it belongs: a file put into a folder whole or not at all, or a signed POST, tried again.

The signature is that of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`, so
that receivers can check it with a library of theirs. The id names the delivery, and is the same at every attempt.
"""

import base64
import hashlib
import hmac
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from workspace.errors import RegularsError
from workspace.exports import FORMATS
from workspace.folders import Workspace
from workspace.generations import sync
from workspace.outbox_settings import Destination

AGAIN = {408, 425, 429, 500, 502, 503, 504}
LONGEST_PAUSE = 60.0
CHUNK = 1 << 20
Sleep = Callable[[float], None]


class NotDeliveredError(RegularsError):
    """A delivery that did not arrive, or of which nobody knows whether it did."""


@dataclass(frozen=True)
class Parcel:
    """What leaves: the file, the delivery's key, the segment's name, the day and the kind of file."""

    file: Path
    key: str
    name: str
    as_of: date
    form: str


def send(workspace: Workspace, to: str, destination: Destination, parcel: Parcel, sleep: Sleep = time.sleep) -> int:
    """Bring a parcel to its destination; returns the attempts it took.

    Raises
    ------
    RegularsError
        If it did not arrive.
    """
    if destination.folder is not None:
        put(workspace, destination.folder, parcel)
        return 1
    return post(to, destination, parcel, sleep)


def put(workspace: Workspace, chosen: Path, parcel: Parcel) -> Path:
    """Put the file into a folder under a name that is the delivery's own; who reads the folder never sees half of it.

    Raises
    ------
    NotDeliveredError
        If a folder outside the workspace is not there: a disk that is not mounted must not be written beside.
    """
    folder = (workspace.root / chosen).resolve()
    if folder.is_relative_to(workspace.root):
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise NotDeliveredError(f"The folder {folder} is not there.", "Make it, or mount the disk that it is on.")
    target = folder / file_name(parcel)
    half = folder / f".{target.name}.part"
    try:
        with parcel.file.open("rb") as written, half.open("wb") as out:
            os.fchmod(out.fileno(), 0o640)
            shutil.copyfileobj(written, out, CHUNK)
            out.flush()
            os.fsync(out.fileno())
        half.replace(target)
        sync(folder)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise NotDeliveredError(f"{target} cannot be written: {error.strerror}.", "Mend that and try again.") from None
    return target


def file_name(parcel: Parcel) -> str:
    """Segment, day and the end of the key: one delivery always has the same name, two never share one."""
    slug = re.sub(r"[^a-z0-9]+", "-", parcel.name.lower()).strip("-")[:60] or "list"
    what, digest = parcel.key.split(".")[-2:]
    return f"{slug}_{parcel.as_of.isoformat()}_{what}_{digest[:8]}.{parcel.form}"


def post(to: str, destination: Destination, parcel: Parcel, sleep: Sleep) -> int:
    """POST the file until the receiver takes it, with growing pauses; returns the attempts it took.

    Raises
    ------
    NotDeliveredError
        If the receiver refuses it, or did not take it at any attempt.
    SettingsError
        If the secret is not set.
    """
    secret, problem = destination.secret(), ""
    # Proxies come from the usual variables; no redirect is followed, so nothing goes where no setting says.
    with httpx.Client(timeout=destination.timeout_seconds, follow_redirects=False) as client:
        for attempt in range(1, destination.attempts + 1):
            pause = 2.0**attempt
            try:
                with parcel.file.open("rb") as body:
                    answer = client.post(str(destination.url), content=body, headers=headers(secret, parcel))
            except httpx.HTTPError as error:
                problem = f"{to} could not be reached: {str(error) or type(error).__name__}"
            else:
                if answer.is_success:
                    return attempt
                problem = f"{to} answers {answer.status_code} {answer.reason_phrase}{said(answer)}"
                if answer.status_code not in AGAIN:
                    raise NotDeliveredError(f"{problem}.", remedy(answer.status_code, destination))
                pause = max(pause, asked_pause(answer))
            if attempt < destination.attempts:
                sleep(min(pause, LONGEST_PAUSE))
    tries = "the one attempt" if destination.attempts == 1 else f"each of {destination.attempts} attempts"
    raise NotDeliveredError(f"{problem}, at {tries}.", "The next night tries again; 'regulars outbox run' does it now.")


def headers(secret: bytes, parcel: Parcel) -> dict[str, str]:
    """What says whose delivery this is, and proves it; signed anew at each attempt, since receivers refuse old ones."""
    stamp = int(time.time())
    return {
        "content-type": FORMATS[parcel.form][1],
        "content-length": str(parcel.file.stat().st_size),
        "content-disposition": f'attachment; filename="{file_name(parcel)}"',
        "idempotency-key": parcel.key,
        "webhook-id": parcel.key,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(secret, parcel.key, stamp, parcel.file),
        "user-agent": "regulars",
    }


def signature(secret: bytes, key: str, timestamp: int, body: Path) -> str:
    """'v1,' and the base64 of HMAC-SHA256 over `key.timestamp.body`; a 'whsec_' secret is base64 itself."""
    prefix = b"whsec_"
    seed = base64.b64decode(secret.removeprefix(prefix)) if secret.startswith(prefix) else secret
    signed = hmac.new(seed, f"{key}.{timestamp}.".encode(), hashlib.sha256)
    with body.open("rb") as file:
        while chunk := file.read(CHUNK):
            signed.update(chunk)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def said(answer: httpx.Response) -> str:
    """The first words of an answer, for whoever has to mend it."""
    text = " ".join(answer.text.split())[:120]
    return f": {text}" if text else ""


def asked_pause(answer: httpx.Response) -> float:
    """The pause in seconds that the receiver asks for; 0 where it asks for none."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def remedy(status: int, destination: Destination) -> str:
    """What to do about a refusal."""
    if status in (401, 403):
        return f"Compare the secret in {destination.secret_variable} with the receiver's."
    if 300 <= status < 400:
        return "Redirects are not followed: put the address that it leads to into the settings."
    return "Compare the address in the settings with the receiver's; then 'regulars outbox run'."
