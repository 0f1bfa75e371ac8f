"""Did the strategy for a kind of customer (for high incomes, say) work?"""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis.expr.types as ir
from ibis import _

from mining.instants import days_between
from mining.intervals import Sample, newcombe, welch
from mining.known_rows import known_orders
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
    spoken_share,
)


def strategy_effect(
    contacts: ir.Table,
    orders: ir.Table,
    members: ir.Table,
    *,
    as_of: date,
    kind: str = "high-income customers",
    campaign_keys: Sequence[int] | None = None,
    days: int = 30,
) -> Answer:
    """What campaigns did to customers of a kind, against those whom chance kept from being sent them.

    Parameters
    ----------
    contacts : fct_campaign_contacts: campaign_key, customer_key, contacted_on, arm, cost_amount
    orders : fct_orders: customer_key, ordered_on, margin_amount, item_quantity, is_sale, is_cancelled, cancelled_at
    members : table of (customer_key) of the kind
    as_of : last day that counts; contacts whose days are not over are left out
    kind : in words
    campaign_keys : the campaigns of the strategy; None: all
    days : days after the contact that count, the day itself included

    Returns
    -------
    Answer: mean margin less cost of contact per treated, less that per control; chart: both arms; customers: the
    treated of the kind
    """
    asked = Asked(
        f"Did the strategy for {kind} work?",
        "money",
        f"Margin of the {days} days after a contact less the cost of the contact, per contact: those sent the campaign "
        "less those drawn by chance to be sent nothing. Everybody drawn counts, whatever they did.",
        "Difference of means with Welch's interval (1947), intention to treat; the share who bought by Newcombe's "
        "(1998). A customer of several campaigns counts once for each.",
    )
    if missing := empty_feeds(contacts=contacts, orders=orders):
        return asked.missing(missing)
    drawn = contacts.filter(_.customer_key.notnull(), _.contacted_on <= as_of - timedelta(days=days))
    drawn = drawn.semi_join(members, "customer_key")
    if campaign_keys is not None:
        drawn = drawn.filter(_.campaign_key.isin(list(campaign_keys)))
    results = outcomes(drawn, orders, as_of, days)
    query = sample_table(results, "arm", "result")
    found = read_samples(query)
    sent, kept = (found.get(arm, Sample(0, 0, 0)) for arm in ("treatment", "control"))
    if sent.size and not kept.size:
        return asked.missing(["marketing.contacts"], f"no {kind} were kept in a control group (arm 'control')")
    if min(sent.size, kept.size) < MIN_GROUP:
        return asked.too_little(
            f"{sent.size} contacts and {kept.size} in the control group; {MIN_GROUP} of each are needed.", query=query
        )
    interval, _p = welch(sent, kept)
    bought = read_samples(sample_table(results, "arm", "has_bought"))
    shares = newcombe(
        *(round(bought["treatment"].mean * sent.size), sent.size),
        *(round(bought["control"].mean * kept.size), kept.size),
    )
    verdict = (
        "no effect can be seen" if is_unsure(interval) else "it worked" if interval.estimate > 0 else "it did harm"
    )
    sentence = (
        f"Per contact {spoken(interval)} of margin after its cost, {sent.size} sent, {kept.size} not: {verdict}. "
        f"Buyers: {spoken_share(shares)} points."
    )
    rows = [bar("sent", sent), bar("control group", kept)]
    listed = drawn.filter(_.arm == "treatment").select("customer_key").distinct()
    return asked.answered(sentence, interval, chart=chart_of(rows), customers=listed, query=query)


def outcomes(drawn: ir.Table, orders: ir.Table, as_of: date, days: int) -> ir.Table:
    """One row per contact drawn: arm, result (margin after the contact less its cost), has_bought 0 or 1."""
    contacts = drawn.select("contact_key", "customer_key", "contacted_on", "arm", cost=_.cost_amount.cast("float64"))
    sales = known_orders(orders, {as_of: date.min})
    sales = sales.select("customer_key", "ordered_on", "is_sale", margin=_.margin_amount.cast("float64"))
    pairs = contacts.inner_join(sales, "customer_key")
    pairs = pairs.mutate(wait=days_between(pairs.ordered_on, pairs.contacted_on)).filter(_.wait >= 0, _.wait < days)
    after = pairs.group_by("contact_key").agg(margin=_.margin.sum(), has_bought=_.is_sale.max())
    whole = contacts.left_join(after, "contact_key").drop("contact_key_right")
    return whole.select(
        "customer_key",
        "arm",
        result=_.margin.fill_null(0.0) - _.cost.fill_null(0.0),
        has_bought=_.has_bought.fill_null(False).ifelse(1, 0),
    )
