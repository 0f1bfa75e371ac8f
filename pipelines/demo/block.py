"""One block of customers through one chunk of days: everything that happens, in the order in which it causes."""

from dataclasses import dataclass

import numpy as np

from pipelines.demo import external, field_sales, fulfilment, marketing, orders, people, products, service, web
from pipelines.demo.parameters import SECONDS
from pipelines.demo.products import Catalogue
from pipelines.demo.tables import Array, Table, size, stack, take
from pipelines.demo.world import CHUNK_DAYS, NEVER, World


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


def simulate(world: World, goods: Catalogue, state: Block, block: int, chunk: int) -> Happened:
    """Simulate a chunk; `state` is changed in place, so chunks must come one after the other."""
    arrived = people.newcomers(world, block, chunk, size(state.people))
    state.people = stack([state.people, arrived]) if state.people else arrived
    folk = state.people
    renewed = people.changes(world, folk, block, chunk)
    campaign = marketing.run(world, folk, block, chunk)
    deals, deal_orders = field_sales.opportunities(world, folk, block, chunk)
    own = decided(world, folk, campaign["treated"], block, chunk)
    wanted = stack([
        state.wanted, own, orders.first_orders(world, folk, block, chunk), campaign["orders"], deal_orders,
        orders.walk_ins(world, folk, own, block, chunk),
    ])  # fmt: skip
    placed, drawn, state.wanted = orders.placed(world, goods, folk, wanted, block, chunk)
    placed = fulfilment.numbered(world, folk, placed, block, chunk)
    cases = service.cases(world, folk, placed, block, chunk)
    calls = service.calls(world, folk, placed, cases, block, chunk)
    bad = service.experiences(folk, placed, cases, calls)
    service.drive_away(world, folk, bad, block, chunk)
    placed, drawn, place = orders.kept(placed, drawn, folk)
    numbers = np.arange(len(cases["at"])), np.arange(len(calls["at"]))
    cases, calls, bad, numbers = after_leaving(folk, place, cases, calls, bad, numbers, block, chunk)
    service.remember(folk, bad)
    prices = products.prices_by_day(goods, chunk)
    drawn = orders.priced(goods, folk, placed, drawn, prices, chunk, world.rng(block, chunk, "prices"))
    responses = stack([campaign["responses"], marketing.purchases(placed)])
    receipts, receipt_lines = fulfilment.returns(world, goods, placed, drawn, block, chunk)
    visits = web.sessions(world, goods, folk, own, placed, drawn, responses, block, chunk)
    order_rows = fulfilment.status_versions(placed)
    rows = {
        "sales.customers": customer_rows(world, folk, renewed, placed, block, chunk),
        "sales.orders": stack([order_rows, receipts]),
        "sales.order_lines": stack([fulfilment.line_rows(placed, drawn), receipt_lines]),
        "sales.opportunities": deals,
        "web.events": web.events(world, goods, folk, visits, placed["number"], block, chunk),
        "call_center.calls": service.call_rows(folk, calls, numbers[1]),
        "call_center.cases": service.case_rows(folk, cases, numbers[0]),
        "marketing.contacts": marketing.contact_rows(folk, campaign["contacts"]),
        "marketing.responses": response_rows(responses, block, chunk),
        "marketing.consents": marketing.consent_rows(folk, campaign["consents"]),
        "marketing.surveys": marketing.surveys(world, folk, block, chunk),
        "external.demographics": external.demographics(world, folk, block, chunk),
        "external.prospects": external.prospects(world, folk, chunk),
    }
    marketing.remember_treated(folk, campaign["treated"])
    return Happened(rows, truth(folk, placed, receipts, bad, campaign, visits))


def decided(world: World, folk: Table, treated: Table, block: int, chunk: int) -> Table:
    """Purchases of people's own accord, less those that sleeping dogs leave out after being written to."""
    own = orders.decisions(world, folk, block, chunk)
    rng = world.rng(block, chunk, "suppressed")
    last = folk["treated_at"].copy()
    own = orders.suppressed(rng, own, last)
    for at in np.unique(world.day_of(treated["at"])):
        rows = world.day_of(treated["at"]) == at
        last = np.full(size(folk), -NEVER)
        last[treated["person"][rows]] = treated["at"][rows]
        own = orders.suppressed(rng, own, last)
    return own


def after_leaving(folk: Table, place: Array, cases: Table, calls: Table, bad: Table, numbers: tuple[Array, Array],
                  block: int, chunk: int) -> tuple[Table, Table, Table, tuple[Array, Array]]:  # fmt: skip
    """Cases, calls and bad experiences that did happen, and the numbers of the first two."""
    base = (chunk * 1000 + block) * 100_000
    case_kept, call_kept = service.happened(cases, folk, place), service.happened(calls, folk, place)
    numbers = base + numbers[0][case_kept], base + numbers[1][call_kept]
    bad = take(bad, service.happened(bad, folk, place))
    return take(cases, case_kept), take(calls, call_kept), bad, numbers


def customer_rows(world: World, folk: Table, renewed: list[Table], placed: Table, block: int, chunk: int) -> Table:
    """Rows of sales.customers: newcomers, second numbers, guests, and new versions of records."""
    first, last = world.instant(chunk * CHUNK_DAYS), world.instant((chunk + 1) * CHUNK_DAYS)
    since = -NEVER if chunk == 0 else first
    new = np.flatnonzero((folk["arrive_at"] >= since) & (folk["arrive_at"] < last))
    again = (folk["second_at"] >= first) & (folk["second_at"] < last) & (folk["second_at"] < folk["leave_at"])
    guests = np.flatnonzero(placed["is_guest"])
    return stack([
        people.version(folk, new, folk["arrive_at"][new]),
        people.version(folk, np.flatnonzero(again), folk["second_at"][again], second=True),
        people.guest_versions(folk, placed["person"][guests], placed["account"][guests], placed["at"][guests]),
        *renewed,
    ])  # fmt: skip


def response_rows(responses: Table, block: int, chunk: int) -> Table:
    """Rows of marketing.responses."""
    number = (chunk * 1000 + block) * 100_000 + np.arange(size(responses))
    return {name: responses[name] for name in ("contact", "at", "kind", "order")} | {"response": number}


def truth(
    folk: Table, placed: Table, receipts: Table, bad: Table, campaign: dict[str, Table], visits: Table
) -> dict[str, Table]:
    """Who stood behind what, and why it happened."""
    someone = placed["origin"] != orders.WALK_IN
    behind = np.where(someone, folk["person"][placed["person"]], -1)
    known = visits["person"] >= 0
    cookie, once = np.unique(visits["cookie"][known], return_index=True)
    contacts = campaign["contacts"]
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
