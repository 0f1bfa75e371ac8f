"""What needs attention, by hand on a small generation; nothing to say where nothing is wrong."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import attention
from dashboards.app_data.attention import Need
from workspace.folders import Workspace

AS_OF = date(2025, 6, 30)
TABLES = """
create schema serving; create schema meta;
create table serving.daily_metrics as
select * from (values (date '2025-06-26', 3), (date '2025-06-30', 0)) as t(date_on, order_count);
create table serving.customer_360 as select * from (values
    ('A', 'high', true, 100.00), ('B', 'high', true, 20.50), ('B', 'high', false, 7.00), ('C', 'high', true, 9.00),
    ('A', 'low', true, 5.00), (null, null, null, null)
) as t(tier, churn_band, is_worth_contacting, expected_loss_amount);
create table serving.customer_moves as select * from (values
    (date '2025-06-30', 'night', 'tier', 'A', 'down', -80.00), (date '2025-06-30', 'month', 'tier', 'A', 'down', -1.00),
    (date '2025-06-29', 'night', 'tier', 'A', 'down', -2.00), (date '2025-06-30', 'night', 'tier', 'B', 'up', 3.00)
) as t(as_of, period, measure, value_from, direction, net_margin_change);
create table serving.overdue_cases as
select * from (values (date '2025-06-30'), (date '2025-06-30'), (date '2025-06-29')) as t(as_of);
create table serving.next_best_offers as select * from (values
    ('product', 1, date '2025-07-07', 4.00), ('product', 1, date '2025-07-08', 8.00),
    ('product', 1, date '2025-06-29', 16.00), ('product', 2, date '2025-07-01', 32.00),
    ('category', 1, date '2025-07-01', 64.00)
) as t(level, offer_rank, contact_by, expected_margin);
create table meta.deliveries as
select * from (values (timestamp '2025-06-30 03:00'), (timestamp '2025-06-29 03:00')) as t(ingested_at);
create table meta.quarantine as
select * from (values (timestamp '2025-06-30 03:01'), (timestamp '2025-06-29 03:01')) as t(quarantined_at);
create table meta.checks as select * from (values ('warned'), ('passed'), ('warned'), ('warned')) as t(status);
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("attention") / "published" / "x.duckdb"
    path.parent.mkdir()
    (path.parent.parent / "exports").mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return str(path)


def test_by_hand_most_urgent_first(file: str) -> None:
    assert attention.needs(file, AS_OF) == [
        Need("orders_late", 4),
        Need("slipping", 2, Decimal("120.50")),
        Need("fell", 1, Decimal("-80.00")),
        Need("overdue", 2),
        Need("due", 1, Decimal("4.00")),
        Need("quarantined", 1),
        Need("warned", 3),
    ]


def test_two_days_without_an_order_are_a_weekend(file: str) -> None:
    assert attention.needs(file, AS_OF - timedelta(days=2))[0].kind != "orders_late"


def test_the_overview_says_it(open_page: Callable[..., AppTest], company: Workspace, emptied: Workspace) -> None:
    app = open_page(company, "overview")
    assert not app.exception
    assert "This morning" in [title.value for title in app.subheader]
    app = open_page(emptied, "overview")
    assert not app.exception
