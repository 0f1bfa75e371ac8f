"""ABC tiers: customers ranked by the margin they bring. Tables in, tables out; nothing is stored here."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _


def abc_tiers(margins: ir.Table, *, cut_a: int = 80, cut_b: int = 95, within: Sequence[str] = ()) -> ir.Table:
    """Put each customer into tier A, B, C or D.

    Customers are ordered by margin. Those who together bring the first `cut_a` percent of all positive
    margin are A, up to `cut_b` percent B, the rest C; a customer who costs more than they bring is D.
    The customer who crosses a cut belongs to the higher tier, and equal margins share a tier. A customer who
    brings exactly nothing costs nothing either: C, not D (docs/decisions, zero margin).

    Parameters
    ----------
    margins : table of (customer_key: int64, net_margin: decimal, currency of the company, trailing 12 months)
    cut_a, cut_b : percent of cumulative positive margin, 0 < cut_a < cut_b <= 100
    within : columns that part the rows into companies of their own, such as as_of; none: all rows are one

    Returns
    -------
    the rows of `margins` with cumulative_margin and tier: cumulative_margin is what all customers with a higher
    margin bring together, null for C and D customers who bring nothing or less

    Raises
    ------
    ValueError
        If the cuts are not in order.

    Source: Dickie, "ABC inventory analysis shoots for dollars, not pennies", Factory Management, 1951.
    """
    if not 0 < cut_a < cut_b <= 100:
        raise ValueError(f"cuts must satisfy 0 < cut_a < cut_b <= 100, got cut_a={cut_a}, cut_b={cut_b}")
    earners = margins.filter(_.net_margin > 0)
    # One row per distinct margin: equal margins must share a tier, whatever order the engine returns them in.
    levels = earners.group_by(*within, "net_margin").agg(level_margin=_.net_margin.sum())
    before = ibis.window(group_by=within, order_by=ibis.desc("net_margin"), rows=(None, -1))
    levels = levels.mutate(
        cumulative_margin=_.level_margin.sum().over(before).fill_null(0),
        total_margin=_.level_margin.sum().over(ibis.window(group_by=within)),
    )
    # Those who bring nothing or less have no level to join: nobody ranks below them, so no share decides.
    # Compared as 100 x part < percent x whole, so that a share exactly on the cut is not lost to rounding.
    tier = ibis.cases(
        (_.net_margin < 0, "D"),
        (_.net_margin == 0, "C"),
        (100 * _.cumulative_margin < cut_a * _.total_margin, "A"),
        (100 * _.cumulative_margin < cut_b * _.total_margin, "B"),
        else_="C",
    )
    keys = [*within, "net_margin"]
    ranked = margins.left_join(levels, keys).mutate(tier=tier)
    return ranked.drop("level_margin", "total_margin", *(f"{key}_right" for key in keys))
