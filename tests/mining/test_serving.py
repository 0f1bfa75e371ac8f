"""Serving on a small company made by hand: star tables from their contracts, mined by our functions, built by dbt."""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from mining.abc_tiers import abc_tiers
from mining.movements import Comparison, compared, rfm_moves, tier_moves
from mining.net_margins import net_margins
from mining.rfm import rfm
from pipelines.assets import mining_funnels, mining_loyalty, mining_service
from pipelines.mined import store_on
from pipelines.predict import tables
from workspace.mining_settings import Mining

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"
AS_OF, NIGHT_BEFORE, MONTH_BEFORE = date(2025, 12, 31), date(2025, 12, 30), date(2025, 11, 30)
DATES = [MONTH_BEFORE, NIGHT_BEFORE, AS_OF]
COMPARISONS = [Comparison(AS_OF, MONTH_BEFORE, "month"), Comparison(AS_OF, NIGHT_BEFORE, "night")]
FOREVER = {"valid_from": "1900-01-01", "valid_to": "9999-12-31", "is_current": True}


def order(key: int, customer: int | None, day: str, net: str, **more: Any) -> dict[str, Any]:
    """A sale of one product in one line, unless `more` says otherwise."""
    plain = {"is_sale": True, "is_return": False, "is_cancelled": False, "item_quantity": 1, "returned_amount": 0}
    amounts = {"net_amount": net, "margin_amount": net, "cost_amount": 0}
    return {"order_key": key, "customer_key": customer, "ordered_on": day, "channel": "web"} | plain | amounts | more


def line(customer: int, day: str, product: int, net: str) -> dict[str, Any]:
    return {"customer_key": customer, "ordered_on": day, "product_key": product, "net_amount": net, "is_counted": True}


