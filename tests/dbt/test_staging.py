"""Staging: one view per feed that keeps the newest row per key of its contract, and sources as the contracts say."""

import pytest
import yaml

from pipelines.contracts import contracts
from pipelines.dbt_sources import SOURCES, sources
from workspace.folders import PROJECT

STAGING = PROJECT / "dbt_project" / "models" / "staging"
# All versions are kept, because the dimensions need their history.
HISTORY = {"sales.customers", "sales.products", "external.prospects"}


def staging_view(feed: str) -> str:
    source, entity = feed.split(".")
    return f"stg_{source}__{entity}"


def test_the_sources_are_written_from_the_contracts():
    assert SOURCES.read_text(encoding="utf-8") == sources(), "run: python -m pipelines.dbt_sources"


def test_personal_columns_are_marked():
    tables = yaml.safe_load(sources())["sources"][0]["tables"]
    marked = {
        (table["name"], column["name"])
        for table in tables
        for column in table["columns"]
        if column.get("config", {}).get("meta", {}).get("personal")
    }
    assert ("sales_customers", "email") in marked
    assert ("sales_orders", "order_id") not in marked


@pytest.mark.parametrize("feed", contracts())
def test_every_feed_has_its_view(feed):
    source, _ = feed.split(".")
    assert (STAGING / source / f"{staging_view(feed)}.sql").exists()


@pytest.mark.parametrize("feed", contracts())
def test_a_view_carries_every_column_of_its_contract(company, feed):
    columns = {row[0] for row in company.execute(f"describe staging.{staging_view(feed)}").fetchall()}
    # Web keeps e-mail only in the form that identity compares.
    missing = (
        {column.name for column in contracts()[feed].columns} - columns - ({"email"} if feed == "web.events" else set())
    )
    assert missing == set()


@pytest.mark.parametrize("feed", contracts())
def test_a_view_has_one_row_per_key(company, feed):
    contract = contracts()[feed]
    key = [*contract.key, contract.version] if feed in HISTORY else contract.key
    rows, keys = company.execute(
        f"select count(*), count(distinct ({', '.join(key)})) from staging.{staging_view(feed)}"
    ).fetchone()
    assert rows == keys > 0


def test_sources_are_read_in_staging_only():
    star = PROJECT / "dbt_project" / "models" / "star"
    assert [file.name for file in star.glob("*.sql") if "source('raw'" in file.read_text(encoding="utf-8")] == []
