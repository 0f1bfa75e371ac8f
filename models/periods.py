"""Which as-of dates teach, set right and judge a model: no label window ever reaches past the date it is used on."""

from typing import NamedTuple

from models.too_little import TooLittleDataError


class TimeLayout(NamedTuple):
    """As-of days; a label looks at the `horizon` days after its as-of day."""

    train: tuple[int, ...]
    calibrate: int
    judge: int


def time_layout(
    first_day: int, last_day: int, *, horizon: int, step: int = 30, most: int = 6, least_history: int = 90
) -> TimeLayout:
    """Judge on the latest as-of day whose labels are complete; calibrate a horizon before; train a horizon before that.

    Parameters
    ----------
    first_day, last_day : of the data, as whole day numbers
    horizon : days of a label window
    step : days between training dates, `most` : of them, the latest first
    least_history : days of data before the earliest training date

    Returns
    -------
    TimeLayout, training dates rising

    Raises
    ------
    TooLittleDataError
        Where the data is too short for three windows; the message says how many days are needed.
    """
    judge = last_day - horizon
    calibrate = judge - horizon
    latest = calibrate - horizon
    train = [latest - k * step for k in range(most) if latest - k * step >= first_day + least_history]
    if not train:
        needed = 3 * horizon + least_history
        raise TooLittleDataError(
            f"a horizon of {horizon} days needs {needed} days of data, there are {last_day - first_day}"
        )
    return TimeLayout(tuple(sorted(train)), calibrate, judge)


def final_layout(layout: TimeLayout, *, horizon: int) -> TimeLayout:
    """The same, moved up to the newest labels: what is published once the first layout has passed judgement."""
    return TimeLayout(tuple(day + horizon for day in layout.train), layout.judge, layout.judge + horizon)
