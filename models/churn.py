"""Who is about to leave: a calibrated probability for each customer, its band and what is at stake."""

import numpy as np

from models.calibrated_rankings import CalibratedTables
from models.histories import Floats

BANDS = ("low", "medium", "high")


class ChurnModel(CalibratedTables):
    """The probability that a customer places no order within the horizon after `as_of`.

    y is 1 for those who placed none. Parameters, attributes and methods are those of `CalibratedTables`; what each
    feature adds to one customer's log-odds is exact (`contributions`), and `models.reasons` puts it in words.
    """


def bands(probability: Floats, *, medium: float = 0.35, high: float = 0.65) -> Floats:
    """ "low", "medium" from `medium` on, "high" from `high` on, for each probability."""
    if not 0 < medium < high < 1:
        raise ValueError(f"bands must satisfy 0 < medium < high < 1, got medium={medium}, high={high}")
    return np.asarray(BANDS, dtype=object)[np.digitize(probability, [medium, high])]


def expected_loss(probability: Floats, value: Floats) -> Floats:
    """Probability of leaving times value, in money; nothing is lost with a customer whose value is not above zero."""
    return np.asarray(probability) * np.maximum(value, 0)


def worth_acting(probability: Floats, value: Floats, *, saved_share: float, contact_cost: float) -> Floats:
    """Whether a contact is expected to bring more than it costs.

    Parameters
    ----------
    saved_share : of those who would leave, the share that one contact keeps; from a past trial with a control group
    contact_cost : of one contact, in money
    """
    return expected_loss(probability, value) * saved_share > contact_cost
