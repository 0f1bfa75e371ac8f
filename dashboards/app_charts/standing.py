"""Charts of tiers and groups: pyramid, concentration, grid, movement, history."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboards.app_charts.theme import AXIS_AMOUNT, BLUES, DAY, SHARE, WHOLE, framed, names_axis, scale
from dashboards.app_format import GROUP_COLOURS, INK, PRIMARY, TIER_COLOURS, WARM, count, minus
from dashboards.app_words import say

NEWCOMERS = "Newcomers"  # not "New", which is a group of its own
GONE = "Gone"  # no buyer any more, after a correction


def pyramid(tiers: pd.DataFrame, column: str, title: str, *, to_the_left: bool) -> alt.LayerChart:
    """One side of the pyramid: each tier's share, growing to the left or to the right."""
    shown = tiers.assign(share=tiers[column].astype(float), low=tiers[column].astype(float).clip(upper=0).abs())
    shown["text"] = [minus(f"{share * 100:.1f} %") for share in shown["share"]]
    # Both sides by one measure, or a long bar on one would not mean more than a short one on the other.
    edge = max(float(tiers[["customer_share", "margin_share"]].astype(float).max().max()), 0.01)
    bounds = [min(float(shown["share"].min()) * 1.4, 0.0), edge * 1.32]
    names = None if to_the_left else names_axis(labelFontSize=14, labelFontWeight=600, labelPadding=10)
    base = alt.Chart(shown).encode(
        y=alt.Y("tier:N", sort=list(TIER_COLOURS), title=None, axis=names),
        x=alt.X(
            "share:Q",
            title=title,
            axis=alt.Axis(labels=False, ticks=False, domain=False, grid=False),
            scale=alt.Scale(domain=bounds, reverse=to_the_left),
        ),
    )
    bars = base.mark_bar(height={"band": 0.8}).encode(
        color=alt.Color("tier:N", scale=scale(TIER_COLOURS), legend=None),
        tooltip=[alt.Tooltip("tier:N", title="Tier"), alt.Tooltip("share:Q", title=title, format=SHARE)],
    )
    text = (
        alt.Chart(shown.assign(place=shown["share"].clip(lower=0)))
        .mark_text(align="right" if to_the_left else "left", dx=-7 if to_the_left else 7, fontSize=13)
        .encode(y=alt.Y("tier:N", sort=list(TIER_COLOURS)), x="place:Q", text="text:N")
    )
    return framed(alt.layer(bars, text), 300)


def concentration(curve: pd.DataFrame, at_fifth: float, for_eighty: float) -> alt.LayerChart:
    """The concentration curve, the diagonal of equal shares, and the two points that people ask for."""
    axis = alt.Axis(format=".0%", tickCount=5, grid=True)
    x = alt.X("customer_share:Q", title="Share of customers, best first", scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y("margin_share:Q", title="Share of net margin", scale=alt.Scale(domain=[0, 1]), axis=axis)
    even = pd.DataFrame({"customer_share": [0, 1], "margin_share": [0, 1]})
    points = pd.DataFrame(
        {
            "customer_share": [0.2, for_eighty],
            "margin_share": [at_fifth, 0.8],
            "text": [
                say("20 % of customers bring {share} %", share=f"{at_fifth * 100:.0f}"),
                say("80 % comes from {share} % of customers", share=f"{for_eighty * 100:.0f}"),
            ],
        }
    )
    label = alt.Chart(points).encode(x=x, y=y, text="text:N")
    place: dict[str, Any] = {"align": "left", "dx": 10, "dy": 13, "fontSize": 13, "fontWeight": 600}
    layers = [
        alt.Chart(curve).mark_area(color="#3D8DB0", opacity=0.14).encode(x=x, y=y),
        alt.Chart(even).mark_line(color="#97A3AC", strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y),
        alt.Chart(curve)
        .mark_line(color=PRIMARY, strokeWidth=2.5)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("customer_share:Q", title="Customers", format=SHARE),
                alt.Tooltip("margin_share:Q", title="Net margin", format=SHARE),
            ],
        ),
        alt.Chart(points).mark_point(color=WARM, filled=True, size=80, opacity=1).encode(x=x, y=y),
        # First in thick white, so that no line runs through the letters.
        label.mark_text(**place, stroke="white", strokeWidth=4),
        label.mark_text(**place),
    ]
    return framed(alt.layer(*layers), 300)


