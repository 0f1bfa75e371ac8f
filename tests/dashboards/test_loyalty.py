"""The Loyalty page without a browser: its figures are those of the tables, it moves between dates, files are safe."""

from collections.abc import Callable

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import lists, loyalty
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published, Where, record, records
from dashboards.app_format import STAGE_COLOURS, number, plain
from tests.dashboards.reading import metrics, words
from workspace import exports
from workspace.folders import Workspace

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def stages(published: Published) -> pd.DataFrame:
    return loyalty.stages_on(published.file, published.as_of)


def test_the_figures_are_those_of_the_customers(open_page: Open, company: Workspace, published: Published) -> None:
    app = open_page(company, "loyalty")
    assert not app.exception
    counts = record(
        published.file,
        """
        select count(*) filter (loyalty_stage = 'loyal') as loyal, count(*) filter (loyalty_stage = 'lapsed') as lapsed,
            count(*) filter (next_order_on - $as_of <= 7) as week
        from serving.customer_360
        """,
        {"as_of": published.as_of},
    )
    shown = metrics(app)
    assert (shown["Loyal"], shown["Lapsed"], shown["Due in 7 days"]) == tuple(
        plain(number(counts[name])) for name in ("loyal", "lapsed", "week")
    )


def test_stages_count_everybody_known_once(published: Published, stages: pd.DataFrame) -> None:
    everybody = record(published.file, "select count(*) as n from serving.customer_360")["n"]
    assert int(stages["customer_count"].sum()) == everybody
    assert set(stages["loyalty_stage"]) == set(STAGE_COLOURS)


def test_movement_stored_and_joined_are_the_same(published: Published) -> None:
    after, before = loyalty.dates(published.file)[:2]
    stored = loyalty.movement(published.file, before, after)
    assert stored == loyalty.movement_between(published.file, before, after)
    assert stored


def test_who_moved_is_who_stands_elsewhere(published: Published) -> None:
    after, before = loyalty.dates(published.file)[:2]
    moved = sum(
        row["customer_count"]
        for row in loyalty.movement(published.file, before, after)
        if row["stage_from"] != row["stage_to"]
    )
    listed = records(
        published.file,
        "select customer_key from serving.customer_moves where measure = 'loyalty_stage' and period = 'night'"
        " and as_of = $as_of",
        {"as_of": after},
    )
    assert len(listed) == moved


def test_a_list_of_a_stage_holds_that_stage(published: Published, stages: pd.DataFrame) -> None:
    counts = dict(zip(stages["loyalty_stage"], stages["customer_count"], strict=True))
    for stage in STAGE_COLOURS:
        assert lists.count(published.file, ListFilter(stages=(stage,))) == counts[stage]
    levels = loyalty.pyramid_on(published.file, published.as_of)
    for row in levels.to_dict("records"):
        assert lists.count(published.file, ListFilter(levels=(row["pyramid_level"],))) == row["customer_count"]


def test_the_lists_page_takes_a_stage_from_the_address(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "lists", stages=["lapsed"])
    assert not app.exception
    assert "in loyalty stage lapsed" in words(app)


def test_without_buyers_the_page_says_which_feeds_are_missing(open_page: Open, emptied: Workspace) -> None:
    app = open_page(emptied, "loyalty")
    assert not app.exception
    assert "`sales.orders`" in words(app)


def test_a_customers_page_tells_the_stage_and_the_next_order(
    open_page: Open, company: Workspace, published: Published
) -> None:
    for status in ("expected", "too few gaps"):
        rows = records(
            published.file,
            "select * from serving.customer_360 where next_order_status = $status order by customer_key limit 1",
            {"status": status},
        )
        for row in rows:
            app = open_page(company, "customers", customer=str(row["customer_key"]))
            assert not app.exception
            assert plain(row["loyalty_stage"]) in words(app)
            assert "Next order" in words(app)


def test_a_table_is_taken_away_as_shown_and_runs_nothing() -> None:
    table = pd.DataFrame({"group_name": ["=1+1", "South"], "gini": [0.25, 0.5]})
    text = exports.table_file(table, "csv").decode("utf-8-sig")
    assert text.splitlines() == ["Group name,Gini", "'=1+1,0.25", "South,0.5"]
    assert exports.table_file(table, "xlsx").startswith(b"PK")


@pytest.mark.parametrize("attribute", ["region", "main_channel"])
def test_the_pyramid_by_attribute_adds_up_to_the_whole(published: Published, attribute: str) -> None:
    found = loyalty.pyramid_groups(published.file, attribute)
    whole = loyalty.pyramid_on(published.file, published.as_of).set_index("pyramid_level")
    counts = found.groupby("pyramid_level")["customer_count"].sum()
    assert counts.to_dict() == {level: n for level, n in whole["customer_count"].items() if n}
    assert found.groupby("group_name")["customer_share"].sum().tolist() == pytest.approx(
        [1] * found["group_name"].nunique()
    )


def test_concentration_by_attribute_now_is_what_the_night_found(published: Published) -> None:
    """By what customers are today; the night's own figures, of the same day, are by what they were on it."""
    where = Where(published.file, published.as_of, published.time_zone)
    now = loyalty.concentration_by(where, "region").query("as_of == as_of.max()").set_index("group_name")
    stored = loyalty.concentration_groups(published.file).query("attribute == 'region'").set_index("group_name")
    stored = stored[stored["concentration_status"] == "measured"]
    assert now["holder_count"].to_dict() == stored["holder_count"].to_dict()
    assert now["gini"].to_dict() == pytest.approx(stored["gini"].to_dict())


def test_orders_by_group_add_up_to_all_orders_and_no_month_is_left_out(published: Published) -> None:
    every = loyalty.monthly_orders(published.file, published.as_of)
    by_region = loyalty.monthly_orders(published.file, published.as_of, "region")
    assert by_region.groupby("period_on")["value"].sum().tolist() == every["value"].tolist()
    assert set(by_region.groupby("group_name").size()) == {len(every)}


def test_only_known_attributes_reach_a_query(published: Published) -> None:
    with pytest.raises(ValueError, match="not by 'name; drop'"):
        loyalty.pyramid_groups(published.file, "name; drop")


def test_a_group_of_customers_is_chosen(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "loyalty", pyramid_by="Region", seasons_by="Region")
    assert not app.exception
    assert "The pyramid by attribute" in words(app)
    assert app.selectbox(key="seasons_region").value