ORDERS = [
    # Anna, 1: 800 in all; two in store, two on the web, the web later. Her order of January 2026 is not known yet.
    order(1, 1, "2025-01-10", "300", channel="store"),
    order(2, 1, "2025-02-10", "300", channel="store"),
    order(3, 1, "2025-03-10", "150"),
    order(4, 1, "2025-12-31", "60"),
    order(5, 1, "2025-12-31", "-10", is_sale=False, is_return=True, returned_amount="10", item_quantity=0),
    order(6, 1, "2026-01-02", "5000"),
    # Bo, 2: 150, until the last day 100.
    order(7, 2, "2025-11-15", "100"),
    order(8, 2, "2025-12-31", "50"),
    # Cem, 3: 50. An unknown buyer: 7. A cancelled order: nothing.
    order(9, 3, "2025-10-01", "50"),
    order(10, None, "2025-12-31", "7"),
    order(11, 3, "2025-12-31", "900", is_sale=False, is_cancelled=True, cancelled_at="2025-12-31 10:00"),
]
LINES = [line(1, "2025-01-10", 1, "300"), line(1, "2025-02-10", 2, "310"), line(1, "2026-01-02", 1, "5000")]
STAR: dict[str, list[dict[str, Any]]] = {
    "fct_orders": ORDERS,
    "fct_order_lines": LINES,
    "dim_product": [
        {"product_key": 1, "category": "tea", "is_current": True},
        {"product_key": 2, "category": "cups", "is_current": True},
        {"product_key": 2, "category": "old cups", "is_current": False},
    ],
    "dim_customer": [
        # Anna moved on the last day of November; before the end of history both versions are hers.
        {"customer_key": 1, "name": "Anna", "region": "North", "birth_date": "1980-12-31"}
        | FOREVER
        | {"valid_to": "2025-11-30 09:00", "is_current": False},
        {"customer_key": 1, "name": "Anna", "region": "South", "birth_date": "1980-12-31"}
        | FOREVER
        | {"valid_from": "2025-11-30 09:00"},
        {"customer_key": 2, "name": "Bo", "birth_date": "1981-01-01"} | FOREVER,
        {"customer_key": 3, "name": "Cem"} | FOREVER,
        {"customer_key": 4, "name": "Dora, who never bought", "signed_up_at": "2025-05-05 10:00"} | FOREVER,
        {"customer_key": 5, "name": "Emil, not known before 2026", "signed_up_at": "2026-01-01 10:00"} | FOREVER,
    ],
    "fct_cases": [
        {
            "case_key": 1,
            "customer_key": 1,
            "opened_at": "2025-12-01 10:00",
            "opened_on": "2025-12-01",
            "satisfaction": 2,
        }
        | {"cost_amount": "0", "resolved_at": "2026-01-03 10:00"},
    ],
    "fct_calls": [
        {"customer_key": 1, "started_at": "2024-12-31 10:00", "started_on": "2024-12-31", "cost_amount": "0"},
        {"customer_key": 1, "started_at": "2025-01-01 10:00", "started_on": "2025-01-01", "cost_amount": "0"}
        | {"satisfaction": 5},
        {"customer_key": 3, "started_at": "2025-12-31 10:00", "started_on": "2025-12-31", "cost_amount": "60"},
    ],
    "fct_campaign_contacts": [
        {"customer_key": 1, "contacted_on": day, "arm": arm, "cost_amount": "0", "first_response_at": answer}
        for day, arm, answer in [
            ("2025-12-01", "treatment", None),
            ("2025-12-02", "treatment", "2025-12-31 08:00"),
            ("2025-12-30", "control", None),
            ("2026-01-01", "treatment", None),
        ]
    ],
    "fct_web_sessions": [
        {"customer_key": 1, "started_on": "2025-10-02"},
        {"customer_key": 1, "started_on": "2025-10-03"},
        {"customer_key": None, "started_on": "2025-12-31"},
    ],
    "fct_consents": [
        {"customer_key": 1, "channel": channel, "changed_at": f"{day} 10:00", "changed_on": day, "status": status}
        for channel, day, status in [
            ("email", "2025-01-01", "withdrawn"),
            ("email", "2025-02-01", "granted"),
            ("sms", "2025-03-01", "granted"),
            ("sms", "2025-03-01", "withdrawn"),
            ("phone", "2026-01-01", "granted"),
        ]
    ],
    "fct_touchpoints": [
        {"customer_key": 1, "touched_on": "2025-12-31"},
        {"customer_key": 1, "touched_on": "2026-01-02"},
        {"customer_key": 2, "touched_on": "2025-12-31"},
        {"customer_key": 3, "touched_on": "2025-12-31"},
    ],
    "bridge_customer_identity": [
        {"source": source, "kind": "email", "identifier": "anna@example.org", "customer_key": 1}
        for source in ("sales", "web")
    ],
    "dim_date": [{"date_on": date(2024, 1, 1) + timedelta(days=number)} for number in range(3 * 365)],
}


def make_star(connection: duckdb.DuckDBPyConnection) -> None:
    """Every table that serving reads, typed as its contract says, with the rows above."""
    connection.execute("create schema star")
    for file in (DBT_PROJECT / "models" / "star").glob("*.yml"):
        for model in yaml.safe_load(file.read_text())["models"]:
            columns = ", ".join(f"{column['name']} {column['data_type']}" for column in model["columns"])
            connection.execute(f"create table star.{model['name']} ({columns})")
    for table, rows in STAR.items():
        for row in rows:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into star.{table} ({', '.join(row)}) values ({marks})", list(row.values()))


