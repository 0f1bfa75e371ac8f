"""BG/NBD by maximum likelihood for a million customers, beside lifetimes 0.11.3 on the same histories."""

import importlib.util
from statistics import median
from time import perf_counter

import numpy as np

from models.bg_nbd import BgNbd

CUSTOMERS, DAYS, ENTRY = 1_000_000, 273, 84
R, ALPHA, A, B = 0.243, 4.414 * 7, 0.793, 2.426
AIM = 30


def histories(customers: int = CUSTOMERS, seed: int = 1) -> np.ndarray:
    """Histories drawn from the process with CDNOW's published parameters, in whole days."""
    rng = np.random.default_rng(seed)
    age = rng.integers(DAYS - ENTRY, DAYS + 1, customers)
    rate, leave = rng.gamma(R, 1 / ALPHA, customers), rng.beta(A, B, customers)
    x, last, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    staying = np.arange(customers)
    while len(staying):
        now[staying] += rng.exponential(1, len(staying)) / np.maximum(rate[staying], 1e-300)
        staying = staying[now[staying] <= age[staying]]
        day = np.maximum(np.ceil(now[staying]), 1)
        x[staying] += day > last[staying]
        last[staying] = day
        staying = staying[rng.random(len(staying)) >= leave[staying]]
    return np.column_stack([x, np.minimum(last, age), age])


def ours(X: np.ndarray) -> tuple[float, ...]:
    model = BgNbd().fit(X)
    return model.r_, model.alpha_, model.a_, model.b_


def theirs(X: np.ndarray) -> tuple[float, ...]:
    from lifetimes import BetaGeoFitter  # noqa: PLC0415 - a peer, there in development only

    model = BetaGeoFitter().fit(X[:, 0], X[:, 1], X[:, 2])
    return tuple(float(model.params_[name]) for name in ("r", "alpha", "a", "b"))


def timed(work, X: np.ndarray) -> tuple[float, tuple[float, ...]]:
    start = perf_counter()
    answer = work(X)
    return perf_counter() - start, answer


def run(repeats: int = 3) -> list[dict]:
    """Fit both in turn, check that the parameters agree to four digits, compare times."""
    X = histories()
    has_peer = importlib.util.find_spec("lifetimes") is not None
    ours_seconds, peer_seconds, ratios = [], [], []
    for _ in range(repeats):
        seconds, answer = timed(ours, X)
        ours_seconds.append(seconds)
        if has_peer:
            peer, peer_answer = timed(theirs, X)
            if not np.allclose(answer, peer_answer, rtol=1e-4):
                raise RuntimeError(f"the fits differ: {answer} and {peer_answer}")
            peer_seconds.append(peer)
            ratios.append(peer / seconds)
    result = {
        "work": "BG/NBD, 1 M customers, peer lifetimes 0.11.3",
        "ours_seconds": median(ours_seconds),
        "aim": f"{AIM} times as fast",
    }
    if has_peer:
        result |= {
            "peer_seconds": median(peer_seconds),
            "ratio_median": median(ratios),
            "ratio_range": f"{min(ratios):.1f} to {max(ratios):.1f}",
            "met": median(ratios) >= AIM,
        }
    return [result]
