"""The Segments page without a browser: what is built is what is counted, said, saved, shared and compared."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import duckdb
import pytest
from playwright.sync_api import Page
from streamlit.testing.v1 import AppTest

from dashboards import app_cards, app_segment_words
from dashboards.app_data import segment_nights, segments
from dashboards.app_data.reader import Published, Where
from dashboards.app_format import number, plain
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from tests.dashboards.conftest import MALICIOUS, republish
from tests.dashboards.person import Person
from tests.dashboards.reading import metrics
from workspace import audit_chain, generations, state
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments import files, saved
from workspace.segments.checking import definition_of
from workspace.segments.chinese import CHINESE
from workspace.segments.language import Group
from workspace.segments.writing import sentence

Open = Callable[..., AppTest]
ANALYST = Viewer("ana", frozenset({LISTS}))
BEST = definition_of({"all": [{"field": "tier", "one_of": ["A", "B"]}, {"field": "net_margin_12m", "at_least": 50}]})


@pytest.fixture(scope="module")
def where(published: Published) -> Where:
    return Where(published.file, published.as_of, published.time_zone)


@pytest.fixture
def workspace(copy_of: Callable[[Workspace, Path], Workspace], company: Workspace, tmp_path: Path) -> Workspace:
    """The company's generation, with segments of the test's own."""
    return copy_of(company, tmp_path / "workspace")


def drafts(app: AppTest) -> list[dict[str, Any]]:
    return app.session_state["segment_tree"]["of"]


def add(app: AppTest, kind: str, chosen: object) -> int:
    """Choose what the whole is to ask for next; returns the number of its widgets."""
    app.selectbox(key=f"seg_{app.session_state['segment_tree']['number']}_add_{kind}").set_value(chosen).run()
    return drafts(app)[-1]["number"]


def write(app: AppTest, text: str) -> None:
    app.text_area(key="segment_written").set_value(text).run()
    app.button(key="read_sentence").click().run()


def counted(where: Where, condition: str) -> str:
    with duckdb.connect(where.file, read_only=True) as connection:
        row = connection.execute(f"select count(*) from serving.customer_360 as c where {condition}").fetchone()
    assert row is not None
    assert row[0] > 0
    return number(row[0])


def test_what_is_built_by_clicking_is_counted_and_said(open_page: Open, company: Workspace, where: Where) -> None:
    app = open_page(company, "segments")
    assert metrics(app)["In this segment"] == counted(where, "true")
    tier = add(app, "attribute", "tier")
    assert any("1 condition not finished yet" in caption.value for caption in app.caption)
    app.multiselect(key=f"seg_{tier}_tier_one_of").set_value(["A", "B"]).run()
    act = add(app, "act", ("call", False))
    app.selectbox(key=f"seg_{act}_call_when").set_value("ever").run()
    assert not app.exception
    by_hand = (
        "tier in ('A', 'B') and customer_key not in (select customer_key from star.fct_calls where"
        " customer_key is not null and direction = 'inbound')"
    )
    assert metrics(app)["In this segment"] == counted(where, by_hand)
    said = "People whose tier is A or B, and who did not call."
    assert plain(said) in [text.value for text in app.markdown]
    assert sentence(files.from_address(app.query_params["s"])) == said


def test_a_condition_that_is_taken_away_no_longer_counts(open_page: Open, company: Workspace, where: Where) -> None:
    app = open_page(company, "segments", s=files.to_address(BEST))
    app.button(key=f"seg_{drafts(app)[1]['number']}_away").click().run()
    assert metrics(app)["In this segment"] == counted(where, "tier in ('A', 'B')")
    app.button(key=f"seg_{drafts(app)[0]['number']}_away").click().run()
    assert metrics(app)["In this segment"] == counted(where, "true")
    assert "s" not in app.query_params


def test_an_address_opens_what_it_was_copied_from(open_page: Open, company: Workspace, where: Where) -> None:
    app = open_page(company, "segments", s=files.to_address(BEST))
    assert metrics(app)["In this segment"] == counted(where, "tier in ('A', 'B') and net_margin_12m >= 50")
    app = open_page(company, "segments", s="cut")
    assert "holds no segment" in app.error[0].value.replace("\\", "")
    assert metrics(app)["In this segment"] == counted(where, "true")


def test_what_is_edited_wins_over_the_address_from_before_it(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "segments", s=files.to_address(BEST))

    def in_haste() -> None:
        """The next click is sent while the browser still stands at the address before."""
        app.query_params["s"] = files.to_address(BEST)

    act = add(app, "act", ("call", False))
    app.selectbox(key=f"seg_{act}_call_when").set_value("ever").run()
    in_haste()
    add(app, "attribute", "consent_email")
    said = sentence(files.from_address(app.query_params["s"]))
    assert "did not call" in said
    assert "agree to e-mail" in said
    in_haste()
    app.segmented_control(key="view").set_value("saved").run()
    assert sentence(files.from_address(app.query_params["s"])) == said
    in_haste()
    app.run()
    assert sentence(files.from_address(app.query_params["s"])) == said


def test_going_back_takes_what_was_edited_before(tab: Page, address: str) -> None:
    email = definition_of({"all": [{"field": "consent_email", "is_true": True}]})
    person = Person(tab, address)
    person.go("Segments")
    person.choose("seg_1_add_attribute", "Agree to e-mail")
    person.choose("seg_1_add_attribute", "Agree to calls")
    person.sees("People who agree to e-mail, and who agree to calls.")
    tab.go_back()
    person.sees("People who agree to e-mail.")
    assert in_address(tab) == email
    tab.go_back()
    person.sees("Everybody known.")
    assert in_address(tab) is None
    tab.go_forward()
    person.sees("People who agree to e-mail.")
    assert in_address(tab) == email


def in_address(tab: Page) -> Group | None:
    """The definition that a browser's address holds."""
    text = parse_qs(urlparse(tab.url).query).get("s")
    return files.from_address(text[0]) if text else None