def mine(connection: duckdb.DuckDBPyConnection) -> None:
    """The mining tables as the nightly stores them."""
    connection.execute("create schema mining")
    backend = ibis.duckdb.from_connection(connection)
    facts = ("fct_orders", "fct_calls", "fct_cases", "fct_campaign_contacts")
    star = [backend.table(name, database="star") for name in facts]
    margins = backend.create_table("customer_margins", net_margins(*star, as_of=DATES), database="mining")
    tiers = abc_tiers(margins.select("as_of", "customer_key", "net_margin"), within=["as_of"])
    tiers = backend.create_table("customer_tiers", tiers, database="mining")
    scores = backend.create_table("customer_rfm", rfm(star[0], as_of=DATES), database="mining")
    tiered = margins.join(tiers.select("as_of", "customer_key", "tier"), ["as_of", "customer_key"])
    within = Comparison._fields
    moves = ibis.union(
        tier_moves(*compared(tiered, COMPARISONS), within=within),
        rfm_moves(*compared(scores, COMPARISONS), within=within),
    )
    backend.create_table("customer_moves", moves, database="mining")
    mine_loyalty(backend)


def mine_loyalty(backend: ibis.BaseBackend) -> None:
    """The tables of loyalty, by the very functions that the nightly calls."""
    store = store_on(backend.con)
    found = {
        "customer_loyalty": mining_loyalty.find_loyalty,
        "stage_moves": mining_loyalty.find_stage_moves,
        "value_concentration": mining_loyalty.find_concentration,
    }
    for table, find in found.items():
        store.backend.create_table(table, find(store, DATES, Mining()), database="mining")
    others = mining_service.MODULES | mining_funnels.MODULES
    of_the_night = {name: module.find for name, module in others.items()} | {
        "customer_trends": mining_loyalty.find_trends,
        "concentration_by_attribute": mining_loyalty.find_concentration_by,
    }
    for table, find in of_the_night.items():
        store.backend.create_table(table, find(store, [AS_OF], Mining()), database="mining")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    folder = tmp_path_factory.mktemp("serving")
    warehouse = folder / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        make_star(connection)
        mine(connection)
        # No model has said anything: serving stands all the same.
        tables.create(connection)
    os.environ["REGULARS_WAREHOUSE"] = str(warehouse)
    places = {"project-dir": DBT_PROJECT, "profiles-dir": DBT_PROJECT}
    places |= {"target-path": folder / "target", "log-path": folder / "logs"}
    command = ["build", "--select", "path:models/serving", "--exclude-resource-type", "unit_test", "--quiet"]
    # Rules have their own tests, on companies large enough to have some.
    command += ["--exclude", "path:models/serving/rules"]
    command += ["--vars", json.dumps({"as_of": AS_OF.isoformat(), "time_zone": "UTC"})]
    command += [text for name, place in places.items() for text in (f"--{name}", str(place))]
    try:
        outcome = dbtRunner().invoke(command)
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert outcome.exception is None, outcome.exception
    wrong = [f"{it.node.name}: {it.message}" for it in outcome.result if it.status not in ("success", "pass")]
    assert not wrong
    return duckdb.connect(str(warehouse), read_only=True)


def records(served, query: str) -> list[dict[str, Any]]:
    return served.sql(query).df().astype(object).where(lambda frame: frame.notna(), None).to_dict("records")


def test_everybody_known_by_the_date_is_there_once(served):
    rows = records(served, "select customer_key, tier, rfm_group, is_prospect from serving.customer_360")
    # Margins 800, 150 and 50 less 60 of service: -10. Before them: 0 and 84.2 percent of 950.
    assert [(row["customer_key"], row["tier"], row["is_prospect"]) for row in rows] == [
        (1, "A", False),
        (2, "B", False),
        (3, "D", False),
        (4, None, True),
    ]
    assert rows[3]["rfm_group"] == "Prospects"


def test_a_customer_on_one_row(served):
    [anna] = records(served, "select * from serving.customer_360 where customer_key = 1")
    expected = {
        "region": "South",
        "age_years": 45,  # her birthday is the date itself
        "frequency": 4,
        "monetary_amount": 800,
        "recency_days": 0,
        "revenue_12m_amount": 800,
        "net_margin_12m": 800,
        "main_channel": "web",  # two each, the web later
        "main_category": "cups",
        "consent_email": True,
        "consent_sms": False,  # both at one instant: the no counts
        "consent_phone": False,  # granted later
        "consent_post": False,  # never asked
        "contacts_30d": 1,  # 2 December is the first of the 30 days; a control is no contact
        "visits_90d": 1,  # 3 October is the first of the 90 days
        "calls_12m": 1,
        "open_case_count": 1,  # resolved after the date
        "last_satisfaction": 2,
        "identifier_count": 1,  # the same address in two sources
        "previous_tier": "A",
    }
    assert {name: anna[name] for name in expected} == expected
    assert str(anna["last_contacted_on"])[:10] == "2025-12-02"
    assert str(anna["last_touch_on"])[:10] == "2025-12-31"


