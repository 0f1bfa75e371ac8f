"""The sentence of a segment: worked by hand, and read back to the same definition ten thousand times."""

import pytest

from tests.workspace.segments.generated import FIELDS, Generator
from workspace.errors import RegularsError
from workspace.segments.checking import check, definition_of
from workspace.segments.chinese import CHINESE
from workspace.segments.english import ENGLISH
from workspace.segments.language import Group
from workspace.segments.phrases import WIDE_SIGNS
from workspace.segments.reading import read
from workspace.segments.writing import sentence

HOW_MANY = 10_000
TASK = {
    "all": [
        {"field": "tier", "one_of": ["A", "B"]},
        {"field": "region", "one_of": ["North"]},
        {"field": "consent_email", "is_true": True},
        {"act": "buy", "where": [{"trait": "category", "one_of": ["Coffee"]}], "times_at_least": 2},
        {"none": [{"act": "call", "when": {"within_days": 365}}, {"act": "complain"}]},
        {"act": "buy", "did": False, "where": [{"trait": "category", "one_of": ["Grinders", "At risk"]}]},
    ]
}


def test_a_segment_in_plain_words():
    assert sentence(definition_of(TASK)) == (
        "People whose tier is A or B, and whose region is North, and who agree to e-mail, and who bought of category "
        "Coffee at least 2 times, and not those (who called in the last 365 days, or who complained), and who did not "
        "buy of category Grinders or “At risk”."
    )


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({}, "Everybody known."),
        ({"none": [{"field": "tier", "is_known": True}]}, "Everybody but those (whose tier is known)."),
        (
            {"any": [{"field": "net_margin_12m", "at_least": 100}, {"field": "r_score", "at_least": 2, "at_most": 5}]},
            "People whose net margin is at least 100, or whose recency score is between 2 and 5.",
        ),
        (
            {"all": [{"field": "last_order_on", "when": {"within_days": 365, "not_within_days": 90}}]},
            "People whose last order is in the last 365 days but not in the last 90 days.",
        ),
        (
            {
                "all": [
                    {
                        "act": "buy",
                        "times_at_least": 1,
                        "times_at_most": 1,
                        "amount_at_least": 50.5,
                        "when": {"since": "2024-01-01"},
                        "relation": {"order": "after", "act": "complain", "within_days": 1},
                    }
                ]
            },
            "People who bought exactly 1 time for at least 50.5 in all since 2024-01-01 within 1 day after they "
            "complained.",
        ),
    ],
)
def test_each_kind_of_condition_is_said_and_read(definition, said):
    made = definition_of(definition)
    assert sentence(made) == said
    assert read(said, FIELDS) == made


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_ten_thousand_definitions_are_read_back_from_their_sentences_and_their_files(words):
    generator = Generator(seed=20251122)
    seen = set()
    for _ in range(HOW_MANY):
        made = generator.definition()
        check(made, FIELDS)
        said = sentence(made, words)
        assert read(said, FIELDS, words) == made, said
        assert definition_of(made.model_dump(mode="json")) == made
        seen.add(said)
    assert len(seen) > HOW_MANY * 0.8


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_two_definitions_that_differ_are_never_said_the_same(words):
    generator, said = Generator(seed=5), {}
    for _ in range(3000):
        made = generator.definition()
        assert said.setdefault(sentence(made, words), made) == made


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "ends where “People …” is expected"),
        ("Persons whose tier is A.", "from “Persons whose"),
        ("People whose shoe size is 44.", "from “shoe size is 44"),
        ("People whose tier is A, and who sang.", "from “sang.” on: what they did"),
        ("People whose tier is A, and whose region is North, or who called.", "the end is expected"),
        ("Everybody but those (who called, and who complained).", "“or” between what they are not"),
        ("People who bought after they did not call.", "something that they did"),
        ("People who bought; drop table x.", "cannot be read from “; drop"),
        ("People " + "(" * 40 + "who called" + ")" * 40 + ".", "fewer groups"),
        ("People whose tier is “A.", "cannot be read from"),
        ("People who called in the last 0 days.", "greater than or equal to 1"),
        ("People whose last order is since 2024-13-01.", "from “since 2024-13-01.” on"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_is_expected(text, problem):
    with pytest.raises(RegularsError) as raised:
        read(text, FIELDS)
    assert problem in str(raised.value)


# The wide signs of Chinese by plain ones, for whoever reads this file.
WIDE = str.maketrans("(),;.:", WIDE_SIGNS)


def test_a_segment_in_chinese():
    expected = (
        "客户:其等级为 A 或 B,且其地区为 North,且同意电子邮件联系,且购买过类别 Coffee 至少 2 次,"
        "且不属于(最近 365 天内来电过,或投诉过),且未购买类别 Grinders 或“At risk”."
    )
    assert sentence(definition_of(TASK), CHINESE) == expected.translate(WIDE)
    assert read(expected, FIELDS, CHINESE) == definition_of(TASK)
    assert sentence(Group(), CHINESE) == f"{CHINESE.everybody}。"


@pytest.mark.parametrize(
    "said",
    [
        "客户:其地区为“北京”,“上海”或North,且最近30天内来电过.",
        "客户 : 其 地区 为 “北京” ; “上海” 或 North , 且 来电过 最近 30 天内".translate(WIDE),
    ],
)
def test_chinese_is_read_with_spaces_or_without_and_by_either_signs(said):
    made = definition_of(
        {
            "all": [
                {"field": "region", "one_of": ["北京", "上海", "North"]},
                {"act": "call", "when": {"within_days": 30}},
            ]
        }
    )
    assert read(said, FIELDS, CHINESE) == made


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "末尾还应有"),
        ("客户:其地区为北京.", "从“北京.”起无法读懂:此处应为一个值"),
        ("客户:其等级为 A,且唱过歌.", "从“唱过歌.”起无法读懂:此处应为客户做过或没做过的事"),
        ("客户:其等级为 A;drop.", "从“;drop.”起无法读懂"),
        ("除此之外的所有人:(来电过,且投诉过).", "“或”"),
    ],
)
def test_what_cannot_be_read_in_chinese_is_said_in_chinese(text, problem):
    with pytest.raises(RegularsError) as raised:
        read(text, FIELDS, CHINESE)
    assert problem.replace(":", WIDE_SIGNS[-1]) in str(raised.value)


def test_the_chinese_words_are_for_everything_that_the_english_ones_are_for():
    for part in ("fields", "flags", "acts", "traits", "conjunctions", "relations"):
        assert set(getattr(ENGLISH, part)) <= set(getattr(CHINESE, part)), part
    for part in ("ranges", "times", "amounts", "spans"):
        assert [p.names for p in getattr(CHINESE, part)] == [p.names for p in getattr(ENGLISH, part)], part
