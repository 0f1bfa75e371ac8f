"""Counting a segment at a million customers as the page does, beside the SQL that a person would write for the same.

Nothing that a question needs has been asked before. Times are CPU seconds, as both sides keep two cores busy.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_live import VIEWER
from benchmarks.multiplied import multiplied_company
from dashboards.app_data import members, reader, segments
from dashboards.app_data.reader import Where
from workspace.folders import Workspace
from workspace.segments.checking import definition_of
from workspace.segments.language import Group

AT_MOST = 1.5
ROUNDS = 7
COFFEE = [{"trait": "category", "one_of": ["Beans", "Ground coffee"]}]
YEAR = {"within_days": 365}
# Bought and not cancelled by the date: whoever writes SQL here knows that a line's order may be cancelled later.
KNOWN = "(is_sale or (is_cancelled and cancelled_on > date '{as_of}' and item_quantity > 0))"
BOUGHT_COFFEE = (
    "select f.customer_key from star.fct_order_lines as f join star.dim_product as p using (product_key)"
    " where p.category in ('Beans', 'Ground coffee') and p.is_current and f.quantity > 0 and f.is_counted"
    " and f.ordered_on <= date '{as_of}'"
)
QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "attributes": (
        {"all": [{"field": "tier", "one_of": ["A", "B"]}, {"field": "region", "one_of": ["Nord"]},
                 {"field": "net_margin_12m", "at_least": 100}, {"field": "consent_email", "is_true": True}]},
        "tier in ('A', 'B') and region = 'Nord' and net_margin_12m >= 100 and consent_email",
    ),
    "bought twice in a year": (
        {"all": [{"act": "buy", "times_at_least": 2, "when": YEAR}]},
        "customer_key in (select customer_key from star.fct_orders where " + KNOWN + " and ordered_on"
        " between date '{as_of}' - 364 and date '{as_of}' group by all having count(*) >= 2)",
    ),
    "bought coffee, did not call": (
        {"all": [{"field": "tier", "one_of": ["A"]}, {"act": "buy", "where": COFFEE},
                 {"act": "call", "did": False, "when": YEAR}]},
        "tier = 'A' and customer_key in (" + BOUGHT_COFFEE + ") and customer_key not in (select customer_key from"
        " star.fct_calls where direction = 'inbound' and started_on between date '{as_of}' - 364 and date '{as_of}'"
        " and customer_key is not null)",
    ),
    "bought within 30 days after a call": (
        {"all": [{"act": "buy", "relation": {"order": "after", "act": "call", "within_days": 30}}]},
        "customer_key in (select o.customer_key from star.fct_orders as o join star.fct_calls as f on"
        " o.customer_key = f.customer_key and o.ordered_at > f.started_at and o.ordered_on - f.started_on <= 30"
        " where " + KNOWN + " and o.ordered_on <= date '{as_of}' and f.direction = 'inbound'"
        " and f.started_on <= date '{as_of}')",
    ),
}  # fmt: skip


def ours(where: Where, definition: Group) -> int:
    """The number as the page counts it, nothing known."""
    members.shelf().kept.clear()
    text, parameters = segments.asked(where, VIEWER, definition)
    query = f"select count(*) as customers from serving.customer_360 as c where {text}"
    return int(reader.record(where.file, query, parameters)["customers"])


def by_hand(where: Where, condition: str) -> int:
    """The number by the condition as somebody writes it on the star."""
    query = f"select count(*) as customers from serving.customer_360 where {condition}"
    return int(reader.record(where.file, query)["customers"])


def busy(work: Callable[[], int]) -> tuple[float, float]:
    """CPU seconds, and seconds by the clock."""
    began, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - began, time.perf_counter() - clock


def measure(place: Workspace) -> list[dict]:
    """Each question both ways in turn; the answers must be the same."""
    data = reader.published(place)
    where = Where(data.file, data.as_of, data.time_zone)
    people = by_hand(where, "true")
    rows = []
    for name, (asked, condition) in QUESTIONS.items():
        mine = partial(ours, where, definition_of(asked))
        theirs = partial(by_hand, where, condition.format(as_of=data.as_of))
        found, expected = mine(), theirs()
        assert found == expected > 0, f"{name}: {found} by definition, {expected} by hand"
        pairs = [(busy(mine), busy(theirs)) for _ in range(ROUNDS)]
        ratios = [one[0] / other[0] for one, other in pairs]
        rows.append(
            {
                "work": f"count of a segment, {name}, {people / 1e6:.2g} M customers, CPU seconds",
                "ours_seconds": median(one[0] for one, _ in pairs),
                "ours_note": f"{median(one[1] for one, _ in pairs):.2f} s by the clock",
                "peer_seconds": median(other[0] for _, other in pairs),
                "ratio_median": median(ratios),
                "ratio_range": f"{min(ratios):.2f} to {max(ratios):.2f}",
                "aim": f"at most {AT_MOST:g} times the SQL by hand",
                "met": median(ratios) <= AT_MOST,
            }
        )
    return rows


def run(customers: int = 4_000, times: int = 250, years: int = 2) -> list[dict]:
    """A demo company's generation, each customer copied `times` times with more of the same history."""
    with multiplied_company(customers, times, years) as (place, _):
        return measure(place)


if __name__ == "__main__":
    for row in run() if len(sys.argv) == 1 else measure(Workspace.open(Path(sys.argv[1]))):
        sys.stdout.write(f"{row}\n")