def test_a_link_from_another_page_opens_what_it_holds_whatever_was_clicked_there(
    open_page: Open, company: Workspace
) -> None:
    app = open_page(company, "segments", s=files.to_address(BEST))
    app.query_params.clear()
    app.switch_page("app_pages/paths.py")
    app.run()
    assert app.toggle(key="only_telling").value
    third = definition_of({"all": [{"field": "tier", "one_of": ["C"]}]})
    app.switch_page("app_pages/segments.py")
    app.query_params["s"] = files.to_address(third)
    app.run()
    assert files.from_address(app.query_params["s"]) == third


def test_a_sentence_is_read_and_one_that_cannot_be_says_where(
    open_page: Open, company: Workspace, where: Where
) -> None:
    app = open_page(company, "segments")
    write(app, "People whose tier is A, and (who agree to e-mail, or who complained).")
    by_hand = (
        "tier = 'A' and (consent_email or customer_key in"
        " (select customer_key from star.fct_cases where category = 'complaint'))"
    )
    assert metrics(app)["In this segment"] == counted(where, by_hand)
    write(app, "People whose tier is A, and who sang.")
    assert "sang" in app.error[0].value
    assert metrics(app)["In this segment"] == counted(where, by_hand)


def test_a_sentence_is_read_in_the_language_it_is_written_in(where: Where) -> None:
    known = segments.fields(where.file)
    best = definition_of({"all": [{"field": "tier", "one_of": ["A"]}, {"field": "consent_email", "is_true": True}]})
    assert app_segment_words.read("People whose tier is A, and who agree to e-mail.", known) == best
    assert app_segment_words.read("客户:其等级为A,且同意电子邮件联系", known) == best
    with pytest.raises(RegularsError, match="此处应为"):
        app_segment_words.read("客户:唱过歌", known)


def test_the_sentence_is_in_the_reader_s_language(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "segments", lang="zh", s=files.to_address(BEST))
    assert plain(sentence(BEST, CHINESE)) in [text.value for text in app.markdown]
    assert app.text_area(key="segment_written").placeholder.startswith("客户")


def test_a_segment_is_saved_with_versions_and_opened_again(open_page: Open, workspace: Workspace) -> None:
    app = open_page(workspace, "segments", s=files.to_address(BEST), view="Save and share")
    app.text_input(key="segment_name").set_value("The best").run()
    app.button(key="save_new").click().run()
    write(app, "People whose tier is A.")
    app.button(key="save_version").click().run()
    [kept] = saved.segments(workspace)
    assert (kept.name, kept.version, sentence(kept.definition)) == ("The best", 2, "People whose tier is A.")
    assert saved.segment(workspace, kept.segment_id, 1).definition == BEST
    app.button(key=f"open_{kept.segment_id}_1").click().run()
    assert plain(sentence(BEST)) in [text.value for text in app.markdown]
    again = open_page(workspace, "segments", segment=str(kept.segment_id))
    assert plain("People whose tier is A.") in [text.value for text in again.markdown]
    assert not again.exception


