"""The shop on the web: sessions of customers and strangers, event by event, with the cookies of their devices."""

import numpy as np

from pipelines.demo.orders import OWN, WALK_IN, WEB
from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.people import customer_number
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, pick, size, spread, stack, take
from pipelines.demo.world import CHUNK_DAYS, EVERYDAY, awake, time_of_day

EVENTS = [
    "page_view",
    "product_view",
    "search",
    "add_to_cart",
    "checkout",
    "purchase",
    "login",
    "signup",
    "newsletter",
    "download",
]
VIEW, PRODUCT, SEARCH, CART, CHECKOUT, BOUGHT, LOGIN, SIGNUP, NEWSLETTER, DOWNLOAD = range(10)
DEVICES = ["desktop", "mobile", "tablet", "other"]
LOOK, LEAVE_CART, BUY, BUY_NEW, STRANGE = range(5)
# Ways through the shop by what the visit is for, with their weights: v view, p product, s search, a cart, c checkout,
# b bought, l login, u sign-up, n newsletter, d download.
WAYS: list[list[tuple[str, float]]] = [
    [("vp", 4), ("vspp", 3), ("lvp", 2), ("vspvp", 2), ("p", 3), ("vd", 0.3)],
    [("vpa", 3), ("lvspa", 2), ("vspac", 1.5), ("lpac", 1)],
    [("vplacb", 4), ("lvspacb", 3), ("vspapalcb", 2), ("lpacb", 2)],
    [("vpacb", 3), ("vspacb", 2), ("vpaucb", 3)],
    [("v", 5), ("vp", 4), ("vsp", 3), ("vspp", 1.5), ("vpa", 0.8), ("vn", 0.35), ("vspac", 0.3)],
]
LETTERS = "vpsacblund"


def sessions(scene: Scene, people: Table, decided: Table, orders: tuple[Table, Table], clicks: Table) -> Table:
    """Visits of a chunk.

    Parameters
    ----------
    decided : purchases of people's own accord, with the moment of deciding and of placing
    orders : the orders that were placed, and their lines
    clicks : responses that were clicks

    Returns
    -------
    person (row, -1 stranger), at (of the last event for purchases, else of the first), way, focus (product), order
    (row, else -1), campaign, cookie, device, is_known
    """
    rng = scene.rng("sessions")
    person, at = browsing(scene, people, rng)
    way = np.where(rng.random(len(person)) < 0.12, LEAVE_CART, LOOK)
    browsed = visit(person, at, way, scene.goods.draw(rng, people["segment"][person]))
    followed = visit(
        clicks["person"], clicks["at"] + 5, LOOK, scene.goods.draw(rng, people["segment"][clicks["person"]])
    )
    followed["campaign"] = clicks["campaign"]
    table = stack([*around_orders(rng, *orders), hesitations(scene, people, decided, rng), browsed, followed,
                   strangers(scene, rng)])  # fmt: skip
    stays = (table["person"] < 0) | (table["order"] >= 0) | (table["at"] < people["leave_at"][table["person"]])
    table = take(table, stays & (table["at"] >= scene.begins))
    return table | device(rng, people, table)


def around_orders(rng: np.random.Generator, orders: Table, drawn: Table) -> list[Table]:
    """The visits in which orders on the web are placed, and those that come before orders on the web or in a store."""
    first_product = drawn["product"][np.searchsorted(drawn["order"], np.arange(size(orders)))]
    someone, on_web = orders["origin"] != WALK_IN, orders["channel"] == WEB
    bought = np.flatnonzero(on_web & someone)
    new = orders["is_guest"][bought] | (orders["origin"][bought] != OWN) & (rng.random(len(bought)) < 0.2)
    purchases = visit(
        orders["person"][bought], orders["at"][bought], np.where(new, BUY_NEW, BUY), first_product[bought]
    )
    purchases["order"] = bought
    purchases["is_known"] = ~orders["is_guest"][bought]
    looks = np.flatnonzero(someone & (rng.random(size(orders)) < np.where(on_web, 0.5, 0.25)))
    back = rng.integers(3600, 4 * SECONDS, len(looks))
    return [purchases, visit(orders["person"][looks], orders["at"][looks] - back, LOOK, first_product[looks])]


