"""Rules planted in small demo companies are found, and none where none is planted; `benchmarks` does it at size."""

import pytest

from benchmarks.planted_rules import measure

CUSTOMERS = 6_000


@pytest.fixture(scope="module")
def planted():
    return [measure(seed, customers=CUSTOMERS, is_planted=True) for seed in (101, 102)]


def test_nine_in_ten_planted_rules_are_found(planted):
    assert 10 * sum(one.hits for one in planted) >= 9 * sum(one.planted for one in planted)


def test_at_most_one_in_twenty_of_the_rules_used_is_another(planted):
    assert 20 * sum(one.others for one in planted) <= sum(one.hits + one.others for one in planted)


def test_nothing_is_used_where_nothing_is_planted():
    assert measure(101, customers=CUSTOMERS, is_planted=False).others == 0
