"""A batch's deliveries compared with those before them; what is far off is kept out of what is stored."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from pipelines.ingest import holding
from pipelines.ingest import ledger as book
from pipelines.ingest.discovering import Arrival
from pipelines.ingest.holding import Looks
from pipelines.ingest.judging import Judged
from pipelines.ingest.profiling import Profile
from pipelines.ingest.sql import identifier
from pipelines.ingest.volume import Past, Verdict, verdicts
from workspace.folders import Workspace

PAST = 200
"Deliveries that a new one may be compared with: enough for half a year of each weekday."
NOT_COMPARED = Verdict("not compared", "it came with the first of its source, or was let through")


def compare(
    workspace: Workspace, files: Sequence[Arrival], found: dict[str, dict[int, Profile]]
) -> tuple[Looks, dict[int, str]]:
    """Compare each delivery with those of its source before it, in this batch too.

    A delivery is held as a whole: its orders without their lines would be worse than none.

    Returns
    -------
    what each brought with the verdict, and those that are held with the reason
    """
    zone = workspace.settings.company.zone
    looks: Looks = {}
    held: dict[int, str] = {}
    with book.open_ledger(workspace) as ledger:
        pasts = {
            name: holding.pasts(ledger, name, source.feeds, PAST)
            for name, source in workspace.settings.sources.items()
            if any(file.source_name == name for file in files)
        }
    for file in sorted(files, key=lambda file: file.delivery_id):
        brought = {feed: of[file.delivery_id] for feed, of in found.items() if file.delivery_id in of}
        past = pasts[file.source_name]
        said = verdicts(brought, past, zone) if file.is_watched else dict.fromkeys(brought, NOT_COMPARED)
        looks[file.delivery_id] = {feed: (profile, said[feed]) for feed, profile in brought.items()}
        faults = [f"{feed}: {verdict.words}" for feed, verdict in said.items() if verdict.word == "unusual"]
        if faults and workspace.settings.sources[file.source_name].unusual == "hold":
            held[file.delivery_id] = f"Far off what it was before. {'. '.join(faults)}."
            continue
        for feed, profile in brought.items():
            past[feed] = Past([*past[feed].profiles, profile][-PAST:], past[feed].released)
    return looks, held


def without(connection: duckdb.DuckDBPyConnection, judged: Judged, held: dict[int, str]) -> Judged:
    """The same rows but those of held deliveries."""
    name = f"let through {judged.contract.name}"
    connection.execute(
        f"create temp view {identifier(name)} as select * from {identifier(judged.relation)}"
        f" where _delivery_id not in ({', '.join(map(str, held))})"
    )
    on_repeat = {delivery: word for delivery, word in judged.on_repeat.items() if delivery not in held}
    return replace(judged, relation=name, on_repeat=on_repeat)
