"""The report card of predicted classes, such as the tier of a newcomer: how often right, of each class, and a grade."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from models.card import FEW, Card, best_of, graded, verdict
from models.histories import Floats

CLEARLY = 0.02
REACH = 1.96  # standard errors to either side


class ClassJudgement(NamedTuple):
    """How one set of predicted classes did on the later period."""

    rows: int
    accuracy: float
    mean_recall: float  # of the classes that came, each counting alike


class OneClass(NamedTuple):
    """One class on the later period."""

    name: str
    rows: int  # that were of it
    said_rows: int  # that were said to be
    recall: float  # of those that were of it, the share said to be; nan: there was none
    precision: float  # of those said to be of it, the share that was; nan: none was said to be


@dataclass(frozen=True, kw_only=True)
class ClassCard(Card):
    """The card of one of several classes."""

    model_judgement: ClassJudgement
    baseline_judgements: dict[str, ClassJudgement]
    accuracy_gain: float
    accuracy_gain_low: float
    accuracy_gain_high: float
    classes: list[OneClass]


def by_class(actual: Floats, predicted: Floats) -> list[OneClass]:
    """Every class that came or was said, in order of name."""
    found = []
    for name in np.union1d(actual, predicted):
        came, said = actual == name, predicted == name
        both = float((came & said).sum())
        found.append(OneClass(str(name), int(came.sum()), int(said.sum()), share(both, came), share(both, said)))
    return found


def share(count: float, of: Floats) -> float:
    """The count as a share of the rows that hold; nan where there are none."""
    return count / float(of.sum()) if of.any() else float("nan")


def class_judgement(actual: Floats, predicted: Floats) -> ClassJudgement:
    """All measures of one set of predicted classes."""
    recalls = [each.recall for each in by_class(actual, predicted)]
    return ClassJudgement(len(actual), float((actual == predicted).mean()), float(np.nanmean(recalls)))


def class_card(
    *,
    model: str,
    as_of: str,
    actual: Floats,
    predicted: Floats,
    baselines: dict[str, Floats],
    periods: dict[str, Any],
    data: dict[str, Any],
    **further: Any,
) -> ClassCard:
    """Judge a model of classes and its baselines on the same rows of the later period.

    Graded by how much more often it is right than the best baseline: A where the whole 95 % interval of the gain lies
    above 0.02, B above 0, C else or on fewer than 50 rows.

    Parameters
    ----------
    actual, predicted : the class of each row, as it came and as said
    baselines : predictions of each for the same rows; the one that is right most often is the one to beat
    further : drift, warnings, settings as in `Card`

    Source: right and wrong on the same rows, paired: McNemar, Psychometrika 12, 1947; Agresti, "Categorical data
    analysis", section 10.1, 2002.
    """
    came, said = np.asarray(actual), np.asarray(predicted)
    judged = {name: class_judgement(came, np.asarray(each)) for name, each in baselines.items()}
    best = best_of({name: each.accuracy for name, each in judged.items()})
    gains = (said == came).astype(float) - (np.asarray(baselines[best]) == came)
    gain, reach = float(gains.mean()), REACH * float(gains.std(ddof=1)) / np.sqrt(len(gains))
    ours = class_judgement(came, said)
    words = f"right in {ours.accuracy:.1%} against {judged[best].accuracy:.1%} of {best}: "
    words += f"{gain:+.1%} ({gain - reach:+.1%} to {gain + reach:+.1%})"
    too_few = f"too little to judge by: {len(came)} rows on the later period, {FEW} are needed"
    return ClassCard(
        model=model,
        as_of=as_of,
        **(graded(gain - reach, CLEARLY, best, words) if len(came) >= FEW else verdict("C", too_few, best)),
        periods=periods,
        data=data,
        best_baseline=best,
        model_judgement=ours,
        baseline_judgements=judged,
        accuracy_gain=gain,
        accuracy_gain_low=gain - reach,
        accuracy_gain_high=gain + reach,
        classes=by_class(came, said),
        **further,
    )
