"""Hand-worked numbers, and the published procedures they stand for."""

import numpy as np
import pandas as pd
import pytest

from mining.rule_statistics import adjusted, expected_hits, lag_quantile, log_upper_tail


def test_the_tail_of_a_fair_coin():
    # at least 3 of 3 heads: 1/8; at the mean or below, nothing is said against chance
    assert np.exp(log_upper_tail([3, 1], [3, 3], [1.5, 1.5])) == pytest.approx([1 / 8, 1])


def test_the_tail_is_never_lighter_than_that_of_unequal_chances():
    rng = np.random.default_rng(1)
    chances = rng.random(20) * 0.5
    hits = (rng.random((200_000, 20)) < chances).sum(axis=1)
    for least in range(int(chances.sum()) + 2, 14):
        seen = (hits >= least).mean()
        assert np.exp(log_upper_tail(least, 20, chances.sum())) >= seen - 3 * np.sqrt(seen / 200_000)


def test_adjusted_as_benjamini_and_hochberg_do():
    # 5 tried: 0.01 x 5/1, 0.02 x 5/2, 0.04 x 5/3; monotone from the largest down
    assert adjusted([0.04, 0.01, 0.02], 5) == pytest.approx([0.2 / 3, 0.05, 0.05])


def test_what_is_not_listed_counts_as_tried():
    assert adjusted([0.001], 1) == pytest.approx([0.001])
    assert adjusted([0.001], 1_000) == pytest.approx([1])
    with pytest.raises(ValueError, match="tried"):
        adjusted([0.1, 0.2], 1)


def test_expected_hits_go_cell_by_cell():
    # 4 starts where 1 in 2 visits is followed, 6 where 1 in 10 is; pooled it would be 10 x 6/22
    starts = pd.DataFrame({"antecedent": [0, 0], "cell": [0, 1], "starts": [4, 6]})
    hits = pd.DataFrame({"item_code": [3, 3], "cell": [0, 1], "hits": [1, 2]})
    totals = pd.DataFrame({"cell": [0, 1], "controls": [2, 20]})
    pairs = pd.DataFrame({"antecedent": [0], "item_code": [3]})
    assert expected_hits(starts, hits, totals, pairs) == pytest.approx([4 / 2 + 6 / 10])


def test_quartiles_are_lags_that_occurred():
    # lags 2, 2, 5, 9: a quarter have come by day 2, half by day 2, three quarters by day 5
    assert [lag_quantile([2, 5, 9], [2, 1, 1], n, 4) for n in (1, 2, 3, 4)] == [2, 2, 5, 9]
