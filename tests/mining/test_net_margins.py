"""Net margin by hand: what counts, what does not, and where the window begins."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mining.net_margins import net_margins

AS_OF = date(2025, 12, 31)


@pytest.fixture
def margins(orders, costs, rows_of):
    """Margins by customer as (revenue, goods, service, net) in whole cents."""

    def compute(order_rows, *, calls=(), cases=(), contacts=(), as_of=AS_OF, **window):
        table = net_margins(orders(*order_rows), costs(*calls), costs(*cases), costs(*contacts), as_of=as_of, **window)
        assert [str(table.schema()[name]) for name in table.columns[2:6]] == ["decimal(18, 4)"] * 4
        return {row["customer_key"]: tuple(map(str, list(row.values())[2:6])) for row in rows_of(table)}

    return compute


def test_revenue_less_goods_less_service(margins):
    result = margins(
        [(1, "2025-03-01", "100.50", "60.25"), (1, "2025-04-01", "20", "10")],
        calls=[(1, "2025-05-01", "3.5")],
        cases=[(1, "2025-05-01", "10")],
        contacts=[(1, "2025-05-01", "0.02"), (1, "2025-05-02", "0.95")],
    )
    # 120.50 - 70.25 - (3.50 + 10.00 + 0.97)
    assert result == {1: ("120.5000", "70.2500", "14.4700", "35.7800")}


def test_returns_take_away_and_cancelled_orders_bring_nothing(margins):
    result = margins(
        [
            (1, "2025-03-01", "100", "60"),
            (1, "2025-03-20", "-40", "-24", "return"),
            (1, "2025-03-21", "500", "300", "cancelled"),
        ]
    )
    assert result == {1: ("60.0000", "36.0000", "0.0000", "24.0000")}


def test_an_order_counts_until_it_is_cancelled(margins):
    rows = [(1, "2025-03-01", "100", "60"), (1, "2025-03-05", "40", "10", "cancelled", "2025-03-08")]
    assert margins(rows, as_of=date(2025, 3, 7))[1][0] == "140.0000"
    assert margins(rows, as_of=date(2025, 3, 8))[1][0] == "100.0000"


def test_who_only_ordered_what_was_cancelled_later_was_a_buyer_until_then(margins):
    rows = [(1, "2025-03-05", "40", "10", "cancelled", "2025-03-08")]
    assert set(margins(rows, as_of=date(2025, 3, 7))) == {1}
    assert margins(rows, as_of=date(2025, 3, 8)) == {}


def test_many_dates_are_answered_as_if_each_were_asked_alone(orders, costs, rows_of):
    sales = orders(
        (1, "2024-02-29", "10", "3"), (2, "2025-02-28", "20"), (1, "2025-02-27", "5", "1", "cancelled", "2025-03-02")
    )
    service = costs((1, "2025-02-28", "2"), (2, "2025-03-01", "1"))
    dates = [date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 31)]
    together = rows_of(net_margins(sales, service, service, service, as_of=dates))
    alone = [row for day in dates for row in rows_of(net_margins(sales, service, service, service, as_of=day))]
    by_date = sorted(together, key=lambda row: row["as_of"])
    assert by_date == alone
    assert len(alone) == 5


def test_no_date_is_refused(orders, costs):
    with pytest.raises(ValueError, match="one date or more"):
        net_margins(orders(), costs(), costs(), costs(), as_of=[])


def test_the_last_order_or_return_is_told_however_long_ago(orders, costs, rows_of):
    sales = orders((1, "2020-03-01", "9"), (1, "2020-03-09", "-4", "0", "return"), (2, "2025-03-01", "9"))
    none = costs()
    service = costs((1, "2025-03-02", "1"))
    rows = rows_of(net_margins(sales, service, none, none, as_of=AS_OF))
    assert [row["last_booked_on"] for row in rows] == [date(2020, 3, 9), date(2025, 3, 1)]


def test_unknown_cost_of_goods_leaves_revenue_alone(margins):
    assert margins([(1, "2025-03-01", "100", None)]) == {1: ("100.0000", "0.0000", "0.0000", "100.0000")}


def test_the_control_group_was_sent_nothing(margins):
    contacts = [(1, "2025-05-01", "0.95", "control"), (1, "2025-05-02", "0.95", "treatment")]
    assert margins([(1, "2025-03-01", "100")], contacts=contacts)[1][2] == "0.9500"


def test_only_buyers_count_and_unknown_people_do_not(margins):
    result = margins(
        [(None, "2025-03-01", "100"), (2, "2025-03-01", "-5", "0", "return"), (3, "2025-03-01", "9", "0", "cancelled")],
        calls=[(4, "2025-05-01", "3.5"), (None, "2025-05-01", "3.5")],
    )
    assert result == {}


def test_a_buyer_of_long_ago_who_still_calls_costs_money(margins):
    result = margins([(1, "2020-03-01", "100", "50")], calls=[(1, "2025-05-01", "3.5")])
    assert result == {1: ("0.0000", "0.0000", "3.5000", "-3.5000")}


def test_the_window_holds_its_last_day_and_not_the_day_it_begins_after(margins):
    days = ["2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01"]
    rows = [(1, day, str(10**power)) for power, day in enumerate(days)]
    # As of 28 February 2025 the twelve months are March 2024 to February 2025.
    assert margins(rows, as_of=date(2025, 2, 28))[1][0] == "110.0000"
    assert margins(rows, as_of=date(2025, 2, 28), window_months=1)[1][0] == "100.0000"
    assert margins(rows, as_of=date(2024, 2, 29))[1][0] == "1.0000"


FACTS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 400), st.integers(-50, 50)), min_size=1, max_size=12)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FACTS, FACTS, st.integers(0, 400))
def test_what_happens_later_changes_nothing(margins, sales, calls, day):
    start = date(2024, 1, 1)
    as_of = start + timedelta(days=day)

    def dated(rows):
        return [(customer, (start + timedelta(days=when)).isoformat(), str(amount)) for customer, when, amount in rows]

    def until(rows):
        return [row for row in rows if row[1] <= as_of.isoformat()]

    sales, calls = dated(sales), [(*row[:2], row[2].lstrip("-")) for row in dated(calls)]
    everything = margins(sales, calls=calls, contacts=calls, as_of=as_of)
    known = margins(until(sales), calls=until(calls), contacts=until(calls), as_of=as_of)
    assert everything == known
    assert all(
        Decimal(net) == Decimal(revenue) - Decimal(goods) - Decimal(service)
        for revenue, goods, service, net in everything.values()
    )
