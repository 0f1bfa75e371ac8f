"""Who belongs, by bits and from a sample: the same customers that one query finds, at once and when asked again."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.live_questions import QUESTIONS
from dashboards.app_data import members, sampled, segments
from dashboards.app_data.reader import Published, Where, rows
from dashboards.app_data.sampled import Estimate, extrapolated
from dashboards.app_viewer import CONTACT_DETAILS, Viewer
from tests.workspace.segments import generated
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments import files
from workspace.segments.checking import definition_of
from workspace.segments.language import Group
from workspace.segments.query import Moment, condition

ANALYST = Viewer("ana", frozenset())


@pytest.fixture(scope="module")
def where(published: Published) -> Where:
    return Where(published.file, published.as_of, published.time_zone)


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    members.shelf().kept.clear()


def by_one_query(where: Where, definition: Group) -> list[int]:
    """The keys of the members as the definition's own condition finds them."""
    text, parameters = condition(definition, segments.fields(where.file), Moment(where.as_of, where.time_zone))
    query = f"select c.customer_key from serving.customer_360 as c where {text} order by 1"
    return rows(where.file, query, parameters)["customer_key"].tolist()


def test_the_members_are_those_of_one_query(where: Where) -> None:
    everybody, found = by_one_query(where, Group()), 0
    for name, asked in QUESTIONS.items():
        definition = definition_of(asked)
        expected = by_one_query(where, definition)
        assert segments.keys(where, ANALYST, definition).tolist() == expected, name
        assert segments.count(where, ANALYST, definition) == len(expected), name
        found += 0 < len(expected) < len(everybody)
    assert found > len(QUESTIONS) / 2, "of most questions somebody must belong and somebody not"


def test_any_definition_finds_the_same_by_bits(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = segments.fields(where.file)
    monkeypatch.setattr(generated, "FIELDS", {name: one for name, one in fields.items() if not one.is_personal})
    monkeypatch.setattr(generated, "VALUES", ("A", "B", "C", "Loyal", "web", "Beans", "Tea", "email"))
    generator, with_acts = generated.Generator(seed=5), 0
    for _ in range(120):
        definition = generator.definition()
        with_acts += members.has_acts(definition)
        assert segments.keys(where, ANALYST, definition).tolist() == by_one_query(where, definition), definition
    assert with_acts > 60


def test_a_condition_is_asked_once(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    coffee = {"act": "buy", "where": [{"trait": "category", "one_of": ["Beans"]}]}
    definition = definition_of({"all": [{"field": "tier", "one_of": ["A"]}, coffee]})
    known = segments.count(where, ANALYST, definition)
    monkeypatch.setattr(members, "connection", lambda file: pytest.fail("asked again"))
    assert segments.keys(where, ANALYST, definition).size == known
    members.members(
        where, segments.fields(where.file), definition_of({"any": [coffee, {"field": "tier", "one_of": ["A"]}]})
    )


def test_what_is_kept_has_an_end(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MOST_KEPT", 3)
    for times in range(2, 8):
        segments.count(where, ANALYST, definition_of({"all": [{"act": "buy", "times_at_least": times}]}))
    assert len(members.shelf().kept) == 3


def test_a_sample_of_everybody_knows_the_number(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every table and column that any act asks for must be in the sample.
    monkeypatch.setattr(sampled, "MANY_TOUCHES", 1)
    for name, asked in QUESTIONS.items():
        definition = definition_of(asked)
        if members.has_acts(definition):
            expected = Estimate(len(by_one_query(where, definition)), 0)
            assert segments.estimated(where, ANALYST, definition) == expected, name


def test_what_is_quick_or_known_is_not_estimated(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = definition_of({"all": [{"act": "buy"}, {"any": [{"act": "visit"}, {"field": "tier", "one_of": ["A"]}]}]})
    assert segments.estimated(where, ANALYST, bought) is None, "a small company is counted at once"
    monkeypatch.setattr(sampled, "MANY_TOUCHES", 1)
    assert segments.estimated(where, ANALYST, definition_of({"all": [{"field": "tier", "one_of": ["A"]}]})) is None
    assert segments.estimated(where, ANALYST, bought) is not None
    segments.count(where, ANALYST, bought)
    assert segments.estimated(where, ANALYST, bought) is None


def test_contact_details_are_not_estimated_either(where: Where) -> None:
    by_postcode = definition_of({"all": [{"field": "postcode", "starts_with": "1"}, {"act": "buy"}]})
    with pytest.raises(RegularsError, match=CONTACT_DETAILS):
        segments.estimated(where, ANALYST, by_postcode)


@pytest.mark.parametrize(
    ("counted", "sampled_count", "total", "expected"),
    [
        # (50 + 1.96²/2) / (100 + 1.96²) = 0.5; 1.96 √(0.25 / 103.8416 · 9900 / 9999) = 0.09570
        (50, 100, 10_000, Estimate(5_000, 957)),
        # 1.9208 / 103.8416 = 0.018497; 1.96 √(0.018497 · 0.981503 / 103.8416 · 9900 / 9999) = 0.025787
        (0, 100, 10_000, Estimate(0, 258)),
        (7, 40, 40, Estimate(7, 0)),
    ],
)
def test_an_estimate_says_how_far_it_may_be_off(
    counted: int, sampled_count: int, total: int, expected: Estimate
) -> None:
    assert extrapolated(counted, sampled_count, total) == expected


@pytest.mark.parametrize(
    ("customers", "margin", "expected"), [(48_313, 2_431, 48_000), (48_513, 431, 48_500), (7, 0, 7), (140, 99, 140)]
)
def test_digits_that_a_sample_cannot_know_are_not_shown(customers: int, margin: int, expected: int) -> None:
    assert Estimate(customers, margin).rounded() == expected


def test_the_page_ends_with_the_true_number(
    open_page: Callable[..., AppTest], company: Workspace, where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Group] = []

    def estimated(where: Where, viewer: Viewer, definition: Group) -> Estimate:
        shown.append(definition)
        return Estimate(1_234, 56)

    monkeypatch.setattr(segments, "estimated", estimated)
    bought = definition_of({"all": [{"act": "buy"}]})
    app = open_page(company, "segments", s=files.to_address(bought))
    assert not app.exception
    assert shown == [bought]
    [metric] = [metric for metric in app.metric if metric.label.startswith("In this segment")]
    assert (metric.label, metric.value) == ("In this segment", f"{len(by_one_query(where, bought)):,}")
