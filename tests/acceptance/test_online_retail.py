"""Online Retail: 305 real daily files and a mapping, nothing else. Every known total is met, however they arrive.

The totals are published with the data (../shared/data/README.md); none is taken from what Regulars computes.
"""

import random
import shutil
import sqlite3
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines import increments, warehouse
from pipelines.assets.dbt_models import build_stage
from pipelines.identity import resolve
from pipelines.ingest import DeliveryResult, holding, ingest, ledger, register
from pipelines.ingest.profiling import Profile
from pipelines.ingest.volume import Past, verdicts
from pipelines.nightly import run_nightly
from tests.conftest import new_workspace, real_data
from tests.contents import assert_same, content
from workspace import generations
from workspace.folders import PROJECT, Workspace

AS_OF = date(2011, 12, 9)
DELIVERIES = 6
MAPPING = PROJECT / "docs" / "how-to" / "online-retail.toml"


def deliver(workspace: Workspace, files: dict[str, Path]) -> None:
    """Put files into landing, each under a name."""
    folder = workspace.landing / "online_retail"
    folder.mkdir(exist_ok=True)
    for name, file in files.items():
        shutil.copyfile(file, folder / name)


def night(workspace: Workspace) -> None:
    result = run_nightly(workspace, AS_OF)
    assert result.generation is not None, f"{result.failed_step}: {result.problem}"


def published(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(generations.current(workspace).file), read_only=True)


@pytest.fixture(scope="module")
def at_once(tmp_path_factory) -> Workspace:
    files = sorted(real_data("online_retail").glob("*.csv.gz"))
    workspace = new_workspace(tmp_path_factory.mktemp("at_once") / "w", MAPPING.read_text())
    deliver(workspace, {file.name: file for file in files})
    night(workspace)
    return workspace


@pytest.fixture
def answers(at_once):
    with published(at_once) as connection:
        yield lambda query: connection.execute(query).fetchone()


def test_nothing_delivered_is_lost(answers):
    assert answers(
        """
        select count(distinct delivery_id), sum(rows_delivered),
               bool_and(rows_delivered = rows_accepted + rows_duplicate + rows_quarantined),
               sum(rows_accepted), sum(rows_quarantined)
        from meta.deliveries where feed = 'sales.order_lines'
        """
    ) == (305, 541_909, True, 541_909, 0)


def test_every_line_arrives_with_its_money(answers):
    rows, amount = answers("select count(*), sum(net_amount) from star.fct_order_lines")
    assert (rows, round(amount, 2)) == (541_909, Decimal("9747747.93"))


def test_every_invoice_is_an_order_and_carries_the_same_money(answers):
    orders, markets, amount = answers("select count(*), count(distinct store_id), sum(net_amount) from star.fct_orders")
    assert (orders, markets, round(amount, 2)) == (25_900, 38, Decimal("9747747.93"))


def test_unknown_buyers_stay_unknown(answers):
    assert answers("select count(*) from star.fct_order_lines where customer_key is null") == (135_080,)
    assert answers("select count(distinct customer_key) from star.fct_orders") == (4_372,)
    assert answers("select count(*) from star.dim_customer where is_current") == (4_372,)


def test_cancellations_are_kept_apart_as_returns(answers):
    assert answers("select count(*) from star.fct_order_lines where order_id like 'C%'") == (9_288,)
    assert answers("select count(*) from star.fct_orders where order_id like 'C%' and is_sale") == (0,)


def test_what_known_customers_bought_meets_the_published_figures(answers):
    assert answers(
        """
        select count(*), count(distinct order_id), count(distinct customer_key), sum(net_amount)
        from star.fct_order_lines
        where customer_key is not null and quantity > 0 and unit_price_amount > 0
        """
    ) == (397_884, 18_532, 4_338, Decimal("8911407.9040"))


