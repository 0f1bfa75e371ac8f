"""Answers, verdicts and rules that the night wrote in English, said in Chinese with their own numbers and names."""

import pytest

from dashboards.app_answers import FEATURES
from dashboards.app_language import speaking
from dashboards.app_models import rule_words
from dashboards.app_reasons import reworded
from models.feature_contract import NAMES
from pipelines.predict.newcomers import FEATURES as NEWCOMERS

ANSWERS = {
    "Are customers under 35 worth more?": "35 岁以下的客户更有价值吗？",
    "A buyer under 35 brings 1,204.50 a year, another 88.00: a difference of 1,116.50 (-3.10 to 2,236.10): no "
    "difference can be seen.": (
        "35 岁以下的购买客户每年带来 1,204.50，其他客户 88.00：相差 1,116.50（−3.10 至 2,236.10）：看不出差异。"
    ),
    "7 of 50 customers who buy Beans, dark do not buy Tea: 14.0 % (7.0 to 26.2).": (
        "购买 Beans, dark 的 50 位客户中有 7 位不购买 Tea：14.0%（7.0 至 26.2）。"
    ),
    "Largest: kind: person, 5.00 (1.00 to 9.00) against all other buyers; 2 of 9 levels differ clearly.": (
        "差异最大：类型：个人，与所有其他购买客户相差 5.00（1.00 至 9.00）；9 个取值中有 2 个差异明显。"
    ),
    "Most is expected of delivery: 6.10 (5.90 to 6.30) of 7; price cannot be told apart from it. They get -0.40 of "
    "it.": "期望最高的是配送：6.10（5.90 至 6.30）（满分 7）；与价格无法区分。实际感受与期望相差 −0.40。",
    "Cannot be answered: no buyer's birth date is known. Missing: sales.customers.": (
        "无法回答：没有购买客户的出生日期。缺少：sales.customers。"
    ),
    "Too little data: 3 orders hold more than one product; a rule needs 10.": (
        "数据太少：3 个订单含有一种以上商品；一条规则需要 10 个。"
    ),
    "better than the best baseline: AUC 0.860 against 0.850 of rhythm alone: +0.010 (+0.008 to +0.012)": (
        "优于最佳基线：AUC 为 0.860，仅凭购买节奏为 0.850：+0.010（+0.008 至 +0.012）"
    ),
    "severity is not one of low, medium, high": "severity 不是以下之一：low, medium, high",
}
RULES = {
    "visits_90d at most 0 or missing and no_order_probability above 0.784675": (
        "visits in 90 days at most 0 or missing and probability of no order, by rhythm above 78\u202f%",
        "90 天访问次数不超过 0 或缺失，且不再下单的概率大于 78\u202f%",
    ),
    "order count above 1 and first item count above 13 up to 28": (
        "orders so far above 1 and items in the first weeks above 13 up to 28",
        "订单数大于 1，且首期商品件数大于 13 且不超过 28",
    ),
    "revenue_365d_amount above 1234.5": ("revenue in a year above €1,234", "365 天收入大于 €1,234"),
    "gap_factor above 1.504321": ("silence, times the usual gap above 1.5", "间隔倍数大于 1.5"),
    "channel web": ("channel web", "渠道：网站"),
    "channel is not email and kind is person": (
        "channel is not email and kind is person",
        "渠道不为电子邮件，且类型为个人",
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_said_with_its_own_numbers(answer: str) -> None:
    with speaking("zh"):
        assert reworded(answer) == ANSWERS[answer]
    assert reworded(answer) == answer.replace(" %", "\u202f%").replace("-", "−")


def test_the_amounts_of_an_answer_in_money_carry_its_currency():
    answer = (
        "7 new customers brought 1204.50 each in their first 6 months, 1234 existing ones 88.00 at that age: a "
        "difference of 1,116.50 (-3.10 to 2236.10): no difference can be seen."
    )
    assert reworded(answer, "GBP") == (
        "7 new customers brought £1,204.50 each in their first 6 months, 1,234 existing ones £88.00 at that age: a "
        "difference of £1,116.50 (−£3.10 to £2,236.10): no difference can be seen."
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_a_model_is_said_by_its_conditions(rule: str) -> None:
    english, chinese = RULES[rule]
    assert rule_words(rule, "EUR") == english
    with speaking("zh"):
        assert rule_words(rule, "EUR") == chinese


def test_every_feature_of_a_model_has_a_name_for_people():
    named = {name.replace("_", " ") for name in (*NAMES, *NEWCOMERS)}
    assert named <= set(FEATURES)
    assert not any(name in FEATURES.values() for name in named - {"last satisfaction"})
