"""The star's reference page is current, and every table says what a reader needs."""

import pytest

from pipelines.star_reference import PAGE, STAR, page, tables


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m pipelines.star_reference"


def test_every_table_of_the_star_is_described():
    built = {file.stem for file in STAR.glob("*.sql") if not file.stem.startswith("int_")}
    assert {table["name"] for table in tables()} == built


@pytest.mark.parametrize("table", tables(), ids=lambda table: table["name"])
def test_a_table_has_grain_key_contract_and_described_columns(table):
    config = table["config"]
    assert config["contract"]["enforced"] is True
    assert table["description"].startswith(config["meta"]["grain"])
    columns = {column["name"]: column for column in table["columns"]}
    assert set(config["meta"]["key"]) <= set(columns)
    assert all(column["description"] and column["data_type"] for column in columns.values())
    keys = next(test["keys"]["arguments"] for test in table["data_tests"] if "keys" in test)
    assert keys["columns"] == config["meta"]["key"]
    # Every other key leads somewhere, and the test of keys checks it.
    other = {name for name in columns if name.endswith("_key")} - set(config["meta"]["key"])
    if table["name"].startswith("fct"):
        assert other <= set(keys.get("foreign", {}))
