"""Does the web make business grow, or move it from elsewhere?"""

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import days_between
from mining.intervals import Interval, Sample, normal_quantile
from mining.known_rows import known_orders
from mining.questions.answers import MIN_GROUP, Answer, Asked, chart_of, empty_feeds, is_unsure, spoken


def web_growth(
    orders: ir.Table, *, as_of: date, around_days: int = 182, window_days: int = 365, web: tuple[str, ...] = ("web",)
) -> Answer:
    """What customers spend in all after their first order on the web, against others who bought that month.

    Adopters are customers who had bought elsewhere and now order on the web for the first time; their match is who
    bought elsewhere in the same month, had as many orders before (one, two to three, four or more) and has not yet
    ordered on the web. Each is followed from the order on: spending of the `around_days` after it less that of the
    `around_days` before it, in all channels together, and outside the web.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, channel, net_amount, item_quantity, is_sale, is_cancelled,
        cancelled_at
    as_of : last day that counts
    around_days : days before and after that are compared
    window_days : first web orders of the last so many days whose following days are over
    web : channels that are the web

    Returns
    -------
    Answer: change of all spending of adopters less that of their match; chart: all channels and elsewhere;
    customers: the adopters
    """
    asked = Asked(
        "Does the web make business grow or move it from elsewhere?",
        "money",
        f"Net revenue of the {around_days} days after the first order on the web less that of the {around_days} days "
        "before, per customer, compared with customers who bought elsewhere in the same month.",
        "Difference in differences within strata of month and earlier orders, weighted by adopters, interval from the "
        "strata's variances. Who turns to the web chooses to: this is a comparison and no experiment. Spending "
        "elsewhere falls back a little in any case, as adopters were picked after buying elsewhere only.",
    )
    if missing := empty_feeds(orders=orders):
        return asked.missing(missing)
    followed = followed_customers(orders, as_of, around_days, window_days, web).cache()
    query = strata(followed)
    rows = query.execute().to_dict("records")
    adopters = sum(int(row["adopters"]) for row in rows)
    if adopters < MIN_GROUP:
        return asked.too_little(
            f"Only {adopters} customers can be followed who turned to the web and have others to compare with; "
            f"{MIN_GROUP} are needed.",
            query=query,
        )
    whole, elsewhere = (weighted(rows, name) for name in ("all", "elsewhere"))
    grows = "no growth can be seen" if is_unsure(whole) else "business grows" if whole.estimate > 0 else "it shrinks"
    moves = "nothing is seen to move" if is_unsure(elsewhere) else "part of it moves" if elsewhere.estimate < 0 else ""
    sentence = (
        f"{adopters} customers who turned to the web spent {spoken(whole)} more in all than their match over "
        f"{around_days} days: {grows}. Elsewhere they spent {spoken(elsewhere)}: {moves or 'it grows there too'}."
    )
    bars = [
        {"label": label, "value": it.estimate, "low": it.low, "high": it.high, "size": adopters}
        for label, it in (("all channels", whole), ("outside the web", elsewhere))
    ]
    listed = followed.filter(_.is_adopter).select("customer_key").distinct()
    return asked.answered(sentence, whole, chart=chart_of(bars), customers=listed, query=query)


def followed_customers(
    orders: ir.Table, as_of: date, around_days: int, window_days: int, web: tuple[str, ...]
) -> ir.Table:
    """One row per customer and month: is_adopter, earlier_band, change_all, change_elsewhere."""
    known = known_orders(orders, {as_of: date.min})
    known = known.select(
        "customer_key",
        "ordered_on",
        "is_sale",
        net=_.net_amount.cast("float64"),
        is_web=_.channel.isin(web).fill_null(False),
    )
    sales = known.filter(_.is_sale)
    first_web = sales.filter(_.is_web).group_by("customer_key").agg(web_on=_.ordered_on.min())
    until = as_of - timedelta(days=around_days)
    begin = sales.agg(begins_on=_.ordered_on.min())
    months = sales.filter(_.ordered_on <= until, _.ordered_on > until - timedelta(days=window_days))
    months = months.left_join(first_web, "customer_key").drop("customer_key_right")
    # Who ordered on the web before the day is neither: they turned to it earlier.
    months = months.filter(_.web_on.isnull() | (_.web_on >= _.ordered_on)).mutate(month_on=_.ordered_on.truncate("M"))
    months = months.group_by("customer_key", "month_on").agg(
        is_adopter=_.is_web.max(),
        day_on=ibis.ifelse(_.is_web.max(), _.ordered_on.max(where=_.is_web), _.ordered_on.min()),
    )
    months = months.cross_join(begin).filter(days_between(_.day_on, _.begins_on) >= around_days)
    around = months.inner_join(known, "customer_key")
    distance = days_between(around.ordered_on, around.day_on)
    around = around.mutate(distance=distance).filter(_.distance >= -around_days, _.distance <= around_days)
    signed = ibis.ifelse(_.distance < 0, -_.net, _.net)
    sums = around.group_by("customer_key", "month_on", "is_adopter").agg(
        earlier=_.count(where=(_.distance < 0) & _.is_sale),
        # The order of the day itself is why the customer was chosen, on either side: it says nothing.
        change_all=signed.sum(where=_.distance != 0).fill_null(0.0),
        change_elsewhere=signed.sum(where=(_.distance != 0) & ~_.is_web).fill_null(0.0),
    )
    sums = sums.filter(_.earlier > 0)
    band = ibis.cases((_.earlier == 1, "one"), (_.earlier <= 3, "two or three"), else_="four or more")
    return sums.mutate(earlier_band=band)


def strata(followed: ir.Table) -> ir.Table:
    """One row per month and band with both sides: counts, means and variances of their changes."""
    values = {}
    for side, where in (("web", _.is_adopter), ("other", ~_.is_adopter)):
        for name in ("all", "elsewhere"):
            values[f"mean_{name}_{side}"] = _[f"change_{name}"].mean(where=where)
            values[f"variance_{name}_{side}"] = _[f"change_{name}"].var(where=where, how="sample")
    counted = followed.group_by("month_on", "earlier_band").agg(
        adopters=_.count(where=_.is_adopter), others=_.count(where=~_.is_adopter), **values
    )
    return counted.filter(_.adopters >= 2, _.others >= 2)


def weighted(rows: list[dict], name: str) -> Interval:
    """The mean over the strata of the difference of both sides, weighted by adopters."""
    total = sum(row["adopters"] for row in rows)
    difference = variance = 0.0
    for row in rows:
        weight = row["adopters"] / total
        web = Sample(row[f"mean_{name}_web"], row[f"variance_{name}_web"] ** 0.5, row["adopters"])
        other = Sample(row[f"mean_{name}_other"], row[f"variance_{name}_other"] ** 0.5, row["others"])
        difference += weight * (web.mean - other.mean)
        variance += weight**2 * (web.deviation**2 / web.size + other.deviation**2 / other.size)
    half = normal_quantile() * variance**0.5
    return Interval(difference, difference - half, difference + half)
