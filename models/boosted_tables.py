"""Gradient boosting of at most two features at a time, kept as tables: exact reasons, quick scores, nothing hidden."""

from collections.abc import Iterator
from itertools import combinations
from typing import Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from models.binary_classifier import LogOddsClassifier, few_threads, thinned
from models.histories import Floats

BLOCK = 1 << 15


class TablesSettings:
    """The settings of `BoostedTables`, and of what is built on it.

    Parameters
    ----------
    rounds, learning_rate, leaves, min_leaf : of the boosted trees; leaves at most, rows in a leaf at least
    bins : of a feature, besides the one of missing values
    most_rows : more are thinned out evenly at random, which costs hardly any accuracy
    categorical : positions of features whose values are codes 0, 1, ... without an order; rare codes share the last bin
    seed : of the thinning
    """

    def __init__(
        self,
        *,
        rounds: int = 200,
        learning_rate: float = 0.06,
        leaves: int = 8,
        min_leaf: int = 100,
        bins: int = 32,
        most_rows: int = 300_000,
        categorical: tuple[int, ...] = (),
        seed: int = 0,
    ) -> None:
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.min_leaf = min_leaf
        self.bins = bins
        self.most_rows = most_rows
        self.categorical = categorical
        self.seed = seed


class BoostedTables(TablesSettings, LogOddsClassifier):
    """A classifier of two classes: the log-odds are a sum of one table per feature and one per pair of features.

    Every path of every tree splits on two features at most, so the boosted trees are such a sum exactly; it is taken
    apart once, and only the tables are kept. Features are cut into bins at quantiles; a missing value has its own bin.

    The contributions are Shapley values of the log-odds against customers drawn feature by feature from the training
    rows: exact, as a pair's interaction is shared in halves.

    Attributes
    ----------
    thresholds_ : for each feature the upper ends of its bins but the last
    intercept_ : log-odds before any contribution
    mains_ : (features, bins + 1), pairs_ : (pairs, 2)
    pair_mains_ : (pairs, 2, bins + 1, bins + 1), the share of each of the two features in each cell

    Source: Lou, Caruana, Gehrke, Hooker, "Accurate intelligible models with pairwise interactions", KDD 2013; trees:
    Friedman, "Greedy function approximation", Annals of Statistics 29(5), 2001; reasons: Shapley, 1953, as in Lundberg,
    Lee, "A unified approach to interpreting model predictions", NeurIPS 2017.
    """

    def fit(self, X: Floats, y: Floats) -> Self:
        """Learn from X (rows, features; nan: missing) and y of two classes."""
        X, target = self._taught(X, y)
        rows = thinned(len(X), self.most_rows, self.seed)
        X, target = X[rows], target[rows]
        self.thresholds_ = [self._thresholds(column, j) for j, column in enumerate(X.T)]
        codes = self._codes(X)
        with few_threads(len(X)):
            trees = self._trees(X.shape[1], len(X)).fit(self._for_trees(codes), target)
            self._take_apart(trees, codes)
        return self

    def _thresholds(self, column: Floats, place: int) -> Floats:
        """Upper ends of the bins: middles between values, at quantiles where there are more values than bins."""
        if place in self.categorical:
            return np.arange(self.bins - 1, dtype=np.float64)
        values = np.unique(column[~np.isnan(column)])
        if len(values) > self.bins:
            shares = np.arange(1, self.bins) / self.bins
            return np.unique(np.quantile(column[~np.isnan(column)], shares, method="higher"))
        return (values[1:] + values[:-1]) / 2

    def _codes(self, X: Floats) -> Floats:
        """The bin of every value, (features, rows); `bins` where it is missing."""
        codes = np.empty(X.shape[::-1], dtype=np.intp)
        for j, column in enumerate(X.T):
            codes[j] = np.searchsorted(self.thresholds_[j], column, side="left")
            codes[j][np.isnan(column)] = self.bins
        return codes

    def _for_trees(self, codes: Floats) -> Floats:
        return np.where(self.bins == codes.T, np.nan, codes.T.astype(np.float64))

    def _trees(self, features: int, rows: int) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=max(1, min(self.min_leaf, rows // 10)),
            l2_regularization=1.0,
            interaction_cst="pairwise" if features > 1 else None,
            categorical_features=list(self.categorical) or None,
            early_stopping=False,
            random_state=self.seed,
        )

    def _take_apart(self, trees: HistGradientBoostingClassifier, codes: Floats) -> None:
        """Read the tables off the trees: of a feature, and of a pair beyond its two, from a reference row."""
        features, cells = len(codes), self.bins + 1
        shares = np.array([np.bincount(code, minlength=cells) / codes.shape[1] for code in codes])
        reference = shares.argmax(axis=1)
        grid = np.arange(cells)

        def log_odds(changes: dict[int, Floats], rows: int) -> Floats:
            table = np.repeat(reference[:, None], rows, axis=1)
            for feature, code in changes.items():
                table[feature] = code
            return trees.decision_function(self._for_trees(table))

        base = log_odds({}, 1)[0]
        effects = np.array([log_odds({j: grid}, cells) - base for j in range(features)])
        self.mains_ = effects - (effects * shares).sum(axis=1, keepdims=True)
        intercept = base + (effects * shares).sum()
        pairs, halves = [], []
        for i, j, whole in self._wholes(trees, reference):
            both = whole - base - effects[i][:, None] - effects[j][None, :]
            if np.abs(both).max() < 1e-9:
                continue
            by_j, by_i = shares[i] @ both, both @ shares[j]
            mean = float(by_j @ shares[j])
            of_i = (both - by_j[None, :] + by_i[:, None] - mean) / 2
            pairs.append((i, j))
            halves.append((of_i, both - mean - of_i))
            intercept += mean
        self.intercept_ = float(intercept)
        self.pairs_ = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.pair_mains_ = np.array(halves, dtype=np.float64).reshape(len(pairs), 2, cells, cells)

    def _wholes(self, trees: HistGradientBoostingClassifier, reference: Floats) -> Iterator[tuple[int, int, Floats]]:
        """Log-odds of the reference row with two features changed to each of their bins, for every pair that met."""
        cells = self.bins + 1
        first, second = (code.ravel() for code in np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"))
        pairs = self._met(trees)
        # Each call costs a little for every tree, whatever its rows: many pairs share one.
        together = max(1, BLOCK // len(first))
        for start in range(0, len(pairs), together):
            some = pairs[start : start + together]
            table = np.repeat(reference[:, None], len(some) * len(first), axis=1)
            for place, (i, j) in enumerate(some):
                rows = slice(place * len(first), (place + 1) * len(first))
                table[i, rows], table[j, rows] = first, second
            wholes = trees.decision_function(self._for_trees(table)).reshape(len(some), cells, cells)
            yield from ((i, j, whole) for (i, j), whole in zip(some, wholes, strict=True))

    def _met(self, trees: HistGradientBoostingClassifier) -> list[tuple[int, int]]:
        """The pairs of features on a common path of some tree: of all others the tables would be empty."""
        # scikit-learn puts the columns of categories before the others.
        others = [j for j in range(trees.n_features_in_) if j not in self.categorical]
        columns = [*sorted(self.categorical), *others]
        met: set[tuple[int, ...]] = set()

        def walk(nodes: Floats, place: int, above: frozenset[int]) -> None:
            node = nodes[place]
            if not node["is_leaf"]:
                here = above | {columns[node["feature_idx"]]}
                met.update(combinations(sorted(here), 2))
                walk(nodes, node["left"], here)
                walk(nodes, node["right"], here)

        for (tree,) in trees._predictors:  # nothing public tells; a test holds tables against trees
            walk(tree.nodes, 0, frozenset())
        return [(i, j) for i, j in sorted(met)]

    def decision_function(self, X: Floats) -> Floats:
        """Log-odds of the second class for each row of X."""
        X = self._seen(X)
        wholes = self.pair_mains_.sum(axis=1).reshape(len(self.pairs_), (self.bins + 1) ** 2)
        result = np.full(len(X), self.intercept_)
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            codes = self._codes(X[block])
            for code, main in zip(codes, self.mains_, strict=True):
                result[block] += main[code]
            for (i, j), whole in zip(self.pairs_, wholes, strict=True):
                result[block] += whole[codes[i] * (self.bins + 1) + codes[j]]
        return result

    def contributions(self, X: Floats) -> Floats:
        """What each feature adds to the log-odds of each row, (rows, features); they sum up to it less `intercept_`."""
        X = self._seen(X)
        result = np.zeros(X.shape)
        flat = self.pair_mains_.reshape(len(self.pairs_), 2, (self.bins + 1) ** 2)
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            codes = self._codes(X[block])
            added = np.array([main[code] for code, main in zip(codes, self.mains_, strict=True)])
            for (i, j), (of_i, of_j) in zip(self.pairs_, flat, strict=True):
                cell = codes[i] * (self.bins + 1) + codes[j]
                added[i] += of_i[cell]
                added[j] += of_j[cell]
            result[block] = added.T
        return result
