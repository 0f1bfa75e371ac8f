"""Running segments: the live count, what can be chosen, the mix against everyone else, overlap, the people behind."""

import json
from typing import Any

import numpy as np
import pandas as pd

from dashboards.app_data import members, sampled
from dashboards.app_data.reader import Where, cached, connection, record, records, rows
from dashboards.app_data.sampled import Estimate
from dashboards.app_viewer import CONTACT_DETAILS, Viewer
from workspace.segments.acts import ACTS, Look
from workspace.segments.checking import check, definition_of, personal_fields
from workspace.segments.fields import TABLE, Fields, fields_of
from workspace.segments.language import Group
from workspace.segments.query import Moment, Parameters, condition
from workspace.segments.saved import stored

MOST_VALUES = 1_000  # a list to choose from that is longer helps nobody: the value is typed
MEASURES = {  # messages: values
    "net_margin_12m": "Net margin",
    "monetary_amount": "Revenue so far",
    "frequency": "Orders so far",
    "recency_days": "Days since last order",
    "loyalty_index": "Loyalty index",
    "churn_probability": "Probability of leaving",
}
MIXES = {"tier": "Tier", "rfm_group": "RFM group", "loyalty_stage": "Loyalty stage"}  # messages: values


@cached
def fields(file: str) -> Fields:
    """What can be asked of customers in this generation."""
    schema, table = TABLE.split(".")
    found = records(
        file,
        "select column_name, data_type from duckdb_columns() where schema_name = $schema and table_name = $table"
        " order by column_index",
        {"schema": schema, "table": table},
    )
    return fields_of((row["column_name"], row["data_type"]) for row in found)


@cached
def values(file: str, field: str) -> list[str]:
    """The values of a field to choose from, those of most customers first.

    Raises
    ------
    KeyError
        If there is no such field: names never reach the query unless they are known.
    """
    column = fields(file)[field].name
    # The column is one of the published table's; it is no value.
    query = f"select c.{column} as value from {TABLE} as c where value is not null"  # noqa: S608
    return chosen_from(file, query)


@cached
def trait_values(file: str, act: str, trait: str) -> list[str]:
    """The values of a trait of an act to choose from."""
    source, look = next((source, source.traits[trait]) for source in ACTS[act].sources if trait in source.traits)
    return chosen_from(file, looked_up(source.table, look))


def looked_up(table: str, look: Look) -> str:
    """The query of a trait's values; every name in it is of the catalogue of acts."""
    if not look.dimension:
        return f"select f.{look.column} as value from {table} as f where value is not null"  # noqa: S608
    return f"select {look.attribute} as value from {look.dimension} as d where value is not null"  # noqa: S608


def chosen_from(file: str, query: str) -> list[str]:
    """The most frequent values of a query's one column."""
    found = rows(
        file,
        f"select value::varchar as value from ({query}) group by all order by count(*) desc, value limit $most",  # noqa: S608
        {"most": MOST_VALUES},
    )
    return list(found["value"])


def asked(where: Where, viewer: Viewer, definition: Group, prefix: str = "s") -> tuple[str, Parameters]:
    """The condition on `customer_360 as c` and its parameters, for a viewer who may ask it.

    Raises
    ------
    RegularsError
        If it asks for a contact detail and the viewer may not see those, or for what is not published.
    """
    known = fields(where.file)
    if personal_fields(definition, known):
        viewer.require(CONTACT_DETAILS)
    if not members.has_acts(definition):
        return condition(definition, known, Moment(where.as_of, where.time_zone), prefix)
    # Found once, whatever is asked of them and however often: a query may name the condition many times.
    bits = members.members(where, known, definition)
    return f"(get_bit(${prefix}_members::blob::bit, c.rowid::integer) = 1)", {f"{prefix}_members": bits.tobytes()}


def estimated(where: Where, viewer: Viewer, definition: Group) -> Estimate | None:
    """About how many customers belong, where counting takes long and has not been done; `None` where it is quick."""
    known = fields(where.file)
    if personal_fields(definition, known):
        viewer.require(CONTACT_DETAILS)
    check(definition, known)
    return sampled.estimate(where, known, definition)


def count(where: Where, viewer: Viewer, definition: Group) -> int:
    """How many customers belong."""
    text, parameters = asked(where, viewer, definition)
    return counted(where.file, text, members.packed(parameters))


