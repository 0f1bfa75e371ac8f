"""Campaigns with a control arm and a known effect, what people answer, consents that change, surveys."""

from datetime import date

import numpy as np

from pipelines.demo.orders import CAMPAIGN, FIELD, PHONE, STORE, WEB, wishes
from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.people import CONSENT_AT_START, bring_forward, customer_number
from pipelines.demo.products import CATEGORIES
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, size, stack, take
from pipelines.demo.world import CHUNK_DAYS, World, awake

CONTACT_CHANNELS = list(CONSENT_AT_START)
EMAIL, SMS, CALL, POST = range(4)
OBJECTIVES = ["grow", "retain", "win_back", "acquire"]
ACQUIRE = 3
OFFERS = ["10 percent off", "free delivery", "gift with order", "new arrivals", "double points"]
ARMS = ["treatment", "control"]
KINDS = ["open", "click", "reply", "redeem", "purchase", "unsubscribe", "complain"]
OPEN, CLICK, REPLY, REDEEM, PURCHASE, UNSUBSCRIBE, COMPLAIN = range(7)
SOURCES = ["sign-up", "preference page", "unsubscribe link"]
TOPICS = ["price", "quality", "service", "delivery", "range"]
EXPECTED = [5.2, 5.9, 5.4, 5.5, 4.9]
COST = [200, 800, 40_000, 9_500]  # of one contact, in hundredths of a cent
FACTORS = [P.channel_factor_email, P.channel_factor_sms, P.channel_factor_phone, P.channel_factor_post]


