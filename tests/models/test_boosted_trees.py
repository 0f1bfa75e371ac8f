"""Boosted trees: three features that matter only together, sampled reasons against exact ones, and the contract."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from models.boosted_tables import BoostedTables
from models.boosted_trees import BoostedTrees
from models.measures import area_under_curve
from models.response import ResponseModel


def three_together(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Likely where three of the four are above zero, seldom elsewhere; the fourth says nothing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 4))
    above = (X[:, :3] > 0).all(axis=1)
    return X, (rng.random(rows) < np.where(above, 0.9, 0.2)).astype(int)


@pytest.fixture(scope="module")
def model() -> BoostedTrees:
    return BoostedTrees(rounds=60, background=100).fit(*three_together(4000, 0))


def test_what_three_features_say_together_is_found_where_pairs_miss_it(model):
    X, y = three_together(4000, 1)
    pairs = BoostedTables(rounds=60, bins=16).fit(*three_together(4000, 0))
    truth = np.where((X[:, :3] > 0).all(axis=1), 0.9, 0.2)
    assert area_under_curve(y, model.decision_function(X)).value > area_under_curve(y, truth).value - 0.02
    errors = [np.abs(each.predict_proba(X)[:, 1] - truth).mean() for each in (model, pairs)]
    assert errors[0] < 0.06
    assert errors[0] < errors[1]


def test_contributions_and_the_intercept_sum_up_to_the_log_odds(model):
    X, _ = three_together(50, 2)
    assert model.contributions(X).sum(axis=1) + model.intercept_ == pytest.approx(model.decision_function(X))


def test_sampled_contributions_come_near_those_of_all_orders(model):
    X, _ = three_together(8, 3)
    exact = np.zeros(X.shape)
    orders = list(permutations(range(4)))
    for order in orders:
        mixed = np.repeat(model.background_[:, None, :], len(X), axis=1)
        for feature in order:
            before = model.decision_function(mixed.reshape(-1, 4)).reshape(-1, len(X)).mean(axis=0)
            mixed[:, :, feature] = X[:, feature]
            after = model.decision_function(mixed.reshape(-1, 4)).reshape(-1, len(X)).mean(axis=0)
            exact[:, feature] += (after - before) / len(orders)
    assert model.contributions(X) == pytest.approx(exact, abs=0.35)
    assert np.abs(model.contributions(X) - exact).mean() < 0.08


def test_the_same_data_gives_the_same_model(model):
    X, _ = three_together(200, 4)
    again = BoostedTrees(rounds=60, background=100).fit(*three_together(4000, 0))
    assert np.array_equal(again.decision_function(X), model.decision_function(X))


def test_codes_have_no_order_and_an_unknown_one_is_missing():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 6, 3000), rng.normal(size=3000)]).astype(float)
    X[rng.random(3000) < 0.1, 0] = np.nan
    y = (rng.random(3000) < np.where(X[:, 0] % 2 == 0, 0.8, 0.2)).astype(int)  # the missing ones seldom too
    # One split finds all even codes: their shares lie beside each other.
    model = BoostedTrees(rounds=1, leaves=2, feature_share=1.0, learning_rate=1.0, categorical=(0,)).fit(X, y)
    asked = np.array([[c, 0.0] for c in [*range(6), 99.0, np.nan]])
    said = model.predict_proba(asked)[:, 1]
    assert said[:6] == pytest.approx([0.8, 0.2] * 3, abs=0.05)
    assert said[6] == said[7]
    assert asked[6, 0] == 99  # what was asked is left as it is


@parametrize_with_checks([BoostedTrees(rounds=5, background=4), ResponseModel(rounds=5, background=4)])
def test_scikit_learns_own_contract(estimator, check):
    check(estimator)
