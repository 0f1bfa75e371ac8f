"""What an answer is made of, and the small statistics that all questions share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.intervals import Interval, Sample, mean_interval

MIN_GROUP = 30
Status = Literal["answered", "too little data", "missing feed"]

# Which feeds fill a table of the star.
FEEDS = {
    "orders": ("sales.orders", "sales.order_lines"),
    "lines": ("sales.orders", "sales.order_lines"),
    "products": ("sales.products",),
    "customers": ("sales.customers",),
    "calls": ("call_center.calls",),
    "cases": ("call_center.cases",),
    "contacts": ("marketing.campaigns", "marketing.contacts"),
    "surveys": ("marketing.surveys",),
    "sessions": ("web.events",),
}


@dataclass(frozen=True)
class Answer:
    """A question answered with a number, or the reason why it cannot be.

    Attributes
    ----------
    question : as asked, with its parameters in words
    status : 'answered', 'too little data' or 'missing feed'
    sentence : the answer in words with its numbers; without an answer, why not
    number : the number with its 95 % interval; None without an answer
    unit : of the number: 'money', 'share', 'ratio', 'points'
    definition : what is counted, in words
    method : how it is worked out, and its source
    missing_feeds : feeds that would have to be delivered; empty unless they are missing
    chart : small table in memory, one row per bar or point; None without an answer
    customers : table of (customer_key) behind the number, not yet executed; None where there is none
    query : the table from which the number is read, not yet executed; its text by ibis.to_sql
    """

    question: str
    status: Status
    sentence: str
    number: Interval | None
    unit: str
    definition: str
    method: str
    missing_feeds: tuple[str, ...] = ()
    chart: ir.Table | None = None
    customers: ir.Table | None = None
    query: ir.Table | None = None


@dataclass(frozen=True)
class Asked:
    """What of an answer is known before anything is counted."""

    question: str
    unit: str
    definition: str
    method: str

    def answered(
        self,
        sentence: str,
        number: Interval,
        *,
        chart: ir.Table,
        customers: ir.Table | None = None,
        query: ir.Table | None = None,
    ) -> Answer:
        """The question with its answer."""
        return Answer(
            self.question, "answered", sentence, number, self.unit, self.definition, self.method,
            chart=chart, customers=customers, query=query,
        )  # fmt: skip

    def too_little(self, reason: str, *, chart: ir.Table | None = None, query: ir.Table | None = None) -> Answer:
        """The question that the data is too small for, and how small it is."""
        return Answer(
            self.question, "too little data", reason, None, self.unit, self.definition, self.method,
            chart=chart, query=query,
        )  # fmt: skip

    def missing(self, feeds: Sequence[str], reason: str | None = None) -> Answer:
        """The question that no delivered feed speaks of."""
        text = reason or "nothing has been delivered that speaks of it"
        named = ", ".join(feeds)
        sentence = f"Cannot be answered: {text}. Missing: {named}."
        return Answer(
            self.question, "missing feed", sentence, None, self.unit, self.definition, self.method,
            missing_feeds=tuple(feeds),
        )  # fmt: skip


def empty_feeds(**tables: ir.Table) -> list[str]:
    """The feeds of those of the tables, named as in `FEEDS`, that hold nothing."""
    empty = [name for name, table in tables.items() if table.limit(1).count().execute() == 0]
    return sorted({feed for name in empty for feed in FEEDS[name]})


def samples(values: ir.Table, group: str, value: str) -> dict[Any, Sample]:
    """Mean, deviation and size of each group: one small query, whatever the number of customers."""
    return read_samples(sample_table(values, group, value))


def sample_table(values: ir.Table, group: str, value: str) -> ir.Table:
    """The query behind `samples`: (group_name, mean_value, deviation, group_size)."""
    number = values[value].cast("float64")
    return values.group_by(group_name=values[group]).agg(
        mean_value=number.mean(), deviation=number.std(how="sample"), group_size=_.count()
    )


def read_samples(table: ir.Table) -> dict[Any, Sample]:
    """The samples of a `sample_table`."""
    rows = table.execute().to_dict("records")
    return {row["group_name"]: sample_of(row["mean_value"], row["deviation"], row["group_size"]) for row in rows}


def sample_of(mean: float, deviation: float | None, size: int) -> Sample:
    """A sample as a database says it: one value has no spread, which counts as none."""
    return Sample(mean, 0.0 if pd.isna(deviation) else deviation, int(size))


def bar(label: str, sample: Sample) -> dict[str, Any]:
    """A bar of a chart: a group's mean with its interval, which is null for a single value."""
    row: dict[str, Any] = {"label": label, "value": sample.mean, "low": None, "high": None, "size": sample.size}
    if sample.size >= 2:
        interval = mean_interval(*sample)
        row |= {"low": interval.low, "high": interval.high}
    return row


def share_bar(label: str, interval: Interval, size: int) -> dict[str, Any]:
    """A bar of a chart: a share with its interval."""
    return {"label": label, "value": interval.estimate, "low": interval.low, "high": interval.high, "size": size}


CHART = {"label": "string", "value": "float64", "low": "float64", "high": "float64", "size": "int64"}


def chart_of(rows: Sequence[Mapping[str, Any]], **more: str) -> ir.Table:
    """A chart's table: label, value, low, high, size, and columns of its own with their types."""
    schema = CHART | more
    return ibis.memtable([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def spoken(interval: Interval, places: int = 2) -> str:
    """As in '4.20 (1.10 to 7.30)'."""
    return f"{interval.estimate:,.{places}f} ({interval.low:,.{places}f} to {interval.high:,.{places}f})"


def spoken_share(interval: Interval) -> str:
    """As in '42.0 % (37.1 to 47.2)'."""
    return f"{100 * interval.estimate:.1f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def is_unsure(interval: Interval, nothing: float = 0.0) -> bool:
    """Whether the interval holds the value at which there is no difference."""
    return interval.low <= nothing <= interval.high
