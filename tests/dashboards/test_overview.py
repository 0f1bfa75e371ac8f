"""Periods, and their totals on a handful of days and orders."""

from datetime import date

import duckdb
import pandas as pd
import pytest

from dashboards.app_charts.overview import bucketed, segments
from dashboards.app_data import overview
from dashboards.app_data.overview import Period


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    period = Period(date(2025, 3, 1), date(2025, 3, 30))
    assert period.days == 30
    assert period.before() == Period(date(2025, 1, 30), date(2025, 2, 28))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("published") / "x.duckdb"
    (path.parent.parent / "exports").mkdir(exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema serving; create schema star")
        connection.execute(
            "create table serving.daily_metrics as select * from (values (date '2025-01-01', 2, 2, 30.50, 10.25, 0.00),"
            " (date '2025-01-02', 1, 0, 20.00, 5.00, 4.00), (date '2025-01-03', 1, 1, 5.00, 1.00, 0.00))"
            " as t(date_on, order_count, new_customer_count, revenue_amount, margin_amount, returned_amount)"
        )
        # Customer 1 buys on two days and counts once; a return, an unknown buyer and a later order do not count.
        connection.execute(
            "create table star.fct_orders as select * from (values (1, true, date '2025-01-01'),"
            " (2, true, date '2025-01-01'), (1, true, date '2025-01-02'), (3, false, date '2025-01-02'),"
            " (null, true, date '2025-01-02'), (4, true, date '2025-01-03')) as t(customer_key, is_sale, ordered_on)"
        )
    return str(path)


def test_totals_of_a_period(file: str) -> None:
    found = overview.totals(file, date(2025, 1, 1), date(2025, 1, 2))
    assert (found["order_count"], found["buyer_count"], found["customer_count"]) == (3, 2, 2)
    assert [str(found[name]) for name in ("revenue_amount", "margin_amount", "returned_amount")] == [
        "50.50",
        "15.25",
        "4.00",
    ]
    assert found["is_covered"]


def test_customers_so_far_are_counted_from_the_first_day(file: str) -> None:
    found = overview.totals(file, date(2025, 1, 3), date(2025, 1, 3))
    assert (found["order_count"], found["customer_count"]) == (1, 3)


def test_a_period_before_history_is_not_covered(file: str) -> None:
    assert not overview.totals(file, date(2024, 12, 1), date(2025, 1, 2))["is_covered"]
    assert not overview.totals(file, date(2024, 11, 1), date(2024, 11, 30))["is_covered"]


def test_buckets_are_counted_from_the_last_day() -> None:
    days = pd.DataFrame({"date_on": pd.date_range("2025-01-01", periods=5), "orders": [1, 2, 3, 4, 5]})
    found = bucketed(days, "orders", 2).sort_values("from_on")
    assert found["amount"].tolist() == [1, 5, 9]


def test_tiers_follow_each_other_and_a_loss_goes_left_of_zero() -> None:
    tiers = pd.DataFrame({"tier": ["A", "B", "D"], "share": [0.8, 0.3, -0.1]})
    found = [(part["low"], part["high"]) for part in segments(tiers, "share", "Margin")]
    assert found == [(0.0, 0.8), (0.8, pytest.approx(1.1)), (-0.1, 0.0)]
