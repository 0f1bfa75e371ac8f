"""Calls and cases: what customers complain and ask about, how long they wait, and what it does to their staying."""

import numpy as np

from pipelines.demo.orders import WALK_IN
from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.people import customer_number
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, ordered, pick, size, stack, take
from pipelines.demo.world import CHUNK_DAYS, EVERYDAY, NEVER, OFFICE, World, awake, time_of_day

REASONS = ["delivery", "complaint", "question", "billing", "return", "follow-up"]
DELIVERY, COMPLAINT, QUESTION, BILLING, RETURN, FOLLOW_UP = range(6)
OUTCOMES = ["answered", "abandoned", "voicemail", "no_answer", "busy"]
ANSWERED, ABANDONED, VOICEMAIL, NO_ANSWER, BUSY = range(5)
CASE_CHANNELS = ["phone", "email", "web", "store"]
SEVERITIES = ["low", "medium", "high"]
# How busy the lines are by the hour against the agents there are; waiting grows with what is left of their time.
LOAD = np.array([0.2] * 8 + [0.62, 0.84, 0.9, 0.82, 0.7, 0.68, 0.72, 0.8, 0.86, 0.8, 0.6, 0.4] + [0.2] * 4)
HANDLING_SECONDS = 260


def agents(world: World) -> int:
    """How many people answer the phone."""
    return max(5, round(world.customers / P.customers_per_agent))


def cases(scene: Scene, people: Table, orders: Table) -> Table:
    """Complaints that follow orders, and questions that follow nothing; with every moment of their closed loop."""
    rng = scene.rng("cases")
    chance = np.where(orders["is_late"], P.complaint_when_late, P.complaint)
    chance = np.where((orders["origin"] == WALK_IN) | orders["is_cancelled"], 0, chance)
    hit = np.flatnonzero(rng.random(size(orders)) < chance)
    # Who waits for a parcel complains before it comes, everybody else when they have unpacked it.
    delay = np.where(orders["is_late"][hit], 6 * SECONDS, orders["arrived_at"][hit] - orders["at"][hit])
    complaints = {
        "person": orders["person"][hit],
        "order": hit,
        "at": orders["at"][hit] + delay + (rng.exponential(1.2, len(hit)) * SECONDS).astype(np.int64),
        "category": np.where(orders["is_late"][hit] & (rng.random(len(hit)) < 0.5), DELIVERY, COMPLAINT),
    }
    asked, at = anytime(scene, people, rng, P.question_rate * people["demanding"])
    questions = {
        "person": asked,
        "order": np.full(len(asked), -1),
        "at": at,
        "category": pick(rng, [1, 0, 4, 2, 1.5], len(asked)),
    }
    questions["category"] = np.where(questions["category"] == COMPLAINT, QUESTION, questions["category"])
    table = stack([complaints, questions])
    table["at"] = awake(table["at"])
    return closed_loop(scene, rng, ordered(table, "at", "person"))


def anytime(scene: Scene, people: Table, rng: np.random.Generator, rate: Array) -> tuple[Array, Array]:
    """People (rows) and moments of a chunk at which something happens at a yearly rate while they are customers."""
    first, last = scene.begins, scene.ends
    person = np.repeat(np.arange(size(people)), rng.poisson(rate * CHUNK_DAYS / YEAR))
    weight = scene.season
    day = scene.first_day + pick(rng, weight, len(person))
    at = scene.world.instant(day) + time_of_day(rng, EVERYDAY, len(person))
    alive = (people["arrive_at"][person] < at) & (people["leave_at"][person] > at) & (at < last) & (at >= first)
    return person[alive], at[alive]


