"""Which sequential rules are more than chance: against comparable customers, one's own history, and other rules.

Three questions are asked of every pair that is tried, each with its own p-value; a rule must pass all of them.
Comparable: did more starts lead to B than visits of customers who bought as much in the same period? Own: did the
customer's purchases of B fall into the window more often than their purchase days do? Other rules: is it still so
without the starts near which the customer also bought what another rule starts from or leads to?
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from ibis import _
from ibis.util import gen_name

from mining import rule_counts as counts
from mining.purchase_arrays import PurchaseArrays
from mining.rule_statistics import expected_hits, log_upper_tail

_MOST_CONTROLS = 500_000
_CONTROLS_PER_PERIOD = 4_000
PERIOD_DAYS = 30


@dataclass(frozen=True)
class Purchases:
    """Coded purchases of everybody, as arrays and stored for joins; the items that the codes stand for.

    `days`: (customer_key, item_code, time, previous_time: when the customer last had the item, null for the first);
    `visits`: (customer_key, time, lines_ahead: purchases in the window after).
    """

    arrays: PurchaseArrays
    items: list
    window_days: int
    backend: ibis.BaseBackend
    days: ir.Table
    visits: ir.Table

    @classmethod
    def of(cls, events: ir.Table, items: list, window_days: int) -> "Purchases":
        """Code the events of the items and look ahead from every purchase day."""
        return cls.of_arrays(PurchaseArrays.of(events, items), items, window_days, events.get_backend())

    @classmethod
    def of_arrays(cls, arrays: PurchaseArrays, items: list, window_days: int, backend: ibis.BaseBackend) -> "Purchases":
        """As `of`, for purchases that are coded already."""
        previous = pa.array(arrays.previous_days, mask=arrays.is_first)
        days = {"item_code": arrays.codes, "time": arrays.days, "previous_time": previous}
        keys, times, ahead = arrays.visits(window_days)
        tables = (
            {"customer_key": arrays.customer_keys[arrays.customers], **days},
            {"customer_key": keys, "time": times, "lines_ahead": ahead},
        )
        return cls(arrays, items, window_days, backend, *(stored(backend, columns) for columns in tables))

    @property
    def first_time(self) -> int:
        """The first day on which anything was bought; 0 where nothing was."""
        return int(self.arrays.days.min()) if len(self.arrays.days) else 0


def stored(backend: ibis.BaseBackend, columns: Mapping[str, npt.ArrayLike | pa.Array]) -> ir.Table:
    """The arrays as a table that lasts as long as the connection."""
    return backend.create_table(gen_name("purchases"), pa.table(dict(columns)), temp=True)


@dataclass(frozen=True)
class Trial:
    """Starts within a span of days, and what followed visits of comparable customers in the same span.

    `span`: the day before the first, and the last. `cells`: (antecedent, cell, starts); `hits`: (cell, item_code, hits)
    and `totals`: (cell, controls) of the visits.
    """

    purchases: Purchases
    span: tuple[int, int]
    starts: ir.Table
    cells: pd.DataFrame
    visits: ir.Table
    hits: pd.DataFrame
    totals: pd.DataFrame

    @classmethod
    def of(cls, purchases: Purchases, starts: ir.Table, begin: int, end: int) -> "Trial":
        """Take the starts and visits after `begin` and up to `end`, whose windows must all be over."""
        visits, one_in = _celled_visits(purchases, begin, end)
        controls = counts.control_starts(visits, one_in)
        totals = controls.group_by(cell=_.antecedent).agg(controls=_.count()).execute()
        after = counts.followed(controls, purchases.days, purchases.window_days)
        hits = after.group_by(cell=_.antecedent, item_code=_.item_code).agg(hits=_.count()).execute()
        span = (begin, end)
        return cls(purchases, span, *_celled_starts(starts, visits, span), visits, hits, totals)

    def of_starts(self, starts: ir.Table) -> "Trial":
        """The same span and visits for other starts."""
        starts, cells = _celled_starts(starts, self.visits, self.span)
        return replace(self, starts=starts, cells=cells)

    def followed(self, pairs: pd.DataFrame) -> ir.Table:
        """Where a pair's antecedent was followed by its item within the window."""
        return counts.followed_by(self.starts, self.purchases.days, pair_table(pairs), self.purchases.window_days)

    def expected(self, pairs: pd.DataFrame, cells: pd.DataFrame | None = None) -> np.ndarray:
        """Hits that each pair (antecedent, item_code) would have at the rate of comparable visits."""
        if pairs.empty or self.totals.empty:
            return np.zeros(len(pairs))
        return expected_hits(self.cells if cells is None else cells, self.hits, self.totals, pairs)

    def compared(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """The pairs (antecedent, item_code, hits) with starts, expected hits and log_p against comparable visits."""
        starts = pairs["antecedent"].map(self.cells.groupby("antecedent")["starts"].sum()).fillna(0).astype("int64")
        expected = self.expected(pairs)
        return pairs.assign(starts=starts, expected=expected, log_p=log_upper_tail(pairs["hits"], starts, expected))


def _celled_visits(purchases: Purchases, begin: int, end: int) -> tuple[ir.Table, int]:
    """The visits of a span with their cells, and of how many one is enough for a control."""
    within = purchases.visits.filter(_.time > begin, _.time <= end)
    total = int(within.count().execute())
    first = max(begin + 1, purchases.first_time)
    length = max(1, end - first + 1)
    periods = max(1, min(length // PERIOD_DAYS, total // _CONTROLS_PER_PERIOD))
    visits = counts.with_cell(within, first, -(-length // periods)).cache()
    return visits, max(1, -(-total // _MOST_CONTROLS))


def _celled_starts(starts: ir.Table, visits: ir.Table, span: tuple[int, int]) -> tuple[ir.Table, pd.DataFrame]:
    """The starts of a span, and how many of each antecedent are in each cell of the span's visits."""
    starts = starts.filter(_.time > span[0], _.time <= span[1])
    placed = starts.inner_join(visits, ["customer_key", "time"])
    return starts, placed.group_by("antecedent", "cell").agg(starts=_.count()).execute()


def own_log_p(pairs: pd.DataFrame, trial: Trial, end: int) -> np.ndarray:
    """The log p-value of each pair against the customers' own purchases of B up to `end`, on other days."""
    purchases = trial.purchases
    days, visits = (
        _with_period(table.filter(_.time <= end), purchases) for table in (purchases.days, purchases.visits)
    )
    shares = counts.visit_shares(days, visits)
    own = counts.own_purchases(trial.starts, days, pair_table(pairs), purchases.window_days)
    chances = counts.own_chances(own, visits, shares, purchases.window_days).execute()
    joined = pairs[["antecedent", "item_code"]].merge(chances, "left", ["antecedent", "item_code"]).fillna(0)
    return log_upper_tail(joined["hits"], joined["trials"], joined["expected"])


def _with_period(table: ir.Table, purchases: Purchases) -> ir.Table:
    return table.mutate(period=counts.period_of(table.time, purchases.first_time, PERIOD_DAYS))


def pair_table(pairs: pd.DataFrame) -> ir.Table:
    """The pairs (antecedent, item_code) for the engine."""
    return code_table(pairs[["antecedent", "item_code"]])


def code_table(frame: pd.DataFrame) -> ir.Table:
    """Codes for the engine, each row once."""
    return ibis.memtable(frame.drop_duplicates(), schema=dict.fromkeys(frame.columns, "int32"))
