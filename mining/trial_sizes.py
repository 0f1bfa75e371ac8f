"""What a trial with a control group can show: the smallest effect that its size can tell from luck, and the reverse."""

from functools import partial
from math import sqrt
from statistics import NormalDist

STEPS = 60  # halvings: far below what a share can mean


def smallest_effect(treated: int, held: int, *, share: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The least rise of a share that a trial would find in `power` of the cases, by a two-sided test at `alpha`.

    Parameters
    ----------
    treated : people written to
    held : people held out
    share : share of the held out expected to do it without being written to, 0 to 1
    alpha : chance of seeing an effect where there is none
    power : chance of seeing one that is there

    Returns
    -------
    the rise as a share, or None where no rise could be told: nobody in one of the arms, or beyond everybody

    Raises
    ------
    ValueError
        If a share or chance is not between 0 and 1.

    Source: Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions", 3rd ed., section 4.2.
    """
    for name, value in (("share", share), ("alpha", alpha), ("power", power)):
        if not 0 <= value <= 1 or (name != "share" and value in (0, 1)):
            raise ValueError(f"{name} must be between 0 and 1, got {value}")
    miss = partial(shortfall, treated=treated, held=held, share=share, alpha=alpha, power=power)
    if treated < 1 or held < 1 or share == 1 or miss(1 - share) > 0:
        return None
    low, high = 0.0, 1 - share
    for _ in range(STEPS):
        middle = (low + high) / 2
        if miss(middle) > 0:
            low = middle
        else:
            high = middle
    return high


def shortfall(effect: float, *, treated: float, held: float, share: float, alpha: float, power: float) -> float:
    """How far an effect is from what can be told: what the test needs less the effect."""
    normal = NormalDist()
    after = share + effect
    pooled = (treated * after + held * share) / (treated + held)
    luck = normal.inv_cdf(1 - alpha / 2) * sqrt(pooled * (1 - pooled) * (1 / treated + 1 / held))
    spread = normal.inv_cdf(power) * sqrt(after * (1 - after) / treated + share * (1 - share) / held)
    return luck + spread - effect


def people_needed(
    effect: float, *, share: float, held_share: float, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """How many people, both arms together, a trial needs to tell a rise of `effect`.

    Parameters
    ----------
    effect : the rise looked for, as a share above 0
    share : as in `smallest_effect`
    held_share : share of the people held out, between 0 and 1

    Returns
    -------
    people, or None where the rise goes beyond everybody or nobody is held out

    Source: as for `smallest_effect`; what is needed falls with the root of the people, so one step solves it.
    """
    if effect <= 0 or share + effect > 1 or not 0 < held_share < 1:
        return None
    needed = effect + shortfall(effect, treated=1 - held_share, held=held_share, share=share, alpha=alpha, power=power)
    # The part before the decimal point is rounded first: 400.0000000001 people are 400.
    return -int(-round((needed / effect) ** 2, 6) // 1)
