"""The sixteen contracts: what reading, checking and the warehouse take for granted about them."""

import duckdb
import pytest
from pydantic import ValidationError

from pipelines.contracts import Contract, contracts
from pipelines.feeds_reference import PAGE, reference

EVERY = pytest.mark.parametrize("contract", contracts().values(), ids=contracts())


def test_there_is_one_for_each_feed_of_the_design():
    assert list(contracts()) == [
        "call_center.agents", "call_center.calls", "call_center.cases", "external.demographics", "external.prospects",
        "marketing.campaigns", "marketing.consents", "marketing.contacts", "marketing.responses", "marketing.surveys",
        "sales.customers", "sales.opportunities", "sales.order_lines", "sales.orders", "sales.products", "web.events",
    ]  # fmt: skip


@EVERY
def test_keys_and_versions_are_required_columns(contract):
    told_apart_by = [*contract.key, *([contract.version] if contract.version else [])]
    assert all(contract.column(name).required for name in told_apart_by)
    assert len({column.name for column in contract.columns}) == len(contract.columns)


@EVERY
def test_event_times_and_versions_are_moments(contract):
    for name in (contract.event_time, contract.version):
        assert name is None or contract.column(name).type in ("timestamp", "date")


@EVERY
def test_names_end_in_what_they_are(contract):
    for column in contract.columns:
        assert column.name.endswith("_at") == (column.type == "timestamp"), column.name
        assert column.name.endswith(("_on", "_date")) == (column.type == "date"), column.name
        assert column.name.startswith(("is_", "has_")) == (column.type == "boolean"), column.name


@EVERY
def test_types_and_limits_are_ones_that_duckdb_knows(contract):
    with duckdb.connect() as connection:
        for column in contract.columns:
            for limit in (column.minimum, column.maximum):
                found = connection.execute(f"select typeof(cast(? as {column.duckdb_type}))", [limit]).fetchone()
                assert found == (column.duckdb_type if limit is not None else '"NULL"',) or limit is None
            assert column.allowed is None or column.type == "text"


@EVERY
def test_what_says_who_somebody_is_counts_as_personal(contract):
    telling = {"customer_id", "prospect_id", "email", "phone", "birth_date", "visitor_id", "gender", "postcode"}
    for column in contract.columns:
        assert column.personal or column.name not in telling, column.name


def test_an_unknown_key_in_a_contract_is_an_error():
    with pytest.raises(ValidationError, match="colour"):
        Contract.model_validate(
            {"name": "a.b", "description": "", "grain": "", "key": [], "columns": [], "colour": "blue"}
        )


def test_the_reference_of_feeds_is_current():
    assert PAGE.read_text(encoding="utf-8") == reference(), "run 'python -m pipelines.feeds_reference'"
