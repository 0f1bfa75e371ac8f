"""The shop on the web: sessions of customers and strangers, event by event, with the cookies of their devices."""

import numpy as np

from pipelines.demo.orders import OWN, WALK_IN, WEB
from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.people import customer_number
from pipelines.demo.products import Catalogue
from pipelines.demo.tables import Array, Table, pick, size, spread, stack, take
from pipelines.demo.world import CHUNK_DAYS, EVERYDAY, World, awake, season, time_of_day

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
WAYS = [
    [("vp", 4), ("vspp", 3), ("lvp", 2), ("vspvp", 2), ("p", 3), ("vd", 0.3)],
    [("vpa", 3), ("lvspa", 2), ("vspac", 1.5), ("lpac", 1)],
    [("vplacb", 4), ("lvspacb", 3), ("vspapalcb", 2), ("lpacb", 2)],
    [("vpacb", 3), ("vspacb", 2), ("vpaucb", 3)],
    [("v", 5), ("vp", 4), ("vsp", 3), ("vspp", 1.5), ("vpa", 0.8), ("vn", 0.35), ("vspac", 0.3)],
]
LETTERS = "vpsacblund"
CAMPAIGN_PAGE, PRODUCT_PAGE, SEARCH_PAGE, HOME = "/aktion", "/produkt", "/suche", "/"


def sessions(world: World, goods: Catalogue, people: Table, decided: Table, orders: Table, drawn: Table,
             responses: Table, block: int, chunk: int) -> Table:  # fmt: skip
    """Visits of a chunk: person (row, -1 stranger), at (of the last event for purchases, else of the first), way, ..."""
    rng = world.rng(block, chunk, "sessions")
    first_line = np.searchsorted(drawn["order"], np.arange(size(orders)))
    bought = np.flatnonzero((orders["channel"] == WEB) & (orders["origin"] != WALK_IN))
    new = orders["is_guest"][bought] | (orders["origin"][bought] != OWN) & (rng.random(len(bought)) < 0.2)
    focus = drawn["product"][first_line[bought]]
    parts = [visit(orders["person"][bought], orders["at"][bought], np.where(new, BUY_NEW, BUY), focus)]
    parts[0]["order"] = bought
    parts[0]["is_known"] = ~orders["is_guest"][bought]
    # Before an order on the web, and before some in a store, the buyer comes and looks.
    looks = np.flatnonzero(
        (orders["origin"] != WALK_IN) & (rng.random(size(orders)) < np.where(orders["channel"] == WEB, 0.5, 0.25))
    )
    back = rng.integers(3600, 4 * SECONDS, len(looks))
    parts.append(visit(orders["person"][looks], orders["at"][looks] - back, LOOK, drawn["product"][first_line[looks]]))
    waits = np.flatnonzero(decided["at"] > decided["decided_at"] + 7200)
    taste = goods.draw(rng, people["segment"][decided["person"][waits]])
    parts.append(
        visit(
            decided["person"][waits],
            decided["decided_at"][waits],
            np.where(rng.random(len(waits)) < 0.4, LEAVE_CART, LOOK),
            taste,
        )
    )
    person, at = browsing(world, people, rng, chunk)
    way = np.where(rng.random(len(person)) < 0.12, LEAVE_CART, LOOK)
    parts.append(visit(person, at, way, goods.draw(rng, people["segment"][person])))
    clicks = take(responses, responses["kind"] == 1)
    parts.append(visit(clicks["person"], clicks["at"] + 5, LOOK, goods.draw(rng, people["segment"][clicks["person"]])))
    parts[-1]["campaign"] = clicks["campaign"]
    parts.append(strangers(world, goods, rng, block, chunk))
    table = stack(parts)
    begins = world.instant(chunk * CHUNK_DAYS)
    stays = (table["person"] < 0) | (table["order"] >= 0) | (table["at"] < people["leave_at"][table["person"]])
    table = take(table, stays & (table["at"] >= begins))
    return table | device(rng, people, table)


def visit(person: Array, at: Array, way: Array | int, focus: Array) -> Table:
    """Sessions for one purpose; `focus` is the product they are about."""
    n = len(person)
    return {
        "person": person.astype(np.int64), "at": at, "way": np.broadcast_to(np.asarray(way, dtype=np.int64), n),
        "focus": focus.astype(np.int64), "order": np.full(n, -1), "campaign": np.full(n, -1),
        "cookie": np.zeros(n, np.int64), "is_known": np.ones(n, bool),
    }  # fmt: skip


def browsing(world: World, people: Table, rng: np.random.Generator, chunk: int) -> tuple[Array, Array]:
    """Visits for no order: people (rows, prospects too) and moments."""
    person = np.repeat(np.arange(size(people)), rng.poisson(people["browse_rate"] * CHUNK_DAYS / YEAR))
    day = chunk * CHUNK_DAYS + pick(rng, season(world, world.days(chunk)), len(person))
    at = awake(world.instant(day) + time_of_day(rng, EVERYDAY, len(person)))
    known = np.where(people["prospect_at"] >= 0, people["prospect_at"], people["arrive_at"] - 20 * SECONDS)
    here = at > known[person]
    return person[here], at[here]


def strangers(world: World, goods: Catalogue, rng: np.random.Generator, block: int, chunk: int) -> Table:
    """Visitors who never buy: each has one cookie and comes once to four times in a chunk."""
    n = int(rng.poisson(world.block_customers(block) * P.stranger_sessions_per_customer * CHUNK_DAYS / YEAR / 1.6))
    visitor, _ = spread(np.minimum(rng.geometric(1 / 1.6, n), 4))
    at = world.instant(rng.integers(chunk * CHUNK_DAYS, (chunk + 1) * CHUNK_DAYS, len(visitor)))
    at = awake(at + time_of_day(rng, EVERYDAY, len(visitor)))
    table = visit(np.full(len(visitor), -1), at, STRANGE, goods.draw(rng, rng.integers(0, 8, len(visitor))))
    table["cookie"] = (chunk * 1000 + block) * 1_000_000 + visitor
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


def events(
    world: World, goods: Catalogue, people: Table, visits: Table, numbers: Array, block: int, chunk: int
) -> Table:
    """Rows of web.events for these visits. `numbers`: the number of each order."""
    rng = world.rng(block, chunk, "events")
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
    product = np.where(other, goods.draw(rng, rng.integers(0, 8, len(group))), visits["focus"][group])
    has_product = np.isin(code, [PRODUCT, CART])
    logged_in = (position >= login[way][group]) & (person >= 0) & visits["is_known"][group]
    logged_in &= people["arrive_at"][person] <= at + 3600
    arrives = position == 0
    gives_email = np.isin(code, [NEWSLETTER, SIGNUP]) | (np.isin(code, [CHECKOUT, BOUGHT]) & ~visits["is_known"][group])
    referrer = np.where(arrives, pick(rng, [5, 3, 0.8, 1, 0.8], len(group)), 0)
    return {
        "event": (chunk * 1000 + block) * 1_000_000 + np.arange(len(group)),
        "at": awake(at),
        "visitor": visits["cookie"][group],
        "account": np.where(logged_in, customer_number(people["person"][person]), -1),
        **email_given(people, person, gives_email, visits["cookie"][group]),
        "event_type": code,
        "product": np.where(has_product, product, -1),
        "about": goods.category[visits["focus"][group]],
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
