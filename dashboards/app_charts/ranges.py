"""Numbers with their range: a point and a bar from low to high for every group, and the line of no difference."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import framed, names_axis, room
from dashboards.app_format import MUTED, PRIMARY


@kept
def points(
    rows: pd.DataFrame, title: str, *, pattern: str = ",.2f", nothing: float | None = None, width: int = 190
) -> alt.LayerChart:
    """One line for each row, in the rows' order.

    `rows` has label, value, low, high and size; `nothing`: where a dashed line says that there is no difference.
    """
    shown = rows.assign(is_sure=rows["low"].notna())
    order = list(dict.fromkeys(rows["label"]))
    y = alt.Y("label:N", sort=order, title=None, axis=names_axis(labelLimit=width))
    base = alt.Chart(shown).encode(y=y)
    axis = alt.Axis(tickCount=6, tickMinStep=finest(pattern), grid=True, format=pattern)
    tooltip = [
        alt.Tooltip("label:N", title="Group"),
        alt.Tooltip("value:Q", title=title, format=pattern),
        alt.Tooltip("low:Q", title="Low, 95 %", format=pattern),
        alt.Tooltip("high:Q", title="High, 95 %", format=pattern),
        alt.Tooltip("size:Q", title="How many", format=",.0f"),
    ]
    layers: list[alt.Chart] = [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=5, color="#A9CBDA", strokeCap="round")
        .encode(x=alt.X("low:Q", title=title, axis=axis, scale=alt.Scale(zero=False)), x2="high:Q"),
        base.mark_point(filled=True, size=85, opacity=1).encode(
            x=alt.X("value:Q", title=title, axis=axis, scale=alt.Scale(zero=False)),
            color=alt.condition(alt.datum.is_sure, alt.value(PRIMARY), alt.value(MUTED)),
            tooltip=tooltip,
        ),
    ]
    if nothing is not None:
        line = alt.Chart(pd.DataFrame({"value": [nothing]}))
        layers.insert(0, line.mark_rule(color="#97A3AC", strokeDash=[4, 4]).encode(x="value:Q"))
    return framed(alt.layer(*layers), max(27 * len(order) + 40, 100))


@kept
def bars(rows: pd.DataFrame, title: str, *, pattern: str = ",.0f", width: int = 190) -> alt.LayerChart:
    """A bar for each row with its value as text; `rows` has label and value."""
    order = list(rows["label"])
    most = max(float(rows["value"].max()), 1e-9) if len(rows) else 1.0
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=names_axis(labelLimit=width)),
        x=alt.X("value:Q", title=title, axis=None, scale=alt.Scale(domainMin=0, **room(most, [f"{most:,.2f}"]))),
        tooltip=[alt.Tooltip("label:N", title="Group"), alt.Tooltip("value:Q", title=title, format=pattern)],
    )
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text("value:Q", format=pattern))
    return framed(alt.layer(base.mark_bar(height={"band": 0.72}, color="#3D8DB0"), text), max(30 * len(rows), 60))


def finest(pattern: str) -> float:
    """The smallest difference that a pattern of numbers shows: marks that are closer would be written alike."""
    places = int(pattern.rstrip("%f").rpartition(".")[2]) + (2 if pattern.endswith("%") else 0)
    return float(f"1e-{places}")
