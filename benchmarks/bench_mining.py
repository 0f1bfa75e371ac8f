"""RFM and ABC tiers over 10 million orders against pandas: the same answers first, then alternating in one run."""

import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from mining.abc_tiers import abc_tiers
from mining.net_margins import net_margins
from mining.rfm import rfm

AS_OF = date(2025, 12, 31)
YEAR_BEFORE = date(2024, 12, 31)
ROUNDS = 3
AIM = "20 times as fast"

# Reproducible without a seed: hashes of the row number. A few customers order often, most seldom.
ORDERS = """
create table orders as
select
    (floor(? * power((hash(i * 7) % 1000003) / 1000003.0, 1.7))::bigint * 2654435761) as customer_key,
    date '2024-01-01' + (hash(i * 13) % 731)::integer as ordered_on,
    ((hash(i * 17) % 20000) / 100 + 1)::decimal(18, 4) as net_amount,
    ((hash(i * 19) % 9000) / 100)::decimal(18, 4) as cost_amount,
    1::decimal(18, 3) as item_quantity,
    hash(i * 23) % 20 > 0 as is_sale,
    hash(i * 23) % 20 = 0 and hash(i * 29) % 2 = 0 as is_cancelled,
    case when is_cancelled then ordered_on::timestamp end as cancelled_at
from range(?) as numbers(i)
order by customer_key, ordered_on
"""
COSTS = """
create table {table} as
select
    ((hash(i * 11) % ?)::bigint * 2654435761) as customer_key,
    date '2024-01-01' + (hash(i * 13) % 731)::integer as {day},
    'treatment' as arm,
    ((hash(i * 31) % 900) / 100)::decimal(18, 4) as cost_amount
from range(?) as numbers(i)
"""
SERVICE = {"calls": ("started_on", 20), "cases": ("opened_on", 50), "contacts": ("contacted_on", 4)}


