"""A shallow tree as rules that a person can read and a later period can judge."""

from typing import NamedTuple

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from models.histories import Floats


class Rule(NamedTuple):
    """One leaf: the rows with low < value <= high in every feature."""

    low: Floats  # (features,), -inf where there is no bound
    high: Floats  # (features,), inf where there is none
    shares: Floats  # of the classes among the rows it was learnt from
    rows: int

    def holds(self, X: Floats) -> Floats:
        """Which rows it holds for; a missing value counts as below every bound."""
        values = np.where(np.isnan(X), -np.inf, X)
        above = (values > self.low) | np.isneginf(self.low)
        holds: Floats = np.all(above & (values <= self.high), axis=1)
        return holds

    def words(self, names: tuple[str, ...]) -> str:
        """As in "recency_days above 84 and orders_90d at most 1"."""
        parts = []
        for name, low, high in zip(names, self.low, self.high, strict=True):
            if np.isfinite(low) and np.isfinite(high):
                parts.append(f"{name} above {low:g} up to {high:g}")
            elif np.isfinite(low):
                parts.append(f"{name} above {low:g}")
            elif np.isfinite(high):
                parts.append(f"{name} at most {high:g} or missing")
        return " and ".join(parts) or "everybody"


class JudgedRule(NamedTuple):
    """A rule with what it said of the rows it was learnt from and of later ones, for one class."""

    words: str
    rows: int
    share: float
    lift: float  # share over everybody's
    later_rows: int
    later_share: float
    later_lift: float


def learn_rules(
    X: Floats, y: Floats, *, depth: int = 3, smallest: int = 50, seed: int = 0
) -> tuple[list[Rule], Floats]:
    """The leaves of a shallow tree, and the classes that `Rule.shares` are of.

    Source: Breiman, Friedman, Olshen, Stone, "Classification and regression trees", 1984.
    """
    X = np.asarray(X, dtype=np.float64)
    lowest = np.where(np.isnan(X), np.nanmin(np.append(X.ravel(), 0)) - 1, X)
    leaf = max(1, min(smallest, len(X) // 4))
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=seed).fit(lowest, y)
    is_whole = (lowest == np.floor(lowest)).all(axis=0)
    rules: list[Rule] = []
    inner = tree.tree_

    def walk(node: int, low: Floats, high: Floats) -> None:
        if inner.children_left[node] == -1:
            shares = inner.value[node][0]
            rules.append(Rule(low, high, shares / shares.sum(), int(inner.n_node_samples[node])))
            return
        feature, cut = inner.feature[node], float(inner.threshold[node])
        if is_whole[feature]:
            cut = float(np.floor(cut))  # reads "at most 1", not "at most 1.5"
        walk(inner.children_left[node], low, replaced(high, feature, cut))
        walk(inner.children_right[node], replaced(low, feature, cut), high)

    features = X.shape[1]
    walk(0, np.full(features, -np.inf), np.full(features, np.inf))
    return rules, tree.classes_


def replaced(bounds: Floats, feature: int, value: float) -> Floats:
    """The bounds with one of them changed."""
    result = bounds.copy()
    result[feature] = value
    return result


def judged(
    rules: list[Rule], X: Floats, is_one: Floats, X_later: Floats, later_is_one: Floats, names: tuple[str, ...]
) -> list[JudgedRule]:
    """Every rule's share of ones now and later, the highest share now first."""
    now, later = np.asarray(is_one, dtype=float), np.asarray(later_is_one, dtype=float)
    result = []
    for rule in rules:
        here, there = rule.holds(np.asarray(X)), rule.holds(np.asarray(X_later))
        share = now[here].mean() if here.any() else float("nan")
        later_share = later[there].mean() if there.any() else float("nan")
        counts = int(here.sum()), int(there.sum())
        lifts = (s / v.mean() if v.mean() else float("nan") for s, v in ((share, now), (later_share, later)))
        lift, later_lift = lifts
        result.append(
            JudgedRule(
                rule.words(names),
                counts[0],
                float(share),
                float(lift),
                counts[1],
                float(later_share),
                float(later_lift),
            )
        )
    return sorted(result, key=lambda rule: -rule.share)