@cached
def counted(file: str, text: str, parameters: tuple[tuple[str, Any], ...]) -> int:
    """As `count`, for a viewer already checked."""
    query = f"select count(*) as customer_count from {TABLE} as c where {text}"  # noqa: S608
    return int(record(file, query, dict(parameters))["customer_count"])


def mix(where: Where, viewer: Viewer, definition: Group, field: str) -> pd.DataFrame:
    """How the segment is made up beside everyone else: value, segment_count, other_count, and their shares.

    Parameters
    ----------
    field : one of `MIXES`
    """
    text, parameters = asked(where, viewer, definition)
    column = {name: name for name in MIXES}[field]
    return mixed(where.file, column, text, members.packed(parameters))


@cached
def mixed(file: str, column: str, text: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    """As `mix`, for a viewer already checked."""
    found = rows(
        file,
        f"""
        select coalesce(c.{column}, 'none') as value, count(*) filter (where {text}) as segment_count,
            count(*) filter (where ({text}) is not true) as other_count
        from {TABLE} as c group by all order by value
        """,  # noqa: S608
        dict(parameters),
    )
    for side in ("segment", "other"):
        found[f"{side}_share"] = found[f"{side}_count"] / max(int(found[f"{side}_count"].sum()), 1)
    return found


def measures(where: Where, viewer: Viewer, definition: Group) -> pd.DataFrame:
    """The middle value of each measure in the segment and of everyone else; unknown ones do not count."""
    text, parameters = asked(where, viewer, definition)
    return middles(where.file, text, members.packed(parameters))


@cached
def middles(file: str, text: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    """As `measures`, for a viewer already checked."""
    known = [name for name in MEASURES if name in fields(file)]
    found = records(
        file,
        f"""
        select coalesce({text}, false) as is_in, {", ".join(f"median(c.{name}) as {name}" for name in known)}
        from {TABLE} as c group by is_in
        """,  # noqa: S608
        dict(parameters),
    )
    sides = {row["is_in"]: row for row in found}
    return pd.DataFrame(
        [
            {
                "name": name,
                "measure": MEASURES[name],
                "segment": number(sides.get(True, {}).get(name)),
                "others": number(sides.get(False, {}).get(name)),
            }
            for name in known
        ]
    )


def number(value: Any) -> float | None:
    """A database's number as a float; `None` stays."""
    return None if value is None else float(value)


def overlap(where: Where, viewer: Viewer, one: Group, other: Group) -> dict[str, int]:
    """Customers of the first only, of the second only, and of both."""
    first, mine = asked(where, viewer, one, "s")
    second, theirs = asked(where, viewer, other, "t")
    found = record(
        where.file,
        f"""
        select count(*) filter (where a and not b) as first_only, count(*) filter (where b and not a) as second_only,
            count(*) filter (where a and b) as both
        from (select ({first}) is true as a, ({second}) is true as b from {TABLE} as c)
        """,  # noqa: S608
        mine | theirs,
    )
    return {name: int(value) for name, value in found.items()}


def keys(where: Where, viewer: Viewer, definition: Group) -> np.ndarray:
    """The members' customer keys, in order."""
    text, parameters = asked(where, viewer, definition)
    query = f"select c.customer_key from {TABLE} as c where {text} order by 1"  # noqa: S608
    with connection(where.file).cursor() as cursor:
        return np.asarray(cursor.execute(query, parameters).fetchnumpy()["customer_key"])


def behind(where: Where, viewer: Viewer, definition: Group, limit: int) -> pd.DataFrame:
    """The first members, most net margin first: standing, not contact details; the key as text."""
    text, parameters = asked(where, viewer, definition)
    return rows(
        where.file,
        f"""
        select c.customer_key::varchar as customer_key, c.region, c.tier, c.rfm_group, c.loyalty_stage,
            c.last_order_on, c.net_margin_12m::double as net_margin_12m
        from {TABLE} as c where {text}
        order by c.net_margin_12m desc nulls last, c.customer_key limit $limit
        """,  # noqa: S608
        parameters | {"limit": limit},
    )


def as_text(definition: Group) -> str:
    """A definition as text that is the same for the same definition."""
    return stored(definition)


def from_text(text: str) -> Group:
    """The definition again."""
    return definition_of(json.loads(text))
