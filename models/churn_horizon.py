"""How long a silence means that a customer has left: each candidate's false alarms and misses, counted on the past."""

from typing import NamedTuple

import numpy as np

from models.histories import Floats
from models.too_little import TooLittleDataError

CANDIDATES = (30, 45, 60, 75, 90, 105, 120, 150, 180, 210, 240, 270, 300, 365)


class HorizonErrors(NamedTuple):
    """One candidate: customers counted silent for `horizon_days` after the day, and what became of them."""

    horizon_days: int
    left_count: int
    came_back_count: int  # of those who had left, by the end of the data
    leaver_count: int  # whose last order was followed by the longest silence on trial
    missed_count: int  # of the leavers, those who ordered once more within the horizon and so did not count as left

    @property
    def came_back_share(self) -> float:
        """False alarms: share of "left" customers who came back."""
        return self.came_back_count / self.left_count if self.left_count else 0.0

    @property
    def missed_share(self) -> float:
        """Misses: share of the leavers who did not count as left."""
        return self.missed_count / self.leaver_count if self.leaver_count else 0.0


class HorizonChoice(NamedTuple):
    """The horizon where the two errors cross, the table behind it, and what makes it doubtful."""

    horizon_days: int
    errors: tuple[HorizonErrors, ...]
    warnings: tuple[str, ...]


def horizon_errors(
    customer: Floats, day: Floats, *, end_day: int, candidates: tuple[int, ...] = CANDIDATES
) -> HorizonChoice:
    """Count the two errors of every candidate and choose where they cross.

    Looked at from the day d that lies twice the longest candidate before the end: customers who had ordered within the
    longest candidate before d. A candidate h calls those left who place no order in (d, d + h].

    Parameters
    ----------
    customer, day : one entry an order: customer's key and whole day number (any origin), not later than `end_day`
    end_day : last day of the data
    candidates : days, rising; those longer than a third of the data are left out

    Returns
    -------
    HorizonChoice; the candidate with the smallest distance between the two shares, the shorter of two equal ones

    Raises
    ------
    TooLittleDataError
        Where there is no order.
    ValueError
        Where one came after `end_day`.
    """
    who, day = np.unique(np.asarray(customer), return_inverse=True)[1], np.asarray(day, dtype=np.int64)
    if len(day) == 0:
        raise TooLittleDataError("there is no order yet")
    if day.max() > end_day:
        raise ValueError(f"an order on day {day.max()} comes after the last day of the data, {end_day}")
    span = end_day - int(day.min()) + 1
    usable = tuple(h for h in sorted(candidates) if 3 * h <= span)
    warnings = [] if len(usable) >= 3 else [f"{span} days of orders: too short to choose a horizon from"]
    usable = usable or (min(candidates),)
    longest = usable[-1]
    start = end_day - 2 * longest
    customers = int(who.max()) + 1
    last_before = greatest(who, day, day <= start, customers)
    last = greatest(who, day, day > -(1 << 62), customers)
    is_active = last_before > start - longest
    first_after = -greatest(who, -day, day > start, customers)
    has_left_for_good = is_active & (last <= end_day - longest)
    errors = tuple(errors_of(h, start, is_active, first_after, has_left_for_good) for h in usable)
    if is_active.sum() < 100:
        warnings.append(f"{int(is_active.sum())} customers to judge by: the shares are loosely known")
    best = min(errors, key=lambda e: (abs(e.came_back_share - e.missed_share), e.horizon_days))
    return HorizonChoice(best.horizon_days, errors, tuple(warnings))


def greatest(who: Floats, day: Floats, counts: Floats, customers: int) -> Floats:
    """Latest day of each customer among the entries that count; far in the past where there is none."""
    result = np.full(customers, -(1 << 40), dtype=np.int64)
    np.maximum.at(result, who[counts], day[counts])
    return result


def errors_of(h: int, start: int, is_active: Floats, first_after: Floats, is_leaver: Floats) -> HorizonErrors:
    """The counts of one candidate."""
    ordered_within = first_after <= start + h
    left = is_active & ~ordered_within
    came_back = left & (first_after < 1 << 39)
    missed = is_leaver & ordered_within
    return HorizonErrors(h, *(int(v.sum()) for v in (left, came_back, is_leaver, missed)))
