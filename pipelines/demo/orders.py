"""What is bought: when people decide, through which channel, which products, and what one purchase leads to."""

from collections.abc import Sequence

import numpy as np

from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.people import CHANNELS
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, ordered, pick, size, spread, stack, take
from pipelines.demo.world import CHUNK_DAYS, EVERYDAY, NEVER, OFFICE, OPENING, awake, time_of_day

ORIGINS = ["own", "first", "campaign", "rule", "opportunity", "walk-in"]
OWN, FIRST, CAMPAIGN, RULE, OPPORTUNITY, WALK_IN = range(6)
WEB, STORE, PHONE, FIELD = range(4)
HOURS: list[Sequence[float]] = [EVERYDAY, OPENING, OFFICE, OFFICE]


def wishes(person: Array, at: Array, origin: int, channel: Array) -> Table:
    """Orders that somebody means to place: `person` is a row of the people, `at` when it will be placed."""
    n = len(person)
    unset = np.full(n, -1, np.int64)
    return {
        "person": person.astype(np.int64),
        "at": at.astype(np.int64),
        "decided_at": at.astype(np.int64),
        "origin": np.full(n, origin, np.int64),
        "channel": channel.astype(np.int64),
        "rule": unset,
        "product": unset,
        "contact": unset,
        "campaign": unset,
        "bulk": np.ones(n, np.int64),
        "generation": np.zeros(n, np.int64),
    }


def channels(rng: np.random.Generator, people: Table, person: Array) -> Array:
    """Through which channel each person buys this time: four times in five through their main one."""
    main = people["main_channel"][person]
    other = pick(rng, [0.62, 0.33, 0.05], len(person))
    return np.where(rng.random(len(person)) < 0.8, main, np.where(main == FIELD, PHONE, other)).astype(np.int64)


def decisions(scene: Scene, people: Table) -> Table:
    """Purchases of people's own accord: each a Poisson process with the person's rate times the season."""
    rng = scene.rng("decisions")
    days = scene.days
    first, last = scene.begins, scene.ends
    weight = np.concatenate([[0.0], np.cumsum(scene.season)])
    active = np.flatnonzero((people["arrive_at"] < last) & (people["leave_at"] > first))
    begins = np.interp(
        np.maximum(people["arrive_at"][active], first), scene.world.instant(np.append(days, days[-1] + 1)), weight
    )
    count = rng.poisson(people["order_rate"][active] / YEAR * (weight[-1] - begins))
    group, _ = spread(count)
    person = active[group]
    level = begins[group] + rng.random(len(group)) * (weight[-1] - begins[group])
    day = days[np.minimum(np.searchsorted(weight, level, side="right") - 1, CHUNK_DAYS - 1)]
    channel = channels(rng, people, person)
    decided = scene.world.instant(day) + clock(rng, channel)
    gap = np.where((channel == WEB) & (rng.random(len(person)) < P.web_gap), rng.integers(1, 7, len(person)), 0)
    at = np.where(gap > 0, scene.world.instant(day + gap) + time_of_day(rng, EVERYDAY, len(person)), decided)
    table = wishes(person, at, OWN, channel)
    table["decided_at"] = np.maximum(decided, people["arrive_at"][person] + 3600)
    table["at"] = awake(np.maximum(table["at"], table["decided_at"]))
    return table


def clock(rng: np.random.Generator, channel: Array) -> Array:
    """A time of day that suits the channel."""
    drawn = [time_of_day(rng, hours, len(channel)) for hours in HOURS]
    return np.choose(channel, drawn)


def suppressed(rng: np.random.Generator, table: Table, treated_at: Array) -> Table:
    """Without the own purchases that a sleeping dog would have made in the weeks after being written to."""
    since = table["at"] - treated_at[table["person"]]
    within = (since > 0) & (since < P.response_days * SECONDS)
    return take(table, ~(within & (rng.random(size(table)) < -P.uplift_sleeping_dog)))


def first_orders(scene: Scene, people: Table) -> Table:
    """The order with which each arrival of a chunk becomes a customer."""
    rng = scene.rng("first orders")
    first, last = scene.begins, scene.ends
    rows = np.flatnonzero((people["arrive_at"] >= first) & (people["arrive_at"] < last))
    table = wishes(rows, people["arrive_at"][rows], FIRST, channels(rng, people, rows))
    table["contact"] = people["arrive_contact"][rows]
    return table


def walk_ins(scene: Scene, people: Table, own: Table) -> Table:
    """Purchases in stores by strangers; the person they name lends them nothing but a taste."""
    rng = scene.rng("walk-ins")
    n = int(rng.poisson(P.walk_in_share * size(own)))
    day = scene.random_days(rng, n)
    person = rng.integers(0, size(people), n)
    at = day + time_of_day(rng, OPENING, n)
    return wishes(person, at, WALK_IN, np.full(n, STORE))


