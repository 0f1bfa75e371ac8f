"""Drift: columns that came, went or changed their type since the last delivery, and what the policy makes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipelines.contracts import contracts
from pipelines.ingest.mapping import RefusedError, references
from workspace.source_settings import DriftPolicy, FeedMapping, Source

Kind = Literal["new", "missing", "retyped"]
STRICTEST: tuple[DriftPolicy, ...] = ("freeze", "discard", "evolve")
WORDS: dict[Kind, str] = {
    "new": "the column {column!r} ({after}) is new",
    "missing": "the column {column!r} ({before}) is missing",
    "retyped": "the column {column!r} was {before} and is {after}",
}


@dataclass(frozen=True)
class Drift:
    """One column that is not as it was; `before` and `after` are types, NULL where there is no such column."""

    source: str
    column: str
    kind: Kind
    before: str | None
    after: str | None
    policy: DriftPolicy
    delivery_id: int

    @property
    def words(self) -> str:
        """What happened, for a person."""
        return WORDS[self.kind].format(column=self.column, before=self.before, after=self.after)


@dataclass
class Layouts:
    """The columns of each source as they are known, name to type, and every drift met in this batch.

    A source that is not known yet takes the first layout that comes.
    """

    known: dict[str, dict[str, str]] = field(default_factory=dict)
    drifts: list[Drift] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def settle(self, name: str, source: Source, header: Mapping[str, str], delivery_id: int) -> dict[str, str]:
        """Hold a delivery's columns against those known; returns the columns that may be used.

        `evolve`: the column counts as it is from now on. `discard`: the delivery loads without it, and what is known
        stays. `freeze`: the delivery is refused.

        Raises
        ------
        RefusedError
            Naming every column whose policy is `freeze`, and what to do.
        """
        if name not in self.known:
            self.known[name] = dict(header)
            self.changed.add(name)
            return dict(header)
        known = self.known[name]
        found = []
        for column, kind in differences(known, header):
            policy = policy_of(source, column, kind)
            found.append(Drift(name, column, kind, known.get(column), header.get(column), policy, delivery_id))
        self.drifts += found
        if frozen := [drift.words for drift in found if drift.policy == "freeze"]:
            raise RefusedError(
                f"Not as the deliveries before: {'; '.join(frozen)}, and sources.{name}.drift says freeze. Deliver it "
                "as before, or say evolve."
            )
        left_out = {drift.column for drift in found if drift.policy == "discard"}
        evolved = {drift.column for drift in found if drift.policy == "evolve"}
        if evolved:
            self.known[name] = {
                column: header.get(column, known.get(column, "")) if column in evolved else known[column]
                for column in [*known, *(column for column in header if column in evolved and column not in known)]
                if column not in evolved or column in header
            }
            self.changed.add(name)
        return {column: kind for column, kind in header.items() if column not in left_out}


def differences(known: Mapping[str, str], header: Mapping[str, str]) -> Iterator[tuple[str, Kind]]:
    """Columns that differ, those of the delivery first."""
    for column, kind in header.items():
        if column not in known:
            yield column, "new"
        elif known[column] != kind:
            yield column, "retyped"
    yield from ((column, "missing") for column in known if column not in header)


def policy_of(source: Source, column: str, kind: Kind) -> DriftPolicy:
    """What is to be done: the strictest of the feeds that take the column, else what the source says."""
    words = [
        policy
        for feed, mapping in source.feeds.items()
        if takes(feed, mapping, column)
        if (policy := getattr(mapping.drift, kind)) is not None
    ]
    return min(words or [getattr(source.drift, kind) or "evolve"], key=STRICTEST.index)


def takes(feed: str, mapping: FeedMapping, column: str) -> bool:
    """Whether a feed is filled from a column of this name."""
    texts = list(mapping.columns.values()) or [one.name for one in contracts()[feed].columns]
    texts += [mapping.where] if mapping.where else []
    names = {text.strip().lower() for text in texts} | {name.lower() for text in texts for name in references(text)}
    return column.lower() in names