def closed_loop(scene: Scene, rng: np.random.Generator, table: Table) -> Table:
    """Opened, assigned, resolved, followed up. NEVER where it does not come to that."""
    n = size(table)
    complaint = np.isin(table["category"], [COMPLAINT, DELIVERY])
    assigned = awake(table["at"] + 120 + (3600 * rng.lognormal(np.log(4.5), 0.9, n)).astype(np.int64))
    work = rng.lognormal(np.where(complaint, np.log(26), np.log(12)), 1.1, n)
    resolved = awake(assigned + 300 + (3600 * work).astype(np.int64))
    forgotten = rng.random(n) < 0.04
    asked = ~forgotten & (rng.random(n) < np.where(complaint, 0.7, 0.3))
    followed = awake(resolved + SECONDS + rng.integers(0, 4 * SECONDS, n))
    days_open = (resolved - table["at"]) / SECONDS
    mood = 4.4 - 0.9 * complaint - 0.35 * np.minimum(days_open, 7) + rng.normal(0, 0.7, n)
    return table | {
        "number": scene.number(100_000) + np.arange(n),
        "channel": pick(rng, [0.4, 0.35, 0.15, 0.1], n),
        "severity": np.where(complaint, pick(rng, [1, 2, 1.2], n), pick(rng, [5, 2, 0.3], n)),
        "agent": rng.integers(1, agents(scene.world) + 1, n),
        "assigned_at": assigned,
        "resolved_at": np.where(forgotten, NEVER, resolved),
        "followed_up_at": np.where(asked, followed, NEVER),
        "satisfaction": np.clip(np.round(mood), 1, 5).astype(np.int64),
        "is_known": rng.random(n) < 0.7,
        "given": pick(rng, [0.45, 0.45, 0.1], n),  # e-mail, phone or both
    }


def calls(scene: Scene, people: Table, orders: Table, complaints: Table) -> Table:
    """Calls about orders and cases and out of the blue; those out to follow up; with waiting by the hour's load."""
    rng = scene.rng("calls")
    caring = P.call_after_order * np.minimum(people["demanding"][orders["person"]], 6) * (1 + 4 * orders["is_late"])
    chance = np.where(orders["origin"] == WALK_IN, 0, caring)
    about = np.flatnonzero(rng.random(size(orders)) < chance)
    by_phone = np.flatnonzero(complaints["channel"] == 0)
    back = np.flatnonzero((complaints["followed_up_at"] < NEVER) & (rng.random(size(complaints)) < 0.4))
    blue, blue_at = anytime(scene, people, rng, P.call_rate * people["demanding"])
    after = orders["at"][about] + rng.integers(3600, 5 * SECONDS, len(about))
    parts = [
        call(orders["person"][about], to_office_hours(rng, after), DELIVERY, about),
        call(complaints["person"][by_phone], complaints["at"][by_phone], QUESTION, complaints["order"][by_phone]),
        call(complaints["person"][back], complaints["followed_up_at"][back], FOLLOW_UP, complaints["order"][back]),
        call(blue, to_office_hours(rng, blue_at), QUESTION, np.full(len(blue), -1)),
    ]
    parts[1]["reason"] = complaints["category"][by_phone].astype(np.int64)
    parts[3]["reason"] = np.asarray([DELIVERY, QUESTION, BILLING, RETURN])[pick(rng, [1, 4, 2, 1.5], len(blue))]
    strangers = call(np.full(round(0.08 * len(about) + 0.08 * len(blue)), -1), blue_at[:0], QUESTION, about[:0])
    strangers |= stranger_calls(scene, rng, len(strangers["person"]))
    return answered(scene, rng, ordered(stack([*parts, strangers]), "at", "person"))


def call(person: Array, at: Array, reason: int, order: Array) -> Table:
    """Calls before anybody has answered them. `order` is a row of the orders, -1 for none."""
    return {"person": person.astype(np.int64), "at": at, "reason": np.full(len(person), reason), "order": order}


def stranger_calls(scene: Scene, rng: np.random.Generator, n: int) -> Table:
    """Calls of people who are nobody's customers, or of numbers nobody knows."""
    at = scene.random_days(rng, n) + time_of_day(rng, OFFICE, n)
    return {"at": at, "order": np.full(n, -1)}


def to_office_hours(rng: np.random.Generator, at: Array) -> Array:
    """The same days, at an hour at which the phone is answered (later on the day of the event stays later)."""
    second = at % SECONDS
    open_now = (second >= 8 * 3600) & (second < 19 * 3600)
    return np.where(open_now, at, at - second + time_of_day(rng, OFFICE, len(at)))


