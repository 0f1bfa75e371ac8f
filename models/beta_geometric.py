"""The formulas that BG/NBD and MBG/NBD share; they differ only in whether one may leave right after the first order.

Fader, Hardie, Lee, "Counting Your Customers the Easy Way", Marketing Science 24(2), 2005 (FHL); Batislam, Denizel,
Filiztekin, "Empirical validation and comparison of models for customer base analysis", IJRM 24(3), 2007 (BDF).
A customer orders at rate lambda ~ Gamma(r, alpha) while alive and leaves after an order with probability
p ~ Beta(a, b). `chances_at_first` is 0 in BG/NBD and 1 in MBG/NBD, where the first order is a chance to leave too.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import betaln, expit, gammaln, hyp2f1, psi

from models.histories import Floats, Grouped

Number = float | Floats


class Parameters(NamedTuple):
    """Of the two mixing distributions; arrays where covariates make them differ between customers."""

    r: Number
    alpha: Number
    a: Number
    b: Number


def dead_log_odds(q: Parameters, x: Number, t_x: Number, age: Number, chances_at_first: int) -> Floats:
    """Log of the odds that a customer has left, FHL after eq. (6) and BDF: log(A4 / A3); -inf where none could leave.

    FHL: a / (b + x - 1) x ((alpha + T) / (alpha + t_x))^(r + x) for x > 0.
    """
    chances = np.asarray(x + chances_at_first, dtype=np.float64)
    could_leave = chances > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(q.a) - np.log(q.b + chances - 1) + (q.r + x) * np.log((q.alpha + age) / (q.alpha + t_x))
    return np.where(could_leave, odds, -np.inf)


def log_likelihood(q: Parameters, data: Grouped, chances_at_first: int) -> tuple[float, list[Floats]]:
    """FHL eq. (6) and its gradient by log r, log alpha, log a, log b, each as parts to be summed.

    `q` holds scalars, or one value for each level of `data`. The gradient is returned as four arrays over levels: their
    sum is the derivative by the common logarithm, and weighted by a covariate the derivative by its coefficient.
    """
    chances = data.level_x + chances_at_first
    a, b, alpha = (np.broadcast_to(v, data.level_x.shape) for v in (q.a, q.b, q.alpha))
    # FHL's A1 and A2: what depends on the number of orders alone is computed once for each number.
    log_a1 = gammaln(q.r + data.level_x) - gammaln(q.r) + q.r * np.log(alpha)
    log_a2 = gammaln(a + b) + gammaln(b + chances) - gammaln(b) - gammaln(a + b + chances)
    of_group = Parameters(q.r, *(v if np.ndim(v) == 0 else np.asarray(v)[data.level] for v in (q.alpha, q.a, q.b)))
    r_x = q.r + data.x
    since_all, since_last = of_group.alpha + data.age, of_group.alpha + data.t_x
    log_all = np.log(since_all)
    stretch = log_all - np.log(since_last)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_left = np.where(chances > 0, np.log(a) - np.log(b + chances - 1), -np.inf)
    odds = log_left[data.level] + r_x * stretch
    # log(A3 + A4) = log A3 - log P(alive); where that underflows, the odds themselves are the logarithm of 1 + odds.
    alive = expit(-odds)
    left = 1 - alive
    log_a34 = np.maximum(-np.log(np.maximum(alive, 1e-300)), odds) - r_x * log_all
    # Sums, not dot products: those wake the threads of BLAS, which costs more than it saves on vectors.
    total = (data.level_weight * (log_a1 + log_a2)).sum() + (data.weight * log_a34).sum()

    def by_level(values: Floats) -> Floats:
        return np.bincount(data.level, data.weight * values, minlength=len(data.level_x))

    n, left_n = data.level_weight, by_level(left)
    by_r = n * (psi(q.r + data.level_x) - psi(q.r) + np.log(alpha)) + by_level(left * stretch - log_all)
    by_alpha = n * q.r / alpha + by_level(r_x * (left * (1 / since_all - 1 / since_last) - 1 / since_all))
    common = psi(a + b) - psi(a + b + chances)
    by_a = n * common + left_n / a
    # Whoever had no chance to leave has left_n = 0, so the divisor, then below zero or not, does not matter.
    by_b = n * (common + psi(b + chances) - psi(b)) - left_n / (b + np.maximum(chances, 1) - 1)
    return float(total), [q.r * by_r, alpha * by_alpha, a * by_a, b * by_b]


def orders_while_alive(q: Parameters, time: Number) -> Floats:
    """Orders expected within `time` from somebody alive now, FHL eq. (9), with the parameters as known by now.

    Euler's transformation of the hypergeometric function is used: in FHL's form it overflows for frequent buyers,
    whose order counts enter two of its arguments; here they enter only the third.
    """
    a = np.where(np.abs(np.asarray(q.a) - 1) < 1e-6, 1 + 1e-6, q.a)  # a pole that is not there in the limit
    z = time / (q.alpha + time)
    survive = (1 - z) ** (a - 1) * hyp2f1(a - 1, a + q.b - 1 - q.r, a + q.b - 1, z)
    return (a + q.b - 1) / (a - 1) * (1 - survive)


def updated(q: Parameters, x: Number, age: Number, chances_at_first: int) -> Parameters:
    """The mixing distributions of somebody who is alive after `x` repeat orders in `age`."""
    return Parameters(q.r + x, q.alpha + age, q.a, q.b + x + chances_at_first)


def orders_of_a_new_customer(q: Parameters, time: Number, chances_at_first: int) -> Floats:
    """Repeat orders expected within `time` of the first order: FHL eq. (9), BDF."""
    stays = 1.0 if chances_at_first == 0 else np.asarray(q.b) / (np.asarray(q.a) + q.b)
    return stays * orders_while_alive(updated(q, 0, 0, chances_at_first), time)


def repeat_order_probabilities(q: Parameters, time: float, most: int, chances_at_first: int) -> Floats:
    """P(X(t) = 0, 1, ..., most), FHL eq. (8) and BDF; with scalars only."""
    k = np.arange(most + 1)
    c = k + chances_at_first
    share = time / (q.alpha + time)
    log_term = gammaln(q.r + k) - gammaln(q.r) - gammaln(k + 1) + k * np.log(share) + q.r * np.log1p(-share)
    term = np.exp(log_term)
    reached = 1 - np.concatenate([[0], np.cumsum(term)[:-1]])  # at least k orders if one never left
    stayed = np.exp(betaln(q.a, q.b + c) - betaln(q.a, q.b))
    could = c > 0
    left = np.exp(betaln(q.a + 1, np.where(could, q.b + c - 1, 1)) - betaln(q.a, q.b)) * could
    return stayed * term + left * reached
