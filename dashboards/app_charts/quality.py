"""The quality of a feed by day: one measure, one line."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import DAY, SHARE, WHOLE, framed
from dashboards.app_format import PRIMARY


@kept
def share_by_day(days: pd.DataFrame, measure: str, title: str) -> alt.LayerChart:
    """A share of 0 to 1 by day; the axis begins where the worst day is, so that a small fall can be seen."""
    lowest = float(days[measure].min())
    scale = alt.Scale(domain=[min(lowest, 0.98), 1], nice=False, zero=False)
    return by_day(days, measure, title, axis=alt.Axis(format=".1%", tickCount=4), pattern=SHARE, scale=scale)


@kept
def days_late(days: pd.DataFrame, measure: str, title: str) -> alt.LayerChart:
    """Days that deliveries came after what they tell of."""
    axis, scale = alt.Axis(format=",.3~f", tickCount=4), alt.Scale(zero=True)
    return by_day(days, measure, title, axis=axis, pattern=",.1f", scale=scale)


def by_day(
    days: pd.DataFrame, measure: str, title: str, *, axis: alt.Axis, pattern: str, scale: alt.Scale
) -> alt.LayerChart:
    """A line with a point on each day; the points say the day, the figure and how many rows there were."""
    x = alt.X("day_on:T", title=None, axis=alt.Axis(format="%-d %b %y", labelOverlap=True, tickCount=5))
    y = alt.Y(f"{measure}:Q", title=None, axis=axis, scale=scale)
    tooltip = [
        alt.Tooltip("day_on:T", title="Day", format=DAY),
        alt.Tooltip(f"{measure}:Q", title=title, format=pattern),
        alt.Tooltip("rows_delivered:Q", title="Rows delivered", format=WHOLE),
    ]
    base = alt.Chart(days).encode(x=x, y=y, tooltip=tooltip)
    line = base.mark_line(color=PRIMARY, strokeWidth=1.5)
    return framed(alt.layer(line, base.mark_circle(color=PRIMARY, size=18)), 190)