def answered(scene: Scene, rng: np.random.Generator, table: Table) -> Table:
    """Waiting by the load of the hour and day (an M/M/1 queue's mean), patience, talk, outcome, satisfaction."""
    n, outbound = size(table), table["reason"] == FOLLOW_UP
    weekday = (table["at"] // SECONDS + 3) % 7  # 1970-01-01 was a Thursday
    load = np.minimum(LOAD[table["at"] % SECONDS // 3600] * np.where(weekday == 0, 1.07, 1.0), 0.96)
    mean_wait = HANDLING_SECONDS * load / (1 - load) / 6
    queue = np.where(rng.random(n) < load, rng.exponential(mean_wait), rng.uniform(0, 12, n))
    patience = rng.exponential(420, n) + 30
    abandoned = ~outbound & (queue > patience)
    outcome = np.where(abandoned, ABANDONED, ANSWERED)
    outcome = np.where(outbound, np.asarray([ANSWERED, NO_ANSWER, VOICEMAIL])[pick(rng, [7, 2, 1], n)], outcome)
    talked = outcome == ANSWERED
    talk = np.where(talked, 25 + rng.lognormal(np.log(200), 0.7, n), 0)
    resolved = rng.random(n) < np.where(table["reason"] == COMPLAINT, 0.55, 0.84)
    mood = 4.3 - 1.4 * ~resolved - np.minimum(queue, 600) / 250 + rng.normal(0, 0.7, n)
    return table | {
        "number": scene.number(100_000) + np.arange(n),
        "queue_seconds": np.where(outbound, 0, np.minimum(queue, patience)).astype(np.int64),
        "talk_seconds": np.minimum(talk, 7200).astype(np.int64),
        "outcome": outcome.astype(np.int64),
        "agent": np.where(talked, rng.integers(1, agents(scene.world) + 1, n), 0),
        "is_resolved": np.where(talked, resolved, -1).astype(np.int64),
        "satisfaction": np.where(talked & (rng.random(n) < 0.4), np.clip(np.round(mood), 1, 5), 0).astype(np.int64),
        "is_known": rng.random(n) < 0.6,
        "is_withheld": rng.random(n) < 0.08,
    }


def experiences(orders: Table, complaints: Table, phoned: Table) -> Table:
    """Bad experiences: person (row), at, cause (index into people.CAUSES) and the hazard per day that each adds."""
    grave = np.isin(complaints["category"], [COMPLAINT, DELIVERY])
    long_open = grave & (complaints["resolved_at"] - complaints["at"] > P.long_open_days * SECONDS)
    known = phoned["person"] >= 0
    unresolved = known & (phoned["is_resolved"] == 0)
    waited = known & ((phoned["outcome"] == ABANDONED) | (phoned["queue_seconds"] > 300))
    late = orders["is_late"] & ~orders["is_cancelled"] & (orders["origin"] != WALK_IN)
    kinds = [
        (complaints, grave & ~long_open, "at", 1, P.hazard_complaint),
        (complaints, long_open, "at", 2, P.hazard_complaint_open_long),
        (phoned, unresolved, "at", 3, P.hazard_call_unresolved),
        (phoned, waited, "at", 4, P.hazard_call_waited),
        (orders, late, "at", 5, P.hazard_late_delivery),
    ]
    parts = [
        {"person": table["person"][hit], "order": order_of(table)[hit], "at": table[name][hit],
         "cause": np.full(hit.sum(), cause), "hazard": np.full(hit.sum(), hazard)}
        for table, hit, name, cause, hazard in kinds
    ]  # fmt: skip
    # A late parcel is felt from the day on which it is late.
    parts[4]["at"] = parts[4]["at"] + 7 * SECONDS
    return stack(parts)


def order_of(table: Table) -> Array:
    """The row of the order behind each row: the row itself for orders."""
    return table.get("order", np.arange(size(table)))


def drive_away(scene: Scene, people: Table, bad: Table) -> None:
    """Let each bad experience add its hazard for `memory_days`; who leaves earlier by it does so (changed in place).

    Additive hazards: the moment of leaving is the earliest of independent exponential moments. The earliest one
    belongs to an experience that came before it, so experiences after leaving never count.
    """
    rng = scene.rng("leaving")
    delay = rng.exponential(1.0, size(bad)) / bad["hazard"]
    at = bad["at"] + (delay * SECONDS).astype(np.int64)
    hit = np.flatnonzero((delay < P.memory_days) & (at < people["leave_at"][bad["person"]]))
    hit = hit[np.argsort(-at[hit], kind="stable")]  # the earliest comes last and stays
    person = bad["person"][hit]
    people["leave_at"][person] = at[hit]
    people["leave_cause"][person] = bad["cause"][hit]


def remember(people: Table, bad: Table) -> None:
    """Note each person's last bad experience; surveys ask about it (changed in place)."""
    np.maximum.at(people["bad_at"], bad["person"], bad["at"])


def happened(table: Table, people: Table, place: Array) -> Array:
    """Mask of the cases or calls that did happen: those of orders that were kept, and of people who had not left.

    `place`: the new row of each order, -1 where it was dropped.
    """
    order, person = table["order"], table["person"]
    stayed = (person < 0) | (table["at"] < people["leave_at"][person])
    return np.where(order >= 0, np.append(place, 0)[order] >= 0, stayed)


def case_rows(people: Table, table: Table) -> Table:
    """Rows of call_center.cases: each case once per step of its loop, moments not yet reached left out."""
    parts = []
    for step, name in enumerate(["at", "assigned_at", "resolved_at", "followed_up_at"]):
        reached = table[name] < NEVER
        rows, person = take(table, reached), people_of(people, table["person"][reached])
        now = rows[name]
        known = rows["is_known"]
        parts.append({
            "case": rows["number"],
            "at": now,
            "opened_at": rows["at"],
            "account": np.where(known, customer_number(person["person"]), -1),
            **contact_details(person, ~known & (rows["given"] != 1), ~known & (rows["given"] != 0)),
            "channel": rows["channel"], "category": rows["category"], "severity": rows["severity"],
            "assigned_at": np.where(step >= 1, rows["assigned_at"], NEVER),
            "agent": np.where(step >= 1, rows["agent"], 0),
            "resolved_at": np.where(step >= 2, rows["resolved_at"], NEVER),
            "followed_up_at": np.where(step >= 3, rows["followed_up_at"], NEVER),
            "satisfaction": np.where(step >= 3, rows["satisfaction"], 0),
        })  # fmt: skip
    return stack(parts)


def people_of(people: Table, person: Array) -> Table:
    """The records of the people in these rows."""
    names = ("person", "first", "last", "email_kind", "email_version", "phone_kind", "phone_person", "phone_style")
    return {name: people[name][person] for name in names}


def contact_details(person: Table, with_email: Array, with_phone: Array) -> Table:
    """E-mail and phone as somebody gives them when asked; kind 2 where they are not given."""
    return {
        "email_person": person["person"], "email_version": person["email_version"],
        "email_kind": np.where(with_email, person["email_kind"], 2), "first": person["first"], "last": person["last"],
        "phone_person": person["phone_person"], "phone_style": (person["phone_style"] + 2) % 6,
        "phone_kind": np.where(with_phone, person["phone_kind"], 2),
    }  # fmt: skip


def call_rows(people: Table, table: Table) -> Table:
    """Rows of call_center.calls. Callers whom nobody knows get numbers that belong to nobody."""
    stranger, number = table["person"] < 0, table["number"]
    person = people_of(people, np.maximum(table["person"], 0))
    return {
        "call": number, "at": table["at"], "reason": table["reason"], "agent": table["agent"],
        "phone_person": np.where(stranger, 99_000_000 - number % 1_000_000, person["phone_person"]),
        "phone_kind": np.where(table["is_withheld"], 2, np.where(stranger, 0, person["phone_kind"])),
        "account": np.where(stranger | ~table["is_known"], -1, customer_number(person["person"])),
        "queue_seconds": table["queue_seconds"], "talk_seconds": table["talk_seconds"], "outcome": table["outcome"],
        "is_resolved": table["is_resolved"], "satisfaction": table["satisfaction"],
    }  # fmt: skip