def campaigns(world: World, chunk: int) -> Table:
    """Campaigns that start in a chunk: two a month, one by e-mail to many, one by another channel to fewer."""
    first, last = chunk * CHUNK_DAYS, (chunk + 1) * CHUNK_DAYS
    rows: dict[str, list[float]] = {
        name: [] for name in ("campaign", "day", "channel", "objective", "offer", "category", "reach")
    }
    begin = world.date_of(first)
    months = range(begin.year * 12 + begin.month - 1, begin.year * 12 + begin.month + 4)
    for month in months:
        for wave in range(2):
            rng = world.rng(-1, month * 2 + wave, "campaigns")
            start = date(month // 12, month % 12 + 1, int(rng.integers(2, 14)) + 12 * wave)
            day = (start - world.start).days
            acquire = wave == 1 and month % 6 == 2
            channel = EMAIL if wave == 0 or acquire else 1 + month % 3
            drawn = [month * 2 + wave, day, channel, ACQUIRE if acquire else int(rng.integers(3)),
                     int(rng.integers(len(OFFERS))), int(rng.integers(len(CATEGORIES))),
                     1.0 if acquire else 0.45 if wave == 0 else 0.28]  # fmt: skip
            if first <= day < last:
                for name, value in zip(rows, drawn, strict=True):
                    rows[name].append(value)
    table: Table = {
        name: np.array(values, dtype=float if name == "reach" else np.int64) for name, values in rows.items()
    }
    return table


def consent_changes(scene: Scene, people: Table) -> Table:
    """Words about consent in a chunk: those of newcomers, and changes of mind. Ordered by time."""
    rng = scene.rng("consents")
    first, last = scene.begins, scene.ends
    parts = []
    known_at = np.where(people["prospect_at"] >= 0, people["prospect_at"], people["arrive_at"])
    new = (known_at >= first) & (known_at < last) | ((scene.chunk == 0) & (known_at < first))
    for channel, name in enumerate(CONTACT_CHANNELS):
        says = np.flatnonzero(new & (people[f"consent_{name}"] | (rng.random(size(people)) < 0.15)))
        parts.append(words(says, known_at[says] + 60, channel, people[f"consent_{name}"][says], 0))
        flips = np.flatnonzero(rng.random(size(people)) < P.consent_change_rate / 4 * CHUNK_DAYS / YEAR)
        at = awake(rng.integers(first, last, len(flips)))
        late = at > known_at[flips] + SECONDS
        flips, at = flips[late], at[late]
        parts.append(words(flips, at, channel, ~people[f"consent_{name}"][flips], 1))
    table = stack(parts)
    return take(table, np.lexsort([table["channel"], table["person"], table["at"]]))


def words(person: Array, at: Array, channel: int, granted: Array, source: int) -> Table:
    """What people say about being contacted through a channel."""
    n = len(person)
    return {
        "person": person,
        "at": at,
        "channel": np.full(n, channel),
        "granted": granted,
        "source": np.full(n, source),
    }


def run(scene: Scene, people: Table) -> dict[str, Table]:
    """Run the campaigns of a chunk: contacts, responses, consents, treated (sleeping dogs), orders they bring.

    Consents are kept in the people and followed from campaign to campaign: nobody without it is contacted.
    """
    plan, said = campaigns(scene.world, scene.chunk), consent_changes(scene, people)
    out: dict[str, list[Table]] = {name: [] for name in ("contacts", "responses", "treated", "orders", "consents")}
    out["consents"].append(said)
    base, heard = scene.number(100_000), 0
    order = np.argsort(plan["day"], kind="stable")
    for number, row in enumerate(order):
        campaign = {name: column[row] for name, column in plan.items()}
        begins = int(np.searchsorted(said["at"], scene.world.instant(campaign["day"])))
        follow(people, take(said, np.arange(heard, begins)))
        heard = begins
        rng = scene.rng(f"campaign {number}")
        contacts = contacted(scene, people, campaign, rng)
        contacts["contact"] = base + np.arange(size(contacts)) + sum(size(part) for part in out["contacts"])
        out["contacts"].append(contacts)
        answers(people, contacts, int(campaign["channel"]), rng, out)
    follow(people, take(said, np.arange(heard, size(said))))
    return {name: stack(parts) for name, parts in out.items()}


def follow(people: Table, said: Table) -> None:
    """Take over what people said about consent (changed in place)."""
    for channel, name in enumerate(CONTACT_CHANNELS):
        rows = said["channel"] == channel
        people[f"consent_{name}"][said["person"][rows]] = said["granted"][rows]


def contacted(scene: Scene, people: Table, campaign: dict[str, float], rng: np.random.Generator) -> Table:
    """Who is drawn for a campaign, and into which arm."""
    at = int(scene.world.instant(campaign["day"]))
    is_customer, is_prospect = people["arrive_at"] < at, (people["prospect_at"] >= 0) & (people["prospect_at"] < at)
    audience = is_prospect & ~is_customer if campaign["objective"] == ACQUIRE else is_customer
    allowed = audience & people[f"consent_{CONTACT_CHANNELS[int(campaign['channel'])]}"]
    person = np.flatnonzero(allowed & (rng.random(size(people)) < campaign["reach"]))
    n = len(person)
    return {
        "person": person,
        "campaign": np.full(n, campaign["campaign"], np.int64),
        "at": at + 9 * 3600 + rng.integers(0, 3 * 3600, n),
        "channel": np.full(n, campaign["channel"], np.int64),
        "arm": (rng.random(n) < P.control_share).astype(np.int64),
        "is_prospect": np.full(n, campaign["objective"] == ACQUIRE),
    }


def answers(
    people: Table, contacts: Table, channel: int, rng: np.random.Generator, out: dict[str, list[Table]]
) -> None:
    """What comes back of a campaign's treatments; added to `out`, people changed where prospects become customers."""
    treated = take(contacts, contacts["arm"] == 0)
    n = size(treated)
    person, kind = treated["person"], people["type"][treated["person"]]
    lag = 3600 + (np.minimum(rng.exponential(3.5, n), P.response_days - 1) * SECONDS).astype(np.int64)
    bought_at = awake(treated["at"] + lag)
    effect = np.where(kind == 0, P.uplift_persuadable * FACTORS[channel], 0.0)
    effect = np.where(treated["is_prospect"], P.prospect_uplift, effect)
    moved = rng.random(n) < effect
    extra = np.flatnonzero(moved & ~treated["is_prospect"])
    come = np.flatnonzero(moved & treated["is_prospect"] & (people["arrive_at"][person] > bought_at))
    bring_forward(people, person[come], bought_at[come], treated["contact"][come])
    through = people["main_channel"][person[extra]]
    through = np.where(through == FIELD, PHONE, np.where(through == STORE, STORE, WEB))
    orders = wishes(person[extra], bought_at[extra], CAMPAIGN, through)
    orders |= {"contact": treated["contact"][extra], "campaign": treated["campaign"][extra]}
    out["orders"].append(orders)
    dogs = (kind == 3) & ~treated["is_prospect"]
    out["treated"].append({"person": person[dogs], "at": treated["at"][dogs]})
    out["responses"].append(reactions(rng, people, treated, channel))
    gone = out["responses"][-1]
    gone = take(gone, gone["kind"] == UNSUBSCRIBE)
    stop = words(gone["person"], gone["at"] + 30, channel, np.zeros(size(gone), bool), 2)
    people[f"consent_{CONTACT_CHANNELS[channel]}"][stop["person"]] = False
    out["consents"].append(stop)


def reactions(rng: np.random.Generator, people: Table, treated: Table, channel: int) -> Table:
    """Opened, clicked, replied, redeemed, unsubscribed, complained; only those who have not left do the first four."""
    n, here = size(treated), treated["at"] < people["leave_at"][treated["person"]]
    keen = np.choose(people["type"][treated["person"]], [1.35, 1.1, 0.7, 0.9])
    after = treated["at"] + 120 + rng.integers(0, 2 * SECONDS, n)
    opened = here & (rng.random(n) < (0.32 * keen if channel == EMAIL else 0.0))
    clicked = opened & (rng.random(n) < 0.25 * keen)
    replied = here & (rng.random(n) < (0.2 * keen if channel == CALL else 0.004))
    redeemed = here & (rng.random(n) < (0.03 * keen if channel == POST else 0.008 * keen))
    unsubscribed = rng.random(n) < (P.unsubscribes if channel in (EMAIL, SMS) else 0.0)
    complained = rng.random(n) < np.where(people["type"][treated["person"]] == 3, 0.004, 0.0008)
    hits = [(opened, OPEN, 0), (clicked, CLICK, 40), (replied, REPLY, 900), (redeemed, REDEEM, 90_000),
            (unsubscribed, UNSUBSCRIBE, 300), (complained, COMPLAIN, 1_800)]  # fmt: skip
    parts = [
        {"person": treated["person"][hit], "contact": treated["contact"][hit], "at": awake(after[hit] + later),
         "kind": np.full(hit.sum(), kind), "order": np.full(hit.sum(), -1), "campaign": treated["campaign"][hit]}
        for hit, kind, later in hits
    ]  # fmt: skip
    return stack(parts)


def purchases(orders: Table) -> Table:
    """The response that a kept order is, where a contact brought it about."""
    brought = take(orders, (orders["contact"] >= 0) & ~orders["is_cancelled"])
    return {
        "person": brought["person"], "contact": brought["contact"], "at": brought["at"] + 30,
        "kind": np.full(size(brought), PURCHASE), "order": brought["number"], "campaign": brought["campaign"],
    }  # fmt: skip


def remember_treated(people: Table, treated: Table) -> None:
    """Note when each sleeping dog was last written to: it acts on into the next chunk (changed in place)."""
    np.maximum.at(people["treated_at"], treated["person"], treated["at"])


def contact_rows(people: Table, contacts: Table) -> Table:
    """Rows of marketing.contacts; cost in hundredths of a cent, -1 where the channel's unit cost is to be taken."""
    person = people["person"][contacts["person"]]
    cost = np.asarray(COST)[contacts["channel"]] * (contacts["arm"] == 0)
    return {
        "contact": contacts["contact"], "campaign": contacts["campaign"], "at": contacts["at"],
        "account": np.where(contacts["is_prospect"], -1, customer_number(person)), "person": person,
        "channel": contacts["channel"], "arm": contacts["arm"],
        "cost": np.where(contacts["contact"] % 10 == 0, -1, cost),
    }  # fmt: skip


def consent_rows(people: Table, said: Table) -> Table:
    """Rows of marketing.consents, each word once; prospects speak under their prospect number."""
    key = np.stack([said["person"], said["channel"], said["at"]])
    _, once = np.unique(key, axis=1, return_index=True)
    said = take(said, np.sort(once))
    person = said["person"]
    return {
        "at": said["at"], "person": people["person"][person],
        "account": np.where(people["arrive_at"][person] <= said["at"], customer_number(people["person"][person]), -1),
        "channel": said["channel"], "granted": said["granted"], "source": said["source"],
    }  # fmt: skip


def surveys(scene: Scene, people: Table) -> Table:
    """Rows of marketing.surveys: once a chunk some customers say what they expected and what they got, by topic."""
    rng = scene.rng("surveys")
    day = scene.first_day + 45
    at = scene.world.instant(day)
    asked = (people["arrive_at"] < at) & (people["leave_at"] > at) & ~people["is_company"]
    person = np.flatnonzero(asked & (rng.random(size(people)) < 0.05))
    answered_at = (
        scene.world.instant(day + rng.integers(0, 12, len(person))) + 10 * 3600 + rng.integers(0, 30_000, len(person))
    )
    who, topic = np.repeat(np.arange(len(person)), len(TOPICS)), np.tile(np.arange(len(TOPICS)), len(person))
    sore = answered_at - people["bad_at"][person] < 120 * SECONDS
    expected = np.asarray(EXPECTED)[topic] + rng.normal(0, 0.8, len(who))
    gap = rng.normal(-0.2, 0.8, len(who)) - 1.5 * (sore[who] & np.isin(topic, [2, 3]))
    gap -= 0.8 * (people["sensitivity"][person][who] > 0.6) * (topic == 0)
    return {
        "survey": np.full(len(who), scene.chunk + 1), "account": customer_number(people["person"][person])[who],
        "at": answered_at[who], "topic": topic,
        "expected": np.clip(np.round(expected), 1, 7).astype(np.int64),
        "perceived": np.clip(np.round(expected + gap), 1, 7).astype(np.int64),
    }  # fmt: skip
