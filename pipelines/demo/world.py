"""The frame of the simulation: who asks for it, its calendar, its clock and its keyed randomness."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from pipelines.demo.parameters import SECONDS
from pipelines.demo.tables import Array

CHUNK_DAYS = 92  # simulated at once; eight of them hold two years
BLOCK_CUSTOMERS = 10_000
NEVER = np.int64(2**61)
ZONE = ZoneInfo("Europe/Berlin")
EPOCH = date(1970, 1, 1)
WEEKDAY = np.array([1.05, 1.0, 1.0, 1.02, 1.1, 1.25, 0.62])  # Monday first
MONTH = np.array([0.94, 0.9, 0.95, 0.96, 0.96, 0.9, 0.82, 0.84, 0.98, 1.06, 1.26, 1.62])
EVERYDAY = [1, 0.6, 0, 0.3, 0.3, 0.6, 1.5, 3, 4, 5, 6, 6, 5.5, 5, 5, 5, 6, 7, 8, 9, 9, 7, 5, 2.5]
OPENING = [0] * 9 + [4, 6, 7, 7, 6, 6, 7, 8, 9, 7, 3] + [0] * 4
OFFICE = [0] * 8 + [5, 8, 9, 8, 5, 6, 7, 7, 6, 3] + [0] * 6


@dataclass(frozen=True)
class World:
    """One demo company. Instants are seconds since 1970 by the clock on the wall in Berlin; days count from `start`."""

    customers: int
    seed: int
    start: date
    plant: bool = True

    @property
    def blocks(self) -> int:
        """Customers are simulated in blocks that never touch each other."""
        return -(-self.customers // BLOCK_CUSTOMERS)

    def block_customers(self, block: int) -> int:
        """How many of the customers asked for fall into a block."""
        return min(BLOCK_CUSTOMERS, self.customers - block * BLOCK_CUSTOMERS)

    def rng(self, block: int, chunk: int, stream: str) -> np.random.Generator:
        """Randomness that depends on nothing but the seed, the block, the chunk of days and the purpose."""
        return np.random.default_rng([self.seed, block + 1, chunk + 1, zlib.crc32(stream.encode())])

    @property
    def first_day(self) -> int:
        """The first day, counted from 1970."""
        return (self.start - EPOCH).days

    def day_of(self, at: Array) -> Array:
        """Day of an instant, counted from the start."""
        return at // SECONDS - self.first_day

    def instant(self, day: Array | float) -> Array:
        """The instant at which a day begins (a fraction is a part of the day)."""
        return ((np.asarray(day) + self.first_day) * SECONDS).astype(np.int64)

    def date_of(self, day: int) -> date:
        """The date of a day."""
        return self.start + timedelta(days=day)

    def days(self, chunk: int) -> Array:
        """The days of a chunk."""
        return np.arange(chunk * CHUNK_DAYS, (chunk + 1) * CHUNK_DAYS)


def chunk_of(day: int) -> int:
    """The chunk that a day belongs to."""
    return day // CHUNK_DAYS


def season(world: World, days: Array) -> Array:
    """How much is bought on each day against the mean day: weekday, month, holidays, a black Friday week, growth."""
    dates = [world.date_of(int(day)) for day in days]
    weekday = WEEKDAY[[d.weekday() for d in dates]]
    month = MONTH[[d.month - 1 for d in dates]]
    closed = np.array([(d.month, d.day) in {(1, 1), (5, 1), (10, 3), (12, 25), (12, 26)} for d in dates])
    growth = np.array([1.03 ** ((d - date(2025, 1, 1)).days / 365) for d in dates])
    rush = np.where(is_black_week(world, days), 1.5, 1.0)
    return weekday * month * np.where(closed, 0.3, 1.0) * growth * rush / 1.022


def is_black_week(world: World, days: Array) -> Array:
    """Whether a day lies in the week up to the Friday after the fourth Thursday of November."""
    dates = [world.date_of(int(day)) for day in days]
    return np.array([d.month == 11 and 22 <= d.day <= 29 for d in dates])


def time_of_day(rng: np.random.Generator, hours: Sequence[float], n: int) -> Array:
    """Seconds after midnight, drawn by the weight of each hour."""
    edges = np.cumsum(np.asarray(hours, dtype=float))
    hour = np.searchsorted(edges / edges[-1], rng.random(n), side="right")
    return hour.astype(np.int64) * 3600 + rng.integers(0, 3600, n)


def awake(at: Array) -> Array:
    """Instants moved out of the hour from 2 to 3, which does not exist or comes twice when the clocks change.

    The two hours from 2 to 4 are pressed into one, so that what came first still does.
    """
    second = at % SECONDS
    night = (second >= 7200) & (second < 14400)
    return np.where(night, at - second + 10800 + (second - 7200) // 2, at)


@cache
def clock_changes() -> tuple[Array, Array]:
    """From which instant by the wall on (3 in the morning of a change) the clock is how many seconds ahead of UTC."""
    sundays = []
    for year in range(1999, 2101):
        for month in (3, 10):
            last = date(year, month, 31)
            sundays.append(last - timedelta(days=(last.weekday() + 1) % 7))
    starts = np.array([((day - EPOCH).days * SECONDS + 10800) for day in sundays], dtype=np.int64)
    offsets = [datetime(d.year, d.month, d.day, 12, tzinfo=ZONE).utcoffset() for d in sundays]
    return starts, np.array([int(o.total_seconds()) for o in offsets if o is not None], dtype=np.int64)


def ahead_of_utc(at: Array) -> Array:
    """Seconds by which Berlin's clock is ahead of UTC at instants by the wall outside the hour from 2 to 3."""
    starts, offsets = clock_changes()
    return offsets[np.searchsorted(starts, at, side="right") - 1]
