"""The dates that results are computed for, and where their windows begin. Plain calendar arithmetic, no tables."""

from calendar import monthrange
from datetime import date, timedelta


def months_before(as_of: date, months: int) -> date:
    """The day on which a window of `months` months that ends with `as_of` has not yet begun.

    The window is (months_before, as_of]. The last day of a month leads to the last day of the earlier month, so
    that windows ending at month ends hold whole months: 28 February 2025 less 12 months is 29 February 2024.
    Any other day keeps its number, or takes the month's last where the month is too short.

    Parameters
    ----------
    as_of : last day of the window
    months : length, 1 or more

    Raises
    ------
    ValueError
        If `months` is below 1.
    """
    if months < 1:
        raise ValueError(f"a window has 1 month or more, got {months}")
    years, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    last = monthrange(years, month + 1)[1]
    is_month_end = as_of.day == monthrange(as_of.year, as_of.month)[1]
    return date(years, month + 1, last if is_month_end else min(as_of.day, last))


def month_end(day: date) -> date:
    """The last day of the month that `day` lies in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_ends(first: date, as_of: date) -> list[date]:
    """Every month end from the month of `first` to `as_of`, oldest first; empty when none has been reached."""
    ends = []
    end = month_end(first)
    while end <= as_of:
        ends.append(end)
        end = month_end(end + timedelta(days=1))
    return ends


def history_dates(first: date, as_of: date) -> list[date]:
    """The dates a nightly needs: every month end from the first order's month, the day before, and `as_of`.

    Parameters
    ----------
    first : day of the company's first order
    as_of : the nightly's date

    Returns
    -------
    dates in order, each once; none before `first`
    """
    dates = {*month_ends(first, as_of), as_of - timedelta(days=1), as_of}
    return sorted(day for day in dates if day >= first)


def week_end(day: date) -> date:
    """The last Sunday by `day`: when the last week that is over was over."""
    return day - timedelta(days=day.isoweekday() % 7)
