"""Deals with companies: opportunities that go from lead to closed, and the large orders that the won ones bring."""

import numpy as np

from pipelines.demo.orders import FIELD, OPPORTUNITY, wishes
from pipelines.demo.parameters import SECONDS, YEAR
from pipelines.demo.people import customer_number
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Table, pick, stack
from pipelines.demo.world import CHUNK_DAYS, OFFICE, awake, time_of_day

STAGES = ["lead", "qualified", "proposal", "negotiation", "closed"]
CLOSED = 4
GOES_ON = [0.75, 0.72, 0.8, 0.68]  # the last is the share won of those negotiated
DAYS_IN_STAGE = [8.0, 12.0, 16.0, 14.0]
RATE = 2.2  # opportunities a year and company
LEAD_SOURCES = ["fair", "referral", "web form", "cold call"]


def opportunities(scene: Scene, people: Table) -> tuple[Table, Table]:
    """Rows of sales.opportunities for deals opened in a chunk, and the orders of those won."""
    rng = scene.rng("opportunities")
    first = scene.begins
    here = people["is_company"] & (people["arrive_at"] < first) & (people["leave_at"] > first)
    company = np.repeat(np.flatnonzero(here), rng.poisson(RATE * CHUNK_DAYS / YEAR, here.sum()))
    n = len(company)
    opened = scene.random_days(rng, n) + time_of_day(rng, OFFICE, n)
    number = scene.number(10_000) + np.arange(n)
    amount = np.round(rng.lognormal(np.log(900), 0.8, n), -1).astype(np.int64) * 100
    source, owner = pick(rng, [2, 3, 3, 2], n), 1 + people["person"][company] % 9
    expected = (opened // SECONDS) + 50 + rng.integers(0, 30, n)
    alive, at, parts = np.ones(n, bool), opened, []
    for stage in range(CLOSED + 1):
        reached = alive if stage < CLOSED else np.ones(n, bool)
        rows = np.flatnonzero(reached)
        parts.append({
            "opportunity": number[rows], "at": at[rows], "account": customer_number(people["person"][company])[rows],
            "stage": np.full(len(rows), stage), "amount": amount[rows], "expected_day": expected[rows],
            "outcome": np.where(stage < CLOSED, -1, np.where(alive, 0, 1))[rows], "owner": owner[rows],
            "source": source[rows],
        })  # fmt: skip
        if stage < CLOSED:
            # A deal that is lost waits for its closing as long as one that goes on.
            step = (rng.gamma(2.0, DAYS_IN_STAGE[stage] / 2, n) * SECONDS).astype(np.int64) + 3600
            at = np.where(alive, awake(at + step), at)
            alive = alive & (rng.random(n) < GOES_ON[stage])
    rows = np.flatnonzero(alive)
    orders = wishes(company[rows], awake(at[rows] + 7200), OPPORTUNITY, np.full(len(rows), FIELD))
    orders["bulk"] = np.maximum(amount[rows] // 20_000, 2)
    return stack(parts), orders
