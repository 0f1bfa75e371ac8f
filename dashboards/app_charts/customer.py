"""Charts of one customer: how the net margin comes about, tier and group over time."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import AXIS_AMOUNT, framed, legend, names_axis, scale
from dashboards.app_format import GROUP_COLOURS, MINUS, TIER_COLOURS, WARM, day

STEP_COLOURS = {"up": "#3D8DB0", "down": WARM, "total": "#0B4F6C"}
LEFT = {"minExtent": 56, "maxExtent": 56}  # the two charts over time stand exactly above one another


@kept
def waterfall(steps: Sequence[tuple[str, float]], total: str, symbol: str) -> alt.LayerChart:
    """How an amount comes about: each step from where the last one ended, and the total at the end."""
    shown = waterfall_rows(steps, total, symbol)
    x = alt.X("name:N", sort=list(shown["name"]), title=None, axis=names_axis(labelAngle=0, labelLimit=110))
    edge = float(shown[["low", "high"]].abs().max().max()) or 1.0
    bounds = [min(float(shown["low"].min()) * 1.15, 0.0), max(float(shown["high"].max()), 0.0) + edge * 0.14]
    bars = (
        alt.Chart(shown)
        .mark_bar(width={"band": 0.62})
        .encode(
            x=x,
            y=alt.Y(
                "low:Q",
                title=None,
                axis=alt.Axis(format=AXIS_AMOUNT, tickCount=4),
                scale=alt.Scale(domain=bounds, nice=False),
            ),
            y2="high:Q",
            color=alt.Color("kind:N", legend=None, scale=scale(STEP_COLOURS)),
            tooltip=[alt.Tooltip("name:N", title="What"), alt.Tooltip("text:N", title="Amount")],
        )
    )
    text = alt.Chart(shown).mark_text(dy=-8, fontWeight=600).encode(x=x, y="high:Q", text="text:N")
    return framed(alt.layer(bars, text), 215)


def waterfall_rows(steps: Sequence[tuple[str, float]], total: str, symbol: str) -> pd.DataFrame:
    """The bars of a waterfall: name, low, high, kind (up, down, total) and the amount as text."""
    level, made = 0.0, []
    for name, amount in steps:
        made.append((name, level, level + amount, "up" if amount >= 0 else "down", amount))
        level += amount
    made.append((total, 0.0, level, "total", level))
    return pd.DataFrame(
        {
            "name": name,
            "low": min(start, end),
            "high": max(start, end),
            "kind": kind,
            "text": f"{MINUS if round(amount) < 0 else ''}{symbol}{abs(amount):,.0f}",
        }
        for name, start, end, kind, amount in made
    )


@kept
def margin_over_time(history: pd.DataFrame, title: str) -> alt.Chart:
    """Net margin at each date, as bars in the colour of the tier."""
    shown = dated(history, "tier").assign(amount=lambda table: table["net_margin"].astype(float))
    chart = (
        alt.Chart(shown)
        .mark_bar(width={"band": 0.7})
        .encode(
            x=alt.X("day:N", sort=list(shown["day"]), title=None, axis=None),
            y=alt.Y("amount:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=4, **LEFT)),
            color=alt.Color("tier:N", scale=scale(TIER_COLOURS)),
            tooltip=[
                alt.Tooltip("day:N", title="As of"),
                alt.Tooltip("tier:N", title="Tier"),
                alt.Tooltip("rfm_group:N", title="Group"),
                alt.Tooltip("amount:Q", title=title, format=",.2f"),
            ],
        )
    )
    return framed(chart, 170)


@kept
def group_over_time(history: pd.DataFrame) -> alt.Chart:
    """The group at each date, as a strip of colour under the bars."""
    shown = dated(history, "rfm_group").assign(row="")
    groups = set(shown["rfm_group"])
    chart = (
        alt.Chart(shown)
        .mark_rect(width={"band": 0.7}, cornerRadius=2)
        .encode(
            x=alt.X(
                "day:N", sort=list(shown["day"]), title=None, axis=names_axis(labelAngle=-40, labelOverlap="greedy")
            ),
            y=alt.Y("row:N", title="Group", axis=names_axis(labels=False, **LEFT)),
            color=alt.Color("rfm_group:N", scale=scale(GROUP_COLOURS, groups), legend=legend(groups)),
            tooltip=[alt.Tooltip("day:N", title="As of"), alt.Tooltip("rfm_group:N", title="Group")],
        )
    )
    return framed(chart, 125)


def dated(history: pd.DataFrame, needed: str) -> pd.DataFrame:
    """The dates at which `needed` is known, each with its day in words."""
    known = history.dropna(subset=[needed])
    return known.assign(day=[day(value) for value in known["as_of"]])
