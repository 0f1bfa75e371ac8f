"""Charts of rules: the clock of what follows a purchase, rules as a graph, paths by their share on either side."""

import altair as alt
import numpy as np
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import SHARE, WHOLE, framed, legend, names_axis
from dashboards.app_format import INK, LINE, PAPER, PRIMARY, WARM
from dashboards.app_language import say

NODE_STEPS = 150
# The graph in pixels: its height, how wide a page usually leaves it, the widest name, and where a name may stand.
HEIGHT, USUAL_WIDTH, LABEL, LINE_HEIGHT, SPAN = 520, 960, 190, 14, 2.5
LABEL_OFFSETS = (-13, 15, -27, 29, -41, 43)
SIDES = {"with it": WARM, "without it": "#A9CBDA"}  # messages: keys


@kept
def clock(days: pd.DataFrame) -> alt.Chart:
    """By which day which share had bought each of what follows: a rising line for each.

    `days`: consequent_name, window_days, lag_days, cumulative_share.
    """
    starts = days.drop_duplicates("consequent_name").assign(lag_days=0, cumulative_share=0.0)
    ends = days.groupby("consequent_name").tail(1)
    ends = ends.assign(lag_days=ends["window_days"])
    shown = pd.concat([starts, days, ends])
    chart = (
        alt.Chart(shown)
        .mark_line(interpolate="step-after", strokeWidth=2.2)
        .encode(
            x=alt.X("lag_days:Q", title="Days after", axis=alt.Axis(tickCount=6, grid=False)),
            y=alt.Y("cumulative_share:Q", title="Had bought it by then", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color("consequent_name:N", legend=legend(shown["consequent_name"].unique())),
            tooltip=[
                alt.Tooltip("consequent_name:N", title="Bought"),
                alt.Tooltip("lag_days:Q", title="By day", format=WHOLE),
                alt.Tooltip("cumulative_share:Q", title="Share", format=SHARE),
            ],
        )
    )
    return framed(chart, 260, right=12)


@kept
def graph(rules: pd.DataFrame) -> alt.LayerChart:
    """Rules as arrows between items; the thicker, the likelier, and the head points at what is bought afterwards.

    `rules`: antecedent_name, consequent_name, confidence, lift, lag_median_days.
    """
    place = places(rules)
    edges = rules.join(place.add_prefix("from_"), on="antecedent_name").join(
        place.add_prefix("to_"), on="consequent_name"
    )
    # The head sits before its end, so that the dot does not cover it.
    run, rise = edges["to_x"] - edges["from_x"], edges["to_y"] - edges["from_y"]
    length = np.maximum(np.hypot(run, rise), 1e-9)
    edges = edges.assign(
        head_x=edges["to_x"] - run / length * 0.05,
        head_y=edges["to_y"] - rise / length * 0.05,
        angle=np.degrees(np.arctan2(run, rise)),
    )
    tip = [
        alt.Tooltip("antecedent_name:N", title="Bought first"),
        alt.Tooltip("consequent_name:N", title="Bought after"),
        alt.Tooltip("confidence:Q", title="Share who do", format=SHARE),
        alt.Tooltip("lift:Q", title="Times the usual", format=".1f"),
        alt.Tooltip("lag_median_days:Q", title="Half by day", format=WHOLE),
    ]
    domain = alt.Scale(domain=[-1.25, 1.25])
    base = alt.Chart(edges)
    width = alt.StrokeWidth("confidence:Q", legend=None, scale=alt.Scale(domain=[0, 0.5], range=[0.8, 5]))
    lines = base.mark_rule(color="#7DA7BC", opacity=0.85).encode(
        x=alt.X("from_x:Q", axis=None, scale=domain),
        y=alt.Y("from_y:Q", axis=None, scale=domain),
        x2="head_x:Q",
        y2="head_y:Q",
        strokeWidth=width,
        tooltip=tip,
    )
    heads = base.mark_point(shape="triangle", filled=True, size=90, color=PRIMARY, opacity=1).encode(
        x=alt.X("head_x:Q", axis=None, scale=domain),
        y=alt.Y("head_y:Q", axis=None, scale=domain),
        angle=alt.Angle("angle:Q", scale=alt.Scale(domain=[-180, 180], range=[-180, 180])),
        tooltip=tip,
    )
    nodes = alt.Chart(place.rename_axis("name").reset_index()).encode(
        x=alt.X("x:Q", axis=None, scale=domain), y=alt.Y("y:Q", axis=None, scale=domain)
    )
    dots = nodes.mark_point(filled=True, size=110, color=PRIMARY, stroke=LINE, opacity=1).encode(tooltip="name:N")
    labels = alt.Chart(labelled(place)).encode(
        x=alt.X("x:Q", axis=None, scale=domain), y=alt.Y("y:Q", axis=None, scale=domain), text="name:N"
    )
    halo = labels.mark_text(fontSize=11, stroke=PAPER, strokeWidth=3, limit=LABEL)
    names = labels.mark_text(fontSize=11, color=INK, limit=LABEL)
    return framed(alt.layer(lines, heads, dots, halo, names), HEIGHT)


def labelled(place: pd.DataFrame) -> pd.DataFrame:
    """Where each item's name is written: over its dot or under it, or further away where another name stands there.

    `place`: x and y by name. In pixels of a page of usual width; on a narrower one names may still touch.
    """
    wide, tall = USUAL_WIDTH / SPAN, HEIGHT / SPAN
    taken: list[tuple[float, float, float]] = []
    spots = []
    for name, x, y in place.sort_values("y", ascending=False).itertuples():
        half = min(len(str(name)) * 5.6, LABEL) / 2
        left, top = x * wide, -y * tall
        offsets = sorted(LABEL_OFFSETS, key=lambda offset: (covered(taken, left, top + offset, half), abs(offset)))
        taken.append((left, top + offsets[0], half))
        spots.append((name, x, y - offsets[0] / tall))
    return pd.DataFrame(spots, columns=["name", "x", "y"])


def covered(taken: list[tuple[float, float, float]], left: float, top: float, half: float) -> float:
    """How many pixels of a name would lie on names that are written already: each a middle and half a width."""
    return sum(
        max(half + other_half - abs(left - other_left), 0.0)
        for other_left, other_top, other_half in taken
        if abs(top - other_top) < LINE_HEIGHT
    )


def places(rules: pd.DataFrame) -> pd.DataFrame:
    """Where each item stands: table of x and y, -1 to 1, by name; items that lead to each other stand near.

    Springs along the rules, repulsion between all, from a fixed start, so that the same rules give the same picture.
    Source: Fruchterman and Reingold, "Graph drawing by force-directed placement", Software 21, 1991.
    """
    names = sorted({*rules["antecedent_name"], *rules["consequent_name"]})
    at = {name: number for number, name in enumerate(names)}
    turn = np.arange(len(names)) * 2.399963  # the golden angle: no two start on one line
    spot = np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt((1 + np.arange(len(names))) / len(names))[:, None]
    ends = np.array([(at[a], at[b]) for a, b in zip(rules["antecedent_name"], rules["consequent_name"], strict=True)])
    reach = 1.4 / np.sqrt(len(names))
    for step in range(NODE_STEPS):
        apart = spot[:, None] - spot[None]
        gap = np.maximum(np.hypot(*apart.transpose(2, 0, 1)), 0.01)
        push = (apart * (reach**2 / gap**2)[:, :, None]).sum(axis=1)
        along = spot[ends[:, 1]] - spot[ends[:, 0]]
        pull = along * (np.hypot(*along.T) / reach)[:, None]
        np.add.at(push, ends[:, 0], pull)
        np.add.at(push, ends[:, 1], -pull)
        # A little towards the middle, so that parts without a rule between them do not drift away.
        push -= spot * 0.6
        size = np.maximum(np.hypot(*push.T), 1e-9)
        spot = spot + push / size[:, None] * np.minimum(size, 0.1 * (1 - step / NODE_STEPS))[:, None]
    spot = spot - spot.mean(axis=0)
    spot = spot / np.maximum(np.abs(spot).max(axis=0), 1e-9)
    return pd.DataFrame({"x": spot[:, 0], "y": spot[:, 1]}, index=names)


@kept
def path_shares(paths: pd.DataFrame) -> alt.Chart:
    """The shares of those with and without the outcome who went through each path, beside each other.

    `paths`: path, outcome_share, control_share, outcome_count, control_count, lift.
    """
    order = list(paths["path"])
    columns = {"outcome_share": "with it", "control_share": "without it"}
    shown = paths.melt(["path", "outcome_count", "control_count", "lift"], list(columns), "side", "share")
    sides = {side: say(side) for side in SIDES}
    shown["side"] = shown["side"].map(columns).map(sides)
    chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("path:N", sort=order, title=None, axis=names_axis(labelLimit=330)),
            yOffset=alt.YOffset("side:N", sort=list(sides.values())),
            x=alt.X("share:Q", title="Share who went through it", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color("side:N", scale=alt.Scale(domain=list(sides.values()), range=list(SIDES.values()))),
            tooltip=[
                alt.Tooltip("path:N", title="Path"),
                alt.Tooltip("side:N", title="Customers"),
                alt.Tooltip("share:Q", title="Share", format=SHARE),
                alt.Tooltip("outcome_count:Q", title="With it", format=WHOLE),
                alt.Tooltip("control_count:Q", title="Without it", format=WHOLE),
                alt.Tooltip("lift:Q", title="Times as often", format=".1f"),
            ],
        )
    )
    return framed(chart, 60 + 34 * len(order))
