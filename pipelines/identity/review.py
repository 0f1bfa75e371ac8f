"""Pairs in the grey zone, each with its comparison weights in words, for people to decide."""

import json
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.identity.linking.comparisons import explained
from workspace.identity_settings import Linking

TABLE = """
create or replace table identity.review_pairs (
    kind_l varchar, identifier_l varchar, kind_r varchar, identifier_r varchar, weight double, is_joined boolean,
    record_l varchar, record_r varchar, reasons varchar
)
"""
# What a record says of its person, as JSON, for the page to show side by side.
SAID = "to_json(struct_pack({}))".format(
    ", ".join(
        f"{name} := {{side}}.{name}" for name in ("name", "email", "phone", "birth_date", "street", "postcode", "city")
    )
)
DOUBTFUL = f"""
select l.kind as kind_l, l.identifier as identifier_l, r.kind as kind_r, r.identifier as identifier_r, pairs.weight,
    own_l.customer_key = own_r.customer_key as is_joined,
    {SAID.format(side="said_l")} as record_l, {SAID.format(side="said_r")} as record_r, pairs.parts
from identity.linked_pairs as pairs
join records as l on l.kind = pairs.kind_l and l.identifier = pairs.identifier_l
join records as r on r.kind = pairs.kind_r and r.identifier = pairs.identifier_r
join owned as own_l on own_l.kind = l.kind and own_l.identifier = l.identifier
join owned as own_r on own_r.kind = r.kind and own_r.identifier = r.identifier
join described as said_l on said_l.member = l.member
join described as said_r on said_r.member = r.member
left join labels as exact_l on exact_l.member = l.member
left join labels as exact_r on exact_r.member = r.member
where pairs.weight between $low and $high
    and (exact_l.label is distinct from exact_r.label or exact_l.label is null)
    and (least(l.member, r.member), greatest(l.member, r.member)) not in (
        select (least(member_l, member_r), greatest(member_l, member_r)) from decided
    )
qualify row_number() over (order by abs(pairs.weight - $match_weight), pairs.kind_l, pairs.identifier_l,
    pairs.identifier_r) <= $most
"""  # noqa: S608  names of ours


def list_doubtful(connection: duckdb.DuckDBPyConnection, rules: Linking) -> int:
    """Write `identity.review_pairs`: pairs between `review_from` and `review_to` that nobody decided; returns how many.

    Pairs that an exact identifier ties are not asked about. `reasons` is JSON: attribute, words, weight of each.
    """
    connection.execute(TABLE)
    found = connection.execute(
        DOUBTFUL,
        {
            "match_weight": rules.match_weight,
            "most": rules.max_review_pairs,
            "low": rules.review_from,
            "high": rules.review_to,
        },
    ).to_arrow_table()
    if found.num_rows == 0:
        return 0
    row = connection.execute("select settings from identity.linking_model").fetchone()
    settings: dict[str, Any] = json.loads(row[0]) if row else {"comparisons": []}
    reasons = [
        json.dumps([{"what": what, "how": how, "weight": round(weight, 2)} for what, how, weight in parts])
        for parts in (explained(settings, json.loads(text)) for text in found["parts"].to_pylist())
    ]
    connection.register("doubtful", found.drop_columns("parts").append_column("reasons", pa.array(reasons)))
    connection.execute("insert into identity.review_pairs select * from doubtful order by weight desc, 1, 2, 3, 4")
    connection.unregister("doubtful")
    return found.num_rows
