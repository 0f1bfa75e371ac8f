"""Who there is: people and companies with their own rates and moment of leaving, and how their records change."""

import numpy as np

from pipelines.demo.names import AGE_EDGES, FEMALE, MALE, PLACES, SURNAMES
from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.products import SEGMENTS
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, pick, pick_each, size, take
from pipelines.demo.world import BLOCK_CUSTOMERS, CHUNK_DAYS, EVERYDAY, NEVER, awake, time_of_day

PERSONS_PER_BLOCK = 10 * BLOCK_CUSTOMERS
TWO_YEARS = 730
TYPES = ["persuadable", "sure thing", "lost cause", "sleeping dog"]
CHANNELS = ["web", "store", "phone", "field"]
SECOND_KINDS = ["none", "same e-mail", "same phone", "typing errors"]
CONTACT_KINDS = ["real", "junk", "none"]
CAUSES = ["own", "complaint", "complaint open long", "call unresolved", "call waited", "late delivery"]
STORES = 12


def customer_number(person: Array, second: Array | int = 0) -> Array:
    """The number in the sales system of a person's first or second record; one to one and without visible order."""
    return ((person * 2 + second) * 7_368_787 + 1_234_567) % 100_000_000


def newcomers(scene: Scene, already: int) -> Table:
    """People who come into being in a chunk of days: the base of the first day, arrivals, prospects."""
    rng = scene.rng("people")
    customers = scene.world.block_customers(scene.block)
    base = round(P.base_share * customers) if scene.chunk == 0 else 0
    prospects_there = round(P.prospect_share * customers) if scene.chunk == 0 else 0
    arrivals = share_of_chunk(P.arrival_share * customers, scene.chunk)
    prospects = share_of_chunk(P.prospect_share * customers, scene.chunk)
    count = base + prospects_there + arrivals + prospects
    start, days = scene.world.instant(0), scene.first_day
    anytime = awake(
        scene.world.instant(days + rng.integers(0, CHUNK_DAYS, arrivals + prospects))
        + time_of_day(rng, EVERYDAY, arrivals + prospects)
    )
    before = awake(start - 3600 - (rng.exponential(2.2 * YEAR, base) * SECONDS).astype(np.int64) // 60 * 60)
    prospect_at = np.full(count, -1, np.int64)
    prospect_at[base : base + prospects_there] = awake(start + 9 * 3600 + np.arange(prospects_there))
    prospect_at[count - prospects :] = anytime[arrivals:]
    converts = (prospect_at >= 0) & (rng.random(count) < P.prospect_converts)
    delay = SECONDS + (rng.exponential(P.prospect_delay_days, count) * SECONDS).astype(np.int64)
    arrive_at = np.where(converts, awake(prospect_at + delay), NEVER)
    arrive_at[:base] = before
    arrive_at[base + prospects_there : count - prospects] = anytime[:arrivals]
    people = {
        "person": scene.block * PERSONS_PER_BLOCK + already + np.arange(count),
        "prospect_at": prospect_at,
        "arrive_at": arrive_at,
        "arrive_contact": np.full(count, -1, np.int64),
    }
    people |= traits(rng, count)
    people |= behaviour(rng, people)
    people |= record(rng, people)
    return people | life(rng, people, start)


def share_of_chunk(in_two_years: float, chunk: int) -> int:
    """How many of those who come within two years come in one chunk; whole numbers that add up."""
    each = in_two_years * CHUNK_DAYS / TWO_YEARS
    return int((chunk + 1) * each) - int(chunk * each)


def traits(rng: np.random.Generator, n: int) -> Table:
    """What a person is: company or not, name, age, place, household, income."""
    is_company = rng.random(n) < P.company_share
    female = rng.random(n) < 0.55
    gender = np.where(rng.random(n) < 0.03, rng.integers(2, 4, n), np.where(female, 0, 1))
    first = np.where(female, rng.integers(0, len(FEMALE), n), len(FEMALE) + rng.integers(0, len(MALE), n))
    age = np.clip(np.where(rng.random(n) < 0.6, rng.normal(38, 11, n), rng.normal(57, 13, n)), 18, 90)
    weights = 1.0 / (np.arange(len(SURNAMES)) + 12)
    return {
        "is_company": is_company,
        "gender": np.where(is_company, 3, gender).astype(np.int64),
        "first": first.astype(np.int64),
        "last": pick(rng, weights, n),
        "birth_day": ((2025 - age - 1970) * YEAR).astype(np.int64),
        "age": age,
        "place": pick(rng, [place[4] for place in PLACES], n),
        "postcode": rng.integers(1, 1000, n) // 9 * 9,  # a hundred or so postcodes a town
        "income": pick(rng, [0.3, 0.5, 0.2], n),
        "household": (1 + rng.poisson(1.2, n)).astype(np.int64),
        "lifestyle": pick(rng, [3, 2, 1, 3, 1.5, 2], n),
        "devices": (1 + rng.binomial(2, 0.3, n)).astype(np.int64),
        "home_store": rng.integers(1, STORES + 1, n),
    }


def behaviour(rng: np.random.Generator, people: Table) -> Table:
    """How a person buys, calls and answers."""
    n, age, company = size(people), people["age"], people["is_company"]
    online = 1 / (1 + np.exp((age - 52) / 10))
    main = pick_each(rng, np.stack([0.2 + 0.7 * online, 0.35 + 0 * age, 0.25 * (1 - online)], axis=1))
    sensitivity = np.clip(rng.normal(0.75 - 0.008 * (age - 18), 0.15) - 0.12 * (people["income"] - 1), 0, 1)
    kinds = np.stack([0.08 + 0.4 * sensitivity, 0.3 + 0 * age, 0.45 - 0.25 * sensitivity, 0.08 + 0 * age], axis=1)
    rate = rng.gamma(P.order_rate_shape, P.order_rate / P.order_rate_shape, n)
    demanding = rng.gamma(2.0, 0.5, n) * np.where(rng.random(n) < P.demanding_share, P.demanding_factor, 1)
    spend = rng.lognormal(np.log(P.spend_median), P.spend_sigma, n)
    return {
        "segment": rng.integers(0, SEGMENTS, n),
        "type": pick_each(rng, kinds),
        "order_rate": np.maximum(rate, 0.15) * np.where(company, 1.6, 1.0),
        "spend": np.minimum(spend * np.where(company, 5.0, 1.0) * (0.8 + 0.2 * people["income"]), 120),
        "sensitivity": sensitivity,
        "main_channel": np.where(company, 3, main).astype(np.int64),
        "demanding": demanding,
        "browse_rate": rng.gamma(1.0, P.browse_rate, n) * (0.3 + 1.2 * online),
        "leave_rate": rng.gamma(P.leave_rate_shape, P.leave_rate / P.leave_rate_shape, n),
    }


def record(rng: np.random.Generator, people: Table) -> Table:
    """How a person stands in the books: e-mail, phone, how they are written, a second number, consents."""
    n, person = size(people), people["person"]
    email_kind = np.where(rng.random(n) < P.junk_email, 1, np.where(rng.random(n) < P.no_email, 2, 0))
    phone_kind = np.where(rng.random(n) < P.junk_phone, 1, np.where(rng.random(n) < P.no_phone, 2, 0))
    phone_person, last, place = person.copy(), people["last"].copy(), people["place"].copy()
    sharing = np.flatnonzero(rng.random(n) < P.shared_phone)
    if n:  # the family's phone is that of another person who came at the same time
        partner = rng.integers(0, n, len(sharing))
        phone_person[sharing] = person[partner]
        last[sharing], place[sharing] = last[partner], place[partner]
    second = np.where(rng.random(n) < P.second_number, 1 + pick(rng, second_weights(), n), 0)
    second = np.where((second == 1) & (email_kind > 0), 2, second)
    second = np.where((second == 2) & (phone_kind > 0), 3, second)
    consents = {f"consent_{channel}": rng.random(n) < share for channel, share in CONSENT_AT_START.items()}
    return consents | {
        "last": last,
        "place": place,
        "email_kind": email_kind,
        "email_version": np.zeros(n, np.int64),
        "email_style": pick(rng, [0.8, 0.06, 0.1, 0.04], n),
        "phone_kind": phone_kind,
        "phone_person": phone_person,
        "phone_style": rng.integers(0, 6, n),
        "second": np.where(people["is_company"], 0, second),
    }


CONSENT_AT_START = {"email": 0.72, "sms": 0.30, "phone": 0.28, "post": 0.55}


def second_weights() -> list[float]:
    """How likely each kind of second number is."""
    return [P.second_same_email, P.second_same_phone, 1 - P.second_same_email - P.second_same_phone]


def life(rng: np.random.Generator, people: Table, start: Array) -> Table:
    """The moments that lie ahead: leaving of one's own, a second number; and what is remembered of the past."""
    n = size(people)
    lifetime = (rng.exponential(1.0, n) / people["leave_rate"] * YEAR * SECONDS).astype(np.int64)
    begins = np.maximum(people["arrive_at"], start)
    arrives = people["arrive_at"] < NEVER
    wait = SECONDS + (rng.exponential(250, n) * SECONDS).astype(np.int64)
    return {
        "lifetime": lifetime,
        "leave_at": np.where(arrives, begins + lifetime, NEVER),
        "leave_cause": np.zeros(n, np.int64),
        "second_at": np.where(arrives & (people["second"] > 0), awake(begins + wait), NEVER),
        "treated_at": np.full(n, -NEVER),
        "bad_at": np.full(n, -NEVER),
    }


def bring_forward(people: Table, rows: Array, arrive_at: Array, contact: Array) -> None:
    """Prospects whom a campaign turns into customers at another moment than their own (changed in place)."""
    people["arrive_at"][rows] = arrive_at
    people["arrive_contact"][rows] = contact
    people["leave_at"][rows] = arrive_at + people["lifetime"][rows]
    people["second_at"][rows] = np.where(people["second"][rows] > 0, arrive_at + 90 * SECONDS, NEVER)


def version(people: Table, rows: Array, updated_at: Array, second: bool = False) -> Table:
    """Rows of sales.customers as these people's records stand now."""
    known = take(people, rows)
    kind = known["second"] if second else np.zeros(len(rows), np.int64)
    n = len(rows)
    email_kind = np.where(kind == 2, np.where(known["person"] % 2 == 0, 2, 0), known["email_kind"])
    return {
        "account": customer_number(known["person"], int(second)),
        "at": updated_at,
        "signed_up_at": np.where(second, known["second_at"], known["arrive_at"]),
        "email_person": known["person"],
        # Version 50 and up are addresses that only the second record uses; 90 is one with a typing error.
        "email_version": np.where(kind == 2, 50, np.where(kind == 3, 90, known["email_version"])),
        "email_kind": email_kind,
        "email_style": np.where(kind > 0, (known["email_style"] + 1) % 4, known["email_style"]),
        "phone_kind": np.where((kind == 1) | (kind == 3), 2, known["phone_kind"]),
        "phone_style": np.where(kind > 0, (known["phone_style"] + 1) % 6, known["phone_style"]),
        "typo": np.where(kind == 3, 1 + known["person"] % 3, 0),
        "is_guest": np.zeros(n, bool),
        **{name: known[name] for name in COPIED},
    }


COPIED = ["person", "first", "last", "gender", "birth_day", "place", "postcode", "is_company", "phone_person"]


def guest_versions(people: Table, rows: Array, account: Array, at: Array) -> Table:
    """Rows of sales.customers that a checkout without logging in leaves behind: an e-mail and a name, no more."""
    table = version(people, rows, at)
    table |= {"account": account, "signed_up_at": at, "is_guest": np.ones(len(rows), bool)}
    table["phone_kind"] = np.full(len(rows), 2)
    return table


def changes(scene: Scene, people: Table) -> list[Table]:
    """Moves and new e-mail addresses in a chunk; the people are changed in place, their new versions returned."""
    rng = scene.rng("changes")
    n, first, last = size(people), scene.begins, scene.ends
    at = awake(rng.integers(first, last, n))
    chance = CHUNK_DAYS / YEAR
    known = (people["arrive_at"] < at) & (people["leave_at"] > at)
    moves = known & (rng.random(n) < P.move_rate * chance)
    renews = known & ~moves & (rng.random(n) < P.new_email_rate * chance) & (people["email_kind"] == 0)
    people["place"] = np.where(moves, pick(rng, [place[4] for place in PLACES], n), people["place"])
    people["postcode"] = np.where(moves, rng.integers(1, 1000, n) // 9 * 9, people["postcode"])
    people["email_version"] = people["email_version"] + renews
    rows = np.flatnonzero(moves | renews)
    return [version(people, rows, at[rows])]


def age_band(people: Table) -> Array:
    """Index into `AGE_BANDS`."""
    return np.searchsorted(AGE_EDGES, people["age"], side="right").astype(np.int64)