def hesitations(scene: Scene, people: Table, decided: Table, rng: np.random.Generator) -> Table:
    """The visits of those who order only days after they have made up their mind; some leave a full cart."""
    waits = take(decided, decided["at"] > decided["decided_at"] + 7200)
    taste = scene.goods.draw(rng, people["segment"][waits["person"]])
    way = np.where(rng.random(size(waits)) < 0.4, LEAVE_CART, LOOK)
    return visit(waits["person"], waits["decided_at"], way, taste)


def visit(person: Array, at: Array, way: Array | int, focus: Array) -> Table:
    """Sessions for one purpose; `focus` is the product they are about."""
    n = len(person)
    return {
        "person": person.astype(np.int64), "at": at, "way": np.broadcast_to(np.asarray(way, dtype=np.int64), n),
        "focus": focus.astype(np.int64), "order": np.full(n, -1), "campaign": np.full(n, -1),
        "cookie": np.zeros(n, np.int64), "is_known": np.ones(n, bool),
    }  # fmt: skip


def browsing(scene: Scene, people: Table, rng: np.random.Generator) -> tuple[Array, Array]:
    """Visits for no order: people (rows, prospects too) and moments."""
    person = np.repeat(np.arange(size(people)), rng.poisson(people["browse_rate"] * CHUNK_DAYS / YEAR))
    day = scene.first_day + pick(rng, scene.season, len(person))
    at = awake(scene.world.instant(day) + time_of_day(rng, EVERYDAY, len(person)))
    known = np.where(people["prospect_at"] >= 0, people["prospect_at"], people["arrive_at"] - 20 * SECONDS)
    here = at > known[person]
    return person[here], at[here]


def strangers(scene: Scene, rng: np.random.Generator) -> Table:
    """Visitors who never buy: each has one cookie and comes once to four times in a chunk."""
    n = int(
        rng.poisson(
            scene.world.block_customers(scene.block) * P.stranger_sessions_per_customer * CHUNK_DAYS / YEAR / 1.6
        )
    )
    visitor, _ = spread(np.minimum(rng.geometric(1 / 1.6, n), 4))
    at = scene.random_days(rng, len(visitor))
    at = awake(at + time_of_day(rng, EVERYDAY, len(visitor)))
    table = visit(np.full(len(visitor), -1), at, STRANGE, scene.goods.draw(rng, rng.integers(0, 8, len(visitor))))
    table["cookie"] = scene.number(1_000_000) + visitor
    return table