def test_an_age_counts_whole_years(served):
    [bo] = records(served, "select age_years, previous_tier from serving.customer_360 where customer_key = 2")
    # Born on 1 January 1981: 45 the day after. The night before his margin was 100 of 900, 83.3 percent before it.
    assert bo == {"age_years": 44, "previous_tier": "B"}


def test_tiers_of_a_date_have_all_four_rows_and_shares(served):
    rows = records(served, "select * from serving.tier_history where as_of = date '2025-12-31' order by tier")
    assert [row["customer_count"] for row in rows] == [1, 1, 0, 1]
    assert [row["net_margin"] for row in rows] == [800, 150, 0, -10]
    assert [row["margin_share"] for row in rows] == pytest.approx([800 / 950, 150 / 950, 0, 0])
    assert {row["is_month_end"] for row in rows} == {True}


def test_movements_count_those_who_stayed(served):
    rows = records(served, "select * from serving.tier_movements where period = 'night' order by tier_from")
    # Night before: 750, 100, 50 of 900: A, B (83.3 percent before) and B (94.4). Cem falls to D by the call of 60.
    found = [(row["tier_from"], row["tier_to"], row["customer_count"], row["net_margin_change"]) for row in rows]
    assert sorted(found) == [("A", "A", 1, 50), ("B", "B", 1, 50), ("B", "D", 1, -60)]


def test_moves_carry_the_name_and_the_reason(served):
    [move] = records(served, "select * from serving.customer_moves where period = 'night' and measure = 'tier'")
    assert (move["name"], move["direction"], move["changed"]) == ("Cem", "down", "cost to serve")
    assert move["reason"] == "net margin fell by 60.00 to -10.00: cost to serve rose by 60.00"


def test_a_customer_has_a_loyalty_stage_on_the_one_row(served):
    rows = records(served, "select loyalty_stage, stage_reason, pyramid_level from serving.customer_360")
    # Anna's first order is of January and she has not been silent; Bo and Cem bought first within 90 days or so:
    # Bo twice since 15 November, Cem once on 1 October, 91 days before.
    assert [row["loyalty_stage"] for row in rows] == ["regular", "new", "regular", "potential"]
    assert [row["pyramid_level"] for row in rows] == ["top", "could join the top", "cost money", None]
    assert rows[3]["stage_reason"] == "known, has not bought yet"


def test_stages_of_a_date_count_everybody(served):
    rows = records(
        served,
        "select loyalty_stage, customer_count, customer_share from serving.stage_history"
        " where as_of = date '2025-12-31' and customer_count > 0 order by loyalty_stage",
    )
    assert [tuple(row.values()) for row in rows] == [("new", 1, 0.25), ("potential", 1, 0.25), ("regular", 2, 0.5)]


def test_stages_of_an_earlier_date_count_buyers(served):
    rows = records(
        served,
        "select loyalty_stage, customer_count from serving.stage_history"
        " where as_of = date '2025-11-30' and customer_count > 0 order by loyalty_stage",
    )
    # Bo's first order was two weeks ago, Cem's on 1 October; Anna's in January.
    assert [tuple(row.values()) for row in rows] == [("new", 2), ("regular", 1)]


