"""Data from outside: attributes of customers and postcodes, and people who could become customers."""

import numpy as np

from pipelines.demo.names import PLACES
from pipelines.demo.people import age_band, customer_number
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, size
from pipelines.demo.world import NEVER, World


def demographics(scene: Scene, people: Table) -> Table:
    """Rows of external.demographics: seven in ten new customers, on the first of the month after they came."""
    rng = scene.rng("demographics")
    first, last = scene.begins, scene.ends
    begins = np.where(scene.chunk == 0, -NEVER, first)
    new = (people["arrive_at"] >= begins) & (people["arrive_at"] < last) & ~people["is_company"]
    person = np.flatnonzero(new & (rng.random(size(people)) < 0.7))
    day = np.maximum(scene.world.day_of(people["arrive_at"][person]), -1)
    return {
        "subject_kind": np.zeros(len(person), np.int64), "account": customer_number(people["person"][person]),
        "place": np.zeros(len(person), np.int64), "postcode": np.zeros(len(person), np.int64),
        "at": scene.world.instant(next_month(scene.world, day)) + 6 * 3600, **attributes(people, person),
    }  # fmt: skip


def next_month(world: World, day: Array) -> Array:
    """The first day of the month after each day; day 0 for those from before."""
    months = np.asarray(day + world.first_day, dtype="datetime64[D]").astype("datetime64[M]")
    first = (months + 1).astype("datetime64[D]").astype(np.int64) - world.first_day
    return np.where(day < 0, 0, first)


def postcodes(world: World) -> Table:
    """Rows of external.demographics that speak of postcodes: delivered once, on the first day."""
    rng = world.rng(-1, 0, "postcodes")
    german = [number for number, place in enumerate(PLACES) if place[2] == "DE"]
    place, code = (grid.ravel() for grid in np.meshgrid(german, np.arange(0, 1000, 9)))
    n = len(place)
    return {
        "subject_kind": np.ones(n, np.int64), "account": np.full(n, -1), "place": place, "postcode": code,
        "at": np.full(n, world.instant(0) + 6 * 3600), "age_band": rng.integers(1, 6, n),
        "income": rng.integers(0, 3, n), "household": rng.integers(1, 5, n), "lifestyle": rng.integers(0, 6, n),
    }  # fmt: skip


def attributes(people: Table, person: Array) -> Table:
    """Age band, income, household and lifestyle of people."""
    return {
        "age_band": age_band(people)[person], "income": people["income"][person],
        "household": people["household"][person], "lifestyle": people["lifestyle"][person],
    }  # fmt: skip


def prospects(scene: Scene, people: Table) -> Table:
    """Rows of external.prospects for those who came into view in a chunk."""
    first, last = scene.begins, scene.ends
    person = np.flatnonzero((people["prospect_at"] >= first) & (people["prospect_at"] < last))
    names = ("person", "first", "last", "gender", "birth_day", "place", "postcode", "email_kind", "email_version",
             "email_style", "phone_kind", "phone_person", "phone_style")  # fmt: skip
    known = {name: people[name][person] for name in names}
    # Bought addresses: some without an e-mail, some without a phone.
    known["email_kind"] = np.where(known["person"] % 5 == 0, 2, known["email_kind"])
    known["phone_kind"] = np.where(known["person"] % 5 == 1, 2, known["phone_kind"])
    known["email_style"] = (known["email_style"] + 1) % 4
    known["phone_style"] = (known["phone_style"] + 3) % 6
    known["email_person"] = known["person"]
    return known | {"at": people["prospect_at"][person]} | attributes(people, person)
