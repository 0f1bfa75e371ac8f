"""Whether a customer buys more and more or less and less often: a robust trend over two years of quarters."""

from datetime import date
from itertools import combinations

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.column_statistics import two_sided_p, with_corrected_p
from mining.instants import days_until

PERIODS, PERIOD_DAYS, MIN_PERIODS = 8, 91, 6


def loyalty_trends(gaps: ir.Table, *, as_of: date, false_discovery_rate: float = 0.05) -> ir.Table:
    """The trend of each buyer's orders over up to eight quarters of 91 days that end with `as_of`.

    Quarters count from the one after the first order, which would always look like a beginning. Of all pairs of
    quarters, those that rose less those that fell is Kendall's S; with its variance under no trend, ties corrected,
    it gives a p value, and p values are corrected for the number of customers tried. The slope of a clear trend is
    the median of the slopes of all pairs.

    Parameters
    ----------
    gaps : result of `purchase_gaps`
    as_of : last day that counts
    false_discovery_rate : share of the trends called clear that may be due to chance, 0 to 1

    Returns
    -------
    table of (customer_key, order_trend 'rising', 'falling', 'no clear trend', 'too short': fewer than 6 quarters;
    trend_periods, trend_tau: -1 to 1, trend_p: corrected, both null when too short; trend_slope: orders per quarter
    and quarter, null unless clear), one row per buyer

    Source: Mann, "Nonparametric tests against trend", Econometrica 13, 1945; Sen, "Estimates of the regression
    coefficient based on Kendall's tau", JASA 63, 1968; Benjamini and Hochberg, JRSS B 57, 1995.
    """
    # Stored twice on the way: the sums over pairs are long, and would be written out wherever they are used.
    counted = quarter_counts(gaps, as_of).cache()
    score, variance = kendall(counted)
    scored = counted.mutate(score=score, variance=variance).cache()
    is_long = scored.trend_periods >= MIN_PERIODS
    pairs = scored.trend_periods * (scored.trend_periods - 1) / 2
    # Whole S takes a step of one towards zero: the continuity correction.
    z = (scored.score - scored.score.sign()) / scored.variance.nullif(0).sqrt()
    p = ibis.ifelse(scored.variance > 0, two_sided_p(z.fill_null(0.0)), 1.0)
    tested = scored.mutate(
        trend_tau=ibis.ifelse(is_long, scored.score / pairs, ibis.null("float64")),
        raw_p=ibis.ifelse(is_long, p, ibis.null("float64")),
    )
    tested = with_corrected_p(tested, "raw_p", "trend_p")
    trend = ibis.cases(
        (_.trend_p.isnull(), "too short"),
        ((_.trend_p <= false_discovery_rate) & (_.trend_tau > 0), "rising"),
        ((_.trend_p <= false_discovery_rate) & (_.trend_tau < 0), "falling"),
        else_="no clear trend",
    )
    tested = tested.mutate(order_trend=trend)
    slopes = median_slopes(tested.filter(_.order_trend.isin(["rising", "falling"])))
    tested = tested.left_join(slopes, "customer_key")
    return tested.select("customer_key", "order_trend", "trend_periods", "trend_tau", "trend_p", "trend_slope")


def quarter_counts(gaps: ir.Table, as_of: date) -> ir.Table:
    """One row per buyer: orders of each quarter, q0 the latest; null for quarters not wholly after the first order."""
    dated = gaps.mutate(age=days_until(as_of, gaps.ordered_on))
    sums = {
        f"q{n}": _.order_count.sum(where=(_.age >= n * PERIOD_DAYS) & (_.age < (n + 1) * PERIOD_DAYS)).fill_null(0)
        for n in range(PERIODS)
    }
    counted = dated.group_by("customer_key").agg(first_age=_.age.max(), **sums)
    counted = counted.mutate(trend_periods=ibis.least(_.first_age // PERIOD_DAYS, PERIODS))
    own = {f"q{n}": ibis.ifelse(_.trend_periods > n, _[f"q{n}"], ibis.null("int64")) for n in range(PERIODS)}
    return counted.mutate(**own).drop("first_age")


def kendall(counted: ir.Table) -> tuple[ir.IntegerValue, ir.FloatingValue]:
    """Kendall's S and its variance without a trend, ties corrected."""
    quarters = [counted[f"q{n}"] for n in range(PERIODS)]
    n = counted.trend_periods
    # A null quarter makes the comparison null: it counts for nothing. q0 is the latest, so a lower place is later.
    score = sum(
        ((later > earlier).ifelse(1, 0) - (later < earlier).ifelse(1, 0)).fill_null(0)
        for later, earlier in combinations(quarters, 2)
    )
    untied = n * (n - 1) * (2 * n + 5)
    # A tie of t values takes t (t - 1) (2 t + 5): each of its t values brings (t - 1) (2 t + 5).
    ties = sum(_tie_share(quarter, quarters) for quarter in quarters)
    return score, (untied - ties) / 18


def _tie_share(quarter: ir.IntegerValue, quarters: list[ir.IntegerValue]) -> ir.IntegerValue:
    """(t - 1) (2 t + 5) for a value that t quarters have; nothing for a null."""
    tied = sum((quarter == other).fill_null(False).ifelse(1, 0) for other in quarters)
    return quarter.isnull().ifelse(0, (tied - 1) * (2 * tied + 5))


def median_slopes(counted: ir.Table) -> ir.Table:
    """The median of the slopes between all pairs of quarters: (customer_key, trend_slope)."""
    quarters = [
        counted.select("customer_key", place=ibis.literal(-n, "int64"), orders=_[f"q{n}"]) for n in range(PERIODS)
    ]
    series = ibis.union(*quarters).filter(_.orders.notnull())
    earlier = series.select(same="customer_key", before="place", orders_before="orders")
    pairs = series.join(earlier, [series.customer_key == earlier.same, series.place > earlier.before])
    slopes = pairs.mutate(slope=(_.orders - _.orders_before).cast("float64") / (_.place - _.before))
    return slopes.group_by("customer_key").agg(trend_slope=_.slope.median())
