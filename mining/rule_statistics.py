"""The statistics of rules: tail probabilities, false-discovery rate, quantiles of counted lags. Arrays in and out."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

Floats = npt.NDArray[np.float64]


def log_upper_tail(hits: npt.ArrayLike, trials: npt.ArrayLike, expected: npt.ArrayLike) -> Floats:
    """The log of the chance of `hits` or more among independent trials of unequal chances that sum to `expected`.

    The binomial of the mean chance is used: above its mean its tail is never lighter than that of unequal chances,
    so the p-value errs to the safe side. Up to the mean the answer is 0, a p-value of 1.

    Source: Hoeffding, "On the distribution of the number of successes in independent trials", Annals of Mathematical
    Statistics 27, 1956, theorem 4.
    """
    hits, trials, expected = (np.asarray(values, dtype=float) for values in (hits, trials, expected))
    chance = np.clip(np.divide(expected, trials, out=np.zeros_like(expected), where=trials > 0), 0, 1)
    return np.where(hits >= expected + 1, stats.binom.logsf(hits - 1, trials, chance), 0.0)


def log_upper_tail_of_tables(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The log of the chance of as many hits among the starts, were starts and controls of a cell hit alike.

    Given how many of a cell were hit, the starts among them are hypergeometric: a sum of independent trials, so that
    `log_upper_tail` bounds the sum over cells. What is known of the controls is thus no better than their number.

    Parameters
    ----------
    cells : (the keys, starts, hits, controls, control_hits), one row per cell
    keys : what a test is of

    Returns
    -------
    (the keys, log_p: 0 where no cell can tell; usual: hits that all starts would have at the controls' rate)

    Source: Cochran, "Some methods for strengthening the common chi-squared tests", Biometrics 10, 1954, for the
    tables; Vatutin and Mikhailov, Theory of Probability and its Applications 27, 1982, for the trials.
    """
    # A cell without a control, or without a start, says nothing.
    told = cells[(cells["controls"] > 0) & (cells["starts"] > 0)]
    everybody, hit = told["starts"] + told["controls"], told["hits"] + told["control_hits"]
    told = told.assign(
        trials=np.minimum(told["starts"], hit),
        expected=told["starts"] * hit / everybody,
        usual=told["starts"] * told["control_hits"] / told["controls"],
    )
    sums = told.groupby(keys)[["starts", "hits", "trials", "expected", "usual"]].sum()
    sums = cells.groupby(keys)[["starts"]].sum().add_prefix("all_").join(sums).fillna(0.0).reset_index()
    share = np.divide(sums["usual"], sums["starts"], out=np.zeros(len(sums)), where=sums["starts"] > 0)
    log_p = log_upper_tail(sums["hits"], sums["trials"], sums["expected"])
    return sums[keys].assign(log_p=log_p, usual=share * sums["all_starts"])


def adjusted(p_values: npt.ArrayLike, tried: int) -> Floats:
    """The q-values (false-discovery rate) when `tried` hypotheses were tried, those not listed with p = 1.

    Source: Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995.
    """
    p_values = np.asarray(p_values, dtype=float)
    if tried < len(p_values):
        raise ValueError(f"tried must count every p-value, got {tried} for {len(p_values)}")
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * tried / np.arange(1, len(p_values) + 1)
    monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty_like(monotone)
    result[order] = np.minimum(monotone, 1)
    return result


def expected_hits(starts: pd.DataFrame, controls: pd.DataFrame, totals: pd.DataFrame, pairs: pd.DataFrame) -> Floats:
    """How many starts of each pair would be followed by its consequent at the controls' rate, cell by cell.

    Parameters
    ----------
    starts : (antecedent, cell, starts)
    controls : (item_code, cell, hits)
    totals : (cell, controls)
    pairs : (antecedent, item_code), one answer for each

    Source: indirect standardisation; Breslow and Day, "Statistical methods in cancer research" II, 1987, chapter 2.
    """
    size = 1 + int(max(starts["cell"].max(), totals["cell"].max()))
    rows = _matrix(starts, "antecedent", "starts", size)
    hits = _matrix(controls, "item_code", "hits", size)
    counts = np.zeros(size)
    counts[totals["cell"].to_numpy()] = totals["controls"]
    # A cell without a control says nothing of its own; it takes the rate over all cells.
    overall = hits.sum(axis=1, keepdims=True) / counts.sum()
    rates = np.where(counts > 0, hits / np.maximum(counts, 1), overall)
    expected = np.empty(len(pairs))
    antecedents, items = pairs["antecedent"].to_numpy(), pairs["item_code"].to_numpy()
    for begin in range(0, len(pairs), 100_000):
        part = slice(begin, begin + 100_000)
        expected[part] = np.einsum("ij,ij->i", rows[antecedents[part]], rates[items[part]])
    return expected


def _matrix(frame: pd.DataFrame, row: str, value: str, size: int) -> Floats:
    """The values as a matrix of rows by cells."""
    matrix = np.zeros((1 + int(frame[row].max()), size))
    matrix[frame[row].to_numpy(), frame["cell"].to_numpy()] = frame[value]
    return matrix


def lag_quantile(lags: npt.ArrayLike, counts: npt.ArrayLike, numerator: int, denominator: int) -> int:
    """The smallest lag by which at least numerator/denominator of the counted have come, compared as integers."""
    counts = np.asarray(counts)
    reached = denominator * np.cumsum(counts) >= numerator * counts.sum()
    return int(np.asarray(lags)[np.argmax(reached)])