def make_facts(backend: Backend, rows: int, customers: int) -> None:
    """Orders and what it cost to serve, in the columns of the star."""
    backend.con.execute(ORDERS, [customers, rows])
    for table, (day, orders_each) in SERVICE.items():
        backend.con.execute(COSTS.format(table=table, day=day), [customers, rows // orders_each])


def frames(backend: Backend, tables: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The same facts for pandas, in the types it is fastest with: whole cents, days, booleans."""
    cents = "(net_amount * 100)::bigint as net, (cost_amount * 100)::bigint as cost"
    queries = {"orders": f"select customer_key, ordered_on as day, {cents}, is_sale, is_cancelled from orders"}
    for table, (day, _) in SERVICE.items():
        queries[table] = f"select customer_key, {day} as day, (cost_amount * 100)::bigint as cost from {table}"
    return {table: backend.con.execute(queries[table]).df() for table in tables}


def pandas_rfm(facts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """RFM as an experienced pandas user writes it: filters, one pass of groupby each, vectorised ranks."""
    orders = facts["orders"]
    known = orders[~orders["is_cancelled"] & (orders["day"] <= pd.Timestamp(AS_OF))]
    sales = known[known["is_sale"]].groupby("customer_key")["day"].agg(first="min", last="max", frequency="size")
    customers = sales.join(known.groupby("customer_key")["net"].sum().rename("monetary"))
    customers["recency_days"] = (pd.Timestamp(AS_OF) - customers["last"]).dt.days
    count = len(customers)
    for score, value, ascending in (("r", "last", True), ("f", "frequency", True), ("m", "monetary", True)):
        worse = customers[value].rank(method="min", ascending=ascending).astype("int64") - 1
        customers[score] = np.minimum(5, 1 + 5 * worse // count)
    customers["fm"] = (customers["f"] + customers["m"] + 1) // 2
    return customers


def pandas_tiers(facts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Net margins and tiers: groupby sums aligned on the customer, one sort, one cumulative sum."""
    orders = facts["orders"]
    known = orders[~orders["is_cancelled"] & (orders["day"] <= pd.Timestamp(AS_OF))]
    buyers = pd.Index(known.loc[known["is_sale"], "customer_key"].unique(), name="customer_key")
    recent = known[known["day"] > pd.Timestamp(YEAR_BEFORE)].groupby("customer_key")[["net", "cost"]].sum()
    margins = (recent["net"] - recent["cost"]).reindex(buyers, fill_value=0)
    for table in SERVICE:
        rows = facts[table]
        rows = rows[(rows["day"] > pd.Timestamp(YEAR_BEFORE)) & (rows["day"] <= pd.Timestamp(AS_OF))]
        margins = margins - rows.groupby("customer_key")["cost"].sum().reindex(buyers, fill_value=0)
    earners = margins[margins > 0].sort_values(ascending=False)
    # Equal margins share what stands before the first of them.
    before = (earners.cumsum() - earners).groupby(earners.to_numpy()).transform("min")
    total = earners.sum()
    tier = np.select([100 * before < 80 * total, 100 * before < 95 * total], ["A", "B"], "C")
    tiers = pd.Series(np.where(margins < 0, "D", "C"), index=margins.index)
    tiers.loc[earners.index] = tier
    return pd.DataFrame({"margin": margins, "tier": tiers})


def our_rfm(backend: Backend) -> None:
    store(backend, "found", rfm(backend.table("orders"), as_of=AS_OF))


def our_tiers(backend: Backend) -> None:
    """Margins first, which are a table of their own in the warehouse; tiers from them."""
    store(backend, "margins", net_margins(*(backend.table(name) for name in ("orders", *SERVICE)), as_of=AS_OF))
    store(backend, "found", abc_tiers(backend.table("margins")))


def store(backend: Backend, name: str, found: ir.Table) -> None:
    """Compile and run into a table, as the nightly does."""
    backend.con.execute(f"create or replace temp table {name} as {ibis.to_sql(found, dialect='duckdb')}")


def check_rfm(backend: Backend, theirs: pd.DataFrame) -> None:
    """Every value and score of every customer is the same."""
    ours = backend.con.execute(
        "select customer_key, first_order_on, last_order_on, frequency, (monetary_amount * 100)::bigint, recency_days,"
        " r_score, f_score, m_score, fm_score from found order by customer_key"
    ).df()
    columns = ["first", "last", "frequency", "monetary", "recency_days", "r", "f", "m", "fm"]
    assert_same(ours, theirs.sort_index()[columns].reset_index())


def check_tiers(backend: Backend, theirs: pd.DataFrame) -> None:
    """Every margin and tier is the same."""
    query = "select customer_key, (net_margin * 100)::bigint, tier from found order by customer_key"
    assert_same(backend.con.execute(query).df(), theirs.sort_index()[["margin", "tier"]].reset_index())


def assert_same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Two frames with the same rows in the same order, whatever their columns are called."""
    theirs.columns = ours.columns
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(work: str, ours: Callable[[], object], theirs: Callable[[], object]) -> dict:
    """Alternate both and give the median of the ratios with its range."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    ratios = [their_seconds / our_seconds for our_seconds, their_seconds in pairs]
    return {
        "work": work,
        "ours_seconds": median(pair[0] for pair in pairs),
        "peer_seconds": median(pair[1] for pair in pairs),
        "ratio_median": median(ratios),
        "ratio_range": f"{min(ratios):.1f} to {max(ratios):.1f}",
        "aim": AIM,
        "met": median(ratios) >= 20,
    }


def run(rows: int = 10_000_000, customers: int = 1_000_000) -> list[dict]:
    """RFM and tiers over `rows` orders of `customers` customers, from the same file to a finished table.

    Each is compared twice: with pandas reading the columns it needs from the warehouse, as a nightly written in pandas
    has to, and with pandas' frames in memory already while ours still reads the file.
    """
    size = f"{rows / 1_000_000:g} M orders, {customers / 1_000_000:g} M customers"
    with tempfile.TemporaryDirectory() as folder:
        backend = ibis.duckdb.connect(Path(folder) / "facts.duckdb")
        # The order of the rows of a result means nothing, and keeping it would cost time.
        backend.con.execute("set preserve_insertion_order = false")
        make_facts(backend, rows, customers)
        results = []
        for name, ours, theirs, check, tables in (
            ("RFM", our_rfm, pandas_rfm, check_rfm, ["orders"]),
            ("Net margin and ABC tiers", our_tiers, pandas_tiers, check_tiers, ["orders", *SERVICE]),
        ):
            facts = frames(backend, tables)
            ours(backend)
            check(backend, theirs(facts))
            peers = {
                "pandas": lambda theirs=theirs, tables=tables: theirs(frames(backend, tables)),
                "pandas with its frames in memory": lambda theirs=theirs, facts=facts: theirs(facts),
            }
            for peer, work in peers.items():
                results.append(compare(f"{name}, {size}, against {peer}", lambda ours=ours: ours(backend), work))
        backend.disconnect()
    return results


if __name__ == "__main__":
    for result in run():
        print(result)
