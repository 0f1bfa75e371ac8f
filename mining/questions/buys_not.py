"""Who buys A and not B?"""

from datetime import date

import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.intervals import wilson
from mining.questions.answers import Answer, Asked, chart_of, empty_feeds, share_bar, spoken_share


def buys_a_not_b(
    lines: ir.Table,
    products: ir.Table,
    *,
    as_of: date,
    bought: str,
    not_bought: str,
    level: str = "category",
    window_months: int = 12,
) -> Answer:
    """The customers who bought one thing and not another within a window.

    Parameters
    ----------
    lines : fct_order_lines: customer_key, product_key, ordered_on, is_counted, is_return
    products : dim_product, one version per product: product_key and `level`
    as_of : last day that counts
    bought, not_bought : values of `level`
    level : category, subcategory, brand, product_id or name
    window_months : length of the window

    Returns
    -------
    Answer: the share of A's buyers who do not buy B; chart: both, only A, only B; customers: those who buy only A
    """
    asked = Asked(
        f"Who buys {bought} and not {not_bought}?",
        "share",
        f"Known customers with a line of {bought}, and none of {not_bought}, in {window_months} months; returns and "
        "cancelled orders do not count as buying.",
        "Counted; interval after Wilson (1927).",
    )
    if missing := empty_feeds(lines=lines, products=products):
        return asked.missing(missing)
    sold = lines.filter(
        _.customer_key.notnull(),
        _.is_counted,
        ~_.is_return,
        _.ordered_on > months_before(as_of, window_months),
        _.ordered_on <= as_of,
    )
    sold = sold.inner_join(products.select("product_key", thing=products[level].cast("string")), "product_key")
    buyers = (
        sold.filter(_.thing.isin([bought, not_bought]))
        .group_by("customer_key")
        .agg(has_a=(_.thing == bought).max(), has_b=(_.thing == not_bought).max())
    )
    query = buyers.agg(
        both=_.count(where=_.has_a & _.has_b),
        only_a=_.count(where=_.has_a & ~_.has_b),
        only_b=_.count(where=~_.has_a & _.has_b),
    )
    counts = {name: int(value) for name, value in query.execute().to_dict("records")[0].items()}
    buyers_of_a = counts["both"] + counts["only_a"]
    if buyers_of_a == 0:
        return asked.too_little(f"Nobody known bought {bought} in {window_months} months.", query=query)
    interval = wilson(counts["only_a"], buyers_of_a)
    sentence = (
        f"{counts['only_a']} of {buyers_of_a} customers who buy {bought} do not buy {not_bought}: "
        f"{spoken_share(interval)}."
    )
    total = sum(counts.values())
    labels = {"both": "both", "only_a": f"only {bought}", "only_b": f"only {not_bought}"}
    rows = [share_bar(label, wilson(counts[name], total), counts[name]) for name, label in labels.items()]
    listed = buyers.filter(_.has_a, ~_.has_b).select("customer_key")
    return asked.answered(sentence, interval, chart=chart_of(rows), customers=listed, query=query)
