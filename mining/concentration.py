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
    """One row per group of holders of positive values: the measures, and the standard error of the Gini coefficient.

    Counted by level, that is by distinct value: holders of one value have one influence, and where a line runs between
    them whole numbers say how many lie on either side.
    """
    ranked = levels(held)
    # Twice the area between the diagonal and the Lorenz curve, from the sum of the ranks of each level.
    term = _.value * _.size * (2 * _.poorer + _.size - _.n).cast("float64") / (_.n * _.total)
    ginis = ranked.mutate(term=term).group_by("group_name").agg(gini=_.term.sum())
    ranked = ranked.inner_join(ginis, "group_name").select(*ranked.columns, "gini")
    n, total, size = ranked.n, ranked.total, ranked["size"]
    centred = (2 * ranked.poorer - 1).cast("float64") * ranked.value - 2 * ranked.poorer_total
    influence = (centred / n - (ranked.gini + 1) * ranked.value) / (total / n)
    richer, richer_total = n - ranked.poorer - size, total - ranked.poorer_total - ranked.value * size
    # A fifth of the holders, rounded up; half of them, rounded down.
    in_fifth = _between((n + 4) // 5 - richer, size)
    in_half = _between(n // 2 - ranked.poorer, size)
    # Who crosses the line belongs to the head, as in ABC tiers.
    # Nine decimals: ten like holders are eight to the line, whatever a division of cents leaves behind.
    to_line = ((4 * total - 5 * richer_total) / (5 * ranked.value)).round(9)
    in_head = _between(to_line.ceil().cast("int64"), size)
    counted = ranked.mutate(influence=influence, in_fifth=in_fifth, in_half=in_half, in_head=in_head)
    measured = counted.group_by("group_name").agg(
        holder_count=_.n.max(),
        positive_total=_.total.max(),
        gini=_.gini.max(),
        mean_influence=(_.influence * _.size).sum() / _.n.max(),
        mean_square=(_.influence * _.influence * _.size).sum() / _.n.max(),
        top_fifth_share=(_.value * _.in_fifth).sum() / _.total.max(),
        bottom_half_share=(_.value * _.in_half).sum() / _.total.max(),
        head_count=_.in_head.sum(),
        tail_share=(_.value * (_.size - _.in_head)).sum() / _.total.max(),
    )
    # The spread of the influences over n is the variance of the coefficient; one holder alone has none.
    spread = ibis.greatest(_.mean_square - _.mean_influence * _.mean_influence, 0.0)
    return measured.mutate(error=(spread / _.holder_count).sqrt()).drop("mean_influence", "mean_square")


def levels(held: ir.Table) -> ir.Table:
    """The distinct values of each group with their holders.

    Returns
    -------
    table of (group_name, value, size: how many hold it; poorer, poorer_total: how many hold less, and how much
    together; n, total: of the group)
    """
    sizes = held.group_by("group_name", "value").agg(size=_.count())
    whole = held.group_by("group_name").agg(n=_.count(), total=_.value.sum())
    below = ibis.window(group_by="group_name", order_by="value", rows=(None, -1))
    ranked = sizes.mutate(
        poorer=_.size.sum().over(below).fill_null(0), poorer_total=(_.value * _.size).sum().over(below).fill_null(0.0)
    )
    return ranked.inner_join(whole, "group_name")


def _between(count: ir.IntegerValue, size: ir.IntegerValue) -> ir.IntegerValue:
    """How many of a level lie on this side of a line: none at least, all at most."""
    return ibis.greatest(ibis.least(count, size), 0)


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
