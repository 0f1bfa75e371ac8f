"""What becomes of an order: numbers, status by status, late parcels, cancellations, returns."""

import numpy as np

from pipelines.demo.orders import CAMPAIGN, FIELD, FIRST, OPPORTUNITY, OWN, PHONE, RULE, STORE, WEB
from pipelines.demo.parameters import PARAMETERS as P
from pipelines.demo.parameters import SECONDS
from pipelines.demo.people import customer_number
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Array, Table, size, stack, take
from pipelines.demo.world import awake

STATUSES = ["placed", "paid", "shipped", "completed", "cancelled", "returned"]
PLACED, PAID, SHIPPED, COMPLETED, CANCELLED, RETURNED = range(6)
UNKNOWN = -1  # account of nobody
NOBODY = 0  # the junk customer number
NUMBERS = 100_000  # order numbers that a block has in a chunk
RECEIPTS = 60_000  # from here on they are those of goods sent back
GUEST = 1_000_000_000_000  # accounts from here on belong to checkouts without logging in


def numbered(scene: Scene, people: Table, table: Table) -> Table:
    """Orders with their number, account, store, sales representative, and the moments they were shipped and arrived."""
    rng = scene.rng("fulfilment")
    n, person, channel = size(table), table["person"], table["channel"]
    number = scene.number(NUMBERS) + np.arange(n)
    use_second = (people["second_at"][person] < table["at"]) & (rng.random(n) < 0.5)
    known = np.isin(table["origin"], [OWN, FIRST, CAMPAIGN, RULE, OPPORTUNITY])
    account = customer_number(people["person"][person], use_second)
    guest = (channel == WEB) & (table["origin"] == OWN) & (rng.random(n) < P.guest_checkout)
    guest &= people["email_kind"][person] == 0
    account = np.where(guest, GUEST + number, account)
    account = np.where((channel == STORE) & (rng.random(n) < P.card_forgotten), UNKNOWN, account)
    account = np.where(rng.random(n) < P.junk_customer_number, NOBODY, account)
    is_late = (channel != STORE) & (rng.random(n) < P.late_delivery)
    ship = 3600 * rng.lognormal(np.log(14), 0.7, n)
    travel = SECONDS * np.where(is_late, 7 + rng.exponential(4, n), rng.lognormal(np.log(1.7), 0.4, n))
    shipped = awake((table["at"] + ship + 600).astype(np.int64))
    arrived = awake(np.maximum((shipped + travel).astype(np.int64), shipped + 3600))
    in_store = channel == STORE
    representative = np.where(np.isin(channel, [PHONE, FIELD]), 1 + people["person"][person] % 9, 0)
    return table | {
        "number": number,
        "account": np.where(known, account, UNKNOWN),
        "is_guest": guest & (account >= GUEST) & known,
        "store": np.where(in_store, people["home_store"][person], 0),
        "representative": representative,
        "is_cancelled": ~in_store & (rng.random(n) < P.cancelled),
        "is_late": is_late,
        "shipped_at": np.where(in_store, table["at"], shipped),
        "arrived_at": np.where(in_store, table["at"], arrived),
        "is_credited": (table["campaign"] >= 0) & (rng.random(n) < 0.7),
    }


def status_versions(table: Table) -> Table:
    """Rows of sales.orders: each order once per status it goes through."""
    everyone = np.arange(size(table))
    in_store, cancelled = table["channel"] == STORE, table["is_cancelled"]
    shipped = everyone[~in_store & ~cancelled]
    steps = [
        (everyone[~in_store], PLACED, table["at"][~in_store]),
        (shipped, SHIPPED, table["shipped_at"][shipped]),
        (shipped, COMPLETED, table["arrived_at"][shipped]),
        (everyone[cancelled], CANCELLED, awake(table["at"][cancelled] + 5 * 3600 + table["number"][cancelled] % 7200)),
        (everyone[in_store], COMPLETED, table["at"][in_store] + 60),
    ]
    return stack([order_rows(table, rows, status, at) for rows, status, at in steps])


def order_rows(table: Table, rows: Array, status: int, updated_at: Array) -> Table:
    """Rows of sales.orders for some orders as they stand from `updated_at` on."""
    return {
        "order": table["number"][rows],
        "account": table["account"][rows],
        "ordered_at": table["at"][rows],
        "at": updated_at,
        "channel": table["channel"][rows],
        "store": table["store"][rows],
        "representative": table["representative"][rows],
        "campaign": np.where(table["is_credited"][rows], table["campaign"][rows], -1),
        "status": np.full(len(rows), status, np.int64),
    }


def line_rows(table: Table, drawn: Table) -> Table:
    """Rows of sales.order_lines; `at` is the moment of the order."""
    order = drawn["order"]
    names = ("line_number", "product", "quantity", "unit_price", "discount", "unit_cost")
    return {"order": table["number"][order], "at": table["at"][order]} | {name: drawn[name] for name in names}


def returns(scene: Scene, table: Table, drawn: Table) -> tuple[Table, Table]:
    """Goods sent back days later, as receipts of their own: rows of sales.orders and of sales.order_lines."""
    rng = scene.rng("returns")
    order = drawn["order"]
    back = rng.random(len(order)) < P.returned_lines * scene.goods.return_share[drawn["product"]]
    back &= ~table["is_cancelled"][order]
    sent = take(drawn, back)
    orders, receipt = np.unique(sent["order"], return_inverse=True)
    at = awake(table["arrived_at"][orders] + rng.integers(3 * SECONDS, 20 * SECONDS, len(orders)))
    receipts = take(table, orders) | {
        "number": scene.number(NUMBERS) + RECEIPTS + np.arange(len(orders)),
        "at": at,
        "is_credited": np.zeros(len(orders), bool),
    }
    # Some send back only a part; the discount goes back in the same measure.
    part = np.where(rng.random(size(sent)) < 0.3, 1 + sent["quantity"] // 2, sent["quantity"])
    part = np.minimum(part, sent["quantity"])
    starts = np.searchsorted(receipt, np.arange(len(orders)))
    sent |= {
        "order": receipt,
        "line_number": np.arange(len(receipt)) - starts[receipt] + 1,
        "discount": -np.round(sent["discount"] * part / sent["quantity"]).astype(np.int64),
        "quantity": -part,
    }
    rows = order_rows(receipts, np.arange(len(orders)), COMPLETED, at + 60)
    return rows, line_rows(receipts, sent)
