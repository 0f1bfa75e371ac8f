"""dbt's own unit tests, which the nightly leaves out: their inputs are written beside the tables they test."""

from collections.abc import Callable
from typing import Any


def test_dbt_s_unit_tests_pass(company_warehouse, run_dbt: Callable[..., Any], failures: Callable[[Any], list[str]]):
    outcome = run_dbt(
        company_warehouse, "test", "--select", "test_type:unit,path:models/staging", "test_type:unit,path:models/star"
    )
    assert failures(outcome) == []
    assert len(outcome.result) >= 9
