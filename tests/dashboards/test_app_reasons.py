"""Reasons that the night wrote in English, said in Chinese: every kind of reason that `mining` and `models` write."""

import re

import pytest

from dashboards.app_language import speaking
from dashboards.app_reasons import PATTERNS, reworded, sentence
from models.feature_contract import FEATURES, Feature

REASONS = {
    "net margin fell by 455.00 to 610.00: revenue fell by 420.00, cost to serve rose by 35.00": (
        "净毛利减少 455.00，降至 610.00：收入减少 420.00，服务成本增加 35.00"
    ),
    "net margin fell by 9.00 to 1.00: revenue fell by 9.00 (older orders left the window)": (
        "净毛利减少 9.00，降至 1.00：收入减少 9.00（较早的订单已离开窗口）"
    ),
    "first order: revenue 80.00, cost of goods 50.00, cost to serve 2.00": (
        "首单：收入 80.00，商品成本 50.00，服务成本 2.00"
    ),
    "the cut-off of A moved from 800.00 to 845.00 because others changed; own margin unchanged at 830.00": (
        "因其他客户变化，A 级的界线由 800.00 移至 845.00；自身毛利不变，为 830.00"
    ),
    "recency 5 to 4 (no order for 41 days); frequency 3 to 2 (3 orders, 4 before)": (
        "最近购买 5 变为 4（41 天没有订单）；频次 3 变为 2（3 笔订单，之前 4 笔）"
    ),
    "silent for 120 days; nine in ten gaps of such customers are over after 84": (
        "沉默 120 天；此类客户九成的间隔在 84 天内结束"
    ),
    "bought Beans (dark), 1 kg 3 days ago; 12 % of such customers buy Grinder within 90 days, 2.1 times the usual; "
    "half of them by day 20": (
        "3 天前购买了Beans (dark), 1 kg；此类客户 12% 在 90 天内购买Grinder，为通常的 2.1 倍；其中一半在第 20 天前"
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_is_said_with_its_own_numbers(reason: str) -> None:
    with speaking("zh"):
        assert reworded(reason) == REASONS[reason]
    assert reworded(reason) == reason.replace(" %", "\u202f%")  # a thin space, as elsewhere on the page


IN_EUROS = {
    "net margin fell by 1455.00 to -610.00: revenue fell by 420.50, cost to serve rose by less than 0.01": (
        "net margin fell by €1,455.00 to −€610.00: revenue fell by €420.50, cost to serve rose by less than €0.01",
        "净毛利减少 €1,455.00，降至 −€610.00：收入减少 €420.50，服务成本增加 不足 €0.01",
    ),
    "the cut-off of A moved from 800.00 to 1845.00 because others changed; own margin unchanged at 830.00": (
        "the cut-off of A moved from €800.00 to €1,845.00 because others changed; own margin unchanged at €830.00",
        "因其他客户变化，A 级的界线由 €800.00 移至 €1,845.00；自身毛利不变，为 €830.00",
    ),
    "frequency 3 to 2 (1200 orders, 4 before); monetary 5 to 4 (1028.79 spent, 12.00 before)": (
        "frequency 3 to 2 (1,200 orders, 4 before); monetary 5 to 4 (€1,028.79 spent, €12.00 before)",
        "频次 3 变为 2（1,200 笔订单，之前 4 笔）；金额 5 变为 4（消费 €1,028.79，之前 €12.00）",
    ),
    "3 orders since 2025-01-03, silent for 1 days": (
        "3 orders since 3 Jan 2025, silent for 1 day",
        "自 2025年1月3日 起 3 笔订单，已沉默 1 天",
    ),
    "silent for 72 days; nine in ten gaps of such customers are over after 68": (
        "silent for 72 days; nine in ten gaps of such customers are over after 68",
        "沉默 72 天；此类客户九成的间隔在 68 天内结束",
    ),
    "1028.79 spent in a year": ("€1,028.79 spent in a year", "一年内消费 €1,028.79"),
    "bought Can 1234.50 days 3 days ago; 12 % of such customers buy Box 2 times within 90 days, 2.1 times the usual; "
    "half of them by day 20": (
        "bought Can 1234.50 days 3 days ago; 12\u202f% of such customers buy Box 2 times within 90 days, 2.1 times the "
        "usual; half of them by day 20",
        "3 天前购买了Can 1234.50 days；此类客户 12% 在 90 天内购买Box 2 times，为通常的 2.1 倍；其中一半在第 20 天前",
    ),
}


@pytest.mark.parametrize("reason", IN_EUROS)
def test_amounts_days_and_numbers_of_a_reason_are_written_as_elsewhere(reason: str) -> None:
    english, chinese = IN_EUROS[reason]
    assert reworded(reason, "EUR") == english
    with speaking("zh"):
        assert reworded(reason, "EUR") == chinese


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_pattern_leaves_the_plural_to_the_reader(pattern: str) -> None:
    assert "(s)" not in pattern


def test_one_of_a_thing_is_said_as_one_also_where_the_night_before_did_not() -> None:
    assert reworded("1 order(s) in 90 days") == "1 order in 90 days"
    assert reworded("-1 order(s) against the 90 days before") == "−1 order against the 90 days before"
    assert reworded("11 campaign contact(s) in 90 days") == "11 campaign contacts in 90 days"


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_of_a_prediction_reads_in_chinese(feature: Feature) -> None:
    for english in (*map(feature.phrase, (0.37, 1.0, 7.0)), feature.missing):
        with speaking("zh"):
            chinese = sentence(english)
        assert not re.search("[a-z]{2}", chinese)
        assert set(re.findall(r"\d+", english)) <= set(re.findall(r"\d+", chinese))


def test_a_reason_of_an_unknown_kind_stays_as_it_was_written() -> None:
    with speaking("zh"):
        assert reworded("the moon was full") == "the moon was full"


def test_an_and_within_a_name_is_left_alone() -> None:
    with speaking("zh"):
        assert reworded("email: retain: double points (Milk and foam)").endswith("double points (Milk and foam)")
        assert reworded("age years at most 48 or missing and channel is phone") == "年龄不超过 48 或缺失，且渠道为电话"
        assert reworded("region Nord and Ost") == "地区：Nord and Ost"


def test_the_night_itself_says_one_and_several() -> None:
    said = {feature.name: (feature.phrase(1.0), feature.phrase(3.0)) for feature in FEATURES}
    assert said["orders_90d"] == ("1 order in 90 days", "3 orders in 90 days")
    assert said["contacts_90d"] == ("1 campaign contact in 90 days", "3 campaign contacts in 90 days")
    assert said["has_unsubscribed"][0] == "has unsubscribed"