def lines(scene: Scene, people: Table, table: Table, stream: str) -> Table:
    """The lines of orders: order (row of `table`), product, quantity."""
    rng = scene.rng(stream)
    forced = table["product"] >= 0
    count = 1 + np.minimum(rng.geometric(1 / (1 + P.extra_lines), size(table)) - 1, 14)
    count = np.where(forced, (rng.random(size(table)) < 0.3).astype(np.int64), count)
    order, _ = spread(count)
    person = table["person"][order]
    product = scene.goods.draw(rng, people["segment"][person])
    on_offer, _ = scene.promotions
    day = scene.world.day_of(table["at"][order]) - scene.first_day
    lured = rng.random(len(order)) < 0.3 * people["sensitivity"][person]
    product = np.where(lured, scene.goods.draw_in_category(rng, on_offer[day]), product)
    parts = [(order, product), (np.flatnonzero(forced), table["product"][forced])]
    for a, b, probability in zip(*scene.goods.affinities.values(), strict=True):
        with_a = order[(product == a) & (rng.random(len(order)) < probability)]
        parts.append((with_a, np.full(len(with_a), b)))
    drawn = {
        "order": np.concatenate([part[0] for part in parts]).astype(np.int64),
        "product": np.concatenate([part[1] for part in parts]).astype(np.int64),
    }
    person = table["person"][drawn["order"]]
    several = rng.poisson(np.where(scene.goods.is_durable[drawn["product"]], 0.08, 1.0) * people["spend"][person])
    bulk = table["bulk"][drawn["order"]]
    drawn["quantity"] = np.where(bulk > 1, bulk, 1 + several)
    return take(drawn, np.argsort(drawn["order"], kind="stable"))


def follow_ups(scene: Scene, people: Table, table: Table, drawn: Table, stream: str) -> Table:
    """Purchases that the planted rules make of the lines of these orders, each after its rule's own lag."""
    rng = scene.rng(stream)
    parts = []
    may_lead = (table["origin"] != WALK_IN) & (table["generation"] < 2)
    for rule, a, b, probability, median, sigma in zip(*scene.goods.rules.values(), strict=True):
        hit = (drawn["product"] == a) & may_lead[drawn["order"]]
        order = np.unique(drawn["order"][hit])
        order = order[rng.random(len(order)) < probability]
        lag = median * np.exp(rng.normal(0, sigma, len(order)))
        person = table["person"][order]
        channel = channels(rng, people, person)
        day = scene.world.day_of(table["at"][order]) + np.maximum(np.round(lag), 1).astype(np.int64)
        part = wishes(person, awake(scene.world.instant(day) + clock(rng, channel)), RULE, channel)
        part["rule"] = np.full(len(order), rule, np.int64)
        part["product"] = np.full(len(order), b, np.int64)
        part["generation"] = (table["generation"][order] + 1).astype(np.int64)
        parts.append(part)
    return stack(parts)


def placed(scene: Scene, people: Table, wanted: Table) -> tuple[Table, Table, Table]:
    """Orders placed in a chunk with their lines, and the wishes left for later ones. Nobody has left yet."""
    last = scene.ends
    orders, drawn, later = [], [], []
    offset = 0
    for generation in range(3):
        now = wanted["at"] < last
        later.append(take(wanted, ~now))
        table = ordered(take(wanted, now), "at", "person", "origin", "rule")
        table_lines = lines(scene, people, table, f"lines {generation}")
        wanted = follow_ups(scene, people, table, table_lines, f"follow-ups {generation}")
        wanted = take(wanted, np.full(size(wanted), scene.world.plant))
        orders.append(table)
        drawn.append(table_lines | {"order": table_lines["order"] + offset})
        offset += size(table)
    table, drawn_lines = stack(orders), stack(drawn)
    by_time, drawn_lines, _ = arranged(table, drawn_lines, np.argsort(table["at"], kind="stable"))
    return by_time, drawn_lines, stack(later)


def arranged(table: Table, drawn: Table, index: Array) -> tuple[Table, Table, Array]:
    """These orders in this order, their lines, and the new row of each old one, -1 for those left out."""
    place = np.full(size(table), -1, np.int64)
    place[index] = np.arange(len(index))
    drawn = take(drawn, place[drawn["order"]] >= 0)
    drawn["order"] = place[drawn["order"]]
    return take(table, index), take(drawn, np.argsort(drawn["order"], kind="stable")), place


def kept(table: Table, drawn: Table, people: Table) -> tuple[Table, Table, Array]:
    """Orders placed before their buyer left, their lines, and the new row of each order, -1 for the others."""
    leave_at = np.where(table["origin"] == WALK_IN, NEVER, people["leave_at"][table["person"]])
    return arranged(table, drawn, np.flatnonzero(table["at"] < leave_at))


def priced(scene: Scene, people: Table, table: Table, drawn: Table) -> Table:
    """Lines with line_number, unit_price, discount and unit_cost in cents (cost -1: not stated)."""
    order, product, quantity = drawn["order"], drawn["product"], drawn["quantity"]
    day = scene.world.day_of(table["at"][order]) - scene.first_day
    person = table["person"][order]
    rng = scene.rng("coupons")
    _, depth = scene.promotions
    coupon = (rng.random(size(table)) < 0.2 * people["sensitivity"][table["person"]])[order]
    agreed = np.where(table["channel"][order] == FIELD, 0.08, 0.0)
    taken_off = (
        depth[day, scene.goods.category[product]] + np.where(coupon, 0.1, 0.0) + agreed * people["is_company"][person]
    )
    unit_price, unit_cost = scene.prices[0][product, day], scene.prices[1][product, day]
    starts = np.searchsorted(order, np.arange(size(table)))
    return drawn | {
        "line_number": np.arange(len(order)) - starts[order] + 1,
        "unit_price": unit_price,
        "discount": np.round(unit_price * quantity * taken_off).astype(np.int64),
        "unit_cost": np.where(rng.random(len(order)) < 0.03, -1, unit_cost),
    }


assert CHANNELS[FIELD] == "field"
