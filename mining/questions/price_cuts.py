"""Which ages respond to price cuts?"""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.intervals import Interval, benjamini_hochberg, normal_quantile, two_sided_p
from mining.questions.answers import MIN_GROUP, Answer, Asked, chart_of, empty_feeds

BANDS = ((25, "under 25"), (35, "25 to 34"), (45, "35 to 44"), (55, "45 to 54"), (65, "55 to 64"))
OLDEST = "65 and over"


def price_cut_response(
    lines: ir.Table, products: ir.Table, customers: ir.Table, *, as_of: date, window_months: int = 24
) -> Answer:
    """How often each age buys at a cut price, against what one would expect from what and when it buys.

    Parameters
    ----------
    lines : fct_order_lines: customer_key, product_key, ordered_on, channel, discount_amount, is_counted, is_return
    products : dim_product, one version per product: product_key, category
    customers : result of `people.customers_as_of`: customer_key, age_years
    as_of : last day that counts
    window_months : length of the window

    Returns
    -------
    Answer: the ratio of lines at a cut price to those expected, of the age with the highest; chart: every age
    (corrected_p: against a ratio of 1); customers: of that age, who bought at a cut price
    """
    asked = Asked(
        "Which ages respond to price cuts?",
        "ratio",
        "Lines bought at a discount, divided by those expected had each line the share at a discount that all lines of "
        "the same month, category and channel have. 1: no more than others; 1.2: a fifth more.",
        "Indirect standardisation; interval from the customers' own sums (linearised ratio), as a customer's lines are "
        "not independent; p values corrected for their number (Benjamini and Hochberg, 1995). Taking offers up is "
        "no proof that the offer made them buy: only a control group is.",
    )
    if missing := empty_feeds(lines=lines, customers=customers):
        return asked.missing(missing)
    sold = lines.filter(
        _.customer_key.notnull(),
        _.is_counted,
        ~_.is_return,
        _.ordered_on > months_before(as_of, window_months),
        _.ordered_on <= as_of,
    )
    sold = sold.left_join(products.select("product_key", "category"), "product_key")
    cells = ("category", "channel", "month_on")
    sold = sold.select(
        "customer_key",
        category=_.category.fill_null("unknown"),
        channel=_.channel.fill_null("unknown"),
        month_on=_.ordered_on.truncate("M"),
        is_cut=(_.discount_amount > 0).fill_null(False).ifelse(1, 0),
    )
    grouped = sold.group_by("customer_key", *cells).agg(bought=_.count(), cut=_.is_cut.sum())
    usual = grouped.group_by(*cells).agg(usual=_.cut.sum().cast("float64") / _.bought.sum())
    people = grouped.inner_join(usual, list(cells)).mutate(expected=_.bought * _.usual)
    people = people.group_by("customer_key").agg(cut=_.cut.sum().cast("float64"), expected=_.expected.sum())
    aged = people.inner_join(customers.select("customer_key", "age_years"), "customer_key")
    limits = [(_.age_years < age, name) for age, name in BANDS]
    aged = aged.filter(_.age_years.notnull()).mutate(age=ibis.cases(*limits, else_=OLDEST))
    query = aged.group_by("age").agg(
        size=_.count(),
        cut=_.cut.sum(),
        expected=_.expected.sum(),
        cut_squares=(_.cut * _.cut).sum(),
        expected_squares=(_.expected * _.expected).sum(),
        products=(_.cut * _.expected).sum(),
    )
    found = query.execute().to_dict("records")
    if not found:
        return asked.missing(["sales.customers"], "no buyer's birth date is known")
    rows = ratios([row for row in found if row["size"] >= MIN_GROUP and row["expected"] > 0])
    if not rows:
        return asked.too_little(f"No age has {MIN_GROUP} buyers and a line at a cut price.", query=query)
    best = rows[0]
    interval = Interval(best["value"], best["low"], best["high"])
    clear = best["corrected_p"] <= 0.05
    verdict = "more than others" if clear else "which chance may explain"
    sentence = (
        f"Most: {best['label']}, {interval.estimate:.2f} times what would be expected ({interval.low:.2f} to "
        f"{interval.high:.2f}): {verdict}."
    )
    listed = aged.filter(_.age == best["label"], _.cut > 0).select("customer_key")
    return asked.answered(
        sentence, interval, chart=chart_of(rows, corrected_p="float64"), customers=listed, query=query
    )


def ratios(found: list[dict]) -> list[dict]:
    """The ratio of each age with its interval, the highest first."""
    rows = []
    for row in found:
        n, ratio = int(row["size"]), row["cut"] / row["expected"]
        # Of a ratio of sums: the customers' residuals, whose sum is nothing.
        residuals = row["cut_squares"] - 2 * ratio * row["products"] + ratio**2 * row["expected_squares"]
        error = (max(residuals, 0.0) * n / (n - 1)) ** 0.5 / row["expected"]
        half = normal_quantile() * error
        p = two_sided_p((ratio - 1) / error) if error > 0 else 1.0
        rows.append(
            {"label": row["age"], "value": ratio, "low": max(0.0, ratio - half), "high": ratio + half, "size": n}
            | {"corrected_p": p}
        )
    for row, p in zip(rows, benjamini_hochberg([row["corrected_p"] for row in rows]), strict=True):
        row["corrected_p"] = p
    return sorted(rows, key=lambda row: (-row["value"], row["label"]))
