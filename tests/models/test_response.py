"""Whom to write to, worked by hand; words as codes."""

import numpy as np
import pytest

from models.category_codes import CategoryCodes
from models.newcomer_tier import NewcomerTier
from models.response import best_mailing


def test_write_to_those_whose_chance_is_worth_the_contact():
    mailing = best_mailing([0.5, 0.05, 0.2, 0.1], margin=20, contact_cost=2)
    # Worth it from above 0.1: 0.5 and 0.2 bring 14 for 4.
    assert mailing.is_chosen.tolist() == [True, False, True, False]
    assert (mailing.contacts, mailing.cut_off) == (2, 0.2)
    assert mailing.profit == pytest.approx(10)


def test_nobody_is_written_to_when_nobody_is_worth_it():
    mailing = best_mailing([0.01], margin=20, contact_cost=2)
    assert (mailing.contacts, mailing.profit) == (0, 0)


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ValueError, match="margin must be above zero"):
        best_mailing([0.5], margin=0, contact_cost=1)


def test_words_are_coded_commonest_first_and_new_ones_are_missing():
    codes = CategoryCodes(most=1).fit([["b", "a", "b", "c"]])
    found = codes.transform([["a", "b", "c", "never seen"]])[:, 0]
    assert found[:3].tolist() == [1, 0, 1]  # a and c share the last code
    assert np.isnan(found[3])


def test_tier_of_newcomers_from_rules_that_can_be_read():
    rng = np.random.default_rng(0)
    orders, spent = rng.integers(1, 6, 3000), rng.gamma(2, 50, 3000)
    tier = np.where((orders > 2) & (spent > 120), "A", np.where(orders > 2, "B", "C"))
    noisy = np.where(rng.random(3000) < 0.1, "C", tier)
    model = NewcomerTier(depth=2).fit(np.column_stack([orders, spent]), noisy)
    assert model.predict([[5, 200.0], [5, 20.0], [1, 200.0], [np.nan, 200.0]]).tolist() == ["A", "B", "C", "C"]
    words = [rule.words(("orders", "spent")) for rule in model.rules()]
    assert "orders at most 2 or missing" in words[0]
    assert sum(rule.rows for rule in model.rules()) == 3000
