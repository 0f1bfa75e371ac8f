"""The statistics of `intervals` as column expressions, for tables too long to leave the engine."""

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.intervals import CONFIDENCE, normal_quantile

# Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 7.1.26: off by 1.5e-7 at most.
ERROR_FUNCTION = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)


def two_sided_p(z: ir.NumericValue) -> ir.FloatingValue:
    """Probability of a standard normal value at least as far from zero, to six decimals."""
    x = z.abs() / 2**0.5
    t = 1 / (1 + 0.3275911 * x)
    series = t * 0.0
    for coefficient in reversed(ERROR_FUNCTION):
        series = t * (coefficient + series)
    return ibis.least(series * (-x * x).exp(), 1.0)


def wilson_columns(
    successes: ir.NumericValue, trials: ir.NumericValue, confidence: float = CONFIDENCE
) -> tuple[ir.FloatingValue, ir.FloatingValue, ir.FloatingValue]:
    """Share, low and high as `intervals.wilson`; null where there was no trial."""
    z = normal_quantile(confidence)
    n = trials.cast("float64").nullif(0)
    share = successes.cast("float64") / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()
    # least and greatest pass over nulls: without the condition no trial would read as a range from 0 to 1.
    none = ibis.null("float64")
    low = ibis.cases((share.isnull(), none), (share == 0, 0.0), else_=ibis.greatest(centre - half, 0.0))
    high = ibis.cases((share.isnull(), none), (share == 1, 1.0), else_=ibis.least(centre + half, 1.0))
    return share, low, high


def with_corrected_p(table: ir.Table, p: str, name: str) -> ir.Table:
    """The table with the p values of one column corrected for their number (Benjamini and Hochberg); nulls stay.

    Rows with equal p values share the correction, whatever order the engine returns them in.
    """
    tested = table.filter(_[p].notnull())
    levels = tested.group_by(p).agg(level_count=_.count())
    levels = levels.mutate(
        rank=_.level_count.sum().over(ibis.window(order_by=p, rows=(None, 0))),
        tests=_.level_count.sum().over(ibis.window()),
    )
    levels = levels.mutate(raw=_[p] * _.tests / _["rank"])
    upward = _.raw.min().over(ibis.window(order_by=p, rows=(0, None)))
    levels = levels.select(p, **{name: ibis.least(upward, 1.0)})
    return table.left_join(levels, p).drop(f"{p}_right")


def beta_binomial_prior(table: ir.Table, successes: str, trials: str, *, names: tuple[str, str]) -> ir.Table:
    """One row: how much a company's customers differ in a share, as successes and failures seen beforehand.

    The moments of customers' own shares give the beta distribution they were drawn from: mean m and strength s, the
    number of trials that the prior is worth; the row is (m s, (1 - m) s). Customers who do not differ more than
    chance allows give a prior of 1000 trials; no trial at all gives one success and one failure.

    Source: Kleinman, "Proportions with extraneous variance: single and independent samples", JASA 68, 1973.
    """
    seen = table.filter(_[trials] > 0)
    sums = seen.agg(
        customers=_.count().cast("float64"),
        trials=_[trials].sum().cast("float64"),
        trials_squared=(_[trials].cast("float64") * _[trials]).sum(),
        successes=_[successes].sum().cast("float64"),
        ratio=(_[successes].cast("float64") * _[successes] / _[trials]).sum(),
    )
    sums = sums.mutate(mean=_.successes / _.trials.nullif(0))
    sums = sums.mutate(spread=_.ratio - _.trials * _["mean"] * _["mean"], variance=_["mean"] * (1 - _["mean"]))
    # Weighted sum of squares: expected m (1 - m) (k - 1 + (n - n2 / n - (k - 1)) / (s + 1)).
    pairs = _.trials - _.trials_squared / _.trials.nullif(0) - (_.customers - 1)
    alike = (_.spread / _.variance.nullif(0) - (_.customers - 1)) / pairs.nullif(0)
    sums = sums.mutate(alike=alike)
    strength = ibis.cases(
        (_.alike.isnull(), 2.0),
        (_.alike <= 1 / 1001, 1000.0),
        (_.alike >= 1 / 1.5, 0.5),
        else_=1 / ibis.greatest(_.alike, 1e-9) - 1,
    )
    mean = _["mean"].fill_null(0.5)
    return sums.select(**{names[0]: mean * strength, names[1]: (1 - mean) * strength})
