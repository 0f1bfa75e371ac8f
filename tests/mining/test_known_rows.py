"""What was known by the end of a date: cancellations count from the company's own day on."""

from datetime import date, datetime

import ibis
import pytest

from mining.known_rows import known_orders

DAY = date(2024, 4, 2)
ORDER = {
    "customer_key": 1,
    "ordered_on": date(2024, 4, 1),
    "item_quantity": 1,
    "is_sale": False,
    "is_cancelled": True,
    # Half past midnight of the third in Berlin is still the second by UTC.
    "cancelled_at": datetime.fromisoformat("2024-04-02 22:30"),
    "cancelled_on": date(2024, 4, 3),
}


@pytest.mark.parametrize(("as_of", "counts"), [(DAY, 1), (date(2024, 4, 3), 0)])
def test_an_order_counts_until_the_companys_day_on_which_it_is_cancelled(as_of, counts):
    known = known_orders(ibis.memtable([ORDER]), {as_of: date(2024, 1, 1)})
    assert known.filter(known.is_sale).count().execute() == counts
