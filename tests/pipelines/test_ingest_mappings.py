"""Faults in a mapping: found before anything is loaded, with file, key, what is allowed and what was perhaps meant."""

import pytest

from pipelines.ingest import check_mappings
from pipelines.ingest.mapping import condition_fault, expression_fault
from tests.deliveries import LINES, Shop, lines
from workspace.errors import SettingsError


def fault(tmp_path, settings: str) -> str:
    shop = Shop.open(tmp_path, settings)
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    with pytest.raises(SettingsError) as caught:
        shop.load()
    assert shop.query("select * from meta.deliveries") == []
    assert str(shop.workspace.settings_file) in str(caught.value)
    return str(caught.value)


def test_an_unknown_feed(tmp_path):
    text = fault(tmp_path, LINES.replace("sales.order_lines", "sales.orderlines"))
    assert "there is no feed 'sales.orderlines' (did you mean 'sales.order_lines'?); feeds: call_center.agents" in text


def test_an_unknown_column_of_a_feed(tmp_path):
    text = fault(tmp_path, LINES + 'columns = {order_number = "order_id"}')
    assert "sources.shop.feeds.sales.order_lines.columns.order_number: sales.order_lines has no such column" in text
    assert "columns: order_id, line_number" in text


def test_a_required_column_left_out(tmp_path):
    text = fault(tmp_path, LINES + 'columns = {order_id = "order_id", line_number = "1", quantity = "quantity"}')
    assert "columns lacks unit_price, which sales.order_lines requires" in text


def test_an_expression_that_does_not_parse(tmp_path):
    text = fault(tmp_path, LINES + 'where = "quantity > \'x"')
    assert "sources.shop.feeds.sales.order_lines.where" in text
    assert "not a SQL expression" in text


def test_every_fault_is_told_at_once(tmp_path):
    settings = LINES.replace("sales.order_lines", "sales.lines") + '[sources.b]\nfiles = "/etc/*"\nencoding = "utf-9"\n'
    text = fault(tmp_path, settings + '[sources.b.feeds."sales.orders"]\n')
    assert len(text.splitlines()) == 3
    assert "must lie inside the landing folder" in text
    assert "'utf-9' is not known" in text


@pytest.mark.parametrize(
    "text",
    [
        "(select 1)",
        "quantity in (select 1)",
        "exists (from read_text('/etc/passwd'))",
        "1) from read_text('/etc/passwd') --",
        "1) where (true",
        "1); drop table x; select (1",
        "1 union select 2",
        "*",
        "columns('a')",
        "row_number() over ()",
        "$1",
        "random()",
        "uuid()",
        "now()",
        "current_date",
        "current_timestamp",
        "getvariable('x')",
    ],
)
def test_only_one_expression_over_one_row_is_allowed(text):
    assert condition_fault(text), text


@pytest.mark.parametrize(
    "text",
    ["a", "Order Date", "Price (EUR)", "E-Mail", "a.b", "lower(a) || 'x' -- note", "case when a then 1 end",
     "list_transform([1], x -> x)[1]", "a::json ->> '$.b'", "cast(a as int) + file_row", "Prüf%", "Größe in m²"],
)  # fmt: skip
def test_names_of_columns_and_expressions_are_allowed(text):
    assert expression_fault(text) is None


NO_VALUES = [
    "sum(quantity)",
    "unnest([1, 2])",
    "no_such_function(quantity)",
    "read_text('/etc/passwd')",
    "[quantity]",
    "quantity + current_setting('x')",
]


@pytest.mark.parametrize("text", NO_VALUES)
def test_what_is_no_value_of_one_row_loads_nothing(tmp_path, text):
    settings = LINES + f'columns = {{order_id = "order_id", line_number = "1", unit_price = "1", quantity = "{text}"}}'
    shop = Shop.open(tmp_path, settings)
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    try:
        result = shop.load()["a.csv"]
    except SettingsError:
        return
    assert result.status == "refused"
    assert "sources.shop.feeds.sales.order_lines.columns.quantity" in result.reason


def test_an_expression_reaches_no_file_of_the_machine(tmp_path):
    from pipelines.ingest.sql import connect

    shop = Shop.open(tmp_path / "shop")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    delivered = shop.put("a.csv", "a\n2\n")
    with connect(shop.workspace, shop.workspace.state, [delivered]) as connection:
        assert connection.execute("select a from read_csv($f)", {"f": str(delivered)}).fetchall() == [(2,)]
        for statement in (
            f"from read_csv('{secret}')",
            f"from read_text('{secret}')",
            f"copy (select 1) to '{tmp_path}/x.csv'",
            f"attach '{tmp_path}/x.db'",
            "set enable_external_access = true",
            "install httpfs",
        ):
            with pytest.raises(Exception, match=r"disabled|cannot|Cannot"):
                connection.execute(statement)


def test_the_projects_own_mappings_are_sound():
    from workspace.folders import PROJECT
    from workspace.settings import load

    for file in (PROJECT / "regulars.toml", PROJECT / "docs" / "how-to" / "online-retail.toml"):
        check_mappings(load(file), file)
