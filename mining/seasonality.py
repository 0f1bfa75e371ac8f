"""Seasons: the part of the year in which a customer buys, and a group's series taken apart into trend, season, rest."""

from datetime import date, timedelta
from math import pi

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from mining.column_statistics import with_corrected_p
from mining.instants import days_after, days_until

YEARS, YEAR_DAYS, MIN_PURCHASES = 2, 365, 12
Array = np.ndarray


def purchase_seasons(gaps: ir.Table, *, as_of: date, false_discovery_rate: float = 0.05) -> ir.Table:
    """Whether a customer's purchases of the last two years gather in one part of the year, and in which.

    Each day of purchase is a point on the circle of the year; the length of the mean of the points is 0 for
    purchases all year round and 1 for one day a year. Rayleigh's test says whether chance gives such a length; p
    values are corrected for the number of customers tried. A season that all customers share shows up here too.

    Parameters
    ----------
    gaps : result of `purchase_gaps`
    as_of : last day that counts; the two years end with it
    false_discovery_rate : share of the seasons seen that may be due to chance

    Returns
    -------
    table of (customer_key, season 'seasonal', 'no season seen', 'too short': first order less than two years ago,
    'too few purchases': fewer than 12 days; season_strength 0 to 1, season_p: corrected, null unless tested;
    peak_month 1 to 12: null unless seasonal), one row per buyer

    Source: Mardia and Jupp, "Directional Statistics", 2000, section 6.3.1; the p value after Zar, "Biostatistical
    Analysis", 1999, equation 27.4.
    """
    span = YEARS * YEAR_DAYS
    dated = gaps.mutate(age=days_until(as_of, gaps.ordered_on))
    angle = 2 * pi * (_.age % YEAR_DAYS).cast("float64") / YEAR_DAYS
    is_recent = _.age < span
    circle = dated.group_by("customer_key").agg(
        first_age=_.age.max(),
        purchases=_.count(where=is_recent),
        east=angle.cos().sum(where=is_recent),
        north=angle.sin().sum(where=is_recent),
    )
    state = ibis.cases(
        (_.first_age < span, "too short"), (_.purchases < MIN_PURCHASES, "too few purchases"), else_="tested"
    )
    circle = circle.mutate(state=state, resultant=(_.east * _.east + _.north * _.north).sqrt())
    n = circle.purchases.cast("float64")
    raw = ((1 + 4 * n + 4 * (n * n - circle.resultant * circle.resultant)).sqrt() - (1 + 2 * n)).exp()
    none = ibis.null("float64")
    circle = circle.mutate(
        season_strength=ibis.ifelse(circle.state == "tested", circle.resultant / n.nullif(0), none),
        raw_p=ibis.ifelse(circle.state == "tested", ibis.least(raw, 1.0), none),
    )
    circle = with_corrected_p(circle, "raw_p", "season_p")
    seen = (_.season_p <= false_discovery_rate).ifelse("seasonal", "no season seen")
    circle = circle.mutate(season=ibis.ifelse(_.state == "tested", seen, _.state))
    # The angle of the mean is how long ago the height of the season was: back from as_of to its month.
    ago = (_.north.atan2(_.east) / (2 * pi) * YEAR_DAYS + YEAR_DAYS) % YEAR_DAYS
    circle = circle.mutate(year_ago=ibis.literal(as_of - timedelta(days=YEAR_DAYS)), back=YEAR_DAYS - ago)
    peak = days_after(_.year_ago, _.back.round().cast("int64")).month().cast("int64")
    peak = ibis.ifelse(_.season == "seasonal", peak, ibis.null("int64"))
    return circle.mutate(peak_month=peak).select("customer_key", "season", "season_strength", "season_p", "peak_month")


