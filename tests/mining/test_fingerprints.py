"""Fingerprints: equal inputs give equal ones; whatever could change a result changes them from its day on."""

from datetime import date

import ibis
import pytest

from mining.fingerprints import input_fingerprints, rows_fingerprint

JANUARY, FEBRUARY, MARCH = date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)
DATES = [JANUARY, FEBRUARY, MARCH]
ORDERS = [(1, "2025-01-20", "50", "30"), (2, "2025-02-10", "40", "20"), (1, "2025-03-05", "30", "10")]
COSTS = [(1, "2025-01-21", "3"), (2, "2025-02-11", "3")]


@pytest.fixture
def prints(orders, costs):
    def compute(order_rows=ORDERS, *, calls=COSTS, cases=COSTS, contacts=COSTS, as_ofs=DATES):
        table = input_fingerprints(orders(*order_rows), costs(*calls), costs(*cases), costs(*contacts), as_ofs=as_ofs)
        rows = {row["as_of"]: row["fingerprint"] for row in table.to_pyarrow().to_pylist()}
        return [rows[day] for day in as_ofs]

    return compute


def test_the_order_of_rows_is_no_change(prints):
    assert prints() == prints(ORDERS[::-1])


def test_each_date_has_its_own_and_asking_for_one_gives_the_same(prints):
    assert len(set(prints())) == 3
    assert prints(as_ofs=[FEBRUARY]) == prints()[1:2]


@pytest.mark.parametrize(
    "february",
    [
        [],  # gone
        [(2, "2025-02-10", "40", "20"), (2, "2025-02-10", "40", "20")],  # twice
        [(2, "2025-02-10", "40.01", "20")],
        [(2, "2025-02-10", "40", "20.01")],
        [(2, "2025-02-10", "40", "20", "cancelled")],
        [(2, "2025-02-10", "40", "20", "return")],
        [(3, "2025-02-10", "40", "20")],  # turned out to be somebody else
        [(2, "2025-02-11", "40", "20")],  # a day later
        [(2, "2025-02-10", "20", "40")],  # revenue and cost swapped
        [(2, "2025-02-10", "40", "20", "sale", None, "5")],  # on discount, which loyalty asks for
        [(2, "2025-02-10", "40", "20", "sale", None, "0", "2")],  # through another channel
    ],
)
def test_a_corrected_order_changes_its_month_and_later_ones_only(prints, february):
    was, now = prints(), prints([ORDERS[0], *february, ORDERS[2]])
    assert now[0] == was[0]
    assert now[1] != was[1]
    assert now[2] != was[2]


def test_two_customers_who_swap_their_orders_of_one_day_are_noticed(prints):
    was = [(1, "2025-01-20", "50", "30"), (2, "2025-01-20", "40", "20")]
    swapped = [(2, "2025-01-20", "50", "30"), (1, "2025-01-20", "40", "20")]
    assert prints(was)[0] != prints(swapped)[0]


def test_a_cancellation_changes_the_dates_from_its_own_day_on(prints):
    cancelled = [ORDERS[0], (*ORDERS[1], "cancelled", "2025-03-02"), ORDERS[2]]
    assert [ours == theirs for ours, theirs in zip(prints(), prints(cancelled), strict=True)] == [True, True, False]


def test_a_late_row_changes_the_months_from_its_own_day_on(prints):
    late = [*ORDERS, (3, "2025-02-28", "9", "1")]
    assert [ours == theirs for ours, theirs in zip(prints(), prints(late), strict=True)] == [True, False, False]


@pytest.mark.parametrize("feed", ["calls", "cases", "contacts"])
def test_every_cost_counts(prints, feed):
    now = prints(**{feed: [*COSTS, (1, "2025-03-01", "0.02")]})
    assert [ours == theirs for ours, theirs in zip(prints(), now, strict=True)] == [True, True, False]


def test_a_call_is_no_case_and_treatment_no_control(prints):
    assert prints(calls=COSTS, cases=[])[0] != prints(calls=[], cases=COSTS)[0]
    assert prints(contacts=[(*row, "control") for row in COSTS])[0] != prints()[0]


def test_unknown_people_do_not_count(prints):
    assert prints([*ORDERS, (None, "2025-01-02", "9", "1")]) == prints()


def test_a_company_without_orders_has_fingerprints_too(prints):
    assert prints([], calls=[], cases=[], contacts=[]) == ["0-0", "0-0", "0-0"]


def test_no_date_is_refused(prints):
    with pytest.raises(ValueError, match="one date or more"):
        prints(as_ofs=[])


def test_a_question_that_was_a_complaint_is_noticed(prints):
    asked, complained = ([*COSTS, (1, "2025-03-01", "2", "treatment", kind)] for kind in ("question", "complaint"))
    same = [ours == theirs for ours, theirs in zip(prints(cases=asked), prints(cases=complained), strict=True)]
    assert same == [True, True, False]


def test_rows_read_as_a_whole_leave_the_same_mark_in_any_order_and_another_one_when_changed():
    def mark(*rows: tuple) -> str:
        names = {"customer_key": "int64", "item": "string", "is_counted": "boolean"}
        return rows_fingerprint(ibis.memtable([dict(zip(names, row, strict=True)) for row in rows], schema=names))

    tea, pot = (1, "Tea", True), (2, None, False)
    assert mark(tea, pot) == mark(pot, tea)
    changed = [mark(tea), mark(tea, tea, pot), mark((2, "Tea", True), pot), mark(tea, (1, None, False)),
               mark(tea, (2, "Pot", False)), mark(tea, (2, None, True)), mark(tea, (2, None, None)),
               mark((2, "Tea", True), (1, None, False))]  # fmt: skip
    assert mark(tea, pot) not in changed
    assert len(set(changed)) == len(changed)
    assert mark() == "0-0"
