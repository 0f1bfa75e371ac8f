"""Who will answer: learnt from a trial campaign, applied to the people one could write to."""

from typing import NamedTuple

import numpy as np

from models.calibrated_rankings import CalibratedTrees
from models.histories import Floats


class ResponseModel(CalibratedTrees):
    """The probability that a contact is answered; y is 1 for contacts that were.

    Parameters, attributes and methods are those of `CalibratedTrees`; `period` is the day or week of the contact,
    where the trial ran long enough to keep its last part for setting the probabilities right.
    """


class Mailing(NamedTuple):
    """Whom to write to: the share that brings the most, and what is expected of it."""

    contacts: int
    cut_off: float  # lowest probability written to
    responders: float
    profit: float
    is_chosen: Floats  # for each person


def best_mailing(probability: Floats, *, margin: float, contact_cost: float) -> Mailing:
    """Write to everybody whose chance times margin is worth the contact: the top of the expected profit curve.

    Parameters
    ----------
    margin : of one response, contact_cost : of one contact; both in money, above zero
    """
    if margin <= 0 or contact_cost < 0:
        raise ValueError(f"margin must be above zero and contact_cost not below, got {margin} and {contact_cost}")
    p = np.asarray(probability, dtype=np.float64)
    is_chosen = p * margin > contact_cost
    responders = float(p[is_chosen].sum())
    contacts = int(is_chosen.sum())
    lowest = float(p[is_chosen].min()) if contacts else 1.0
    return Mailing(contacts, lowest, responders, responders * margin - contacts * contact_cost, is_chosen)
