"""Calendar arithmetic: worked by hand first, then what must hold for any day."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.as_of_dates import history_dates, month_ends, months_before, week_end

DAYS = st.dates(date(1990, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(
    ("as_of", "months", "before"),
    [
        ("2025-12-31", 12, "2024-12-31"),
        ("2025-06-15", 12, "2024-06-15"),
        ("2024-02-29", 12, "2023-02-28"),  # March 2023 to February 2024: twelve whole months
        ("2025-02-28", 12, "2024-02-29"),  # a month end leads to a month end, so 29 February is outside
        ("2024-02-28", 12, "2023-02-28"),  # not a month end in a leap year: keeps its number
        ("2025-04-30", 1, "2025-03-31"),  # the month of April, whole
        ("2025-03-30", 1, "2025-02-28"),  # too long for February
        ("2025-03-31", 1, "2025-02-28"),
        ("2025-01-15", 1, "2024-12-15"),
        ("2025-01-31", 13, "2023-12-31"),
    ],
)
def test_windows_begin_where_the_calendar_says(as_of, months, before):
    assert months_before(date.fromisoformat(as_of), months) == date.fromisoformat(before)


def test_a_window_without_months_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        months_before(date(2025, 1, 1), 0)


def test_month_ends_run_from_the_month_of_the_first_order():
    ends = month_ends(date(2023, 12, 30), date(2024, 3, 30))
    assert ends == [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)]


def test_a_company_that_began_today_has_no_month_end():
    assert month_ends(date(2024, 3, 1), date(2024, 3, 30)) == []


def test_history_has_the_month_ends_the_day_before_and_the_day_itself():
    assert history_dates(date(2024, 1, 10), date(2024, 2, 29)) == [
        date(2024, 1, 31),
        date(2024, 2, 28),
        date(2024, 2, 29),
    ]
    assert history_dates(date(2024, 2, 29), date(2024, 2, 29)) == [date(2024, 2, 29)]


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_windows_never_step_back_as_days_go_by(day, months):
    assert months_before(day, months) <= months_before(day + timedelta(days=1), months)


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_month_windows_at_month_ends_tile_the_years(day, months):
    ends = month_ends(day, day + timedelta(days=100))
    for earlier, later in pairwise(ends):
        assert months_before(later, 1) == earlier
        assert months_before(later, months + 1) == months_before(earlier, months)


def test_a_week_ends_on_its_sunday():
    # 29 June 2025 is a Sunday.
    assert week_end(date(2025, 6, 29)) == date(2025, 6, 29)
    assert week_end(date(2025, 6, 30)) == date(2025, 6, 29)
    assert week_end(date(2025, 7, 5)) == date(2025, 6, 29)
    assert week_end(date(2025, 7, 6)) == date(2025, 7, 6)
