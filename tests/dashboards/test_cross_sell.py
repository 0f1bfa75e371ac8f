"""The Cross-sell and Paths pages without a browser, on rules made by hand: what follows, offers, files, paths."""

from collections.abc import Callable

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_charts import rules as charts
from dashboards.app_data import reader, rules
from dashboards.app_data.reader import Published
from dashboards.app_data.rules import OfferFilter
from dashboards.app_format import plain
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from tests.dashboards.conftest import republish
from tests.dashboards.reading import metrics, words
from workspace import state
from workspace.errors import RegularsError
from workspace.folders import Workspace

Open = Callable[..., AppTest]
SELLER = Viewer("test", frozenset({CONTACT_DETAILS, LISTS}))
# level, key, first, then, customers, hits, lift, half by day, verdict
RULES = [
    ("product", 1, "Grinder", "Scale", 200, 62, 4.2, 41, "holds"),
    ("product", 2, "Grinder", "Beans", 200, 50, 2.1, 20, "holds"),
    ("product", 3, "Scale", "=Cup", 100, 20, 3.0, 9, "does not hold"),
    ("product", 4, "Grinder, then Beans", "Scale", 80, 60, 6.0, 12, "holds"),
    ("category", 1, "Machines", "Cleaning", 300, 60, 1.9, 30, "holds"),
]


def insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict) -> None:
    """A row with these values; nulls for the rest."""
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    connection.execute(f"insert into serving.{table} ({names}) values ({marks})", list(row.values()))


