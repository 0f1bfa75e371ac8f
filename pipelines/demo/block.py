"""One block of customers through one chunk of days: everything that happens, in the order in which it causes."""

from dataclasses import dataclass

import numpy as np

from pipelines.demo import external, field_sales, fulfilment, marketing, orders, people, service, web
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Table, size, stack, take
from pipelines.demo.world import NEVER


@dataclass
class Block:
    """What is carried from chunk to chunk: the people as they are, and orders they already mean to place."""

    people: Table
    wanted: Table


@dataclass
class Happened:
    """Rows by feed, and the truth behind them by the name of its table."""

    rows: dict[str, Table]
    truth: dict[str, Table]


def begin() -> Block:
    """A block before its first day."""
    nobody = np.zeros(0, np.int64)
    return Block({}, orders.wishes(nobody, nobody, orders.OWN, nobody))


def simulate(scene: Scene, state: Block) -> Happened:
    """Simulate a chunk; `state` is changed in place, so chunks must come one after the other."""
    arrived = people.newcomers(scene, size(state.people))
    state.people = folk = stack([state.people, arrived]) if state.people else arrived
    renewed = people.changes(scene, folk)
    campaign = marketing.run(scene, folk)
    deals, deal_orders = field_sales.opportunities(scene, folk)
    own = decided(scene, folk, campaign["treated"])
    marketing.remember_treated(folk, campaign["treated"])
    first, strangers = orders.first_orders(scene, folk), orders.walk_ins(scene, folk, own)
    wanted = stack([state.wanted, own, first, campaign["orders"], deal_orders, strangers])
    placed, drawn, state.wanted = orders.placed(scene, folk, wanted)
    placed = fulfilment.numbered(scene, folk, placed)
    cases = service.cases(scene, folk, placed)
    calls = service.calls(scene, folk, placed, cases)
    bad = service.experiences(placed, cases, calls)
    service.drive_away(scene, folk, bad)
    placed, drawn, place = orders.kept(placed, drawn, folk)
    cases, calls, bad = (take(table, service.happened(table, folk, place)) for table in (cases, calls, bad))
    service.remember(folk, bad)
    drawn = orders.priced(scene, folk, placed, drawn)
    responses = stack([campaign["responses"], marketing.purchases(placed)])
    visits = web.sessions(scene, folk, own, (placed, drawn), take(responses, responses["kind"] == marketing.CLICK))
    rows = order_feeds(scene, placed, drawn) | {
        "sales.customers": customer_rows(scene, folk, renewed, placed),
        "sales.opportunities": deals,
        "web.events": web.events(scene, folk, visits, placed["number"]),
        "call_center.calls": service.call_rows(folk, calls),
        "call_center.cases": service.case_rows(folk, cases),
        "marketing.contacts": marketing.contact_rows(folk, campaign["contacts"]),
        "marketing.responses": response_rows(scene, responses),
        "marketing.consents": marketing.consent_rows(folk, campaign["consents"]),
        "marketing.surveys": marketing.surveys(scene, folk),
        "external.demographics": external.demographics(scene, folk),
        "external.prospects": external.prospects(scene, folk),
    }
    return Happened(rows, truth(folk, placed, bad, campaign["contacts"], visits))


def order_feeds(scene: Scene, placed: Table, drawn: Table) -> dict[str, Table]:
    """Rows of the two feeds that orders and returns fill."""
    receipts, receipt_lines = fulfilment.returns(scene, placed, drawn)
    return {
        "sales.orders": stack([fulfilment.status_versions(placed), receipts]),
        "sales.order_lines": stack([fulfilment.line_rows(placed, drawn), receipt_lines]),
    }


def decided(scene: Scene, folk: Table, treated: Table) -> Table:
    """Purchases of people's own accord, less those that sleeping dogs leave out after being written to."""
    own = orders.decisions(scene, folk)
    rng = scene.rng("suppressed")
    last = folk["treated_at"].copy()
    own = orders.suppressed(rng, own, last)
    for at in np.unique(scene.world.day_of(treated["at"])):
        rows = scene.world.day_of(treated["at"]) == at
        last = np.full(size(folk), -NEVER)
        last[treated["person"][rows]] = treated["at"][rows]
        own = orders.suppressed(rng, own, last)
    return own


def customer_rows(scene: Scene, folk: Table, renewed: list[Table], placed: Table) -> Table:
    """Rows of sales.customers: newcomers, second numbers, guests, and new versions of records."""
    first, last = scene.begins, scene.ends
    since = -NEVER if scene.chunk == 0 else first
    new = np.flatnonzero((folk["arrive_at"] >= since) & (folk["arrive_at"] < last))
    again = (folk["second_at"] >= first) & (folk["second_at"] < last) & (folk["second_at"] < folk["leave_at"])
    guests = np.flatnonzero(placed["is_guest"])
    return stack([
        people.version(folk, new, folk["arrive_at"][new]),
        people.version(folk, np.flatnonzero(again), folk["second_at"][again], second=True),
        people.guest_versions(folk, placed["person"][guests], placed["account"][guests], placed["at"][guests]),
        *renewed,
    ])  # fmt: skip


def response_rows(scene: Scene, responses: Table) -> Table:
    """Rows of marketing.responses."""
    number = scene.number(100_000) + np.arange(size(responses))
    return {name: responses[name] for name in ("contact", "at", "kind", "order")} | {"response": number}


def truth(folk: Table, placed: Table, bad: Table, contacts: Table, visits: Table) -> dict[str, Table]:
    """Who stood behind what, and why it happened."""
    someone = placed["origin"] != orders.WALK_IN
    behind = np.where(someone, folk["person"][placed["person"]], -1)
    known = visits["person"] >= 0
    cookie, once = np.unique(visits["cookie"][known], return_index=True)
    return {
        "orders": {
            "order": placed["number"], "person": behind, "at": placed["at"], "origin": placed["origin"],
            "rule": placed["rule"], "campaign": placed["campaign"], "contact": placed["contact"],
            "account": placed["account"], "is_late": placed["is_late"], "is_cancelled": placed["is_cancelled"],
        },
        "experiences": {
            "person": folk["person"][bad["person"]], "at": bad["at"], "cause": bad["cause"], "hazard": bad["hazard"],
        },
        "visitors": {"visitor": cookie, "person": folk["person"][visits["person"][known][once]]},
        "contacts": {
            "contact": contacts["contact"], "person": folk["person"][contacts["person"]], "at": contacts["at"],
            "campaign": contacts["campaign"], "arm": contacts["arm"], "type": folk["type"][contacts["person"]],
        },
    }  # fmt: skip
