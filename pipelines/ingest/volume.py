"""A delivery compared with its own past: rows, filled cells, distinct keys, means. What is far off is unusual."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import exp, log, sqrt
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from mining.usual_values import usual_range
from pipelines.ingest.profiling import Profile

FALSE_ALARMS = 0.001
"Of one delivery, however many figures of it are compared."
WEEKDAYS_NEEDED, WEEKDAYS_KEPT = 8, 26
NEEDED, KEPT = 14, 60
FIVE_TIMES, TWICE_ROWS = log(5), sqrt(2) - 1
FEW = 5.0
"The root of 25: a burst of so many rows where hardly any came is nothing to be called for."
POINTS = 0.15
COUNTING = 0.5
"The standard deviation of the root of a count."
LARGEST_LOG = 30
ROWS_FOR_SHARES = 30
SELDOM_EMPTY = 0.05
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
Word = Literal["usual", "unusual", "too little history", "not compared"]


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of one delivery and feed; `words` say what is unusual, or how much past there is."""

    word: Word
    words: str


@dataclass(frozen=True)
class Past:
    """Earlier deliveries of a source to one feed that count, oldest first, and those that a person let through."""

    profiles: Sequence[Profile]
    released: Sequence[Profile] = ()


@dataclass(frozen=True)
class Figure:
    """One figure and its past, on a scale on which equal steps are equally surprising.

    What lies within `floor` of the middle, or of what a person has let through before, is never unusual.
    """

    value: float
    past: Sequence[float]
    released: Sequence[float]
    noise: float
    floor: float
    shown: str
    "The figure in words."
    number: str
    "How a bound is written."
    back: Callable[[float], float] = float
    "From the scale to what people count in."
    alike: float = 0.0
    "How far from what was let through the like of it may lie, as a share of that; never less than the floor."


def verdicts(found: dict[str, Profile], pasts: dict[str, Past], zone: ZoneInfo) -> dict[str, Verdict]:
    """The verdict for each feed that one delivery fills.

    Compared with the last 26 of the same weekday where there are 8, else with the last 60 where there are 14. The
    chance of a false alarm is 1 in 1,000 for the whole delivery.
    """
    chosen = {feed: comparable(profile, pasts[feed].profiles, zone) for feed, profile in found.items()}
    figures = {
        feed: list(figures_of(profile, chosen[feed][0], pasts[feed].released))
        for feed, profile in found.items()
        if chosen[feed][0]
    }
    many = sum(map(len, figures.values()))
    made = {}
    for feed, profile in found.items():
        past, whose = chosen[feed]
        if not past:
            made[feed] = Verdict("too little history", f"{len(pasts[feed].profiles)} deliveries before it")
            continue
        faults = [fault] if (fault := emptiness(profile, past, pasts[feed])) else []
        faults += [words for figure in figures[feed] if (words := unusual(figure, many))]
        if faults:
            made[feed] = Verdict("unusual", f"{'; '.join(faults)} (compared with the last {len(past)} {whose})")
        else:
            made[feed] = Verdict("usual", f"compared with the last {len(past)} {whose}")
    return made


def comparable(now: Profile, past: Sequence[Profile], zone: ZoneInfo) -> tuple[Sequence[Profile], str]:
    """The earlier deliveries to compare with, and what to call them; none when there are too few."""
    day = now.day(zone)
    if day is not None:
        same = [one for one in past if (other := one.day(zone)) is not None and is_same_weekday(other, day)]
        if len(same) >= WEEKDAYS_NEEDED:
            return same[-WEEKDAYS_KEPT:], WEEKDAYS[day.weekday()]
    return (past[-KEPT:], "deliveries") if len(past) >= NEEDED else ([], "")


def is_same_weekday(one: date, other: date) -> bool:
    """Whether two days have the same name."""
    return one.weekday() == other.weekday()


def emptiness(now: Profile, past: Sequence[Profile], whole: Past) -> str | None:
    """That a delivery is empty where that is as good as never so."""
    empty = sum(one.rows == 0 for one in past)
    was_let_through = any(one.rows == 0 for one in whole.released)
    if now.rows > 0 or empty > SELDOM_EMPTY * len(past) or was_let_through:
        return None
    return "it is empty, which " + (f"{empty} before it were" if empty else "none before it was")


