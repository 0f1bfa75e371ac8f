"""Concentration: how unevenly value lies among customers or products, by any attribute and over time."""

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.intervals import normal_quantile

MIN_HOLDERS = 30
EVERYBODY = "all"


def concentration(values: ir.Table, *, value: str = "net_margin", by: str | None = None) -> ir.Table:
    """Gini coefficient, the share of the top fifth and the long tail, for each group.

    Only holders of a positive value count: shares of a whole that contains losses can exceed it. Those who hold
    nothing or less are counted beside.

    Parameters
    ----------
    values : one row per holder (customer or product; with `by` also per date): the value and the group
    value : name of the column with the value
    by : name of the column of groups (an attribute, or `as_of` for the course of time); None: one group

    Returns
    -------
    table of (group_name: text, holder_count, positive_total, not_positive_count, not_positive_total, gini 0 to 1,
    gini_low, gini_high: 95 %, top_fifth_share: of the best 20 % of holders, rounded up; head_count: the fewest who
    hold 80 %, tail_count: all others, tail_share, bottom_half_share, concentration_status 'measured' or 'too few':
    fewer than 30 holders, whose gini has no interval; 'none': nobody holds anything, all shares null)

    Source: Gini, "Variabilità e mutabilità", 1912; interval after Davidson, "Reliable inference for the Gini index",
    Journal of Econometrics 150, 2009, equations 5 and 10 (influence of each holder).
    """
    group = ibis.literal(EVERYBODY) if by is None else values[by].cast("string").fill_null("unknown")
    held = values.select(group_name=group, value=values[value].cast("float64"))
    measured = shares(held.filter(_.value > 0))
    rest = held.group_by("group_name").agg(
        not_positive_count=_.count(where=_.value <= 0),
        not_positive_total=_.value.sum(where=_.value <= 0).fill_null(0.0),
    )
    whole = rest.left_join(measured, "group_name").drop("group_name_right")
    n = whole.holder_count.fill_null(0)
    z = normal_quantile()
    is_enough = n >= MIN_HOLDERS
    bounds = {
        "gini_low": ibis.ifelse(is_enough, ibis.greatest(whole.gini - z * whole.error, 0.0), ibis.null("float64")),
        "gini_high": ibis.ifelse(is_enough, ibis.least(whole.gini + z * whole.error, 1.0), ibis.null("float64")),
    }
    status = ibis.cases((n == 0, "none"), (is_enough, "measured"), else_="too few")
    whole = whole.mutate(
        **bounds,
        holder_count=n,
        positive_total=whole.positive_total.fill_null(0.0),
        tail_count=n - whole.head_count.fill_null(0),
        concentration_status=status,
    )
    return whole.drop("error")


def shares(held: ir.Table) -> ir.Table:
    """One row per group of holders of positive values: the measures, and the standard error of the Gini coefficient."""
    up = ibis.window(group_by="group_name", order_by="value", rows=(None, 0))
    down = ibis.window(group_by="group_name", order_by=ibis.desc("value"), rows=(None, -1))
    own = ibis.window(group_by="group_name")
    ranked = held.mutate(
        rank=ibis.row_number().over(ibis.window(group_by="group_name", order_by="value")) + 1,
        up_to=_.value.sum().over(up),
        before=_.value.sum().over(down).fill_null(0.0),
        n=_.count().over(own),
        total=_.value.sum().over(own),
    )
    # Twice the area between the diagonal and the Lorenz curve, from ranks.
    ranked = ranked.mutate(term=(2 * _["rank"] - _.n - 1) * _.value / (_.n * _.total))
    ranked = ranked.mutate(gini=_.term.sum().over(own), from_top=_.n - _["rank"])
    mean = ranked.total / ranked.n
    centred = ranked["rank"] * 2 - 1
    influence = -(ranked.gini + 1) * ranked.value + centred / ranked.n * ranked.value - 2 * ranked.up_to / ranked.n
    ranked = ranked.mutate(influence=influence / mean)
    return ranked.group_by("group_name").agg(
        holder_count=_.count(),
        positive_total=_.value.sum(),
        gini=_.gini.max(),
        # The mean of the influences is nothing but rounding; their spread over n is the variance of the coefficient.
        error=(_.influence.var(how="pop") / _.count()).sqrt(),
        # A fifth of the holders as whole numbers: 5 x those above < all.
        top_fifth_share=_.value.sum(where=5 * _.from_top < _.n) / _.value.sum(),
        bottom_half_share=_.value.sum(where=2 * _["rank"] <= _.n).fill_null(0.0) / _.value.sum(),
        # Who crosses the line belongs to the head, as in ABC tiers.
        head_count=_.count(where=5 * _.before < 4 * _.total),
        tail_share=_.value.sum(where=5 * _.before >= 4 * _.total).fill_null(0.0) / _.value.sum(),
    )


def lorenz_curve(values: ir.Table, *, value: str = "net_margin", by: str | None = None, points: int = 100) -> ir.Table:
    """The Lorenz curve of each group: what share of the whole the poorest share of holders has.

    Parameters
    ----------
    values, value, by : as for `concentration`
    points : in how many steps the holders are walked through

    Returns
    -------
    table of (group_name, point 0 to `points`, holder_share, value_share), poorest first, holders of a positive value

    Raises
    ------
    ValueError
        If there is no step.
    """
    if points < 1:
        raise ValueError(f"a curve has one step or more, got points={points}")
    group = ibis.literal(EVERYBODY) if by is None else values[by].cast("string").fill_null("unknown")
    held = values.select(group_name=group, value=values[value].cast("float64")).filter(_.value > 0)
    order = ibis.window(group_by="group_name", order_by="value")
    own = ibis.window(group_by="group_name")
    ranked = held.mutate(rank=ibis.row_number().over(order) + 1, n=_.count().over(own), total=_.value.sum().over(own))
    # The step by which a holder is counted in: the first whose share of holders reaches the rank.
    ranked = ranked.mutate(point=(_["rank"] * points + _.n - 1) // _.n)
    steps = ranked.group_by("group_name", "point").agg(
        holders=_.count(), part=_.value.sum() / _.total.max(), n=_.n.max()
    )
    groups = steps.group_by("group_name").agg(n=_.n.max())
    grid = groups.cross_join(ibis.memtable([{"point": n} for n in range(points + 1)], schema={"point": "int64"}))
    steps = steps.mutate(point=_.point.cast("int64")).drop("n")
    filled = grid.left_join(steps, ["group_name", "point"]).drop("group_name_right", "point_right")
    upward = ibis.window(group_by="group_name", order_by="point", rows=(None, 0))
    filled = filled.mutate(holders=_.holders.fill_null(0), part=_.part.fill_null(0.0))
    return filled.select(
        "group_name",
        "point",
        holder_share=_.holders.sum().over(upward).cast("float64") / _.n,
        value_share=_.part.sum().over(upward),
    )
