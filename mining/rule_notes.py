"""What a search for rules went through, and what is missing where there is too little data: said, never guessed."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.purchase_days import day_number
from mining.sequential_rules import Rules

_COUNTS = ("case_count", "tried_count", "found_count", "used_count")


def search_row(kind: str, level: str, counts: tuple[int, int, int, int], note: str | None) -> ir.Table:
    """One row that tells what a search went through.

    Returns
    -------
    (kind, level, case_count, tried_count, found_count, used_count, note: what is missing where there is too little
    data, else null)
    """
    schema = {"kind": "string", "level": "string"} | dict.fromkeys(_COUNTS, "int64") | {"note": "string"}
    row = {"kind": kind, "level": level, "note": note} | dict(zip(_COUNTS, counts, strict=True))
    return ibis.memtable([row], schema=schema)


def sequential_search(
    purchases: ir.Table,
    rules: Rules,
    *,
    level: str,
    as_of: date,
    window_days: int,
    holdout_days: int,
    min_customers: int,
) -> ir.Table:
    """Tell how many customers and pairs a search for sequential rules went through, and whether they sufficed.

    Parameters
    ----------
    purchases, rules : what the search was given, and what it found
    level : product or category

    Returns
    -------
    one row as from `search_row`, kind "sequential"
    """
    bought = purchases.filter(_.time <= day_number(as_of))
    totals = bought.agg(customers=_.customer_key.nunique(), first=_.time.min()).execute().iloc[0]
    counted = rules.rules.agg(found=_.count(), used=_.is_used.sum().fill_null(0)).execute().iloc[0]
    customers = int(totals["customers"])
    days = day_number(as_of) - int(totals["first"]) + 1 if customers else 0
    needed = window_days + holdout_days
    note = None
    if days <= needed:
        note = (
            f"Too little data: there are {days} days of purchases; a window of {window_days} days and a check on the "
            f"{holdout_days} days after it need more than {needed}."
        )
    elif not rules.tried:
        note = (
            f"Too little data: no two {'products' if level == 'product' else 'categories'} were bought by "
            f"{min_customers} customers each, with the window over, before the {holdout_days} days kept for the check."
        )
    counts = (customers, rules.tried, int(counted["found"]), int(counted["used"]))
    return search_row("sequential", level, counts, note)


def basket_search(baskets: ir.Table, rules: ir.Table, *, kind: str, level: str, min_baskets: int) -> ir.Table:
    """Tell how many baskets a search for basket rules went through, and whether they sufficed.

    Parameters
    ----------
    baskets : table of (basket_key, item)
    rules : what the search found
    kind : what a basket is: order or customer
    min_baskets : fewest baskets that an itemset needs

    Returns
    -------
    one row as from `search_row`
    """
    sizes = baskets.group_by("basket_key").agg(items=_.item.nunique())
    counted = sizes.agg(baskets=_.count(), mixed=(_.items > 1).sum().fill_null(0)).execute().iloc[0]
    found, mixed = int(rules.count().execute()), int(counted["mixed"])
    note = None
    if mixed < min_baskets:
        what = "orders hold" if kind == "order" else "customers bought"
        note = f"Too little data: {mixed} {what} more than one {level}; a rule needs {min_baskets}."
    return search_row(kind, level, (int(counted["baskets"]), mixed, found, found), note)


def path_search(paths: ir.Table, windows: ir.Table, *, outcome: str, min_outcomes: int) -> ir.Table:
    """Tell how many customers with and without an outcome the paths were counted among.

    Parameters
    ----------
    paths : as from `paths_before`
    windows : as from `leaving_windows` and the others
    outcome : leaving, first purchase or large purchase
    min_outcomes : customers with the outcome, and without, below which too little data is said

    Returns
    -------
    one row as from `search_row`, level "path", cases being customers
    """
    totals = windows.agg(windows=_.count(), outcomes=_.is_outcome.sum().fill_null(0)).execute().iloc[0]
    total, outcomes = int(totals["windows"]), int(totals["outcomes"])
    tried = int(paths.count().execute())
    telling = int(paths.filter(_.is_telling).count().execute())
    note = None
    if min(outcomes, total - outcomes) < min_outcomes:
        note = (
            f"Too little data: {outcomes} customers with this outcome and {total - outcomes} without; "
            f"{min_outcomes} of each are needed to compare their paths."
        )
    return search_row(outcome, "path", (total, tried, telling, telling), note)
