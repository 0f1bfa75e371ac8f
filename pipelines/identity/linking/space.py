"""Records in a DuckDB of their own: which pairs are worth comparing, and their scores by Splink."""

# ruff: noqa: S608  names are those of ATTRIBUTES, checked when the settings were read; the rest are our own numbers

import logging
from collections.abc import Iterator
from math import ceil
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from pipelines.identity.linking.bounds import can_reach
from pipelines.identity.linking.comparisons import NAMES, counted_values
from workspace.identity_settings import ATTRIBUTES, DERIVED, Linking

logging.getLogger("splink").setLevel(logging.ERROR)

CHUNK_PAIRS = 20_000_000
SCORES = "member_l, member_r, match_weight as weight"

DERIVED_SQL = {
    "names": "least(given_name, surname) || ' ' || greatest(given_name, surname) || left(given_name || surname, 0)",
    "mailbox": "split_part(email, '@', 1)",
}

# Values that more records share than any person has, each with its share of all records: only there it is chance that
# is counted, and not that one person is on record several times.
COMMON = """
create or replace table common_{name} as
select {name}, count(*) / $1 as tf_{name} from people
where {name} is not null group by {name} having count(*) > $2
"""


def needs(line: list[str]) -> set[str]:
    """The attributes that a line of the blocking rules reads."""
    names = [part.partition(":")[0] for part in line]
    return {attribute for name in names for attribute in DERIVED.get(name, (name,))}


def key_sql(line: list[str]) -> str:
    """A line of the blocking rules as SQL: a hash of its parts, null where a part is missing."""
    parts = []
    for part in line:
        attribute, _, letters = part.partition(":")
        end = "right" if letters.startswith("-") else "left"
        value = DERIVED_SQL.get(attribute, attribute)
        parts.append(f"{end}({value}, {letters.lstrip('-')})" if letters else value)
    text = " || '|' || ".join(f"nullif({part}, '')" for part in parts)
    return f"case when ({text}) is not null then hash({text}) end"


