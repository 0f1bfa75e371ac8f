"""Who is most interested in this campaign?"""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.instants import end_of_day
from mining.intervals import benjamini_hochberg, newcombe, share_difference_p, wilson
from mining.questions.answers import MIN_GROUP, Answer, Asked, chart_of, empty_feeds, share_bar, spoken_share


def campaign_interest(
    contacts: ir.Table,
    attributes: ir.Table,
    *,
    as_of: date,
    campaign_key: int,
    columns: Sequence[str],
    time_zone: str = "UTC",
) -> Answer:
    """The kind of customer that answers a campaign most, among those who were sent it.

    Parameters
    ----------
    contacts : fct_campaign_contacts: campaign_key, customer_key, contacted_on, arm, first_response_at, is_clicked,
        is_replied, is_redeemed, is_purchased
    attributes : one row per customer: customer_key and `columns`
    as_of : last day that counts. The star dates only the first response: a click known to it may have come later.
    campaign_key : the campaign
    columns : attributes by which customers are told apart, as text
    time_zone : the company's, in which the day ends

    Returns
    -------
    Answer: the share of that kind that showed interest; chart: every kind (label 'attribute: level', corrected_p
    against all others); customers: that kind among those who were sent the campaign
    """
    asked = Asked(
        "Who is most interested in this campaign?",
        "share",
        "Of those who were sent the campaign: clicked, replied, redeemed or bought. Opening is not interest: mail "
        "programs open by themselves.",
        "Wilson's interval (1927); each kind against all others by Newcombe's (1998), p values corrected for their "
        "number (Benjamini and Hochberg, 1995). Interest is no effect: whether the campaign made them buy only its "
        "control group tells.",
    )
    if missing := empty_feeds(contacts=contacts):
        return asked.missing(missing)
    sent = contacts.filter(
        _.campaign_key == campaign_key, _.arm == "treatment", _.contacted_on <= as_of, _.customer_key.notnull()
    )
    answered = (_.first_response_at < ibis.literal(end_of_day(as_of, time_zone))).fill_null(False)
    is_interested = (_.is_clicked | _.is_replied | _.is_redeemed | _.is_purchased) & answered
    people = sent.group_by("customer_key").agg(is_interested=is_interested.max())
    known = people.left_join(attributes.select("customer_key", *columns), "customer_key").drop("customer_key_right")
    levels = [
        known.group_by(level=known[name].cast("string").fill_null("unknown"))
        .agg(size=_.count(), interested=_.is_interested.sum())
        .mutate(attribute=ibis.literal(name))
        for name in columns
    ]
    query = ibis.union(*levels) if len(levels) > 1 else levels[0]
    found = sorted(query.execute().to_dict("records"), key=lambda row: (row["attribute"], row["level"]))
    rows = tested(found)
    if not rows:
        size = max((int(row["size"]) for row in found), default=0)
        return asked.too_little(f"No kind of customer was sent it {MIN_GROUP} times; the largest {size}.", query=query)
    best = max(rows, key=lambda row: (row["value"], row["label"]))
    interval = wilson(best["interested"], best["size"])
    clear = best["corrected_p"] is not None and best["corrected_p"] <= 0.05
    apart = "more than the others" if clear else "which chance may explain"
    sentence = f"Most interested: {best['label']}, {spoken_share(interval)} of {best['size']} sent it: {apart}."
    level = known[best["attribute"]].cast("string").fill_null("unknown")
    listed = known.filter(level == best["level"]).select("customer_key")
    chart = chart_of(rows, corrected_p="float64", difference="float64")
    return asked.answered(sentence, interval, chart=chart, customers=listed, query=query)


def tested(found: list[dict]) -> list[dict]:
    """Bars of the kinds that are large enough, each against all others of its attribute, most interested first."""
    rows = []
    for row in found:
        same = [other for other in found if other["attribute"] == row["attribute"]]
        size, interested = int(row["size"]), int(row["interested"])
        rest = sum(int(other["size"]) for other in same) - size
        rest_interested = sum(int(other["interested"]) for other in same) - interested
        if size < MIN_GROUP:
            continue
        label = f"{row['attribute']}: {row['level']}"
        bar = share_bar(label, wilson(interested, size), size) | row | {"size": size, "interested": interested}
        bar |= {"corrected_p": None, "difference": None}
        if rest >= MIN_GROUP:
            bar["corrected_p"] = share_difference_p(interested, size, rest_interested, rest)
            bar["difference"] = newcombe(interested, size, rest_interested, rest).estimate
        rows.append(bar)
    judged = [row for row in rows if row["corrected_p"] is not None]
    for row, p in zip(judged, benjamini_hochberg([row["corrected_p"] for row in judged]), strict=True):
        row["corrected_p"] = p
    return sorted(rows, key=lambda row: (-row["value"], row["label"]))