def test_malicious_names_and_values_are_shown_as_text(open_page: Open, workspace: Workspace) -> None:
    for place, text in enumerate(MALICIOUS):
        definition = definition_of({"all": [{"field": "region", "none_of": [text]}]})
        saved.save(workspace, name=f"{text[:90]} {place}", definition=definition, who=text[:100])
    app = open_page(workspace, "segments", view="Save and share")
    assert not app.exception
    assert not app.error
    for kept in saved.segments(workspace):
        app = open_page(workspace, "segments", segment=str(kept.segment_id), view="Overlap")
        assert not app.exception
        assert not app.error
        # Nobody is in such a region, so "is not" holds for everybody.
        assert metrics(app)["In both"] == metrics(app)["In this segment"].replace(",", "\\,")
    assert not [text.value for text in app.markdown if "<script" in text.value]


@pytest.mark.parametrize("text", MALICIOUS)
def test_malicious_input_is_no_sentence_no_name_and_no_query(open_page: Open, company: Workspace, text: str) -> None:
    app = open_page(company, "segments", view="Save and share")
    write(app, text)
    app.text_input(key="segment_name").set_value(text[:120]).run()
    assert not app.exception
    assert len(app.error) <= 1
    assert "<script" not in " ".join(error.value for error in app.error)


def test_the_mix_adds_up_to_the_segment_and_everyone_else(where: Where) -> None:
    found = segments.mix(where, ANALYST, BEST, "tier")
    total = segments.count(where, ANALYST, BEST)
    assert found["segment_count"].sum() == total
    assert found["other_count"].sum() == segments.count(where, ANALYST, definition_of({})) - total
    assert set(found.loc[found["segment_count"] > 0, "value"]) == {"A", "B"}


def test_a_contact_detail_is_asked_only_by_who_may_see_it(where: Where) -> None:
    definition = definition_of({"all": [{"field": "postcode", "starts_with": "1"}]})
    with pytest.raises(RegularsError, match="may not see contact details"):
        segments.count(where, ANALYST, definition)
    assert segments.count(where, Viewer("mia", frozenset({CONTACT_DETAILS})), definition) >= 0


def test_who_joined_and_who_left_since_another_night_and_why(company: Workspace, tmp_path: Path) -> None:
    workspace = republish(company, tmp_path / "nights", lambda connection: None)
    first = generations.current(workspace)
    changed: dict[str, int] = {}

    def next_night(target: Path) -> None:
        target.write_bytes(first.file.read_bytes())
        with duckdb.connect(str(target)) as connection:
            best = "select customer_key from serving.customer_360 where tier = 'A' order by 1"
            a = [row[0] for row in connection.execute(best).fetchall()]
            b = connection.execute(best.replace("'A'", "'B'") + " limit 1").fetchall()[0][0]
            changed.update(left=a[0], gone=a[1], joined=b)
            connection.execute("update serving.customer_360 set tier = 'B' where customer_key = ?", [a[0]])
            connection.execute("delete from serving.customer_360 where customer_key = ?", [a[1]])
            connection.execute("update serving.customer_360 set tier = 'A' where customer_key = ?", [b])

    name = generations.next_name(workspace, first.as_of)
    generations.publish(workspace, name, next_night, keep=5)
    now = Where(str(generations.current(workspace).file), first.as_of, "Europe/Berlin")
    assert list(segment_nights.nights(workspace, name)) == [first.name]
    then = segment_nights.on_night(workspace, now, first.name)
    change = segment_nights.changed(then, now, ANALYST, definition_of({"all": [{"field": "tier", "one_of": ["A"]}]}))
    assert (list(change.joined), set(change.left)) == ([changed["joined"]], {changed["left"], changed["gone"]})
    assert change.now_count == change.then_count - 1
    assert change.left_because.values.tolist() == [["People whose tier is A.", 1], ["", 1]]
    assert change.joined_because.values.tolist() == [["People whose tier is A.", 1]]


def test_a_table_taken_from_any_page_is_a_line_of_the_log(workspace: Workspace, where: Where) -> None:
    table = segments.mix(where, ANALYST, BEST, "tier")
    file = app_cards.taken(workspace, "ana", "segment_mix", table, "csv")
    assert len(file.splitlines()) == len(table) + 1
    line = state.audit_lines(workspace)[-1]
    detail = json.loads(line["detail"])
    assert (line["who"], line["action"], detail["table"]) == ("ana", "table downloaded", "segment_mix")
    assert detail["row_count"] == len(table)
    assert detail["purpose"]
    assert audit_chain.broken_at(state.audit_lines(workspace), audit_chain.read_head(workspace.state)) == ""
