"""What the Compare page asks: the two groups, what tells them apart, overlap, and where both went."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis import _

from dashboards.app_data import segments as segments_asked
from dashboards.app_data.asking import Asked
from dashboards.app_data.reader import Where, cached, records
from dashboards.app_viewer import Viewer
from mining.comparisons import compare_groups, group_members, group_movements, group_overlap

# Segments whose past is kept: column and the table that keeps it.
DATED = {"tier": "customer_tiers", "rfm_group": "customer_rfm", "loyalty_stage": "customer_loyalty"}
TODAY = ("pyramid_level", "region", "country", "kind", "age_band", "gender", "main_channel", "main_category")
# What two groups are compared by; contact details and keys tell nothing.
ATTRIBUTES = (
    "age_years", "age_band", "gender", "region", "country", "kind", "tier", "rfm_group", "loyalty_stage",
    "loyalty_index", "durability", "firmness", "stability", "recency_days", "frequency", "monetary_amount",
    "revenue_12m_amount", "cost_to_serve_12m_amount", "net_margin_12m", "main_channel", "main_category",
    "typical_gap_days", "visits_90d", "calls_12m", "contacts_30d", "open_case_count", "last_satisfaction",
    "consent_email", "consent_sms", "consent_phone", "consent_post",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A group of customers: those of a value of a column on a date, the members of a stored list or of a saved segment.

    `members` is the list's frozen file, `definition` the segment's as text and `night` the generation that it is asked
    of, in the name of `viewer`; then column and value say only what the group is called.
    """

    column: str
    value: str
    as_of: date
    members: str = ""
    definition: str = ""
    night: str = ""
    viewer: Viewer | None = None


@cached
def segments(file: str) -> dict[str, list[str]]:
    """Values that occur by column, most customers first; columns without any are left out."""
    found = {
        # S608: the columns are those written above.
        column: records(
            file,
            f"select {column}::varchar as value from serving.customer_360 where {column} is not null"  # noqa: S608
            " group by value order by count(*) desc, value limit 60",
        )
        for column in (*DATED, *TODAY)
    }
    return {column: [row["value"] for row in values] for column, values in found.items() if values}


@cached
def dates(file: str, column: str) -> list[date]:
    """Dates on which the value of a column is known, latest first."""
    query = f"select distinct as_of from mining.{DATED[column]} order by as_of desc"  # noqa: S608
    return [row["as_of"] for row in records(file, query)]


def members(asked: Asked, group: Group) -> ir.Table:
    """The customers of a group."""
    if group.members:
        return asked.backend.read_parquet(str(Path(group.members))).select("customer_key")
    if group.definition:
        return ibis.memtable(segment_members(group, asked.time_zone))
    if group.column in DATED and group.as_of != asked.as_of:
        found = asked.mined(DATED[group.column], group.as_of)
    else:
        found = asked.serving("customer_360")
    return found.filter(found[group.column] == group.value).select("customer_key")


def segment_members(group: Group, time_zone: str) -> pa.Table:
    """The customers of a saved segment on its night.

    Raises
    ------
    RegularsError
        If it asks for a contact detail and the viewer may not see those, or for what that night does not hold.
    """
    assert group.viewer is not None, "a segment is asked in somebody's name"
    where = Where(group.night, group.as_of, time_zone)
    keys = segments_asked.keys(where, group.viewer, segments_asked.from_text(group.definition))
    return pa.table({"customer_key": pa.array(keys, pa.int64())})


def telling(a: Group, b: Group) -> tuple[str, ...]:
    """What two groups are compared by: what one is chosen by tells it apart from others by itself."""
    return tuple(name for name in ATTRIBUTES if name not in (a.column, b.column))


@cached
def compared(where: Where, a: Group, b: Group, attributes: tuple[str, ...]) -> pd.DataFrame:
    """What tells the groups apart, the largest effect first."""
    asked = Asked(where)
    people = asked.serving("customer_360").select("customer_key", *attributes)
    return compare_groups(members(asked, a), members(asked, b), people).execute()


@cached
def overlap(where: Where, a: Group, b: Group) -> dict[str, float]:
    """How many are in one, the other, both."""
    asked = Asked(where)
    found = asked.backend.execute(group_overlap(members(asked, a), members(asked, b)))
    return {str(name): value for name, value in found.to_dict("records")[0].items()}


@cached
def membership(where: Where, a: Group, b: Group) -> pd.DataFrame:
    """Everybody of either group, and of which; the key as text."""
    asked = Asked(where)
    found = group_members(members(asked, a), members(asked, b)).mutate(customer_key=_.customer_key.cast("string"))
    return asked.backend.execute(found.order_by("membership", "customer_key"))


@cached
def movement(where: Where, group: Group, column: str, before: date, after: date) -> pd.DataFrame:
    """Where the customers of a group went between two dates: tier, RFM group or loyalty stage."""
    asked = Asked(where)
    earlier, later = (asked.mined(DATED[column], day) for day in (before, after))
    return asked.backend.execute(group_movements(earlier, later, members(asked, group), state=column))
