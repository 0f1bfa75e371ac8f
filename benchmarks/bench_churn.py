"""Churn for a million customers: features as of six days, training, scoring with reasons; held against its aims."""

import resource
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import ibis
import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from mining.features import customer_features, later_outcomes
from models.churn import ChurnModel
from models.feature_contract import NAMES
from models.pareto_nbd import ParetoNbd
from models.reasons import in_words, strongest
from pipelines.predict.night import BY_RHYTHM, HISTORY

CUSTOMERS, HORIZON = 1_000_000, 90
TODAY = date(2025, 12, 31)
# As a night lays them out: four days that teach, one that sets right, and today, which is scored.
CALIBRATE = TODAY - timedelta(days=HORIZON)
TAUGHT = [CALIBRATE - timedelta(days=HORIZON + 30 * back) for back in (3, 2, 1, 0)]
WHOLE_AIM, SCORE_AIM, MEMORY_AIM = 240, 30, 8
TABULAR = [name for name in NAMES if name not in BY_RHYTHM]

# Reproducible without a seed: hashes of the row number. A few customers order often, most seldom.
WHO = "(floor($customers * power((hash(i * {a}) % 1000003) / 1000003.0, 1.7)))::bigint as customer_key"
DAY = "date '2024-01-01' + (hash(i * {b}) % 731)::integer"
FACTS = {
    "fct_orders": (
        6,
        "{DAY} + to_hours((8 + hash(i * 3) % 12)::integer) as ordered_at, ordered_at::date as ordered_on,"
        " ['web', 'store', 'phone'][(1 + hash(i * 5) % 3)::bigint] as channel,"
        " ((hash(i * 17) % 20000) / 100 + 1)::decimal(18, 4) as net_amount, net_amount as gross_amount,"
        " (net_amount / 10)::decimal(18, 4) as discount_amount, 0::decimal(18, 4) as returned_amount,"
        " (net_amount / 3)::decimal(18, 4) as margin_amount, 1::decimal(18, 3) as item_quantity,"
        " hash(i * 23) % 20 > 0 as is_sale, not is_sale as is_cancelled,"
        " case when is_cancelled then ordered_at end as cancelled_at",
    ),
    "fct_web_sessions": (
        8,
        "{DAY} as started_on, hash(i * 7) % 3 = 0 as has_cart, hash(i * 7) % 9 = 0 as has_purchase",
    ),
    "fct_calls": (
        1,
        "{DAY} + to_hours(10) as started_at, started_at::date as started_on, 'inbound' as direction,"
        " (hash(i * 7) % 600)::bigint as queue_seconds, hash(i * 7) % 20 = 0 as is_abandoned,"
        " hash(i * 11) % 5 > 0 as is_resolved, (1 + hash(i * 13) % 5)::bigint as satisfaction",
    ),
    "fct_cases": (
        0.4,
        "i as case_key, i::varchar as case_id, 1::bigint as agent_key, 'web' as channel,"
        " if(hash(i * 7) % 2 = 0, 'complaint', 'question') as category, 'low' as severity,"
        " {DAY} + to_hours(10) as opened_at, opened_at::date as opened_on, opened_at + to_hours(5) as assigned_at,"
        " opened_at + to_hours((hash(i * 3) % 200)::integer) as resolved_at,"
        " resolved_at + to_hours(9) as followed_up_at,"
        " (1 + hash(i * 13) % 5)::bigint as satisfaction",
    ),
    "fct_campaign_contacts": (
        6,
        "{DAY} as contacted_on, if(hash(i * 7) % 10 = 0, 'control', 'treatment') as arm,"
        " case when hash(i * 11) % 12 = 0 then contacted_on + to_hours(20) end as first_response_at",
    ),
    "fct_consents": (1.5, "{DAY} as changed_on, if(hash(i * 7) % 9 = 0, 'withdrawn', 'given') as status"),
}


