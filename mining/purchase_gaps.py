"""The rhythm of buying: gaps between purchases, each customer's typical gap, and customers of a like rhythm."""

from datetime import date
from math import pi

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import days_between, days_until
from mining.known_rows import known_orders

# Boundaries double: within a class no customer's typical gap is more than twice another's.
CLASS_LIMITS = (7, 14, 28, 56, 112, 224)
ONCE = "bought once"
EVERYBODY = "all customers"
CLASSES = (
    ONCE,
    *(f"every {days} days or sooner" for days in CLASS_LIMITS),
    f"rarer than every {CLASS_LIMITS[-1]} days",
)
# The variance of the logarithm of an exponential gap: what buying at random moments comes to.
RANDOM_VARIANCE = pi**2 / 6


def purchase_gaps(orders: ir.Table, *, as_of: date) -> ir.Table:
    """The gap between each day of purchase and the one before it, of known customers.

    Two orders on one day are one purchase: there is no gap between them.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, item_quantity, is_sale, is_cancelled, cancelled_at
    as_of : last day that counts

    Returns
    -------
    table of (customer_key, ordered_on, order_count of the day, gap_days: 1 or more, null for the first purchase,
    gap_number: 0 for the first purchase), one row per customer and day with a sale
    """
    sales = known_orders(orders, {as_of: date.min}).filter(_.is_sale)
    days = sales.group_by("customer_key", "ordered_on").agg(order_count=_.count())
    own = ibis.window(group_by="customer_key", order_by="ordered_on")
    days = days.mutate(previous_on=_.ordered_on.lag().over(own), gap_number=ibis.row_number().over(own))
    return days.mutate(gap_days=days_between(_.ordered_on, _.previous_on)).drop("previous_on")


def purchase_rhythms(gaps: ir.Table, *, as_of: date, horizon_days: int = 365) -> ir.Table:
    """Each buyer's purchases in numbers: since when, how often, how regularly, and how long silent.

    The typical gap is the median of the customer's own gaps as far as they are many, and drawn to the company's as
    far as they are few: logarithms of gaps lie around the customer's mean with variance W, customers' means around
    the company's with variance B, both estimated from all gaps by the analysis of variance, and the best guess for a
    customer with n gaps is (n B own mean + W company's mean) / (n B + W).

    Parameters
    ----------
    gaps : result of `purchase_gaps`
    as_of : last day that counts
    horizon_days : a silence longer than this is a break; buying without a break is a run

    Returns
    -------
    table of (customer_key, first_order_on, last_order_on, silence_days, order_count, gap_count, run_started_on,
    run_days: from there to the last purchase, log_gap_mean: null without a gap, log_gap_variance: null with fewer
    than two, within_variance: W, typical_gap_days, typical_gap_error: standard error of its logarithm, gap_class:
    one of `CLASSES`), one row per buyer

    Source: Searle, Casella and McCulloch, "Variance Components", 1992, section 3.6; Efron and Morris, "Data analysis
    using Stein's estimator", JASA 70, 1975.
    """
    log_gap = _.gap_days.cast("float64").ln()
    buyers = gaps.group_by("customer_key").agg(
        first_order_on=_.ordered_on.min(),
        last_order_on=_.ordered_on.max(),
        order_count=_.order_count.sum(),
        gap_count=_.gap_days.count(),
        break_ended_on=_.ordered_on.max(where=_.gap_days > horizon_days),
        log_gap_mean=log_gap.mean(),
        log_gap_variance=log_gap.var(how="sample"),
    )
    buyers = buyers.mutate(
        run_started_on=ibis.coalesce(_.break_ended_on, _.first_order_on),
        # One gap has no spread; engines differ in what they answer then.
        log_gap_variance=ibis.ifelse(_.gap_count >= 2, _.log_gap_variance, ibis.null("float64")),
    )
    buyers = buyers.mutate(
        silence_days=days_until(as_of, _.last_order_on),
        run_days=days_between(_.last_order_on, _.run_started_on),
    )
    return with_typical_gaps(buyers).drop("break_ended_on")


def with_typical_gaps(buyers: ir.Table) -> ir.Table:
    """The buyers with the columns that borrow strength from all others."""
    known = buyers.cross_join(gap_population(buyers))
    weight = known.gap_count * known.between_variance
    known = known.mutate(
        log_typical=(weight * known.log_gap_mean.fill_null(0.0) + known.within_variance * known.company_mean)
        / (weight + known.within_variance),
        typical_gap_error=(known.between_variance * known.within_variance / (weight + known.within_variance)).sqrt(),
    )
    # Nine decimals: whoever buys every 7 days is within 7 days, whatever a logarithm and back leaves behind.
    known = known.mutate(typical_gap_days=_.log_typical.exp().round(9))
    limits = [(_.typical_gap_days <= days, name) for days, name in zip(CLASS_LIMITS, CLASSES[1:-1], strict=True)]
    known = known.mutate(gap_class=ibis.cases((_.gap_count == 0, ONCE), *limits, else_=CLASSES[-1]))
    return known.drop("log_typical", "company_mean", "between_variance")