def group_seasons(series: ir.Table, *, period: int = 12) -> ir.Table:
    """Each group's series taken apart: value = trend + season + remainder.

    Parameters
    ----------
    series : table of (group_name, period_on, value), one row per group and period, whole periods only; a period
        without a row counts as 0
    period : how many rows make a season: 12 for months, 7 for days

    Returns
    -------
    table of (group_name, period_on, value, trend, season, remainder, season_strength, season_status), in memory.
    season_status 'seasonal': seasons and remainder told apart; 'too short': fewer than two whole seasons, the season
    then null, and with fewer than three rows trend and remainder too. season_strength: the part of what is not trend
    that the season explains, 0 to 1.

    Source: Cleveland, Cleveland, McRae and Terpenning, "STL: a seasonal-trend decomposition procedure based on
    loess", Journal of Official Statistics 6, 1990, with a season that stays the same; strength after Wang, Smith and
    Hyndman, "Characteristic-based clustering for time series data", Data Mining and Knowledge Discovery 13, 2006.
    """
    frame = series.select("group_name", "period_on", value=_.value.cast("float64")).execute()
    periods = sorted(frame["period_on"].unique())
    parts = []
    for name, rows in frame.groupby("group_name", sort=True):
        values = rows.set_index("period_on")["value"].reindex(periods, fill_value=0.0)
        first = int(np.argmax(values.index >= rows["period_on"].min()))
        parts.append(_taken_apart(str(name), values.iloc[first:], period))
    names = {"group_name": "string", "period_on": "date"} | dict.fromkeys(
        ("value", "trend", "season", "remainder", "season_strength"), "float64"
    )
    whole = pd.concat(parts) if parts else pd.DataFrame(columns=[*names, "season_status"])
    # pandas writes a missing number as NaN; in a table it is a null.
    whole = whole.astype(object).where(whole.notna(), None)
    return ibis.memtable(whole.to_dict("records"), schema=names | {"season_status": "string"})


def _taken_apart(name: str, values: pd.Series, period: int) -> pd.DataFrame:
    """The rows of one group."""
    series = values.to_numpy(dtype=float)
    is_long = len(series) >= 2 * period
    trend, season = decompose(series, period) if is_long else (_trend_alone(series), np.full(len(series), np.nan))
    remainder = series - trend - np.nan_to_num(season)
    moving = np.nan_to_num(season) + remainder
    # Rounding leaves a trace of remainder where there is nothing at all to explain.
    has_moved = np.var(moving) > 1e-12 * max(1.0, float(np.abs(series).max()) ** 2)
    strength = max(0.0, 1 - np.var(remainder) / np.var(moving)) if is_long and has_moved else 0.0
    return pd.DataFrame(
        {
            "group_name": name,
            "period_on": values.index,
            "value": series,
            "trend": trend,
            "season": season,
            "remainder": remainder,
            "season_strength": strength if is_long else np.nan,
            "season_status": "seasonal" if is_long else "too short",
        }
    )


def _trend_alone(series: Array) -> Array:
    """The trend of a series too short for a season."""
    return local_lines(series, len(series)) if len(series) >= 3 else np.full(len(series), np.nan)


def decompose(series: Array, period: int, *, rounds: int = 200) -> tuple[Array, Array]:
    """Trend and season of a series of two seasons or more; the season repeats exactly and adds up to nothing."""
    place = np.arange(len(series)) % period
    season = np.zeros(len(series))
    for _round in range(rounds):
        trend = local_lines(series - season, int(1.5 * period) // 2 * 2 + 1)
        means = np.array([(series - trend)[place == p].mean() for p in range(period)])
        after = (means - means.mean())[place]
        moved = np.abs(after - season).max()
        season = after
        if moved <= 1e-9 * max(1.0, float(np.abs(series).max())):
            break
    return local_lines(series - season, int(1.5 * period) // 2 * 2 + 1), season


def local_lines(series: Array, width: int) -> Array:
    """At each place the value of a line through the nearest `width` points, near ones counting most (tricube)."""
    n = len(series)
    width = min(width, n)
    place = np.arange(n, dtype=float)
    smooth = np.empty(n)
    for i in range(n):
        distance = np.abs(place - i)
        reach = np.partition(distance, width - 1)[width - 1] + 1
        weight = np.clip(1 - (distance / reach) ** 3, 0, None) ** 3
        centre = (weight * place).sum() / weight.sum()
        spread = (weight * (place - centre) ** 2).sum()
        slope = (weight * (place - centre) * series).sum() / spread if spread > 0 else 0.0
        smooth[i] = (weight * series).sum() / weight.sum() + slope * (i - centre)
    return smooth
