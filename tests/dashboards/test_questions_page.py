"""The Questions page without a browser: all ten open, answers are those of the facts, a gap in the data is named."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.app_data import lists, questions
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.questions import Shown
from dashboards.app_data.reader import Published, Where, record
from dashboards.app_format import number, percent, plain
from mining.questions.catalogue import QUESTIONS
from workspace.errors import RegularsError
from workspace.folders import Workspace

Open = Callable[..., AppTest]
# What the page asks at first.
CHOICES: dict[str, dict[str, Any]] = {
    "new-customers": {"months": 3},
    "what-matters": {"tier": "A"},
    "age": {"under": 35},
    "web-growth": {"days": 60},
    "region": {},
    "price-cuts": {"months": 24},
    "person-or-machine": {"by": "age_band"},
    "strategy": {"income": "high", "days": 30},
}


def asked(published: Published, key: str, **choices: Any) -> Shown:
    where = Where(published.file, published.as_of, published.time_zone)
    return questions.answered(where, key, tuple(sorted(choices.items())))


def infos(app: AppTest) -> str:
    return "\n".join(info.value for info in app.info)


def test_all_ten_open_and_each_answers_or_says_why_not(open_page: Open, company: Workspace) -> None:
    app = open_page(company, "questions")
    for place in range(len(QUESTIONS)):
        app.selectbox(key="question").select_index(place).run()
        assert not app.exception
        assert not app.error
        answers = [metric for metric in app.metric if metric.label == "Answer"]
        assert len(answers) == 1 or app.info
        assert any("What is counted" in caption.value for caption in app.caption)


@pytest.mark.parametrize("key", CHOICES)
def test_an_answer_lies_within_its_interval_and_carries_its_query(published: Published, key: str) -> None:
    shown = asked(published, key, **CHOICES[key])
    assert shown.status in ("answered", "too little data")
    if shown.number is None:
        assert shown.sentence
        return
    assert shown.number.low <= shown.number.estimate <= shown.number.high
    assert shown.query.startswith("WITH") or "SELECT" in shown.query
    assert shown.customers is not None
    assert shown.customers["customer_key"].is_unique


def test_who_buys_one_and_not_the_other_is_counted_as_by_hand(
    open_page: Open, company: Workspace, published: Published
) -> None:
    bought, not_bought = questions.categories(published.file)[:2]
    counted = record(
        published.file,
        """
        with buyers as (
            select customer_key, bool_or(category = $bought) as has_a, bool_or(category = $not_bought) as has_b
            from star.fct_order_lines as lines
            inner join star.dim_product as product on lines.product_key = product.product_key and product.is_current
            where customer_key is not null and is_counted and not is_return and ordered_on <= $as_of
            group by customer_key
        )
        select count(*) filter (has_a) as buyers, count(*) filter (has_a and not has_b) as only_a from buyers
        """,
        {"bought": bought, "not_bought": not_bought, "as_of": published.as_of},
    )
    shown = asked(published, "a-not-b", bought=bought, not_bought=not_bought)
    assert shown.customers is not None
    assert len(shown.customers) == counted["only_a"]
    app = open_page(company, "questions")
    app.selectbox(key="question").set_value("a-not-b").run()
    assert app.metric[0].value == plain(percent(counted["only_a"] / counted["buyers"]))
    where = Where(published.file, published.as_of, published.time_zone)
    choices = (("bought", bought), ("not_bought", not_bought))
    everybody = questions.behind(where, "a-not-b", choices, counted["only_a"] + 1)
    assert sorted(everybody["customer_key"]) == sorted(shown.customers["customer_key"].astype(str))
    most = everybody["net_margin_12m"].dropna()
    assert most.is_monotonic_decreasing
    pd.testing.assert_frame_equal(questions.behind(where, "a-not-b", choices, 5), everybody.head(5))


def test_without_data_every_question_names_the_missing_feeds(open_page: Open, emptied: Workspace) -> None:
    app = open_page(emptied, "questions")
    for place in range(len(QUESTIONS)):
        app.selectbox(key="question").select_index(place).run()
        assert not app.exception
        assert "Map `" in infos(app)
        assert "regulars nightly" in infos(app)


def test_the_customers_behind_an_answer_become_a_list(
    open_page: Open, company: Workspace, published: Published
) -> None:
    """The same customers, those of them who agree to e-mail, and words that say where they come from."""
    bought, not_bought = questions.categories(published.file)[:2]
    choices = {"bought": bought, "not_bought": not_bought}
    shown = asked(published, "a-not-b", **choices)
    assert shown.customers is not None
    keys = set(shown.customers["customer_key"])
    behind = ListFilter(behind=questions.address("a-not-b", choices))
    assert ListFilter.from_dict(behind.as_dict()) == behind
    assert lists.count(published.file, behind) == len(keys) > 0
    listed = lists.first_members(published.file, behind, (), len(keys))
    assert {row["customer_key"] for row in listed} == keys
    agreed = record(
        published.file,
        "select count(*) as n from serving.customer_360"
        " where consent_email and list_contains($keys::bigint[], customer_key)",
        {"keys": [int(key) for key in keys]},
    )["n"]
    both = ListFilter(behind=behind.behind, consents=("email",))
    assert lists.count(published.file, both) == agreed < len(keys)
    app = open_page(company, "lists", behind=questions.address("a-not-b", choices))
    assert not app.exception
    assert next(metric.value for metric in app.metric if metric.label == "On this list") == number(len(keys))
    assert "Who buys A and not B" in infos(app)
    app.button(key="no_question").click().run()
    assert "Who buys A and not B" not in infos(app)


@pytest.mark.parametrize(
    "text",
    [
        "no text of ours",
        "[1]",
        '{"question": "nothing-known"}',
        '{"question": "age"}',
        '{"question": "age", "under": "35"}',
        '{"question": "age", "under": 35, "over": 3}',
    ],
)
def test_a_question_that_is_not_ours_is_refused_and_never_a_wider_list(published: Published, text: str) -> None:
    with pytest.raises(RegularsError, match="No question is asked by"):
        lists.count(published.file, ListFilter(behind=text))
