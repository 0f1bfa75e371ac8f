"""BG/NBD by maximum likelihood for a million customers, beside how lifetimes 0.11.3 fits it, at equal parameters.

lifetimes 0.11.3 does not run beside pandas 3, so where it is absent its `BetaGeoFitter.fit` is stood in for by what it
does, written anew: the likelihood of every single customer in numpy, BFGS from 0.1 on the logarithms with tolerance
1e-7. In the stand-in's favour the gradient is written by hand, where lifetimes differentiates with autograd, and the
Hessian for standard errors, which both compute afterwards, is left out.
"""

import importlib.util

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammaln

from benchmarks.alternate import alternate
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


def lifetimes_itself(X: np.ndarray) -> tuple[float, ...]:
    from lifetimes import BetaGeoFitter  # noqa: PLC0415 - a peer, there in development only

    model = BetaGeoFitter().fit(X[:, 0], X[:, 1], X[:, 2])
    return tuple(float(model.params_[name]) for name in ("r", "alpha", "a", "b"))


def stand_in(X: np.ndarray) -> tuple[float, ...]:
    """The same likelihood row by row: Fader, Hardie, Lee 2005, section 7."""
    scale = 10 / X[:, 2].max()
    x, t_x, age = X[:, 0], X[:, 1] * scale, X[:, 2] * scale
    found = minimize(downhill, np.full(4, 0.1), args=(x, t_x, age), jac=True, tol=1e-7)
    r, alpha, a, b = np.exp(found.x)
    return float(r), float(alpha / scale), float(a), float(b)


def downhill(theta: np.ndarray, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the mean log-likelihood and its gradient by the logarithms of r, alpha, a and b."""
    r, alpha, a, b = np.exp(theta)
    back, came_back = np.maximum(x, 1) - 1, x > 0
    stays = -(r + x) * np.log(alpha + age)
    left = np.where(came_back, np.log(a) - np.log(b + back) - (r + x) * np.log(alpha + t_x), -np.inf)
    whole = np.logaddexp(stays, left)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + whole
    value += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    of_left = np.exp(left - whole)
    of_stays = 1 - of_left
    by_r = digamma(r + x) - digamma(r) + np.log(alpha)
    by_r += -of_stays * np.log(alpha + age) - of_left * np.log(alpha + t_x)
    by_alpha = r / alpha - (r + x) * (of_stays / (alpha + age) + of_left / (alpha + t_x))
    both = digamma(a + b) - digamma(a + b + x)
    by_a = both + of_left / a
    by_b = both + digamma(b + x) - digamma(b) - of_left / (b + back)
    slopes = np.array([by_r.mean() * r, by_alpha.mean() * alpha, by_a.mean() * a, by_b.mean() * b])
    return -float(value.mean()), -slopes


def run(rounds: int = 3, customers: int = CUSTOMERS) -> list[dict]:
    """Fit both in turn, once their parameters were found to agree to three digits."""
    X = histories(customers)
    has_peer = importlib.util.find_spec("lifetimes") is not None
    theirs, peer = (lifetimes_itself, "lifetimes 0.11.3") if has_peer else (stand_in, "lifetimes' way, written anew")
    answers = ours(X), theirs(X)
    if not np.allclose(*answers, rtol=1e-3):
        raise RuntimeError(f"the fits differ: {answers[0]} and {answers[1]}")
    work = f"BG/NBD, {customers / 1e6:g} M customers, peer {peer}"
    return [alternate(work, lambda: ours(X), lambda: theirs(X), rounds=rounds, at_least=AIM)]