def device(rng: np.random.Generator, people: Table, table: Table) -> Table:
    """Which of their devices each visit comes from, and its cookie: one per device, renewed every `cookie_days`."""
    person = table["person"]
    owned = np.where(person >= 0, people["devices"][person], 1)
    which = (rng.random(len(person)) * owned).astype(np.int64)
    number = people["person"][person]
    epoch = (table["at"] // SECONDS + number * 37 + which * 61) // P.cookie_days
    own = mixed(number * 4096 + which * 1024 + epoch % 1024)
    kind = np.where(person >= 0, (number + which) % 3, rng.integers(0, 4, len(person)))
    return {"cookie": np.where(person >= 0, own, mixed(table["cookie"] + 2**60)), "device": kind}


def mixed(number: Array) -> Array:
    """Numbers scrambled one to one (the finaliser of splitmix64, Steele, Lea and Flood 2014)."""
    z = number.astype(np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def ways() -> tuple[list[Array], Array, Array, Array, Array]:
    """Weights by purpose; and of all ways in one row: begin, length, codes, position of the login (99 none)."""
    flat = [letters for purpose in WAYS for letters, _ in purpose]
    codes = np.array([LETTERS.index(letter) for letters in flat for letter in letters])
    codes = np.asarray([VIEW, PRODUCT, SEARCH, CART, CHECKOUT, BOUGHT, LOGIN, SIGNUP, NEWSLETTER, DOWNLOAD])[codes]
    length = np.array([len(letters) for letters in flat])
    login = np.array([min((letters.find(x) for x in "lu" if x in letters), default=99) for letters in flat])
    return (
        [np.array([weight for _, weight in purpose]) for purpose in WAYS],
        np.cumsum(length) - length,
        length,
        codes,
        login,
    )


def events(scene: Scene, people: Table, visits: Table, numbers: Array) -> Table:
    """Rows of web.events for these visits. `numbers`: the number of each order."""
    rng = scene.rng("events")
    weights, begin, length, codes, login = ways()
    offset = np.cumsum([0] + [len(w) for w in weights])
    way = np.zeros(size(visits), np.int64)
    for purpose, weight in enumerate(weights):
        rows = np.flatnonzero(visits["way"] == purpose)
        way[rows] = offset[purpose] + pick(rng, weight, len(rows))
    group, position = spread(length[way])
    code = codes[begin[way][group] + position]
    pause = np.minimum(3 + rng.exponential(42, len(group)), 1200).astype(np.int64)
    elapsed = np.cumsum(pause)
    last = np.cumsum(length[way]) - 1
    since = elapsed - elapsed[last - length[way] + 1][group]
    until = elapsed[last][group] - elapsed
    is_order = visits["order"] >= 0
    at = np.where(is_order[group], visits["at"][group] - until, visits["at"][group] + since)
    person = visits["person"][group]
    other = rng.random(len(group)) < 0.25
    product = np.where(other, scene.goods.draw(rng, rng.integers(0, 8, len(group))), visits["focus"][group])
    has_product = np.isin(code, [PRODUCT, CART])
    logged_in = (position >= login[way][group]) & (person >= 0) & visits["is_known"][group]
    logged_in &= people["arrive_at"][person] <= at + 3600
    arrives = position == 0
    gives_email = np.isin(code, [NEWSLETTER, SIGNUP]) | (np.isin(code, [CHECKOUT, BOUGHT]) & ~visits["is_known"][group])
    referrer = np.where(arrives, pick(rng, [5, 3, 0.8, 1, 0.8], len(group)), 0)
    return {
        "event": scene.number(1_000_000) + np.arange(len(group)),
        "at": awake(at),
        "visitor": visits["cookie"][group],
        "account": np.where(logged_in, customer_number(people["person"][person]), -1),
        **email_given(people, person, gives_email, visits["cookie"][group]),
        "event_type": code,
        "product": np.where(has_product, product, -1),
        "about": scene.goods.category[visits["focus"][group]],
        "referrer": np.where(visits["campaign"][group] >= 0, 0, referrer),
        "campaign": np.where(arrives, visits["campaign"][group], -1),
        "device": visits["device"][group],
        "order": np.where(code == BOUGHT, numbers[visits["order"][group]] if len(numbers) else -1, -1),
    }


def email_given(people: Table, person: Array, given: Array, cookie: Array) -> Table:
    """The e-mail that an event carries; strangers who subscribe have one that belongs to nobody else."""
    stranger = person < 0
    code = (cookie % np.uint64(9_000_000)).astype(np.int64)
    return {
        "email_person": np.where(stranger, 90_000_000 + code, people["person"][person]),
        "email_version": np.where(stranger, 0, people["email_version"][person]),
        "email_kind": np.where(given, np.where(stranger, 0, people["email_kind"][person]), 2),
        "first": np.where(stranger, code % 50, people["first"][person]),
        "last": np.where(stranger, code % 90, people["last"][person]),
    }
