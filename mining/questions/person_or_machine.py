"""Who prefers a person to a machine?"""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.intervals import wilson
from mining.known_rows import known_orders
from mining.questions.answers import MIN_GROUP, Answer, Asked, chart_of, empty_feeds, share_bar, spoken_share

PERSON_ORDERS = ("store", "phone", "field")
PERSON_CASES = ("phone", "store")


def person_or_machine(
    orders: ir.Table,
    calls: ir.Table,
    cases: ir.Table,
    customers: ir.Table,
    *,
    as_of: date,
    window_months: int = 12,
    min_contacts: int = 5,
    by: str = "age_band",
) -> Answer:
    """The customers who turn to a person clearly more often than to a machine.

    With a person: orders in a store, by phone or with a representative, calls, cases by phone or in a store. With a
    machine: orders on the web and by any other channel, cases by e-mail or web form. Visits do not count: on the web
    one looks, with a person one acts.

    Parameters
    ----------
    orders : fct_orders: customer_key, ordered_on, channel, item_quantity, is_sale, is_cancelled, cancelled_at
    calls : fct_calls: customer_key, started_on, direction; calls out are ours and not theirs
    cases : fct_cases: customer_key, opened_on, channel
    customers : result of `people.customers_as_of`: customer_key and `by`
    as_of : last day that counts
    window_months : length of the window
    min_contacts : with fewer no preference can be told
    by : attribute by which the chart tells customers apart

    Returns
    -------
    Answer: the share of customers with enough contacts who prefer a person; chart: the same by `by`; customers: those
    """
    asked = Asked(
        "Who prefers a person to a machine?",
        "share",
        f"Customers with {min_contacts} contacts or more in {window_months} months of which so many were with a person "
        "that chance would not give it at equal liking.",
        "A preference is a Wilson interval (1927) of the customer's own share that lies above one half; so is the "
        "share of such customers. Those near one half are counted as not preferring either.",
    )
    if missing := empty_feeds(orders=orders):
        return asked.missing(missing)
    after = months_before(as_of, window_months)

    def touched(facts: ir.Table, day: str, with_person: ir.Value) -> ir.Table:
        known = facts.filter(facts.customer_key.notnull(), facts[day] > after, facts[day] <= as_of)
        return known.select("customer_key", person=with_person.ifelse(1, 0))

    touches = ibis.union(
        touched(
            known_orders(orders, {as_of: date.min}).filter(_.is_sale),
            "ordered_on",
            _.channel.isin(PERSON_ORDERS).fill_null(False),
        ),
        touched(calls.filter(_.direction == "inbound"), "started_on", _.customer_key.notnull()),
        touched(cases, "opened_on", _.channel.isin(PERSON_CASES).fill_null(False)),
    )
    own = touches.group_by("customer_key").agg(contacts=_.count(), person=_.person.sum())
    own = own.filter(_.contacts >= min_contacts)
    share, low, high = wilson_columns(own.person, own.contacts)
    own = own.mutate(person_share=share, prefers_person=low > 0.5, prefers_machine=high < 0.5)
    known = own.left_join(customers.select("customer_key", level=customers[by].cast("string")), "customer_key")
    query = known.group_by(level=_.level.fill_null("unknown")).agg(
        size=_.count(), person=_.prefers_person.sum(), machine=_.prefers_machine.sum()
    )
    rows = sorted(query.execute().to_dict("records"), key=lambda row: row["level"])
    size = sum(int(row["size"]) for row in rows)
    if size < MIN_GROUP:
        return asked.too_little(
            f"Only {size} customers have {min_contacts} contacts; {MIN_GROUP} are needed.", query=query
        )
    interval = wilson(sum(int(row["person"]) for row in rows), size)
    machine = wilson(sum(int(row["machine"]) for row in rows), size)
    sentence = (
        f"{spoken_share(interval)} of {size} customers prefer a person, {spoken_share(machine)} a machine; of the "
        "others it cannot be told."
    )
    bars = [
        share_bar(row["level"], wilson(int(row["person"]), int(row["size"])), int(row["size"]))
        for row in rows
        if row["size"] >= MIN_GROUP
    ]
    listed = own.filter(_.prefers_person).select("customer_key")
    return asked.answered(sentence, interval, chart=chart_of(bars), customers=listed, query=query)
