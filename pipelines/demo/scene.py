"""Where a piece of the simulation plays: one block of customers in one chunk of days of one company."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.demo.products import Catalogue, prices_by_day, promotions
from pipelines.demo.tables import Array
from pipelines.demo.world import CHUNK_DAYS, World, season


@dataclass(frozen=True)
class Scene:
    """A block and a chunk; everything drawn here is keyed by them, so scenes never disturb each other."""

    world: World
    goods: Catalogue
    block: int
    chunk: int

    def rng(self, stream: str) -> np.random.Generator:
        """Randomness for one purpose."""
        return self.world.rng(self.block, self.chunk, stream)

    def number(self, room: int) -> int:
        """The first of `room` numbers that only this scene uses."""
        return (self.chunk * 1000 + self.block) * room

    @property
    def first_day(self) -> int:
        """The first day of the chunk, counted from the start."""
        return self.chunk * CHUNK_DAYS

    @property
    def days(self) -> Array:
        """The days of the chunk."""
        return np.arange(self.first_day, self.first_day + CHUNK_DAYS)

    @property
    def begins(self) -> Array:
        """The instant at which the chunk begins."""
        return self.world.instant(self.first_day)

    @property
    def ends(self) -> Array:
        """The instant at which the next chunk begins."""
        return self.world.instant(self.first_day + CHUNK_DAYS)

    def random_days(self, rng: np.random.Generator, n: int) -> Array:
        """The beginning of `n` days of the chunk, all equally likely."""
        return self.world.instant(rng.integers(self.first_day, self.first_day + CHUNK_DAYS, n))

    @cached_property
    def season(self) -> Array:
        """How much is bought on each day of the chunk."""
        return season(self.world, self.days)

    @cached_property
    def prices(self) -> tuple[Array, Array]:
        """List price and unit cost by product and day of the chunk, in cents."""
        return prices_by_day(self.goods, self.chunk)

    @cached_property
    def promotions(self) -> tuple[Array, Array]:
        """The category on promotion, and the share taken off each category, by day of the chunk."""
        return promotions(self.goods, self.chunk)