class Space:
    """Records to be compared, with their blocking keys, in memory.

    Parameters
    ----------
    records : table with `member` (distinct integers) and any of `ATTRIBUTES` as text, null where unknown; if it has
        `is_fresh` (truth values), pairs can be asked for of which one side is fresh
    rules : what is compared with what
    configuration : settings of DuckDB (memory, threads, folder to spill to)
    """

    def __init__(self, records: pa.Table, rules: Linking, configuration: dict[str, Any] | None = None) -> None:
        self.rules = rules
        # Each name is also looked for in the other's place.
        for name in NAMES:
            if name not in records.column_names:
                records = records.append_column(name, pa.nulls(records.num_rows, pa.string()))
        self.connection = duckdb.connect(config=configuration or {})
        self.count = records.num_rows
        self.known = [name for name in ATTRIBUTES if name in records.column_names]
        self.filled = {name for name in self.known if records[name].null_count < records.num_rows}
        self.lines = [line for line in rules.blocking if needs(line) <= self.filled]
        self.has_fresh = "is_fresh" in records.column_names
        self.connection.register("given", records)
        self._store()
        self.connection.unregister("given")

    def _store(self) -> None:
        """Write `people`: attributes and one key per blocking line; a key that too many share is none."""
        kept = [f"{name}::varchar as {name}" for name in self.known]
        keys = [f"{key_sql(line)} as key_{i}" for i, line in enumerate(self.lines)]
        most = self.rules.max_block_records
        capped = [
            f"case when key_{i} not in (select key_{i} from keyed where key_{i} is not null"
            f" group by all having count(*) > {most}) then key_{i} end as key_{i}"
            for i in range(len(self.lines))
        ]
        fresh = ["is_fresh"] if self.has_fresh else []
        columns = ", ".join(["member::bigint as member", *fresh, *kept])
        self.connection.execute(f"create table keyed as select {', '.join([columns, *keys])} from given")
        self.connection.execute(
            f"create table people as select {', '.join(['member', *fresh, *self.known, *capped])} from keyed"
        )
        self.connection.execute("drop table keyed")

    def bring_together(self, fresh: str = "true") -> Iterator[int]:
        """Write table `pairs` chunk by chunk: pairs that agree in some line; yields how many stand there.

        Parameters
        ----------
        fresh : condition on a record; at least one side of each pair meets it
        """
        keys = ", ".join(f"key_{i}" for i in range(len(self.lines)))
        self.connection.execute(
            f"create or replace table sides as select member, {fresh} as is_fresh, {keys} from people"
        )
        chunks = self._chunks()
        for chunk in range(chunks):
            found = [self._pairs_sql(line, chunk, chunks) for line in range(len(self.lines))]
            if not found:
                return
            self.connection.execute(f"create or replace table pairs as {' union all '.join(found)}")
            yield count(self.connection, "pairs")

    def _pairs_sql(self, line: int, chunk: int, chunks: int) -> str:
        """Pairs that agree in one line and in none before it, each once, the smaller member left."""
        before = "".join(f" and not coalesce(f.key_{i} = o.key_{i}, false)" for i in range(line))
        part = f" and f.member % {chunks} = {chunk}" if chunks > 1 else ""
        return (
            "select least(f.member, o.member) as join_key_l, greatest(f.member, o.member) as join_key_r,"
            f" '{line}' as match_key from sides as f join sides as o on f.key_{line} = o.key_{line}"
            f" where f.is_fresh and (f.member < o.member or not o.is_fresh) and f.member <> o.member{part}{before}"
        )

    def _chunks(self) -> int:
        """Into how many parts the pairs go, so that each part fits into memory."""
        total = 0
        for i in range(len(self.lines)):
            row = self.connection.execute(
                f"select sum(fresh * size) from (select count(*) filter (where is_fresh) as fresh, count(*) as size"
                f" from sides where key_{i} is not null group by key_{i})"
            ).fetchone()
            total += int((row and row[0]) or 0)
        return max(1, ceil(total / 2 / CHUNK_PAIRS))

    def score(self, settings: dict[str, Any], lowest: float | None, with_levels: bool = True) -> None:
        """Write table `scored` (member_l, member_r, weight, gamma_..., common_...) for what stands in `pairs`.

        Parameters
        ----------
        settings : Splink's, trained
        lowest : pairs of less weight are left out
        """
        database = DuckDBAPI(self.connection)
        kept = ("retain_matching_columns", "retain_intermediate_calculation_columns")
        wanted = settings | dict.fromkeys(kept, with_levels)
        linker = Linker(database.register("people"), wanted, log_level=None, validate_settings=False)
        linker.table_management.register_blocked_pairs_for_predict(database.register(self._hopeful(settings, lowest)))
        for name in counted_values(settings):
            self.connection.execute(COMMON.format(name=name), [self.count, self.rules.max_block_records])
            linker.table_management.register_term_frequency_lookup(database.register(f"common_{name}"), name)
        found = linker.inference.predict(threshold_match_weight=lowest, warning_mode="never")
        gammas = [f"gamma_{each['output_column_name']}" for each in settings["comparisons"]] if with_levels else []
        counted = counted_values(settings) if with_levels else []
        columns = ", ".join(
            [
                SCORES,
                *(f"{gamma}::tinyint as {gamma}" for gamma in gammas),
                *(f"round(mw_tf_adj_{name}, 6) as common_{name}" for name in counted),
            ]
        )
        self.connection.execute(f"create or replace table scored as select {columns} from {found.physical_name}")
        found.drop_table_from_database_and_remove_from_cache()

    def _hopeful(self, settings: dict[str, Any], lowest: float | None) -> str:
        """The table of those of `pairs` that can weigh at least `lowest`."""
        if lowest is None:
            return "pairs"
        # Also those that nobody has: a surname may stand where given names do.
        sides = [f"{side}.{name} as {name}_{side}" for name in self.known for side in "lr"]
        self.connection.execute(
            f"create or replace table hopeful as select join_key_l, join_key_r, match_key from ("
            f"select p.*, {', '.join(sides)} from pairs as p"
            " join people as l on l.member = p.join_key_l join people as r on r.member = p.join_key_r)"
            f" where {can_reach(lowest, settings, self.rules, self.count)}"
        )
        return "hopeful"


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table."""
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return row[0] if row else 0
