"""The checks that stop a night: each is shown a star that is wrong in its way and must say so."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

# What is done to the star, and the checks that must see it.
DAMAGE = {
    "insert into star.fct_orders select * from star.fct_orders where order_id = 'O1'": {
        "keys_of_fct_orders", "orders_reconcile_with_lines", "facts_reconcile_with_raw", "derived_facts_reconcile",
    },
    "delete from star.fct_order_lines where order_id = 'O2'": {"order_lines_reconcile_with_raw"},
    "update star.fct_order_lines set net_amount = net_amount + 0.01 where order_id = 'O5'": {"rows_of_fct_order_lines"},
    "update star.fct_calls set customer_key = 1 where call_id = 'L1'": {"keys_of_fct_calls"},
    "update star.fct_cases set case_key = null where case_id = 'S2'": {"keys_of_fct_cases"},
    "update star.fct_surveys set answered_on = '1999-12-31'": {"keys_of_fct_surveys"},
    "update star.fct_campaign_contacts set arm = 'maybe' where contact_id = 'K1'": {"rows_of_fct_campaign_contacts"},
    "update star.dim_customer set valid_to = valid_from where name = 'Dora'": {"rows_of_dim_customer"},
}  # fmt: skip


def test_every_kind_of_check_fails_on_a_star_that_is_wrong_in_its_way(
    company_warehouse: Path, tmp_path: Path, run_dbt: Callable[..., Any]
):
    warehouse = tmp_path / company_warehouse.name
    shutil.copyfile(company_warehouse, warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        for statement in DAMAGE:
            connection.execute(statement)
    outcome = run_dbt(warehouse, "test", "--select", "star", "--exclude-resource-type", "unit_test")
    failed = {result.node.name for result in outcome.result if result.status == "fail"}
    assert failed >= set().union(*DAMAGE.values())
    # Tables that nobody touched are still found whole.
    assert not failed & {"keys_of_dim_product", "keys_of_fct_consents", "rows_of_fct_web_events"}