def rfm_grid(cells: pd.DataFrame, measure: str, title: str, symbol: str) -> alt.LayerChart:
    """The 25 cells: recency upwards, frequency and money to the right; shaded by `measure`, both numbers as text."""
    shown = cells.assign(
        share=cells[measure] / max(float(cells[measure].max()), 1.0),
        customers=[count(int(value), "customer", "customers") for value in cells["customer_count"]],
        money=[f"{symbol}{value:,.0f}" for value in cells["monetary_amount"]],
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "fm_score:O",
            title="Frequency and money  →",
            scale=alt.Scale(domain=[1, 2, 3, 4, 5]),
            axis=names_axis(labelAngle=0, labelFontWeight=600),
        ),
        y=alt.Y(
            "r_score:O",
            title="Recency  →",
            scale=alt.Scale(domain=[5, 4, 3, 2, 1]),
            axis=names_axis(labelFontWeight=600),
        ),
    )
    boxes = base.mark_rect(stroke="white", strokeWidth=3, cornerRadius=5).encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=BLUES)),
        tooltip=[
            alt.Tooltip("rfm_group:N", title="Group"),
            alt.Tooltip("r_score:O", title="Recency score"),
            alt.Tooltip("fm_score:O", title="FM score"),
            alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
            alt.Tooltip("monetary_amount:Q", title=title, format=WHOLE),
        ],
    )
    ink = alt.condition(alt.datum.share > 0.45, alt.value("white"), alt.value(INK))
    texts = [
        base.mark_text(dy=lower, fontSize=size, fontWeight=weight).encode(text=f"{text}:N", color=ink)
        for text, lower, size, weight in (
            ("rfm_group", -19, 13, 600),
            ("customers", 1, 12, 400),
            ("money", 18, 12, 400),
        )
    ]
    return framed(alt.layer(boxes, *texts), 420)


def matrix(moves: pd.DataFrame, order: Sequence[str], before: str, after: str) -> alt.LayerChart:
    """From (rows) to (columns): the share of the row as shade, the count as text.

    `moves` has value_from (`NEWCOMERS` for those without a place before), value_to (`GONE` for those without one
    after), customer_count and share of the row.
    """
    names = [*order, *([GONE] if (moves["value_to"] == GONE).any() else [])]
    is_large = len(names) > 6
    angle = {"labelAngle": -30, "labelAlign": "left"} if is_large else {"labelAngle": 0}
    base = alt.Chart(moves).encode(
        x=alt.X(
            "value_to:N",
            title=after,
            scale=alt.Scale(domain=names),
            axis=names_axis(orient="top", labelOverlap=False, **angle),
        ),
        y=alt.Y("value_from:N", title=before, sort=[*names, NEWCOMERS], axis=names_axis()),
    )
    boxes = base.mark_rect(stroke="white", strokeWidth=2, cornerRadius=3).encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=BLUES)),
        tooltip=[
            alt.Tooltip("value_from:N", title="From"),
            alt.Tooltip("value_to:N", title="To"),
            alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
            alt.Tooltip("share:Q", title="Of those in the row", format=SHARE),
        ],
    )
    text = base.mark_text(fontSize=12 if is_large else 13).encode(
        text=alt.Text("customer_count:Q", format=WHOLE),
        color=alt.condition(alt.datum.share > 0.45, alt.value("white"), alt.value(INK)),
    )
    rows = int(moves["value_from"].nunique())
    return framed(
        alt.layer(boxes, text), rows * (30 if is_large else 42) + (110 if is_large else 50), right=40 if is_large else 4
    )


def stacked_history(history: pd.DataFrame, measure: str, title: str) -> alt.Chart:
    """A measure over time, stacked by tier; what is below zero is stacked downwards."""
    order = {name: place for place, name in enumerate(TIER_COLOURS)}
    shown = history.assign(place=history["tier"].map(order), amount=history[measure].astype(float))
    chart = (
        alt.Chart(shown)
        .mark_area(opacity=0.95)
        .encode(
            x=alt.X(
                "as_of:T",
                title=None,
                axis=alt.Axis(
                    format="%b %Y", tickCount=alt.TimeIntervalStep(interval="month", step=1), labelOverlap=True
                ),
            ),
            y=alt.Y("amount:Q", title=title, stack="zero", axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            color=alt.Color("tier:N", scale=scale(TIER_COLOURS)),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("as_of:T", title="As of", format=DAY),
                alt.Tooltip("tier:N", title="Tier"),
                alt.Tooltip("amount:Q", title=title, format=WHOLE),
            ],
        )
    )
    return framed(chart, 250)


def group_history(
    history: pd.DataFrame, measure: str, title: str, colours: Mapping[str, str] = GROUP_COLOURS
) -> alt.LayerChart:
    """A measure over time, a line for each group, named at its end."""
    shown = history.assign(amount=history[measure].astype(float))
    last = shown[shown["as_of"] == shown["as_of"].max()]
    x = alt.X(
        "as_of:T",
        title=None,
        axis=alt.Axis(format="%b %Y", tickCount=alt.TimeIntervalStep(interval="month", step=1), labelOverlap=True),
    )
    y = alt.Y("amount:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5))
    lines = (
        alt.Chart(shown)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x,
            y=y,
            color=alt.Color("rfm_group:N", scale=scale(colours), legend=None),
            tooltip=[
                alt.Tooltip("as_of:T", title="As of", format=DAY),
                alt.Tooltip("rfm_group:N", title="Group"),
                alt.Tooltip("amount:Q", title=title, format=WHOLE),
            ],
        )
    )
    names = alt.Chart(last).mark_text(align="left", dx=6).encode(x=x, y=y, text="rfm_group:N")
    return framed(alt.layer(lines, names), 260, right=100)
