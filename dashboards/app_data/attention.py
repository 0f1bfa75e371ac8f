"""What needs somebody's attention this morning: a handful of counts over the published generation."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboards.app_data.reader import cached, record

# Orders come every day to a company that lives; other feeds may be silent for months.
LATE_DAYS = 2
SOON_DAYS = 7


@dataclass(frozen=True)
class Need:
    """One thing to look at: what it is, how many, and what is at stake where that is known."""

    kind: str
    count: int
    amount: Decimal | None = None


@cached
def needs(file: str, as_of: date) -> list[Need]:
    """What needs attention, most urgent first; what counts nothing is left out.

    orders_late: days without an order up to the data's date, where more than two. slipping: customers of tier A or B
    with a high risk of leaving whom contacting is worth it, and the loss expected. fell: customers who left tier A
    last night, and the margin they lost. overdue: cases not resolved in time. due: offers whose day to act by
    lies within a week, and their worth. quarantined: rows of the latest day of deliveries that wait to be mended.
    warned: checks of this generation that warned.
    """
    row = record(
        file,
        """
        with
        latest as (select max(ingested_at)::date as ingested_on from meta.deliveries)

        select
            (select greatest(date_diff('day', max(date_on), $as_of), $late) - $late
             from serving.daily_metrics where order_count > 0) as orders_late,
            (select count(*) from serving.customer_360
             where tier in ('A', 'B') and churn_band = 'high' and is_worth_contacting) as slipping,
            (select sum(expected_loss_amount) from serving.customer_360
             where tier in ('A', 'B') and churn_band = 'high' and is_worth_contacting) as slipping_amount,
            (select count(*) from serving.customer_moves
             where as_of = $as_of and period = 'night' and measure = 'tier' and value_from = 'A'
               and direction = 'down') as fell,
            (select sum(net_margin_change) from serving.customer_moves
             where as_of = $as_of and period = 'night' and measure = 'tier' and value_from = 'A'
               and direction = 'down') as fell_amount,
            (select count(*) from serving.overdue_cases where as_of = $as_of) as overdue,
            (select count(*) from serving.next_best_offers
             where level = 'product' and offer_rank = 1
               and contact_by between $as_of and $as_of + $soon::integer) as due,
            (select sum(expected_margin) from serving.next_best_offers
             where level = 'product' and offer_rank = 1
               and contact_by between $as_of and $as_of + $soon::integer) as due_amount,
            (select count(*) from meta.quarantine, latest
             where quarantined_at::date >= latest.ingested_on) as quarantined,
            (select count(*) from meta.checks where status = 'warned') as warned
        """,
        {"as_of": as_of, "late": LATE_DAYS, "soon": SOON_DAYS},
    )
    kinds = [name for name in row if not name.endswith("_amount")]
    row["orders_late"] = row["orders_late"] + LATE_DAYS if row["orders_late"] else 0
    return [Need(kind, int(row[kind]), row.get(f"{kind}_amount")) for kind in kinds if row[kind]]