def made_star(backend: Backend, customers: int) -> dict[str, ibis.Table]:
    """Facts of so many customers over two years, in the columns that features read."""
    for place, (table, (each, columns)) in enumerate(FACTS.items()):
        who, day = WHO.format(a=7 + 4 * place), DAY.format(b=13 + 6 * place)
        backend.con.execute(
            f"create table {table} as select {who}, {columns.format(DAY=day)} from range($rows) as numbers(i)",
            {"customers": customers, "rows": round(each * customers)},
        )
    return {table: backend.table(table) for table in FACTS}


def features(star: dict[str, ibis.Table], day: date) -> pd.DataFrame:
    """What a night reads of everybody as of a day."""
    names = ("orders", "sessions", "calls", "cases", "contacts", "consents")
    found = customer_features(**dict(zip(names, star.values(), strict=True)), as_of=day)
    numbers = {name: found[name].cast("float64") for name in (*TABULAR, *HISTORY)}
    rows = found.select("customer_key", **numbers).order_by("customer_key").to_pandas()
    return rows[rows["tenure_days"] >= 30].reset_index(drop=True)


def matrix(rows: pd.DataFrame, process: ParetoNbd) -> np.ndarray:
    """The model's features, (customers, features)."""
    histories = rows[list(HISTORY)].to_numpy(np.float64)
    rhythm = [process.probability_alive(histories), process.probability_of_no_order(histories, HORIZON)]
    return np.column_stack([rows[TABULAR].to_numpy(np.float64), *rhythm])


def labels(star: dict[str, ibis.Table], rows: pd.DataFrame, day: date) -> np.ndarray:
    """1 for everybody without an order in the horizon after a day."""
    found = later_outcomes(star["fct_orders"], as_of=day, horizon_days=HORIZON).select("customer_key", "has_left")
    return rows[["customer_key"]].merge(found.to_pandas(), on="customer_key")["has_left"].to_numpy(np.int64)


def run(customers: int = CUSTOMERS) -> list[dict]:
    """Features of six days, one training, one scoring with reasons."""
    with tempfile.TemporaryDirectory() as scratch:
        backend = ibis.duckdb.connect(Path(scratch) / "star.duckdb")
        star = made_star(backend, customers)
        start = perf_counter()
        frames = {day: features(star, day) for day in (*TAUGHT, CALIBRATE, TODAY)}
        y = np.concatenate([labels(star, frames[day], day) for day in (*TAUGHT, CALIBRATE)])
        built = perf_counter()
        backend.disconnect()
    process = ParetoNbd().fit(frames[TAUGHT[-1]][list(HISTORY)].to_numpy(np.float64))
    X = np.vstack([matrix(frames[day], process) for day in (*TAUGHT, CALIBRATE)])
    period = np.repeat(np.arange(len(TAUGHT) + 1), [len(frames[day]) for day in (*TAUGHT, CALIBRATE)])
    today = frames[TODAY]
    del frames
    model = ChurnModel().fit(X, y, period)
    trained = perf_counter()
    X = matrix(today, process)
    model.predict_proba(X)
    scored = perf_counter()
    in_words(strongest(model.contributions(X)), X, NAMES)
    explained = perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    about = f"{customers / 1e6:g} M customers"
    return [
        row(f"Churn, features and labels of 6 days, {about}", built - start),
        row(f"Churn, training on 5 of these days, {about}", trained - built),
        row(f"Churn, scoring {about}", scored - trained, SCORE_AIM),
        row(f"Churn, three reasons in words for {about}", explained - scored, SCORE_AIM),
        row("Churn, all of it", explained - start, WHOLE_AIM, memory=memory),
    ]


def row(work: str, seconds: float, aim: float | None = None, *, memory: float | None = None) -> dict:
    """One measured part as a row of the page; without an aim it is part of the whole."""
    is_small = memory is None or memory < MEMORY_AIM
    return {
        "work": work,
        "ours_seconds": seconds,
        "ours_note": f"peak {memory:.1f} GiB" if memory else None,
        "aim": "part of the whole" if aim is None else f"{aim:.0f} s" + (f", {MEMORY_AIM} GiB" if memory else ""),
        "met": None if aim is None else seconds < aim and is_small,
    }


if __name__ == "__main__":
    for each in run(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS):
        sys.stdout.write(f"{each}\n")
