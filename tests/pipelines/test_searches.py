"""Searches by week: the day that they know of, what asks for another one, and states that are worked out once."""

from datetime import date, timedelta

import duckdb
import pytest

from mining import known_rows
from pipelines import book, mined
from pipelines.kept_states import kept_states
from pipelines.mined import Store
from pipelines.searches import Search

SUNDAY = date(2025, 6, 29)
WEDNESDAY = date(2025, 7, 2)


@pytest.fixture
def store() -> Store:
    """Four orders of one line each: on two Sundays, cancelled on a Wednesday, and on that Wednesday."""
    connection = duckdb.connect()
    connection.execute(book.SCHEMA)
    connection.execute(
        """
        create schema star;
        create table star.fct_orders as
        select * from (values (1, date '2025-06-22', false, null), (2, date '2025-06-29', false, null),
                              (3, date '2025-06-29', true, date '2025-07-02'), (4, date '2025-07-02', false, null))
        as orders (order_key, ordered_on, is_cancelled, cancelled_on);
        alter table star.fct_orders add column is_sale boolean;
        update star.fct_orders set is_sale = not is_cancelled;
        alter table star.fct_orders add column item_quantity int default 1;
        create table star.fct_order_lines as
        select order_key, ordered_on, 'Tea' as product, not is_cancelled as is_counted from star.fct_orders;
        """
    )
    return mined.store_on(connection)


def lines(store: Store, day: date) -> list:
    return [known_rows.known_lines(store.star("fct_order_lines"), store.star("fct_orders"), day)]


def state(store: Store, day: date = SUNDAY) -> str:
    return Search(lines, 5).state(store, "rules", day, [known_rows])


def orders(store: Store, day: date, count: int) -> None:
    store.connection.execute(
        "insert into star.fct_orders select 100 + range, ?::date, false, null, true, 1 from range(?)", [day, count]
    )


@pytest.mark.parametrize(
    ("newer", "expected"),
    # 97 orders by Sunday besides the three there; one on Wednesday is there already.
    [(0, SUNDAY), (4, SUNDAY), (5, WEDNESDAY)],
)
def test_the_search_knows_of_sunday_until_more_than_five_percent_of_the_orders_are_newer(store, newer, expected):
    orders(store, SUNDAY, 97)
    orders(store, WEDNESDAY, newer)
    # 5 of 105 are under five percent, 6 of 106 are over.
    assert Search(lines, 5).day(store, WEDNESDAY) == expected
    assert Search(lines, 5).day(store, SUNDAY) == SUNDAY


def test_a_company_without_an_order_is_searched_as_of_sunday(store):
    store.connection.execute("delete from star.fct_orders")
    assert Search(lines, 0).day(store, WEDNESDAY) == SUNDAY


def test_what_came_or_was_cancelled_after_the_day_asks_for_no_search_and_what_came_late_does(store):
    before = state(store)
    orders(store, WEDNESDAY, 3)
    store.connection.execute("insert into star.fct_order_lines values (100, date '2025-07-02', 'Tea', true)")
    store.connection.execute("update star.fct_orders set is_cancelled = false where order_key = 3")
    store.connection.execute("update star.fct_order_lines set is_counted = true where order_key = 3")
    assert state(store) == before
    store.connection.execute("insert into star.fct_order_lines values (2, date '2025-06-29', 'Pot', true)")
    assert state(store) != before


def test_a_line_of_an_order_cancelled_later_counts_until_that_day(store):
    def counted(day: date) -> list[int]:
        [rows] = lines(store, day)
        return sorted(rows.filter(rows.is_counted).order_key.execute())

    assert counted(SUNDAY) == [1, 2, 3]
    assert counted(WEDNESDAY - timedelta(days=1)) == [1, 2, 3]
    assert counted(WEDNESDAY) == [1, 2, 4]


def test_a_state_is_found_once_for_a_star_and_again_for_the_next(store):
    asked: list[list[date]] = []

    def find(days: list[date]) -> dict[date, str]:
        asked.append(days)
        return {day: f"{day} {len(asked)}" for day in days}

    def states(*days: date, code: str = "select 1") -> list[str]:
        return list(kept_states(store.connection, "facts", days, find=find, code=[code]).values())

    assert states(SUNDAY) == ["2025-06-29 1"]
    assert states(SUNDAY) == ["2025-06-29 2"], "of a star that is not finished nothing is kept"
    build(store, "2025-07-01 02:00")
    assert states(SUNDAY) == states(SUNDAY) == ["2025-06-29 3"]
    assert states(SUNDAY, WEDNESDAY) == ["2025-06-29 3", "2025-07-02 4"]
    assert asked[-1] == [WEDNESDAY], "only what is missing is found"
    assert states(SUNDAY, code="select 2") == ["2025-06-29 5"]
    build(store, "2025-07-02 02:00")
    assert states(SUNDAY, code="select 2") == ["2025-06-29 6"]


def build(store: Store, at: str) -> None:
    """Record that a star was finished at this moment, from the same deliveries."""
    store.connection.execute("insert or replace into meta.built values ('star', 'inputs', null, ?)", [at])
