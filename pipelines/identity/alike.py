"""Records that are alike, remembered: each night only what is new or changed is compared, with everything."""

import json
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from workspace.identity_settings import ATTRIBUTES, Linking

# What was compared before: the print of each record, the pairs that weigh enough to matter, and the weights learnt.
MEMORY = """
create table if not exists identity.linked_records (kind varchar, identifier varchar, print ubigint);
create table if not exists identity.linked_pairs (
    kind_l varchar, identifier_l varchar, kind_r varchar, identifier_r varchar, weight double, parts varchar
);
create table if not exists identity.linking_model (rules varchar, settings varchar, record_count bigint);
"""
PRINTS = """
create or replace temp table prints as
select kind, identifier, member, hash({values}) as print, hash({values}) is distinct from linked.print as is_fresh
from standard join records using (member)
left join identity.linked_records as linked using (kind, identifier)
where coalesce({values}) is not null
"""
FORGET = """
delete from identity.linked_pairs
where (kind_l, identifier_l) not in (select (kind, identifier) from prints where not is_fresh)
    or (kind_r, identifier_r) not in (select (kind, identifier) from prints where not is_fresh)
"""
KEEP_PAIRS = """
insert into identity.linked_pairs
select l.kind, l.identifier, r.kind, r.identifier, round(weight, 6), parts
from new_pairs join prints as l on l.member = member_l join prints as r on r.member = member_r
"""
PAIRS = """
select l.member as member_l, r.member as member_r, weight
from identity.linked_pairs as pairs
join records as l on l.kind = pairs.kind_l and l.identifier = pairs.identifier_l
join records as r on r.kind = pairs.kind_r and r.identifier = pairs.identifier_r
"""


def link_alike(connection: duckdb.DuckDBPyConnection, rules: Linking, configuration: dict[str, Any]) -> int:
    """Bring `identity.linked_pairs` up to date with the temporary tables `standard` and `records`.

    Returns the number of pairs compared. Nothing is compared, and Splink not loaded, where nothing is new.

    Parameters
    ----------
    configuration : settings of the DuckDB that compares
    """
    connection.execute(MEMORY)
    values = ", ".join(ATTRIBUTES)
    connection.execute(PRINTS.format(values=values))  # names of ours
    fresh, total = connection.execute("select count(*) filter (where is_fresh), count(*) from prints").fetchone() or (
        0,
        0,
    )
    if not rules.is_on or total < rules.min_records:
        connection.execute("delete from identity.linked_pairs; delete from identity.linked_records")
        return 0
    trained = model_of(connection, rules, total)
    if trained is None:
        connection.execute("update prints set is_fresh = true")
    connection.execute(FORGET)
    connection.execute(
        "delete from identity.linked_records where (kind, identifier) not in (select (kind, identifier) from prints)"
    )
    if trained is not None and not fresh:
        return 0
    compared = compare(connection, rules, trained, configuration)
    connection.execute("delete from identity.linked_records")
    connection.execute("insert into identity.linked_records select kind, identifier, print from prints")
    return compared


def rules_print(rules: Linking) -> str:
    """What the weights and pairs depend on, as text."""
    return rules.model_dump_json(exclude={"max_review_pairs", "retrain_growth", "min_records"})


def model_of(connection: duckdb.DuckDBPyConnection, rules: Linking, total: int) -> dict[str, Any] | None:
    """The weights learnt before, while they were learnt by these rules and not from much fewer records."""
    row = connection.execute(
        "select settings, record_count from identity.linking_model where rules = ?", [rules_print(rules)]
    ).fetchone()
    return json.loads(row[0]) if row and total < rules.retrain_growth * row[1] else None


def compare(
    connection: duckdb.DuckDBPyConnection, rules: Linking, trained: dict[str, Any] | None, configuration: dict[str, Any]
) -> int:
    """Score what is fresh with everything and keep it; learns the weights first where there are none."""
    from pipelines.identity.linking.link import scored_pairs, with_unscored  # noqa: PLC0415  Splink takes a second to load
    from pipelines.identity.linking.model import Model, train  # noqa: PLC0415
    from pipelines.identity.linking.space import Space  # noqa: PLC0415

    names = ", ".join(ATTRIBUTES)
    people = connection.execute(
        f"select member, {names}, is_fresh from standard join prints using (member) order by member"  # noqa: S608
    ).to_arrow_table()
    space = Space(people, rules, configuration)
    if not space.lines:
        return 0
    if trained is None:
        model = train(space)
        connection.execute("delete from identity.linking_model")
        connection.execute(
            "insert into identity.linking_model values (?, ?, ?)",
            [rules_print(rules), json.dumps(model.settings), model.record_count],
        )
    else:
        model = Model(trained, space.count)
    pairs, compared = scored_pairs(space, model, "is_fresh")
    known = connection.execute(PAIRS).to_arrow_table().select(["member_l", "member_r", "weight"])
    pairs = with_unscored(space, model, pairs, known)
    keep(connection, model, pairs)
    return compared


def keep(connection: duckdb.DuckDBPyConnection, model: Any, pairs: pa.Table) -> None:
    """Add scored pairs to the memory, each with its levels as a short text."""
    levels = [name for name in pairs.column_names if name.startswith(("gamma_", "common_"))]
    texts = pa.array([json.dumps(row) for row in pairs.select(levels).to_pylist()], pa.string())
    connection.register("new_pairs", pairs.select(["member_l", "member_r", "weight"]).append_column("parts", texts))
    connection.execute(KEEP_PAIRS)
    connection.unregister("new_pairs")


def alike_pairs(connection: duckdb.DuckDBPyConnection) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left member, right member and weight of every pair remembered."""
    found = connection.execute(PAIRS + " order by 1, 2").fetchnumpy()
    left, right = (np.asarray(found[name], np.int64) for name in ("member_l", "member_r"))
    return left, right, np.asarray(found["weight"], float)
