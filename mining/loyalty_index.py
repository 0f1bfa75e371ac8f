"""The loyalty index: durability, firmness and stability of each buyer, 0 to 100, and how sure it is."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.column_statistics import beta_binomial_prior
from mining.intervals import normal_quantile
from mining.known_rows import known_orders
from mining.purchase_gaps import RANDOM_VARIANCE

DAYS_TO_HALF = 365
PRIOR_GAPS = 4
FEW_ORDERS = 5


def firmness_counts(
    orders: ir.Table, cases: ir.Table, *, as_of: date, complaints: tuple[str, ...] = ("complaint",)
) -> ir.Table:
    """Each buyer's orders, those on discount, those one would expect on discount, and complaints.

    Expected is the share of all orders of the same month and channel that were on discount: who buys on discount
    more often than others who bought then and there waits for price cuts.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, channel, discount_amount, item_quantity, is_sale, is_cancelled,
        cancelled_at
    cases : fct_cases: customer_key, opened_on, category
    as_of : last day that counts
    complaints : categories of cases that are complaints

    Returns
    -------
    table of (customer_key, order_count, discounted_count, expected_discounted_count, complaint_count,
    main_channel_count: orders through the channel used most), one row per buyer
    """
    sales = known_orders(orders, {as_of: date.min}).filter(_.is_sale)
    sales = sales.select(
        "customer_key",
        channel=_.channel.fill_null(""),
        month_on=_.ordered_on.truncate("M"),
        is_discounted=(_.discount_amount > 0).fill_null(False).ifelse(1, 0),
    )
    # From (customer, channel, month) on everything is small; the customers' orders are read once.
    grouped = sales.group_by("customer_key", "channel", "month_on").agg(
        order_count=_.count(), discounted_count=_.is_discounted.sum()
    )
    usual = grouped.group_by("channel", "month_on").agg(
        usual_share=_.discounted_count.sum().cast("float64") / _.order_count.sum()
    )
    by_channel = (
        grouped.inner_join(usual, ["channel", "month_on"])
        .mutate(expected=_.order_count * _.usual_share)
        .group_by("customer_key", "channel")
        .agg(order_count=_.order_count.sum(), discounted_count=_.discounted_count.sum(), expected=_.expected.sum())
    )
    counts = by_channel.group_by("customer_key").agg(
        main_channel_count=_.order_count.max(),
        expected_discounted_count=_.expected.sum(),
        order_count=_.order_count.sum(),
        discounted_count=_.discounted_count.sum(),
    )
    complained = cases.filter(_.customer_key.notnull(), _.opened_on <= as_of, _.category.isin(complaints))
    complained = complained.group_by("customer_key").agg(complaint_count=_.count())
    return counts.left_join(complained, "customer_key").select(
        *counts.columns, complaint_count=_.complaint_count.fill_null(0)
    )


def loyalty_index(
    rhythms: ir.Table, counts: ir.Table, *, horizon_days: int = 365, weights: tuple[float, float, float] = (1, 1, 1)
) -> ir.Table:
    """Durability, firmness and stability of each buyer, each 0 to 1, and the index that they make, 0 to 100.

    - durability = run / (run + 365 days), run being the days bought without a break up to the last purchase; 0 once
      the silence itself is a break. Half is reached after a year.
    - firmness = mean of three: the share of orders at full price; 1 less the share of orders on discount beyond what
      others had in the same months and channels; the share of orders without a complaint. Each drawn towards the
      company's mean by a beta prior, the more the fewer the orders.
    - stability = 1 / (1 + V / R): V the variance of the logarithms of the customer's gaps, drawn to the company's as
      if 4 gaps of that kind had been seen before; R = pi^2 / 6 that of buying at random moments. Clockwork is 1,
      buying at random 0.5, buying in bursts less.
    - index = 100 x weighted mean of the three; its range comes from the posterior variances of firmness and
      stability, as durability is observed.

    What rivals offer no feed tells. The share of the main channel is given and does not count: it has no good side.

    Parameters
    ----------
    rhythms : result of `purchase_rhythms`
    counts : result of `firmness_counts`
    horizon_days : a longer silence is a break
    weights : of durability, firmness and stability, not negative, not all zero

    Returns
    -------
    table of (customer_key, durability, firmness, stability, loyalty_index, index_low, index_high: 95 %, index_basis
    'own orders' or 'few orders': fewer than 5 days of purchase; full_price_share, price_steadiness, calm_share,
    main_channel_share), one row per buyer

    Raises
    ------
    ValueError
        If a weight is negative or all are zero.

    Source: stability after Wheat and Morrison, "Estimating purchase regularity with two interpurchase times", Journal
    of Marketing Research 27, 1990, with moderated variances as in Smyth, "Linear models and empirical Bayes methods",
    SAGMB 3, 2004; shares after Kleinman, JASA 68, 1973.
    """
    if min(weights) < 0 or sum(weights) == 0:
        raise ValueError(f"weights must not be negative and not all zero, got {weights}")
    w_durability, w_firmness, w_stability = (weight / sum(weights) for weight in weights)
    parts = with_firmness(with_durability(with_stability(rhythms), horizon_days), counts)
    index = 100 * (w_durability * parts.durability + w_firmness * parts.firmness + w_stability * parts.stability)
    error = (w_firmness**2 * parts.firmness_variance + w_stability**2 * parts.stability_variance).sqrt()
    half = 100 * normal_quantile() * error
    return parts.select(
        "customer_key", "durability", "firmness", "stability",
        loyalty_index=index,
        index_low=ibis.greatest(index - half, 0.0),
        index_high=ibis.least(index + half, 100.0),
        index_basis=(parts.gap_count + 1 < FEW_ORDERS).ifelse("few orders", "own orders"),
        full_price_share=parts.full_price_share,
        price_steadiness=parts.price_steadiness,
        calm_share=parts.calm_share,
        main_channel_share=parts.main_channel_share,
    )  # fmt: skip


def with_durability(rhythms: ir.Table, horizon_days: int) -> ir.Table:
    """The rhythms with `durability`."""
    run = rhythms.run_days.cast("float64")
    return rhythms.mutate(durability=ibis.ifelse(rhythms.silence_days > horizon_days, 0.0, run / (run + DAYS_TO_HALF)))


def with_stability(rhythms: ir.Table) -> ir.Table:
    """The rhythms with `stability` and its variance."""
    own = ibis.greatest(rhythms.gap_count - 1, 0)
    degrees = own + PRIOR_GAPS
    variance = (own * rhythms.log_gap_variance.fill_null(0.0) + PRIOR_GAPS * rhythms.within_variance) / degrees
    stability = 1 / (1 + variance / RANDOM_VARIANCE)
    # Delta method: the slope of 1 / (1 + v / R) is -stability^2 / R; an estimated variance varies by 2 v^2 / degrees.
    slope = stability * stability / RANDOM_VARIANCE
    return rhythms.mutate(stability=stability, stability_variance=slope * slope * 2 * variance * variance / degrees)


def with_firmness(rhythms: ir.Table, counts: ir.Table) -> ir.Table:
    """The rhythms with `firmness`, its parts and its variance."""
    counts = counts.mutate(complained_count=ibis.least(_.complaint_count, _.order_count))
    on_discount = beta_binomial_prior(counts, "discounted_count", "order_count", names=("discounted", "full"))
    complained = beta_binomial_prior(counts, "complained_count", "order_count", names=("upset", "calm"))
    known = counts.cross_join(on_discount).cross_join(complained)
    price, peace = known.order_count + known.discounted + known.full, known.order_count + known.upset + known.calm
    # Beyond what was on offer then and there: the prior's share of excess is none.
    excess = (known.discounted_count - known.expected_discounted_count) / price
    known = known.select(
        "customer_key",
        full_price_share=(known.order_count - known.discounted_count + known.full) / price,
        price_steadiness=1 - ibis.greatest(excess, 0.0),
        calm_share=(known.order_count - known.complained_count + known.calm) / peace,
        main_channel_share=known.main_channel_count.cast("float64") / known.order_count,
        price_trials=price,
        calm_trials=peace,
    )
    price_variance = _.full_price_share * (1 - _.full_price_share) / (_.price_trials + 1)
    calm_variance = _.calm_share * (1 - _.calm_share) / (_.calm_trials + 1)
    known = known.mutate(
        firmness=(_.full_price_share + _.price_steadiness + _.calm_share) / 3,
        # Steadiness moves with the share on discount: counted as moving wholly with it, (2 x) squared.
        firmness_variance=(4 * price_variance + calm_variance) / 9,
    )
    return rhythms.inner_join(known, "customer_key").drop("price_trials", "calm_trials")