def test_tiers_and_groups_add_up_to_the_buyers_and_their_money(answers):
    buyers = answers(
        "select count(distinct customer_key) from star.fct_orders where is_sale and customer_key is not null"
    )
    for query in (
        "select sum(customer_count) from serving.tier_history where as_of = '2011-12-09'",
        "select sum(customer_count) from serving.rfm_group_history where as_of = '2011-12-09'",
        "select sum(customer_count) from serving.rfm_grid where as_of = '2011-12-09'",
        "select count(*) from serving.customer_360 where tier is not null",
        "select count(*) from serving.customer_360 where not is_prospect",
    ):
        assert answers(query) == buyers, query
    spent = answers(
        "select sum(net_amount) from star.fct_orders where not is_cancelled and customer_key in"
        " (select customer_key from star.fct_orders where is_sale)"
    )
    assert answers("select sum(monetary_amount) from serving.rfm_group_history where as_of = '2011-12-09'") == spent
    margin = answers(
        "select sum(net_amount) from star.fct_orders where ordered_on > '2010-12-09' and customer_key in"
        " (select customer_key from star.fct_orders where is_sale)"
    )
    assert answers("select sum(net_margin) from serving.tier_history where as_of = '2011-12-09'") == margin


def test_a_few_customers_bring_most_of_the_margin(answers):
    share_of_customers, share_of_margin = answers(
        "select customer_share, margin_share from serving.tier_history where as_of = '2011-12-09' and tier = 'A'"
    )
    assert 0.80 <= share_of_margin < 0.81  # the customer who crosses the cut belongs to A
    assert share_of_customers < 0.35


def test_history_reaches_back_to_the_first_order(answers):
    assert answers("select min(as_of), count(distinct as_of) filter (is_month_end) from serving.tier_history") == (
        date(2010, 12, 31),
        12,
    )


def test_few_days_are_held_and_those_that_somebody_must_see(at_once):
    """Each day against those before it, as if the files had come one by one; nobody lets through what is held."""
    with ledger.open_ledger(at_once) as connection:
        looks, files = holding.looks(connection), {one.delivery_id: one.file for one in book_of(connection)}
    before: dict[str, list[Profile]] = defaultdict(list)
    held = []
    for delivery in sorted(files, key=files.__getitem__):
        found = {feed: profile for feed, (profile, _) in looks[delivery].items()}
        pasts = {feed: Past(before[feed]) for feed in found}
        if any(one.word == "unusual" for one in verdicts(found, pasts, at_once.settings.company.zone).values()):
            held.append(files[delivery])
            continue
        for feed, profile in found.items():
            before[feed].append(profile)
    # A bad debt written off and a mass return are far off the days before.
    assert {"online_retail/2011-08-12.csv.gz", "online_retail/2011-06-14.csv.gz"} <= set(held)
    assert len(held) <= 0.03 * len(files)


def book_of(connection: sqlite3.Connection) -> list[DeliveryResult]:
    return list(ledger.deliveries(connection).values())


def take_in(workspace: Workspace, files: dict[str, Path]) -> None:
    """Deliver files under names and ingest them; whatever is held is looked at and let through."""
    deliver(workspace, files)
    results = ingest(workspace)
    assert all(counts.is_lawful for result in results for counts in result.feeds.values())
    waiting = holding.holds(workspace)
    for held in waiting:
        holding.decide(workspace, held.file, "released", "tester")
    if waiting:
        ingest(workspace)
    assert not holding.holds(workspace)


def bring_up(workspace: Workspace) -> None:
    """Staging, identity and star, as a night does before it mines."""
    with warehouse.connect(workspace) as connection:
        register(connection, workspace)
    build_stage(workspace, "staging", None)
    with warehouse.connect(workspace) as connection:
        resolve(connection, workspace.settings)
    build_stage(workspace, "star", None)


def test_random_order_with_repeats_gives_the_warehouse_of_all_at_once(at_once, tmp_path):
    files = sorted(real_data("online_retail").glob("*.csv.gz"))
    scattered = new_workspace(tmp_path / "w", MAPPING.read_text())
    chance = random.Random(7)
    chance.shuffle(files)
    for number in range(DELIVERIES):
        new, been = (
            files[number::DELIVERIES],
            [file for earlier in range(number) for file in files[earlier::DELIVERIES]],
        )
        again = chance.sample(been, min(5, len(been)))
        take_in(
            scattered,
            {file.name: file for file in new} | {f"again {number} {file.name}": file for file in again},
        )
        if number == DELIVERIES // 2:
            bring_up(scattered)
    bring_up(scattered)
    with warehouse.connect(scattered) as connection:
        assert not increments.is_made_anew(connection), "the second half was to be taken up, not all made anew"
    # What is mined is a function of these; tests/faults/test_nights.py holds all of it against a night made anew.
    schemas = ("identity", "star")
    ours = content(scattered.warehouse_file, schemas)
    assert_same(ours, content(generations.current(at_once).file, schemas))
    assert ours["star.fct_order_lines"][0][0] == 541_909
