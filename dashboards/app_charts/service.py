"""Charts of service: expected and perceived by topic, steps of complaints, calls by hour, the week as a grid."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import BLUES, framed, names_axis
from dashboards.app_format import INK, PRIMARY, WARM
from dashboards.app_language import say

WEEKDAYS = (  # messages: items
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun",
)  # fmt: skip
MEASURES = {  # messages: values[0]
    "mean_wait_seconds": ("Mean wait, seconds", ",.0f"),
    "abandoned_share": ("Share given up", ".0%"),
    "occupancy": ("Load per agent on duty", ".0%"),
    "calls_per_hour": ("Calls in the hour of a day", ",.1f"),
}


@kept
def expectations(gaps: pd.DataFrame) -> alt.LayerChart:
    """Two points for every topic: what customers expected, and what they got."""
    order = list(gaps.sort_values("gap_mean")["topic"])
    long = gaps.melt(
        id_vars="topic", value_vars=["expected_mean", "perceived_mean"], var_name="side", value_name="mean"
    )
    names = {"expected_mean": say("Expected"), "perceived_mean": say("Perceived")}
    long["side"] = long["side"].map(names)
    base = alt.Chart(long).encode(
        y=alt.Y("topic:N", sort=order, title=None, axis=names_axis(labelFontSize=13)),
        x=alt.X("mean:Q", title="Mean, 1 to 7", scale=alt.Scale(domain=[1, 7]), axis=alt.Axis(tickCount=7, grid=True)),
    )
    lines = base.mark_rule(strokeWidth=3, color="#DCE2E7").encode(x="min(mean):Q", x2="max(mean):Q")
    points = base.mark_point(filled=True, size=120, opacity=1).encode(
        color=alt.Color("side:N", scale=alt.Scale(domain=list(names.values()), range=[WARM, PRIMARY])),
        shape=alt.Shape("side:N", scale=alt.Scale(domain=list(names.values()), range=["diamond", "circle"])),
        tooltip=["topic:N", "side:N", alt.Tooltip("mean:Q", format=".2f", title="Mean")],
    )
    return framed(alt.layer(lines, points), max(44 * len(order) + 40, 120))


@kept
def by_hour(calls: pd.DataFrame, measure: str) -> alt.Chart:
    """A measure over the hours of the day; hours of too few calls are pale."""
    title, pattern = MEASURES[measure]
    chart = (
        alt.Chart(calls.assign(is_loose=calls["load_status"] == "too few"))
        .mark_bar(color="#3D8DB0")
        .encode(
            x=alt.X("hour:O", title="Hour", axis=alt.Axis(labelAngle=0)),
            y=alt.Y(f"{measure}:Q", title=title, axis=alt.Axis(format=pattern, tickCount=5)),
            opacity=alt.condition(alt.datum.is_loose, alt.value(0.45), alt.value(1)),
            tooltip=[
                alt.Tooltip("hour:O", title="Hour"),
                alt.Tooltip("call_count:Q", title="Calls", format=",.0f"),
                *(alt.Tooltip(f"{name}:Q", title=words, format=form) for name, (words, form) in MEASURES.items()),
                alt.Tooltip("load_status:N", title="Load"),
            ],
        )
    )
    return framed(chart, 230)


@kept
def week(calls: pd.DataFrame, measure: str) -> alt.LayerChart:
    """The week as a grid of hours, shaded by a measure, with the number of calls."""
    title, pattern = MEASURES[measure]
    days = [say(day) for day in WEEKDAYS]
    shown = calls.assign(day=[days[number - 1] for number in calls["weekday"]])
    most = max(float(shown[measure].max()), 1e-9)
    shown["dark"] = shown[measure].fillna(0) / most
    base = alt.Chart(shown).encode(
        x=alt.X("hour:O", title="Hour", axis=names_axis(labelAngle=0)),
        y=alt.Y("day:N", sort=days, title=None, axis=names_axis()),
    )
    boxes = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("dark:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=BLUES)),
        tooltip=[
            alt.Tooltip("day:N", title="Day"),
            alt.Tooltip("hour:O", title="Hour"),
            alt.Tooltip("call_count:Q", title="Calls", format=",.0f"),
            alt.Tooltip(f"{measure}:Q", title=title, format=pattern),
        ],
    )
    ink = alt.condition(alt.datum.dark > 0.62, alt.value("white"), alt.value(INK))
    text = base.mark_text(fontSize=11).encode(text=alt.Text("call_count:Q", format=",.0f"), color=ink)
    return framed(alt.layer(boxes, text), 30 * int(shown["day"].nunique()) + 50)
