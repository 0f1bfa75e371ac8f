"""When rules and paths are searched for anew: on what was known when the last week was over, until that changes."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from types import ModuleType

import ibis.expr.types as ir

from mining import fingerprints, known_rows
from mining.as_of_dates import week_end
from pipelines.kept_states import kept_states
from pipelines.mined import Store

ORDERS_SINCE = "select count(*) filter (where ordered_on > ?), count(*) from star.fct_orders where ordered_on <= ?"


@dataclass(frozen=True)
class Search:
    """A search that stands for a week, made anew earlier only where what it read has changed.

    `reads` gives the tables that the search reads as of a day; `percent` of all orders may be newer than the search.
    Why: `docs/decisions/017-searches-by-week.md`.
    """

    reads: Callable[[Store, date], Sequence[ir.Table]]
    percent: int

    def day(self, store: Store, as_of: date) -> date:
        """The last day that the search of a night knows of: the last Sunday, or the night's where too much is newer.

        It follows from the orders and the date alone: night by night and all at once come to the same day.
        """
        sunday = week_end(as_of)
        newer, orders = store.connection.execute(ORDERS_SINCE, [sunday, as_of]).fetchone() or (0, 0)
        return as_of if 100 * newer > self.percent * orders else sunday

    def state(self, store: Store, step: str, day: date, modules: Sequence[ModuleType]) -> str:
        """What the search reads as of a day, as a text: the same text, the same rules."""

        def find(days: Sequence[date]) -> dict[date, str]:
            return {each: " ".join(map(fingerprints.rows_fingerprint, self.reads(store, each))) for each in days}

        code = [inspect.getsource(module) for module in (*modules, fingerprints, known_rows)]
        return kept_states(store.connection, step, [day], find=find, code=code)[day]
