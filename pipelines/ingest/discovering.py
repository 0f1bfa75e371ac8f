"""Which files of landing are new: by name, size and time of change first, by content where these are not known."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.contracts import contracts
from pipelines.ingest import holding
from pipelines.ingest import ledger as book
from pipelines.ingest.ledger import DeliveryResult, Sighting
from pipelines.ingest.looking import content_hash
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.source_settings import Source

UNREADABLE = "unreadable:"
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")


@dataclass(frozen=True)
class Arrival:
    """A file that is to be loaded: new by its content, or refused before and worth another try."""

    delivery_id: int
    source_name: str
    path: Path
    file: str
    "Its path within landing."
    size: int
    modified_ns: int
    content_hash: str
    mapping: str
    is_watched: bool = True
    "Whether it is held when it is far off its past; not what a person has let through, nor what begins a past."

    @property
    def sighting(self) -> Sighting:
        """What to remember it by."""
        return Sighting(self.source_name, self.file, self.size, self.modified_ns, self.content_hash)

    def result(self, **outcome: object) -> DeliveryResult:
        """What became of it."""
        known = (self.delivery_id, self.source_name, self.file, self.content_hash, self.size, self.mapping)
        return DeliveryResult(*known, **outcome)  # type: ignore[arg-type]


def fingerprint(workspace: Workspace, source: Source) -> str:
    """A short text that changes when anything does that decides how a source's files are read."""
    settings = workspace.settings
    parts = {
        "source": source.model_dump(mode="json"),
        "zone": source.time_zone or settings.company.time_zone,
        "limits": [settings.ingest.future_tolerance_days, settings.ingest.max_field_megabytes],
        "contracts": [contracts()[feed].model_dump(mode="json") for feed in sorted(source.feeds)],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def landing_files(workspace: Workspace) -> Iterator[tuple[str, str, Path]]:
    """Every file in landing that belongs to a source, as (path within landing, source, path), in path order.

    Reads of databases are among them, by their path within the folder of reads. Hidden files and those that a
    transfer has not finished are left alone.
    """
    landing = workspace.landing
    if not landing.is_dir():
        raise RegularsError(f"The landing folder {landing} does not exist.", "Make it, or mend ingest.landing.")
    found = []
    for name, source in workspace.settings.sources.items():
        found += [(file, name, path) for file, path in reads_of(workspace, name)] if source.database else []
        for path in landing.glob(source.files) if source.files else []:
            file = path.relative_to(landing).as_posix()
            is_hidden = any(part.startswith((".", "~$")) for part in file.split("/"))
            if not is_hidden and not file.endswith(UNFINISHED) and path.is_file():
                found.append((file, name, path))
    yield from sorted(found)


def reads_of(workspace: Workspace, source: str) -> list[tuple[str, Path]]:
    """What has been read from a database and is still at hand, as (path within the folder of reads, path)."""
    root = reads_folder(workspace)
    return [(path.relative_to(root).as_posix(), path) for path in sorted((root / source).glob("*.parquet"))]


def reads_folder(workspace: Workspace) -> Path:
    """Where reads of databases lie until they are in raw, and for as long as they have rows in quarantine."""
    return workspace.state / "reads"


def arrivals(workspace: Workspace, ledger: sqlite3.Connection) -> tuple[list[Arrival], list[Sighting]]:
    """Files to load, in path order, and files whose content is known already (again, or under another name)."""
    seen, decided = book.sightings(ledger), holding.decisions(ledger)
    known = {(one.source, one.content_hash): one for one in book.uncounted(ledger)}
    # What comes together with the first of its source is the past that later ones are compared with.
    begun = {one.source for one in known.values() if one.status == "loaded"}
    mappings = {name: fingerprint(workspace, source) for name, source in workspace.settings.sources.items()}
    next_id = max((delivery.delivery_id for delivery in known.values()), default=0) + 1
    new: dict[tuple[str, str], Arrival] = {}
    again: list[Sighting] = []
    for file, name, path in landing_files(workspace):
        status = path.stat()
        last = seen.get((name, file))
        # What could not be opened has no content to compare: permissions change neither size nor time.
        is_same = last is not None and not last.content_hash.startswith(UNREADABLE)
        is_same = is_same and last is not None and (last.size, last.modified_ns) == (status.st_size, status.st_mtime_ns)
        digest = last.content_hash if is_same and last else digest_of(path, file)
        key = (name, digest)
        earlier = known.get(key)
        arrival = Arrival(0, name, path, file, status.st_size, status.st_mtime_ns, digest, mappings[name])
        decision = decided.get(earlier.delivery_id) if earlier else None
        if key in new or (earlier and is_settled(earlier, decision, mappings[name])):
            again += [] if is_same else [arrival.sighting]
            continue
        delivery_id = earlier.delivery_id if earlier else next_id
        next_id += earlier is None
        is_watched = name in begun and decision != "released"
        new[key] = replace(arrival, delivery_id=delivery_id, is_watched=is_watched)
    return list(new.values()), again


def is_settled(earlier: DeliveryResult, decision: holding.Decision | None, mapping: str) -> bool:
    """Whether nothing new can come of a delivery: it is loaded, a person has refused it, or it would fail once more."""
    if earlier.status == "loaded" or decision is not None:
        return earlier.status == "loaded" or decision == "refused"
    return earlier.mapping == mapping


def digest_of(path: Path, file: str) -> str:
    """The content hash; a file that cannot be opened is known by its name until it can."""
    try:
        return content_hash(path)
    except OSError:
        return f"{UNREADABLE}{file}"
