"""Charts of tiers and groups: pyramid, concentration, grid, movement, history."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import (
    AXIS_AMOUNT,
    BLUES,
    DAY,
    SHARE,
    WHOLE,
    framed,
    legend,
    names_axis,
    scale,
    text_pixels,
)
from dashboards.app_format import GROUP_COLOURS, INK, MUTED, PRIMARY, TIER_COLOURS, WARM, count, minus
from dashboards.app_words import say

NEWCOMERS = "Newcomers"  # not "New", which is a group of its own
GONE = "Gone"  # no buyer any more, after a correction
# Pixels of a chart without its axis below which its texts are smaller; of a grid of words, which needs more.
NARROW, NARROW_GRID = 320, 480


@kept
def pyramid(
    rows: pd.DataFrame, name: str, colours: Mapping[str, str], *, customers: str, margin: str
) -> alt.LayerChart:
    """Two sides of one pyramid: each level's share of the customers to the left, of the margin to the right.

    `rows` has `name`, customer_share and margin_share; the titles say of what the shares are. It is one chart, so that
    the names stand at their bars however narrow the screen. A share below zero is written and has no bar.
    """
    sides = {"customer_share": (-1, customers), "margin_share": (1, margin)}
    long = rows.melt(name, list(sides), "side", "share").astype({"share": float}).fillna({"share": 0.0})
    long = long.assign(
        title=[sides[side][1] for side in long["side"]],
        text=[minus(f"{share * 100:.1f} %") for share in long["share"]],
        place=[sides[side][0] * max(share, 0.0) for side, share in zip(long["side"], long["share"], strict=True)],
    )
    # Both sides by one measure, or a long bar on one would not mean more than a short one on the other.
    lowest, highest = float(long["place"].min()), max(float(long["place"].max()), 0.01)
    pixels = max(text_pixels(text) for text in long["text"]) + 14  # beside each of the longest bars, for its text
    per_pixel = f"{highest - lowest} / max(40, width - {2 * pixels})"
    bounds = alt.Scale(
        domainMin=alt.ExprRef(f"{lowest} - {pixels} * {per_pixel}"),
        domainMax=alt.ExprRef(f"{highest} + {pixels} * {per_pixel}"),
        nice=False,
    )
    order = [" ", *colours]  # the first line holds the titles
    y = alt.Y(
        f"{name}:N",
        title=None,
        scale=alt.Scale(domain=order),
        axis=names_axis(labelFontSize=13, labelFontWeight=600, labelPadding=8, labelLimit=130),
    )
    x = alt.X("place:Q", title=None, axis=None, scale=bounds)
    bars = (
        alt.Chart(long)
        .mark_bar(height={"band": 0.8})
        .encode(
            y=y,
            x=x,
            color=alt.Color(f"{name}:N", scale=scale(colours), legend=None),
            tooltip=[
                alt.Tooltip(f"{name}:N", title="Level"),
                alt.Tooltip("title:N", title="Share of"),
                alt.Tooltip("share:Q", title="Share", format=SHARE),
            ],
        )
    )
    heads = pd.DataFrame({name: [" ", " "], "place": [0.0, 0.0], "side": list(sides), "text": [customers, margin]})
    layers = [bars]
    for part, size, colour in ((long, 13, INK), (heads, 12, MUTED)):
        for side, (sign, _) in sides.items():
            text = alt.Chart(part[part["side"] == side]).encode(y=y, x=x, text="text:N")
            place: dict[str, Any] = {"align": "left" if sign > 0 else "right", "dx": 7 * sign}
            layers.append(text.mark_text(**place, fontSize=size, color=colour))
    middle = alt.Chart(pd.DataFrame({"place": [0.0]})).mark_rule(color="white", strokeWidth=2).encode(x=x)
    return framed(alt.layer(*layers, middle), 300)


@kept
def concentration(curve: pd.DataFrame, at_fifth: float, for_eighty: float) -> alt.LayerChart:
    """The concentration curve, the diagonal of equal shares, and the two points that people ask for."""
    axis = alt.Axis(format=".0%", tickCount=5, grid=True)
    x = alt.X("customer_share:Q", title="Share of customers, best first", scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y("margin_share:Q", title="Share of net margin", scale=alt.Scale(domain=[0, 1]), axis=axis)
    # Several customers may end at one point of the axis: their areas would be heaped on each other.
    stacked_never = y.copy().stack(None)
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
    place: dict[str, Any] = {
        "align": "left",
        "dx": 10,
        "dy": 13,
        "fontSize": alt.ExprRef(f"width < {NARROW} ? 11 : 13"),
        "fontWeight": 600,
    }
    layers = [
        alt.Chart(curve).mark_area(color="#3D8DB0", opacity=0.14).encode(x=x, y=stacked_never),
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


@kept
def rfm_grid(cells: pd.DataFrame, measure: str, title: str, symbol: str) -> alt.LayerChart:
    """The 25 cells: recency upwards, frequency and money to the right; shaded by `measure`, both numbers as text."""
    shown = cells.assign(
        share=cells[measure] / max(float(cells[measure].max()), 1.0),
        customers=[count(int(value), "customer", "customers") for value in cells["customer_count"]],
        money=[f"{symbol}{value:,.0f}" for value in cells["monetary_amount"]],
    )
    # On a narrow screen a name takes two lines, and the unit of the count is left to the tooltip.
    base = (
        alt.Chart(shown)
        .transform_calculate(
            name=f"width < {NARROW_GRID} ? split(datum.rfm_group, ' ') : datum.rfm_group",
            people=f"width < {NARROW_GRID} ? format(datum.customer_count, ',') : datum.customers",
        )
        .encode(
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
        base.mark_text(
            dy=alt.ExprRef(f"width < {NARROW_GRID} ? {narrow} : {lower}"),
            fontSize=alt.ExprRef(f"width < {NARROW_GRID} ? 10 : {size}"),
            fontWeight=weight,
        ).encode(text=f"{text}:N", color=ink)
        for text, lower, narrow, size, weight in (
            ("name", -19, -22, 13, 600),
            ("people", 1, 8, 12, 400),
            ("money", 18, 23, 12, 400),
        )
    ]
    return framed(alt.layer(boxes, *texts), 420)


@kept
def matrix(moves: pd.DataFrame, order: Sequence[str], before: str, after: str) -> alt.LayerChart:
    """From (rows) to (columns): the share of the row as shade, the count as text.

    `moves` has value_from (`NEWCOMERS` for those without a place before), value_to (`GONE` for those without one
    after), customer_count and share of the row.
    """
    there = {*moves["value_from"], *moves["value_to"]}
    names = [name for name in (*order, GONE) if name in there]
    is_large = len(names) > 4
    angle: dict[str, Any] = {"labelAngle": -45, "labelAlign": "left"} if is_large else {"labelAngle": 0}
    # Where a box is narrower than its number, the number is said in thousands.
    shown = (
        f"width < {NARROW} && datum.customer_count >= 1000 "
        "? format(datum.customer_count, '.2~s') : format(datum.customer_count, ',')"
    )
    base = (
        alt.Chart(moves)
        .transform_calculate(shown=shown)
        .encode(
            x=alt.X(
                "value_to:N",
                title=after,
                scale=alt.Scale(domain=names),
                axis=names_axis(orient="top", labelOverlap=False, **angle),
            ),
            y=alt.Y("value_from:N", title=before, sort=[*names, NEWCOMERS], axis=names_axis()),
        )
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
    size = alt.ExprRef(f"width < {NARROW} ? 10 : 12") if is_large else 13
    text = base.mark_text(fontSize=size).encode(
        text="shown:N",
        color=alt.condition(alt.datum.share > 0.45, alt.value("white"), alt.value(INK)),
    )
    rows = int(moves["value_from"].nunique())
    return framed(alt.layer(boxes, text), rows * (30 if is_large else 42) + (130 if is_large else 50))


@kept
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
            color=alt.Color("tier:N", scale=scale(TIER_COLOURS), legend=legend(TIER_COLOURS)),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("as_of:T", title="As of", format=DAY),
                alt.Tooltip("tier:N", title="Tier"),
                alt.Tooltip("amount:Q", title=title, format=WHOLE),
            ],
        )
    )
    return framed(chart, 250)


@kept
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
    named = last.assign(amount=apart(last["amount"], shown["amount"]))
    ends = alt.Chart(named).encode(x=x, y=y)
    colour = alt.Color("rfm_group:N", scale=scale(colours), legend=None)
    dots = ends.mark_point(filled=True, shape="square", size=60, opacity=1).encode(color=colour, xOffset=alt.value(10))
    names = ends.mark_text(align="left", dx=18).encode(text="rfm_group:N")
    return framed(alt.layer(lines, dots, names), 260)


def apart(ends: pd.Series, seen: pd.Series) -> pd.Series:
    """Where the names of lines that end at `ends` are written so that none lies on another, as near as may be.

    `seen` is everything that the axis shows. A name takes a fifteenth of its length.
    """
    least = (max(float(seen.max()), 0.0) - min(float(seen.min()), 0.0)) / 15
    placed = ends.sort_values(kind="stable").astype(float)
    values = placed.to_list()
    for place in range(1, len(values)):
        values[place] = max(values[place], values[place - 1] + least)
    # Back down, as far as what was pushed up lies above the axis.
    highest = max(float(seen.max()), least * (len(values) - 1))
    for place in reversed(range(len(values))):
        values[place] = min(values[place], highest)
        highest = values[place] - least
    return pd.Series(values, placed.index).reindex(ends.index)
