"""Are customers under an age worth more than the others?"""

import ibis.expr.types as ir
from ibis import _

from mining.intervals import Sample, welch
from mining.questions.answers import (
    MIN_GROUP,
    Answer,
    Asked,
    bar,
    chart_of,
    empty_feeds,
    is_unsure,
    read_samples,
    sample_table,
    spoken,
)


def young_customers_worth(margins: ir.Table, customers: ir.Table, *, under_age: int = 35) -> Answer:
    """Compare the net margin of buyers below an age with that of the others.

    Parameters
    ----------
    margins : result of `net_margins`: customer_key, net_margin
    customers : result of `people.customers_as_of`: customer_key, age_years
    under_age : years

    Returns
    -------
    Answer: mean net margin of the younger less that of the others; chart: both means; customers: the younger
    """
    asked = Asked(
        f"Are customers under {under_age} worth more?",
        "money",
        "Net margin of the last twelve months per buyer, costs to serve taken off; age in whole years on the day.",
        "Difference of means with Welch's interval (1947). Buyers without a birth date are left out.",
    )
    if missing := empty_feeds(customers=customers):
        return asked.missing(missing)
    aged = margins.inner_join(customers.select("customer_key", "age_years"), "customer_key")
    aged = aged.filter(_.age_years.notnull())
    aged = aged.mutate(side=(_.age_years < under_age).ifelse("under", "others"))
    query = sample_table(aged, "side", "net_margin")
    found = read_samples(query)
    under, others = (found.get(name, Sample(0, 0, 0)) for name in ("under", "others"))
    if under.size + others.size == 0:
        return asked.missing(["sales.customers"], "no buyer's birth date is known")
    if min(under.size, others.size) < MIN_GROUP:
        return asked.too_little(
            f"{under.size} buyers under {under_age} and {others.size} others; {MIN_GROUP} of each are needed.",
            query=query,
        )
    interval, _p = welch(under, others)
    verdict = "no difference can be seen" if is_unsure(interval) else "more" if interval.estimate > 0 else "less"
    sentence = (
        f"A buyer under {under_age} brings {under.mean:,.2f} a year, another {others.mean:,.2f}: a difference of "
        f"{spoken(interval)}: {verdict}."
    )
    rows = [bar(f"under {under_age}", under), bar(f"{under_age} and over", others)]
    listed = aged.filter(_.side == "under").select("customer_key")
    return asked.answered(sentence, interval, chart=chart_of(rows), customers=listed, query=query)
