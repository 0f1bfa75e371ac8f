"""A night that moves too much between keys waits until somebody lets it through by name."""

import hashlib
from dataclasses import dataclass

import duckdb

from workspace.errors import RegularsError
from workspace.identity_settings import Identity

COUNTED = """
select (select count(distinct key_before) from moves), (select count(distinct customer_key) from known_keys),
    (select string_agg(kind || identifier || key_before || key_after, '|' order by kind, identifier) from moves)
"""
# Money of the numbers that move, in the units of the lines; cancelled orders count as any other, it is a share.
MONEY = """
with spent as (
    select orders.customer_id, sum(abs(lines.quantity::double * lines.unit_price::double)) as amount
    from staging.stg_sales__order_lines as lines join staging.stg_sales__orders as orders using (order_id)
    group by all
)
select coalesce(sum(amount) filter (where customer_id in (select identifier from moves where kind = 'customer_id')), 0)
    / nullif(sum(amount), 0)
from spent
"""
LISTED = """
select kind, identifier, key_before, key_after from moves order by key_before, key_after, kind, identifier limit 1000
"""


class MovingError(RegularsError):
    """The night moves more customers or money between keys than the settings allow."""


@dataclass(frozen=True)
class Move:
    """What tonight changes about keys that readers know."""

    name: str
    """Of exactly these moves: other moves have another name."""
    customers: int
    customer_share: float
    money_share: float
    records: list[tuple[str, str, int, int]]
    """Kind, identifier, key before and after of the first thousand records."""

    def is_too_much(self, rules: Identity) -> bool:
        """Whether somebody has to look at it first."""
        return self.customers >= max(1, rules.min_moved_customers) and (
            self.customer_share > rules.max_moved_share or self.money_share > rules.max_moved_money_share
        )

    def error(self) -> MovingError:
        """What the night says."""
        first = "; ".join(f"{kind} {identifier}" for kind, identifier, *_ in self.records[:5])
        return MovingError(
            f"Tonight {self.customers:,} customers ({self.customer_share:.1%}) with {self.money_share:.1%} of all"
            f" revenue would change their key, more than the settings allow; first: {first}. Nothing is published.",
            f"Look at the list on the Review page or with 'regulars identity moves'. If it is right, say"
            f" 'regulars identity allow {self.name}' and run the night again; if not, mend the data or [identity].",
        )


def measure(connection: duckdb.DuckDBPyConnection) -> Move | None:
    """What the temporary table `moves` moves; nothing where no known record changed its key."""
    customers, known, text = connection.execute(COUNTED).fetchone() or (0, 0, None)
    if not customers:
        return None
    money = connection.execute(MONEY).fetchone()
    return Move(
        name="moves-" + hashlib.sha256(text.encode()).hexdigest()[:8],
        customers=customers,
        customer_share=customers / known,
        money_share=float((money and money[0]) or 0),
        records=connection.execute(LISTED).fetchall(),
    )