def test_moves_between_stages_are_served_with_the_others(served):
    [move] = records(
        served, "select * from serving.customer_moves where measure = 'loyalty_stage' and period = 'month'"
    )
    # Between the month ends Cem's first order grew older than 90 days.
    assert (move["name"], move["value_from"], move["value_to"], move["changed"]) == ("Cem", "new", "regular", "time")
    rows = records(served, "select * from serving.stage_movements where period = 'month' order by stage_from, stage_to")
    found = [(row["stage_from"], row["stage_to"], row["customer_count"]) for row in rows]
    assert found == [("new", "new", 1), ("new", "regular", 1), ("regular", "regular", 1)]


def test_the_pyramid_has_five_levels_that_bring_all_margin(served):
    rows = records(served, "select * from serving.pyramid_history where as_of = date '2025-12-31' order by place")
    assert [(row["pyramid_level"], row["customer_count"]) for row in rows] == [
        ("top", 1), ("could join the top", 1), ("small", 0), ("dormant", 0), ("cost money", 1)
    ]  # fmt: skip
    assert [row["margin_share"] for row in rows] == pytest.approx([800 / 940, 150 / 940, 0, 0, -10 / 940])
    assert rows[0]["pyramid_action"] == "look after"


def test_concentration_is_served_over_time_and_by_attribute(served):
    rows = records(served, "select * from serving.concentration_history where as_of = date '2025-12-31'")
    # Two earners of 800 and 150: Gini is (800 - 150) / (2 x 950).
    assert [row["gini"] for row in rows] == pytest.approx([650 / 1900])
    assert [(row["holder_count"], row["not_positive_count"], row["concentration_status"]) for row in rows] == [
        (2, 1, "too few")
    ]
    rows = records(served, "select * from serving.concentration_groups where attribute = 'region' order by group_name")
    assert [(row["group_name"], row["holder_count"]) for row in rows] == [("South", 1), ("unknown", 1)]


def test_service_and_funnels_of_the_night_are_served(served):
    # Her case of 1 December was resolved in January: at the end of the year it is 30 days and 14 hours old.
    [case] = records(served, "select name, age_hours, waits_for from serving.overdue_cases")
    assert case == {"name": "Anna", "age_hours": 734.0, "waits_for": "an agent"}
    rows = records(served, "select kind, channel, contact_count, mean_cost from serving.contact_costs order by kind")
    # The call of New Year's Eve 2024 lies outside the twelve months; a control group is sent nothing.
    assert [tuple(row.values()) for row in rows] == [
        ("call", "unknown", 2, 30.0), ("campaign", "unknown", 2, 0.0), ("case", "unknown", 1, 0.0)
    ]  # fmt: skip
    rows = records(served, "select customer_key, name, visit_count from serving.prospect_interests")
    assert rows == [{"customer_key": 4, "name": "Dora, who never bought", "visit_count": 0}]
    assert records(served, "select * from serving.sales_funnel") == []


def test_the_concentration_curve_of_two_earners(served):
    rows = records(
        served, "select * from serving.concentration_curve where point in (0, 1, 100, 101, 200) order by point"
    )
    assert [row["customer_share"] for row in rows] == [0, 0.5, 0.5, 1, 1]
    assert [row["margin_share"] for row in rows] == pytest.approx([0, 800 / 950, 800 / 950, 1, 1])


def test_a_day_in_numbers(served):
    rows = records(served, "select * from serving.daily_metrics order by date_on")
    # The first fact is the call of 31 December 2024; the date is the last day, though orders of 2026 are there.
    assert (str(rows[0]["date_on"])[:10], str(rows[-1]["date_on"])[:10], len(rows)) == ("2024-12-31", "2025-12-31", 366)
    expected = {
        "order_count": 3,
        "buyer_count": 2,
        "new_customer_count": 0,
        "revenue_amount": 107,  # 60 - 10 + 50 + 7
        "returned_amount": 10,
        "unknown_buyer_order_count": 1,
        "visit_count": 1,
        "call_count": 1,
        "contact_count": 0,
        "response_count": 1,
    }
    assert {name: rows[-1][name] for name in expected} == expected
