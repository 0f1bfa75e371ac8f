"""Registry: what goes in comes out the same, only known types are loaded, and the champion is one name."""

import numpy as np
import pytest
import skops.io

from models.churn import ChurnModel
from models.drift import FeatureDrift, reasons_to_retrain
from models.forecast import WeeklyForecast
from models.lifetime_value import LifetimeValue
from models.newcomer_tier import NewcomerTier
from models.registry import MODEL, Registry
from models.report_card import report_card
from models.response import ResponseModel
from models.score_rule import ScoreRule
from tests.models.known_company import company


def a_card(as_of: str = "2025-06-30"):
    y = np.array([1, 0] * 20)
    return report_card(
        model="churn", as_of=as_of, is_one=y, probability=y * 0.5, baselines={"none": y * 0.0}, periods={}, data={}
    )  # fmt: skip


def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    return X, (X[:, 0] > 0).astype(int)


def test_every_kind_of_model_comes_back_the_same(tmp_path):
    X, y = rows()
    known = company(600)
    value_rows = np.column_stack([known.histories(900), known.spending(900)])
    models = {
        "churn": (ChurnModel(rounds=5).fit(X, y, np.repeat([1, 2], 150)), X),
        "response": (ResponseModel(rounds=5).fit(X, y, np.repeat([1, 2], 150)), X),
        "categories": (ResponseModel(rounds=5, categorical=(0,)).fit(np.floor(X), y, np.repeat([1, 2], 150)), X),
        "forecast": (WeeklyForecast(ahead=2).fit(np.abs(X)), X),
        "rule": (ScoreRule(0).fit(X, y), X),
        "tier": (NewcomerTier().fit(X, np.where(y, "A", "B")), X),
        "value": (LifetimeValue(draws=20).fit(value_rows), value_rows),
    }
    registry = Registry(tmp_path)
    for name, (model, data) in models.items():
        entry = registry.save(name, model, a_card())
        assert np.array_equal(entry.load().predict(data), model.predict(data)), name


@pytest.mark.parametrize(
    "make",
    [
        lambda X, y: ChurnModel(rounds=5).fit(X, y),
        lambda X, y: ResponseModel(rounds=5).fit(X, y),
        lambda X, y: NewcomerTier().fit(X, np.where(y, "tier A", "tier B").astype(object)),
    ],
)
def test_the_same_model_and_card_give_the_same_version(tmp_path, make):
    X, y = rows()
    registry = Registry(tmp_path)
    entries = {registry.save("churn", make(X, y), a_card()).version for _ in range(2)}
    assert len(entries) == 1
    assert registry.save("churn", make(X, 1 - y), a_card()).version not in entries


def test_versions_are_kept_with_their_cards(tmp_path):
    X, y = rows()
    registry = Registry(tmp_path)
    registry.save("churn", ChurnModel(rounds=5).fit(X, y), a_card())
    registry.save("churn", ChurnModel(rounds=6).fit(X, y), a_card("2025-07-31"))
    assert [entry.card()["as_of"] for entry in registry.entries("churn")] == ["2025-06-30", "2025-07-31"]


def test_a_file_that_asks_for_another_type_is_refused(tmp_path):
    X, y = rows()
    entry = Registry(tmp_path).save("churn", ScoreRule(0).fit(X, y), a_card())
    (entry.folder / MODEL).write_bytes(skops.io.dumps(Registry))
    with pytest.raises(ValueError, match="not trusted"):
        entry.load()


def test_the_champion_is_crowned_and_found(tmp_path):
    X, y = rows()
    registry = Registry(tmp_path)
    assert registry.champion("churn") is None
    first = registry.save("churn", ScoreRule(0).fit(X, y), a_card())
    second = registry.save("churn", ScoreRule(1).fit(X, y), a_card("2025-07-31"))
    registry.crown(first)
    registry.crown(second)
    registry.crown(second)
    assert registry.champion("churn") == second
    registry.crown(first)
    assert registry.champions("churn") == [first, second, first]
    assert not list((tmp_path / "churn").glob(".*"))


def test_what_was_never_stored_cannot_be_crowned(tmp_path):
    X, y = rows()
    registry = Registry(tmp_path)
    entry = registry.save("churn", ScoreRule(0).fit(X, y), a_card())
    with pytest.raises(ValueError, match="no version '2020-01-01_0' of 'churn'"):
        registry.crown(entry._replace(version="2020-01-01_0", folder=tmp_path / "churn" / "2020-01-01_0"))


@pytest.mark.parametrize("name", ["../churn", "", "Churn", ".hidden"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    X, y = rows()
    with pytest.raises(ValueError, match="a name holds"):
        Registry(tmp_path).save(name, ScoreRule(0).fit(X, y), a_card())


def test_stability_index_worked_by_hand():
    # From halves to 8 and 2 of 10: 0.3 ln 1.6 + 0.3 ln 2.5 = 0.4159; a half row more in each bin hardly shows.
    then, now = np.repeat([[0.0], [1.0]], 50_000, axis=0), np.repeat([[0.0], [1.0]], [80_000, 20_000], axis=0)
    assert FeatureDrift(bins=2).fit(then).score_features(now) == pytest.approx([0.4159], abs=0.001)


def test_drift_is_nothing_for_the_same_people_and_large_for_others():
    X, _ = rows()
    drift = FeatureDrift().fit(X)
    assert drift.score_features(X) == pytest.approx([0, 0, 0])
    moved = X + np.array([0, 2.0, 0])
    moved[:, 2] = np.nan
    found = drift.score_features(moved)
    assert found[0] == 0
    assert found[1] > 0.25
    assert found[2] > 0.25
    reasons = reasons_to_retrain(found, ("a", "b", "c"), age_days=91)
    assert [reason.split()[0] for reason in reasons] == ["b", "c", "trained"]
    assert reasons_to_retrain(np.zeros(3), ("a", "b", "c"), age_days=90) == ()
