"""Charts of funnels: steps as bars that get shorter, the forecast by month with its range."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import AXIS_AMOUNT, WHOLE, framed, names_axis, room
from dashboards.app_format import INK, PRIMARY, month


@kept
def steps(rows: pd.DataFrame, title: str) -> alt.LayerChart:
    """A bar for every step, in order; `rows` has step, value and text (the share that came so far or went on)."""
    order = list(rows["step"])
    most = max(float(rows["value"].max()), 1.0)
    base = alt.Chart(rows).encode(
        y=alt.Y("step:N", sort=order, title=None, axis=names_axis(labelFontSize=13)),
        x=alt.X("value:Q", title=title, axis=None, scale=alt.Scale(domainMin=0, **room(most, rows["text"]))),
        tooltip=[
            alt.Tooltip("step:N", title="Step"),
            alt.Tooltip("value:Q", title=title, format=WHOLE),
            alt.Tooltip("text:N", title="Share"),
        ],
    )
    bars = base.mark_bar(height={"band": 0.82}, color="#3D8DB0")
    text = base.mark_text(align="left", dx=6, color=INK).encode(text="text:N")
    return framed(alt.layer(bars, text), 42 * len(rows) + 10)


@kept
def forecast(months: pd.DataFrame, title: str) -> alt.LayerChart:
    """What open opportunities will bring, by month, with the range."""
    months = months.assign(close_month=[month(text) for text in months["close_month"]])
    order = list(months["close_month"])
    base = alt.Chart(months).encode(
        x=alt.X("close_month:N", sort=order, title=None, axis=alt.Axis(labelAngle=0)),
        tooltip=[
            alt.Tooltip("close_month:N", title="Decided in"),
            alt.Tooltip("open_count:Q", title="Open", format=WHOLE),
            alt.Tooltip("open_amount:Q", title="Worth", format=WHOLE),
            alt.Tooltip("expected_amount:Q", title="Expected", format=WHOLE),
            alt.Tooltip("expected_low:Q", title="Low, 95 %", format=WHOLE),
            alt.Tooltip("expected_high:Q", title="High, 95 %", format=WHOLE),
        ],
    )
    bars = base.mark_bar(color="#A9CBDA", width={"band": 0.6}).encode(
        y=alt.Y("expected_amount:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5))
    )
    ranges = base.mark_rule(color=PRIMARY, strokeWidth=2.5).encode(y="expected_low:Q", y2="expected_high:Q")
    return framed(alt.layer(bars, ranges), 240)
