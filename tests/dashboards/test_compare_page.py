"""The Compare page without a browser: groups are those of the tables; segments, lists and dates against each other."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import compare, lists
from dashboards.app_data.compare import Group
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published, Where
from dashboards.app_data.segments import as_text
from dashboards.app_format import number, plain
from dashboards.app_viewer import current_viewer
from tests.dashboards.reading import metrics
from workspace import state
from workspace.folders import Workspace
from workspace.segments import saved
from workspace.segments.checking import definition_of

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def where(published: Published) -> Where:
    return Where(published.file, published.as_of, published.time_zone)


def choose(app: AppTest, side: str, column: str, value: str) -> None:
    app.selectbox(key=f"{side}_by").set_value(column).run()
    app.selectbox(key=f"{side}_{column}").set_value(value).run()


def test_groups_are_those_of_the_lists_page(open_page: Open, company: Workspace, published: Published) -> None:
    app = open_page(company, "compare")
    choose(app, "a", "tier", "A")
    choose(app, "b", "loyalty_stage", "lapsed")
    assert not app.exception
    filters = (ListFilter(tiers=("A",)), ListFilter(stages=("lapsed",)), ListFilter(tiers=("A",), stages=("lapsed",)))
    counts = [lists.count(published.file, one) for one in filters]
    shown = metrics(app)
    assert [shown[name] for name in ("In A", "In B", "In both")] == [plain(number(count)) for count in counts]
    # What is so or not is told as such, never as the data has it.
    [named] = [table.value["label"] for table in app.dataframe if "corrected_p" in table.value]
    assert named.str.endswith((": yes", ": no")).any()
    assert not named.str.endswith((": true", ": false")).any()


def test_who_has_more_comes_first_and_with_its_sign(where: Where) -> None:
    a, b = Group("tier", "A", where.as_of), Group("tier", "C", where.as_of)
    found = compare.compared(where, a, b, ("net_margin_12m", "region", "consent_email"))
    assert set(found["attribute"]) == {"net_margin_12m", "region", "consent_email"}
    # Every customer of A brings more than every one of C.
    first = found.iloc[0]
    assert (first["attribute"], first["effect"]) == ("net_margin_12m", 1.0)
    assert first["value_a"] > first["value_b"]


def test_the_same_segment_on_two_dates_tells_who_left_and_joined(where: Where) -> None:
    now = Group("tier", "A", where.as_of)
    before = Group("tier", "A", where.as_of - timedelta(days=1))
    found = compare.overlap(where, before, now)
    moved = compare.movement(where, now, "tier", before.as_of, now.as_of)
    stayed = moved.loc[(moved["value_from"] == "A") & (moved["value_to"] == "A"), "customer_count"].sum()
    assert found["both_count"] == stayed
    assert found["count_b"] == moved["customer_count"].sum()


def test_a_stored_list_is_a_group(open_page: Open, company: Workspace, published: Published, where: Where) -> None:
    request = lists.Request("To compare", ListFilter(tiers=("B",)), ("tier",))
    list_id = lists.make(company, published, current_viewer(company), request)
    row = next(row for row in state.lists(company) if row["list_id"] == list_id)
    stored = Group("list", "To compare", where.as_of, str(company.exports / row["file"]))
    segment = Group("tier", "B", where.as_of)
    found = compare.overlap(where, stored, segment)
    assert found["overlap_share"] == 1.0
    assert found["both_count"] == row["customer_count"]
    assert compare.compared(where, stored, segment, ("region",)).empty
    app = open_page(company, "compare")
    app.selectbox(key="a_by").set_value("list").run()
    assert not app.exception
    assert metrics(app)["In A"]


def test_a_saved_segment_is_a_group_on_any_kept_night(open_page: Open, company: Workspace, where: Where) -> None:
    definition = definition_of({"all": [{"field": "tier", "one_of": ["B"]}]})
    made = saved.save(company, name="Middle", definition=definition, who="ana")
    segment = Group(
        "segment",
        "Middle",
        where.as_of,
        definition=as_text(definition),
        night=where.file,
        viewer=current_viewer(company),
    )
    assert compare.overlap(where, segment, Group("tier", "B", where.as_of))["overlap_share"] == 1.0
    assert compare.overlap(where, segment, Group("tier", "A", where.as_of))["both_count"] == 0
    app = open_page(company, "compare")
    tier_b = metrics(app)
    choose(app, "a", "tier", "B")
    app.selectbox(key="b_by").set_value("segment").run()
    app.selectbox(key="b_segment").set_value(f"Middle ({made.segment_id})").run()
    assert not app.exception
    found = metrics(app)
    assert found != tier_b
    assert found["In A"] == found["In B"] == found["In both"]
    assert "the segment Middle" in "\n".join(caption.value for caption in app.caption)


def test_membership_counts_everybody_once(where: Where) -> None:
    a, b = Group("tier", "A", where.as_of), Group("rfm_group", "Champions", where.as_of)
    people = compare.membership(where, a, b)
    counted = compare.overlap(where, a, b)
    assert people["customer_key"].is_unique
    assert people["membership"].value_counts().to_dict().get("both", 0) == counted["both_count"]


def test_without_customers_the_page_says_so(open_page: Open, emptied: Workspace) -> None:
    app = open_page(emptied, "compare")
    assert not app.exception
    assert "`sales.customers`" in "\n".join(info.value for info in app.info)
