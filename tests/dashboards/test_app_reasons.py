"""Reasons that the night wrote in English, said in Chinese: every kind of reason that `mining` and `models` write."""

import re

import pytest

from dashboards.app_format import sentence
from dashboards.app_language import speaking
from dashboards.app_reasons import reworded
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
    assert reworded(reason) == reason


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_every_feature_of_a_prediction_reads_in_chinese(feature: Feature) -> None:
    for english in (feature.words.format(0.37), feature.missing):
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
