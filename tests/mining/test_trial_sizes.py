"""What a trial can show: a published example, statsmodels' power, and the two functions as each other's reverse."""

import pytest
from statsmodels.stats.proportion import power_proportions_2indep

from mining.trial_sizes import people_needed, smallest_effect


def test_the_published_example_of_fleiss():
    # Fleiss, Levin and Paik, table A.4 before the correction: 0.60 against 0.70, alpha 0.05, power 0.80: 356 each.
    assert people_needed(0.10, share=0.60, held_share=0.5) == pytest.approx(2 * 356, abs=2)


@pytest.mark.parametrize(("treated", "held", "share"), [(900, 100, 0.1), (5000, 5000, 0.02), (400, 40, 0.5)])
def test_the_smallest_effect_has_the_power_that_statsmodels_says(treated, held, share):
    effect = smallest_effect(treated, held, share=share)
    found = power_proportions_2indep(effect, share, nobs1=treated, ratio=held / treated, return_results=False)
    assert found == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("held_share", [0.05, 0.1, 0.5])
def test_each_is_the_reverse_of_the_other(held_share):
    needed = people_needed(0.02, share=0.1, held_share=held_share)
    held = round(needed * held_share)
    assert smallest_effect(needed - held, held, share=0.1) == pytest.approx(0.02, rel=0.01)


def test_more_people_show_smaller_effects():
    effects = [smallest_effect(9 * held, held, share=0.1) for held in (20, 200, 2000, 20000)]
    assert effects == sorted(effects, reverse=True)


def test_what_no_trial_can_show_is_none():
    assert smallest_effect(100, 0, share=0.1) is None
    assert smallest_effect(3, 1, share=0.5) is None
    assert smallest_effect(1000, 100, share=1.0) is None
    assert people_needed(0.5, share=0.6, held_share=0.1) is None
    assert people_needed(0.1, share=0.1, held_share=0.0) is None
    with pytest.raises(ValueError, match="share must be between 0 and 1, got 2"):
        smallest_effect(10, 10, share=2)