def gap_population(buyers: ir.Table) -> ir.Table:
    """One row: the company's mean of log gaps, and how much they vary within and between customers.

    Too few gaps to tell: customers are taken to buy at random moments (`RANDOM_VARIANCE`), all alike.
    """
    seen = buyers.filter(_.gap_count > 0)
    sums = seen.agg(
        customers=_.count().cast("float64"),
        gaps=_.gap_count.sum().cast("float64"),
        gaps_squared=(_.gap_count * _.gap_count).sum().cast("float64"),
        total=(_.gap_count * _.log_gap_mean).sum(),
        total_squared=(_.gap_count * _.log_gap_mean * _.log_gap_mean).sum(),
        within=((_.gap_count - 1) * _.log_gap_variance.fill_null(0.0)).sum(),
        company_mean=_.log_gap_mean.mean().fill_null(0.0),
    )
    within = ibis.ifelse(_.gaps > _.customers, _.within / (_.gaps - _.customers).nullif(0), RANDOM_VARIANCE)
    # Identical gaps everywhere: a spread of nothing would make any guess certain.
    within = ibis.greatest(within.fill_null(RANDOM_VARIANCE), 1e-6)
    sums = sums.mutate(within_variance=within)
    between_customers = _.total_squared - _.total * _.total / _.gaps.nullif(0)
    gaps_each = (_.gaps - _.gaps_squared / _.gaps.nullif(0)) / (_.customers - 1).nullif(0)
    surplus = between_customers / (_.customers - 1).nullif(0) - _.within_variance
    between = ibis.greatest((surplus / gaps_each.nullif(0)).fill_null(0.0), 0.0)
    return sums.select("company_mean", "within_variance", between_variance=between)


def gap_levels(gaps: ir.Table, rhythms: ir.Table) -> ir.Table:
    """How often each gap was seen among customers of each class.

    Customers like one who bought once are all who were at that point: their class holds everybody's first gap.

    Parameters
    ----------
    gaps : result of `purchase_gaps`
    rhythms : result of `purchase_rhythms`

    Returns
    -------
    table of (gap_class: one of `CLASSES` or `EVERYBODY`, gap_days, seen_count)
    """
    seen = gaps.filter(_.gap_days.notnull())
    classed = seen.inner_join(rhythms.select("customer_key", "gap_class"), "customer_key")
    own = classed.group_by("gap_class", "gap_days").agg(seen_count=_.count())
    first = seen.filter(_.gap_number == 1).group_by("gap_days").agg(seen_count=_.count())
    everybody = seen.group_by("gap_days").agg(seen_count=_.count())
    columns = ("gap_class", "gap_days", "seen_count")
    return ibis.union(
        own.select(*columns),
        first.mutate(gap_class=ibis.literal(ONCE)).select(*columns),
        everybody.mutate(gap_class=ibis.literal(EVERYBODY)).select(*columns),
    )


def lapse_limits(levels: ir.Table, *, min_gaps: int = 30) -> ir.Table:
    """After how many days of silence nine in ten of the gaps of each class were over.

    Parameters
    ----------
    levels : result of `gap_levels`
    min_gaps : a class with fewer gaps takes the gaps of all customers; fewer even of those: no limit

    Returns
    -------
    table of (gap_class, lapse_after_days: longer silence is a lapse, null with too few gaps; lapse_basis 'own
    class', 'all customers', 'too few gaps'; basis_gap_count), one row for each of `CLASSES`

    Raises
    ------
    ValueError
        If `min_gaps` is below 1.
    """
    if min_gaps < 1:
        raise ValueError(f"at least one gap must be asked for, got min_gaps={min_gaps}")
    upward = ibis.window(group_by="gap_class", order_by="gap_days", rows=(None, 0))
    counted = levels.mutate(
        up_to=_.seen_count.sum().over(upward),
        total=_.seen_count.sum().over(ibis.window(group_by="gap_class")),
    )
    # Nine in ten as whole numbers: 10 x shorter or equal >= 9 x all.
    limits = counted.group_by("gap_class").agg(
        limit_days=_.gap_days.min(where=10 * _.up_to >= 9 * _.total), basis_gap_count=_.total.max()
    )
    limits = limits.filter(_.basis_gap_count >= min_gaps)
    everybody = limits.filter(_.gap_class == EVERYBODY).select(
        joined=ibis.literal(1), limit_of_all="limit_days", count_of_all="basis_gap_count"
    )
    classes = ibis.memtable([{"gap_class": name, "joined": 1} for name in CLASSES])
    classes = classes.left_join(limits, "gap_class").left_join(everybody, "joined")
    basis = ibis.cases(
        (_.limit_days.notnull(), "own class"), (_.limit_of_all.notnull(), EVERYBODY), else_="too few gaps"
    )
    return classes.select(
        "gap_class",
        lapse_after_days=ibis.coalesce(_.limit_days, _.limit_of_all).cast("int64"),
        lapse_basis=basis,
        basis_gap_count=ibis.coalesce(_.basis_gap_count, _.count_of_all, 0).cast("int64"),
    )