def make_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Rules, clocks, baskets, offers and paths in the place of the small company's own."""
    for table in ("sequential_rules", "rule_clocks", "basket_rules", "next_best_offers", "offer_checks", "paths"):
        connection.execute(f"delete from serving.{table}")
    connection.execute("update serving.rule_searches set note = null")
    for level, key, first, then, customers, hits, lift, median, verdict in RULES:
        share = hits / customers
        row = {"level": level, "rule_key": key, "antecedent_name": first, "consequent_name": then, "window_days": 60}
        row |= {"customer_count": customers, "hit_count": hits, "confidence": share, "base_share": share / lift}
        row |= {"lift": lift, "lag_median_days": median, "q_value": 0.001, "verdict": verdict}
        row |= {"later_customer_count": 50, "later_hit_count": 15, "later_confidence": 0.3}
        row |= {"antecedent_item_count": 2, "part_share": 0.35} if "then" in first else {"antecedent_item_count": 1}
        insert(connection, "sequential_rules", row | {"is_used": verdict == "holds"})
        for days, come in ((median, share / 2), (55, share)):
            insert(
                connection,
                "rule_clocks",
                {"level": level, "rule_key": key, "lag_days": days, "hit_count": hits // 2, "cumulative_share": come},
            )
    both = {"kind": "order", "level": "product", "rule_key": 1, "antecedent_name": "Tea", "consequent_name": "Pot"}
    insert(connection, "basket_rules", both | {"basket_count": 30, "confidence": 0.4, "lift": 5.5, "support": 0.01})
    people = connection.execute(
        "select customer_key from serving.customer_360 where name is not null order by customer_key limit 2"
    ).fetchall()
    for (key,), product, basis, worth in zip(
        people, ("=Scale", "Beans"), ("rule", "popular"), (9.5, 3.25), strict=True
    ):
        offer = {"level": "product", "customer_key": key, "offer_rank": 1, "item_name": product, "basis": basis}
        offer |= {"chance": 0.25}
        insert(
            connection, "next_best_offers", offer | {"expected_margin": worth, "reason": "bought Grinder 3 days ago"}
        )
    check = {"checked_on": "2025-06-30", "made_on": "2025-05-01", "level": "product", "customer_count": 400}
    for order, number, hits, popular, low in (("margin", 1, 80, 40, 0.06), ("margin", 3, 120, 90, 0.02)):
        row = check | {"ordered_by": order, "offer_count": number, "hit_count": hits, "popular_hit_count": popular}
        row |= {"hit_share": hits / 400, "popular_hit_share": popular / 400, "difference": (hits - popular) / 400}
        insert(connection, "offer_checks", row | {"difference_low": low, "difference_high": 0.14})
    for place, (path, telling) in enumerate((("silence → call", True), ("visit", False)), start=1):
        row = {"outcome": "leaving", "path_key": place, "path": path, "outcome_count": 40, "control_count": 10}
        row |= {"outcome_total": 100, "control_total": 200, "outcome_share": 0.4, "control_share": 0.05, "lift": 8.0}
        insert(connection, "paths", row | {"q_value": 0.01, "is_telling": telling})


@pytest.fixture(scope="module")
def ruled(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo company with rules made by hand."""
    return republish(demo_workspace, tmp_path_factory.mktemp("rules") / "ruled", make_rules)


@pytest.fixture(scope="module")
def data(ruled: Workspace) -> Published:
    return reader.published(ruled)


def offered(app: AppTest) -> pd.DataFrame:
    """The table of offers."""
    return next(table.value for table in app.dataframe if "item_name" in table.value.columns)


@pytest.mark.parametrize("page", ["cross_sell", "paths"])
def test_the_pages_open_with_data_without_and_with_nothing_published(
    open_page: Open, company: Workspace, emptied: Workspace, unpublished: Workspace, page: str
) -> None:
    for workspace in (company, emptied, unpublished):
        app = open_page(workspace, page)
        assert not app.exception
        assert not app.error
    assert "Nothing is published here yet" in words(app)


def test_too_little_data_is_said(open_page: Open, company: Workspace) -> None:
    said = words(open_page(company, "cross_sell"))
    assert "Too little data" in said
    assert "need more than 270" in said


def test_what_follows_is_told_with_its_clock(open_page: Open, ruled: Workspace) -> None:
    app = open_page(ruled, "cross_sell")
    assert not app.exception
    assert (metrics(app)["Rules found"], metrics(app)["Hold and are used"], metrics(app)["Do not hold"]) == (
        "4",
        "3",
        "1",
    )
    said = words(app)
    assert plain("31.0\u202f% buy Scale within 60 days, 4.2 times the usual; half of them by day 41.") in said
    assert plain("25.0\u202f% buy Beans within 60 days") in said
    shown = app.dataframe[0].value
    assert list(zip(shown["antecedent_name"], shown["consequent_name"], strict=True)) == [
        ("Grinder", "Scale"),
        ("Grinder", "Beans"),
        ("Grinder, then Beans", "Scale"),
    ]
    app.toggle(key="all_rules").set_value(True).run()
    assert "does not hold" in set(app.dataframe[0].value["verdict"])


def test_a_longer_rule_says_what_its_parts_are_worth(open_page: Open, ruled: Workspace) -> None:
    said = words(open_page(ruled, "cross_sell", first_product="Grinder, then Beans"))
    assert plain("75.0\u202f% buy Scale within 60 days") in said
    assert plain("Of those who did all but one part of it, 35.0\u202f% at most.") in said


def test_earlier_offers_are_held_against_what_was_bought(open_page: Open, ruled: Workspace, company: Workspace) -> None:
    said = words(open_page(ruled, "cross_sell"))
    assert (
        plain("Of 400 customers with an offer by a rule on 1 May 2025, 80 (20.0\u202f%) had bought the first offer")
        in said
    )
    assert plain("40 (10.0\u202f%): more, and more than by luck.") in said
    assert "Earlier offers are not checked yet" in words(open_page(company, "cross_sell"))


def test_categories_have_rules_of_their_own(open_page: Open, ruled: Workspace) -> None:
    app = open_page(ruled, "cross_sell", level="Categories")
    assert "buy Cleaning within 60 days" in words(app)


def test_the_clock_begins_at_nothing_and_stands_until_the_window_ends(data: Published) -> None:
    days = rules.clocks(data.file, "product", "Grinder")
    (table,) = charts.clock(days)["datasets"].values()
    drawn = table.query("consequent_name == 'Scale'")
    assert drawn["lag_days"].tolist() == [0, 41, 55, 60]
    assert drawn["cumulative_share"].tolist() == pytest.approx([0, 0.155, 0.31, 0.31])


def test_the_graph_is_the_same_each_time_and_every_item_has_its_own_place() -> None:
    pairs = [("a", "b"), ("b", "c"), ("d", "e"), ("a", "e"), ("f", "g")]
    found = pd.DataFrame(pairs, columns=["antecedent_name", "consequent_name"])
    place = charts.places(found)
    assert place.equals(charts.places(found))
    assert sorted(place.index) == list("abcdefg")
    assert place.abs().to_numpy().max() == pytest.approx(1)
    apart = place.to_numpy()[:, None] - place.to_numpy()[None]
    gaps = (apart**2).sum(axis=2)[~pd.Series(range(7)).eq(-1).to_numpy()]
    assert (gaps[gaps > 0] > 0.01).all()


def test_offers_by_a_rule_come_first_and_all_can_be_asked_for(
    open_page: Open, ruled: Workspace, data: Published
) -> None:
    app = open_page(ruled, "cross_sell")
    assert offered(app)["item_name"].tolist() == ["=Scale"]
    app = open_page(ruled, "cross_sell", basis="All offers")
    assert offered(app)["item_name"].tolist() == ["=Scale", "Beans"]
    assert rules.offers(data.file, SELLER, OfferFilter(item="Beans"), 10)[1] == 1
    with pytest.raises(RegularsError, match="contact details"):
        rules.offers(data.file, Viewer("guest", frozenset()), OfferFilter(), 10)


def test_offers_are_exported_without_formulas_and_on_record(ruled: Workspace, data: Published) -> None:
    file = rules.export_offers(ruled, data, SELLER, OfferFilter(basis="rule"), "csv")
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=Scale" in lines[1]
    assert "bought Grinder 3 days ago" in lines[1]
    with state.connect(ruled) as connection:
        last = connection.execute("select action from audit order by audit_id desc limit 1").fetchone()
    assert last["action"] == "offers downloaded"
    with pytest.raises(RegularsError, match="no offer"):
        rules.export_offers(ruled, data, SELLER, OfferFilter(item="nothing"), "csv")


def test_a_customers_own_page_says_what_to_offer_and_why(open_page: Open, ruled: Workspace, data: Published) -> None:
    found, _ = rules.offers(data.file, SELLER, OfferFilter(basis="rule"), 1)
    app = open_page(ruled, "customers", customer=str(found[0]["customer_key"]))
    assert not app.exception
    tables = [table.value for table in app.dataframe if "item_name" in table.value.columns]
    assert tables[0]["item_name"].tolist() == ["=Scale"]
    assert tables[0]["reason"].tolist() == ["Bought Grinder 3 days ago"]


def test_paths_show_the_telling_ones_first(open_page: Open, ruled: Workspace) -> None:
    app = open_page(ruled, "paths")
    assert not app.exception
    assert (metrics(app)["With the outcome"], metrics(app)["Without it"], metrics(app)["Telling"]) == (
        "100",
        "200",
        "1",
    )
    assert app.dataframe[0].value["path"].tolist() == ["silence → call"]
    app.toggle(key="only_telling").set_value(False).run()
    assert app.dataframe[0].value["path"].tolist() == ["silence → call", "visit"]
    assert "No path is common enough" in words(open_page(ruled, "paths", outcome="First purchase"))


def test_names_of_the_graph_do_not_lie_on_each_other() -> None:
    close = pd.DataFrame(
        {"x": [0.0, 0.01, 0.02, 0.9], "y": [0.0, 0.0, 0.01, 0.0]}, index=["Beans", "Cups", "Tea", "Far"]
    )
    written = charts.labelled(close).set_index("name")
    line = charts.LINE_HEIGHT * charts.SPAN / charts.HEIGHT
    near = written.loc[["Beans", "Cups", "Tea"], "y"].sort_values()
    assert near.diff().dropna().min() >= line - 1e-9
    assert written.loc["Far", "y"] == pytest.approx(13 * charts.SPAN / charts.HEIGHT), "alone, right over its dot"
    assert list(written["x"].sort_values()) == list(close["x"])
