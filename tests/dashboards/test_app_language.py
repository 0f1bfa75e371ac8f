"""The reader's language: which one it is, what is said in it, and that sessions do not hear each other's."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import altair as alt
import pandas as pd
import pytest
from babel.messages.catalog import Catalog
from streamlit.testing.v1 import AppTest

from dashboards import app_language
from dashboards.app_charts import theme
from dashboards.app_format import count
from dashboards.app_language import of_browser, say, say_as, say_count, speaking, spelled
from dashboards.app_words import label
from workspace.folders import Workspace

Open = Callable[..., AppTest]
WORDS: dict[Any, Any] = {
    "Reload it, {name}.": "请{name}刷新",
    ("{count} day", "{count} days"): ("{count} 天",),
    "lapsed": "流失中",
}


@pytest.fixture
def few_words(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of a few messages in place of the real one."""
    catalog = Catalog(locale="zh", charset="utf-8")
    for text, string in WORDS.items():
        catalog.add(text, string)
    catalog.add("Left", "左", context="place")
    catalog.add("Left", "已流失", context="customers")
    catalog.add("Not sure", "不", flags=["fuzzy"])
    monkeypatch.setattr(app_language, "catalogues", lambda code: {"few": catalog})
    app_language.translations.cache_clear()
    yield
    app_language.translations.cache_clear()


def test_a_text_is_said_in_the_readers_language_with_its_values(few_words: None) -> None:
    with speaking("zh"):
        assert say("Reload it, {name}.", name="{x}") == "请{x}刷新"
        assert label("lapsed") == "流失中"
    assert say("Reload it, {name}.", name="{x}") == "Reload it, {x}."


def test_the_language_counts_by_its_own_rule(few_words: None) -> None:
    with speaking("zh"):
        assert (count(1, "day", "days"), count(1234, "day", "days")) == ("1 天", "1,234 天")
    assert (count(1, "day", "days"), count(1234, "day", "days")) == ("1 day", "1,234 days")
    assert say_count("{count} of {all} day", "{count} of {all} days", 2, count=2, all=9) == "2 of 9 days"


def test_the_same_english_word_is_said_as_the_context_asks(few_words: None) -> None:
    with speaking("zh"):
        assert (say_as("place", "Left"), say_as("customers", "Left"), say("Left")) == ("左", "已流失", "Left")


def test_what_is_missing_or_in_doubt_is_said_in_english(few_words: None) -> None:
    with speaking("zh"):
        assert [say("Not sure"), say("Nobody wrote this down"), say("")] == ["Not sure", "Nobody wrote this down", ""]


@pytest.mark.parametrize(("many", "chosen"), [(True, ["lapsed"]), (False, "lapsed")])
def test_an_address_made_in_english_opens_in_another_language(
    few_words: None, monkeypatch: pytest.MonkeyPatch, many: bool, chosen: object
) -> None:
    kept: dict[str, object] = {}
    address = {"stages": ["Lapsed"], "stage": ["流失中"]}
    monkeypatch.setattr(app_language.st, "session_state", kept)
    monkeypatch.setattr(app_language.st, "query_params", SimpleNamespace(get_all=address.__getitem__))
    with speaking("zh"):
        written = [spelled(key, ["lapsed", "lost"], label, many=many) for key in address]
        assert [one("lapsed") for one in written] == ["流失中", "流失中"]
    # The widget itself reads what is written in its own language.
    assert kept == {"stages": chosen}


def test_two_who_speak_at_once_do_not_hear_each_other(few_words: None) -> None:
    both = Barrier(2)

    def speak(code: str) -> list[str]:
        with speaking(code):
            both.wait(timeout=10)
            return [say("lapsed") for _ in range(200)]

    with ThreadPoolExecutor(2) as pool:
        chinese, english = pool.map(speak, ["zh", "en"])
    assert set(chinese) == {"流失中"}
    assert set(english) == {"lapsed"}


@pytest.mark.parametrize(
    ("locale", "code"),
    [("zh-CN", "zh"), ("zh_Hans_CN", "zh"), ("en-GB", "en"), ("fr-FR", None), ("", None), (None, None)],
)
def test_the_browsers_language_counts_where_it_is_spoken_here(locale: str | None, code: str | None) -> None:
    assert of_browser(locale) == code


def spoken(app: AppTest) -> str:
    assert not app.exception
    return str(app.selectbox(key="language_choice").value)


def test_the_address_the_choice_the_browser_and_the_setting_are_asked_in_this_order(
    open_page: Open, unpublished: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_language, "usual", lambda workspace: "zh")
    assert spoken(open_page(unpublished, "overview")) == "zh"
    monkeypatch.setattr(app_language, "of_browser", lambda locale: "en")
    assert spoken(open_page(unpublished, "overview")) == "en"
    app = open_page(unpublished, "overview", lang="zh")
    assert spoken(app) == "zh"
    app.selectbox(key="language_choice").select("en").run()
    assert (spoken(app), app.query_params["lang"]) == ("en", "en")


def test_the_language_goes_from_page_to_page(open_page: Open, unpublished: Workspace) -> None:
    app = open_page(unpublished, "overview", lang="zh")
    del app.query_params["lang"]  # as the browser does when another page is opened
    app.switch_page("app_pages/rfm.py").run()
    assert (spoken(app), app.query_params["lang"]) == ("zh", "zh")


def test_an_address_asks_for_no_language_that_is_not_spoken(open_page: Open, unpublished: Workspace) -> None:
    assert spoken(open_page(unpublished, "overview", lang="tlh")) == "en"


def test_an_address_made_in_english_keeps_its_filters_in_chinese(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "overview", lang="zh", period="90 days", measure="Orders")
    assert (app.session_state["period"], app.session_state["measure"]) == ("90 days", "Orders")


def test_a_chart_is_framed_in_the_readers_language_with_the_data_it_was_given(few_words: None) -> None:
    rows = pd.DataFrame({"stage": ["lapsed", "else"], "amount": [1, 2]})

    def drawn() -> dict[str, Any]:
        colour = alt.Color("stage:N", scale=alt.Scale(domain=["lapsed", "else"]), title="lapsed")
        chart = alt.Chart(rows).mark_bar().encode(x="amount:Q", color=colour)
        return theme.framed(alt.layer(chart), 100).to_dict()

    with speaking("zh"):
        chinese = drawn()
    colour = chinese["layer"][0]["encoding"]["color"]
    assert (colour["title"], colour["scale"]["domain"]) == ("流失中", ["流失中", "else"])
    assert [row["stage"] for row in next(iter(chinese["datasets"].values()))] == ["流失中", "else"]
    assert drawn()["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["lapsed", "else"]
    assert list(rows["stage"]) == ["lapsed", "else"]