def figures_of(now: Profile, past: Sequence[Profile], released: Sequence[Profile]) -> Iterator[Figure]:
    """Everything of a delivery that is held against its past; of few rows or none, only how many they are."""
    if now.rows == 0:
        return
    # On the scale of square roots, counting has the same noise however many are counted.
    rows = [sqrt(one.rows) for one in past]
    floor = max(TWICE_ROWS * median(rows), FEW)
    let_through = [sqrt(one.rows) for one in released]
    yield Figure(
        sqrt(now.rows), rows, let_through, COUNTING, floor, f"{now.rows:,} rows", "{:,.0f}", squared, TWICE_ROWS
    )
    if now.rows < ROWS_FOR_SHARES:
        return
    made = [share("of its rows in quarantine", now, past, released, quarantined)]
    made.append(share("of its keys different", now, past, released, different))
    for name in now.filled:
        made.append(share(f"of {name} filled", now, past, released, partial(filled, name=name)))
        made.append(mean(name, now, past, released) if name in now.sums else None)
    yield from (figure for figure in made if figure is not None)


Parts = tuple[float, int]
"Of how many: the numerator and the denominator of a share or a mean."


def quarantined(one: Profile) -> Parts:
    """Rows in quarantine, of all."""
    return one.problems, one.rows


def different(one: Profile) -> Parts:
    """Different keys, of the rows that fit; the count is an estimate."""
    return min(one.distinct_keys, one.good), one.good


def filled(one: Profile, name: str) -> Parts:
    """Filled cells of a column, of the rows that fit."""
    return one.filled.get(name, 0), one.good


def share(
    name: str, now: Profile, past: Sequence[Profile], released: Sequence[Profile], parts: Callable[[Profile], Parts]
) -> Figure | None:
    """A share and its past; None where there are too few rows to tell, now or before."""
    part, whole = parts(now)
    if whole < ROWS_FOR_SHARES:
        return None
    values, let_through = shares(past, parts), shares(released, parts)
    if len(values) < 3:
        return None
    # A share of few varies by itself; never nought, since the past may just not have had the rare case.
    usual = min(max(median(values), 1 / (whole + 2)), 1 - 1 / (whole + 2))
    noise = sqrt(usual * (1 - usual) / whole)
    return Figure(part / whole, values, let_through, noise, POINTS, f"{part / whole:.0%} {name}", "{:.0%}")


def shares(of: Sequence[Profile], parts: Callable[[Profile], Parts]) -> list[float]:
    """The shares of those with rows enough."""
    return [part / whole for part, whole in map(parts, of) if whole >= ROWS_FOR_SHARES]


def mean(name: str, now: Profile, past: Sequence[Profile], released: Sequence[Profile]) -> Figure | None:
    """A mean and its past, as logarithms where all are positive; None where there are too few values to tell."""

    def means(of: Sequence[Profile]) -> list[float]:
        return [one.sums[name] / one.filled[name] for one in of if one.filled.get(name, 0) >= ROWS_FOR_SHARES]

    if now.filled[name] < ROWS_FOR_SHARES:
        return None
    (value,), before, let_through = means([now]), means(past), means(released)
    if len(before) < 3:
        return None
    shown = f"{value:,.2f} {name} on average"
    if min(value, *before, *let_through) <= 0:
        floor = abs(median(before))
        return Figure(value, before, let_through, 0.0, floor, shown, "{:,.2f}", plainly)
    logged = [log(one) for one in before]
    return Figure(log(value), logged, [log(one) for one in let_through], 0.0, FIVE_TIMES, shown, "{:,.2f}", power)


def squared(root: float) -> float:
    """What a root is of; of none that is negative."""
    return max(root, 0) ** 2


def power(logarithm: float) -> float:
    """What a logarithm is of; a bound beyond is not worth writing out."""
    return exp(min(logarithm, LARGEST_LOG))


def plainly(value: float) -> float:
    """A value that is on its own scale already."""
    return value


def unusual(figure: Figure, many: int) -> str | None:
    """What is wrong with a figure, in words; None where nothing is."""
    usual = usual_range(figure.past, chance=FALSE_ALARMS, figures=many, noise=figure.noise, floor=figure.floor)
    reaches = [(one, max(figure.floor, figure.alike * one)) for one in figure.released]
    if usual.holds(figure.value) or any(abs(figure.value - one) <= reach for one, reach in reaches):
        return None
    low, high = (max(usual.low, 0), min(usual.high, 1)) if figure.back is float else (usual.low, usual.high)
    bounds = [figure.number.format(figure.back(bound)) for bound in (low, high)]
    return f"{figure.shown}, where {bounds[0]} to {bounds[1]} are usual"
