"""Charts of loyalty: the spread of the index, its parts by stage, the pyramid by profit, concentration over time."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import AXIS_AMOUNT, DAY, SHARE, WHOLE, bar_width, framed, legend, names_axis, scale
from dashboards.app_format import INK, LEVEL_COLOURS, MUTED, PRIMARY, STAGE_COLOURS, WARM
from dashboards.app_words import say

# More groups than these cannot be read beside each other.
MOST_GROUPS, LINES = 20, 6
PARTS = {
    "mean_durability": "Durability",
    "mean_firmness": "Firmness",
    "mean_stability": "Stability",
}  # messages: values


@kept
def index_spread(spread: pd.DataFrame) -> alt.Chart:
    """How many buyers have which index, stacked by stage."""
    order = {name: place for place, name in enumerate(STAGE_COLOURS)}
    shown = spread.assign(place=spread["loyalty_stage"].map(order), index_to=spread["index_from"] + 5)
    shown = shown.sort_values(["index_from", "place"], ascending=[True, False])
    # Stacked here: a bar from one index to another is not stacked by the browser.
    shown["top"] = shown.groupby("index_from")["customer_count"].cumsum()
    shown["bottom"] = shown["top"] - shown["customer_count"]
    chart = (
        alt.Chart(shown)
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("index_from:Q", title="Loyalty index", scale=alt.Scale(domain=[0, 100], nice=False)),
            x2="index_to:Q",
            y=alt.Y("bottom:Q", title="Customers", axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            y2="top:Q",
            color=alt.Color(
                "loyalty_stage:N",
                scale=scale(STAGE_COLOURS, set(spread["loyalty_stage"])),
                legend=legend(set(spread["loyalty_stage"])),
            ),
            tooltip=[
                alt.Tooltip("loyalty_stage:N", title="Stage"),
                alt.Tooltip("index_from:Q", title="Index from"),
                alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
            ],
        )
    )
    return framed(chart, 260)


@kept
def index_parts(stages: pd.DataFrame) -> alt.LayerChart:
    """The mean of the three parts in every stage, side by side."""
    parts = {name: say(title) for name, title in PARTS.items()}
    long = stages.melt(id_vars="loyalty_stage", value_vars=list(PARTS), var_name="part", value_name="mean")
    long = long.dropna().assign(part=lambda rows: rows["part"].map(parts))
    base = alt.Chart(long).encode(
        y=alt.Y("loyalty_stage:N", sort=list(STAGE_COLOURS), title=None, axis=names_axis()),
        x=alt.X("mean:Q", title="Mean, 0 to 1", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5, grid=True)),
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        shape=alt.Shape("part:N", sort=list(parts.values()), legend=legend(parts.values())),
        color=alt.Color(
            "part:N",
            sort=list(parts.values()),
            scale=alt.Scale(range=[PRIMARY, WARM, "#E2A03F"]),
            legend=legend(parts.values()),
        ),
        tooltip=[
            alt.Tooltip("loyalty_stage:N", title="Stage"),
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("mean:Q", title="Mean", format=".2f"),
        ],
    )
    lines = base.mark_rule(color="#DCE2E7").encode(x="min(mean):Q", x2="max(mean):Q")
    return framed(alt.layer(lines, points), 260)


@kept
def pyramid_groups(groups: pd.DataFrame) -> alt.Chart:
    """What share of each group's buyers is on which level, the largest group first.

    `groups`: group_name, pyramid_level, customer_count, customer_share, net_margin.
    """
    order = list(dict.fromkeys(groups["group_name"]))[:MOST_GROUPS]
    place = {level: place for place, level in enumerate(LEVEL_COLOURS)}
    shown = groups[groups["group_name"].isin(order)]
    shown = shown.assign(place=shown["pyramid_level"].map(place))
    chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("group_name:N", sort=order, title=None, axis=names_axis(labelLimit=160)),
            x=alt.X("customer_share:Q", title="Share of the group's buyers", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color("pyramid_level:N", scale=scale(LEVEL_COLOURS), legend=legend(LEVEL_COLOURS)),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("group_name:N", title="Group"),
                alt.Tooltip("pyramid_level:N", title="Level"),
                alt.Tooltip("customer_share:Q", title="Share", format=SHARE),
                alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
                alt.Tooltip("net_margin:Q", title="Net margin", format=WHOLE),
            ],
        )
    )
    return framed(chart, 26 * len(order) + 60)


@kept
def concentration_by(history: pd.DataFrame) -> alt.Chart:
    """The Gini coefficient of each group over time, a line for each. `history`: as_of, group_name, gini."""
    order = list(history[history["as_of"] == history["as_of"].max()].nlargest(LINES, "holder_count")["group_name"])
    chart = (
        alt.Chart(history[history["group_name"].isin(order)])
        .mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=25))
        .encode(
            x=alt.X(
                "as_of:T",
                title=None,
                axis=alt.Axis(
                    format="%b %Y", tickCount=alt.TimeIntervalStep(interval="month", step=1), labelOverlap=True
                ),
            ),
            y=alt.Y("gini:Q", title="Gini coefficient", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)),
            color=alt.Color("group_name:N", sort=order, legend=legend(order)),
            tooltip=[
                alt.Tooltip("as_of:T", title="As of", format=DAY),
                alt.Tooltip("group_name:N", title="Group"),
                alt.Tooltip("gini:Q", title="Gini", format=".3f"),
                alt.Tooltip("gini_low:Q", title="from", format=".3f"),
                alt.Tooltip("gini_high:Q", title="to", format=".3f"),
                alt.Tooltip("holder_count:Q", title="Holders", format=WHOLE),
            ],
        )
    )
    return framed(chart, 220)


@kept
def concentration_over_time(history: pd.DataFrame) -> alt.LayerChart:
    """The Gini coefficient with its range, and the share of the best fifth."""
    x = alt.X(
        "as_of:T",
        title=None,
        axis=alt.Axis(format="%b %Y", tickCount=alt.TimeIntervalStep(interval="month", step=1), labelOverlap=True),
    )
    domain = alt.Scale(domain=[0, 1])
    base = alt.Chart(history)
    band = base.mark_area(color=PRIMARY, opacity=0.14).encode(
        x=x, y=alt.Y("gini_low:Q", scale=domain, title=None), y2="gini_high:Q"
    )
    long = history.melt(id_vars="as_of", value_vars=["gini", "top_fifth_share"], var_name="what", value_name="value")
    names = {"gini": say("Gini coefficient"), "top_fifth_share": say("Share of the best fifth")}
    long["what"] = long["what"].map(names)
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x,
            y=alt.Y("value:Q", scale=domain, title=None, axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=list(names.values()), range=[PRIMARY, WARM]),
                legend=legend(names.values()),
            ),
            tooltip=[
                alt.Tooltip("as_of:T", title="As of", format=DAY),
                alt.Tooltip("what:N", title="Measure"),
                alt.Tooltip("value:Q", title="Value", format=".3f"),
            ],
        )
    )
    return framed(alt.layer(band, lines), 260)


@kept
def concentration_groups(groups: pd.DataFrame) -> alt.LayerChart:
    """The Gini coefficient of each group with its range, where there are enough holders for one."""
    base = alt.Chart(groups).encode(
        y=alt.Y("group_name:N", sort=list(groups["group_name"]), title=None, axis=names_axis(labelLimit=160)),
    )
    axis = alt.Axis(tickCount=5, grid=True)
    ranges = base.mark_rule(strokeWidth=5, color="#A9CBDA").encode(
        x=alt.X("gini_low:Q", scale=alt.Scale(domain=[0, 1]), title="Gini coefficient", axis=axis), x2="gini_high:Q"
    )
    points = base.mark_point(filled=True, size=80, opacity=1).encode(
        x=alt.X("gini:Q", scale=alt.Scale(domain=[0, 1])),
        color=alt.condition(alt.datum.concentration_status == "measured", alt.value(PRIMARY), alt.value(MUTED)),
        tooltip=[
            alt.Tooltip("group_name:N", title="Group"),
            alt.Tooltip("gini:Q", title="Gini", format=".3f"),
            alt.Tooltip("holder_count:Q", title="Holders", format=WHOLE),
            alt.Tooltip("top_fifth_share:Q", title="Best fifth has", format=SHARE),
            alt.Tooltip("concentration_status:N", title="Status"),
        ],
    )
    return framed(alt.layer(ranges, points), max(26 * len(groups) + 40, 110))


@kept
def seasons(series: pd.DataFrame) -> alt.LayerChart:
    """Orders by month with their trend; bars are the months, the line is the trend."""
    x = alt.X("period_on:T", title=None, axis=alt.Axis(format="%b %Y", tickCount=8, labelOverlap=True))
    bars = (
        alt.Chart(series)
        .mark_bar(color="#A9CBDA", width=bar_width(len(series)))
        .encode(
            x=x,
            y=alt.Y("value:Q", title="Orders", axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            tooltip=[
                alt.Tooltip("period_on:T", title="Month", format="%b %Y"),
                alt.Tooltip("value:Q", title="Orders", format=WHOLE),
                alt.Tooltip("trend:Q", title="Trend", format=WHOLE),
                alt.Tooltip("season:Q", title="Season", format="+,.0f"),
                alt.Tooltip("remainder:Q", title="Remainder", format="+,.0f"),
            ],
        )
    )
    line = alt.Chart(series).mark_line(color=INK, strokeWidth=2).encode(x=x, y="trend:Q")
    return framed(alt.layer(bars, line), 220)


@kept
def season_parts(series: pd.DataFrame) -> alt.LayerChart:
    """What the season adds to or takes from each month, as a line, and what neither trend nor season explains."""
    x = alt.X("period_on:T", title=None, axis=alt.Axis(format="%b %Y", tickCount=8, labelOverlap=True))
    names = {"season": say("Season"), "remainder": say("Remainder")}
    long = series.melt("period_on", list(names), "part", "amount")
    long["part"] = long["part"].map(names)
    colour = alt.Color(
        "part:N", scale=alt.Scale(domain=list(names.values()), range=[PRIMARY, WARM]), legend=legend(names.values())
    )
    base = alt.Chart(long).encode(
        x=x,
        y=alt.Y("amount:Q", title="Orders more or less", axis=alt.Axis(format="+,.0f", tickCount=4)),
        color=colour,
        tooltip=[
            alt.Tooltip("period_on:T", title="Month", format="%b %Y"),
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("amount:Q", title="Orders", format="+,.0f"),
        ],
    )
    season = base.transform_filter(alt.datum.part == names["season"]).mark_line(strokeWidth=2.2)
    rest = base.transform_filter(alt.datum.part == names["remainder"]).mark_point(filled=True, size=45, opacity=0.9)
    nothing = alt.Chart(pd.DataFrame({"amount": [0]})).mark_rule(color=MUTED).encode(y="amount:Q")
    return framed(alt.layer(nothing, season, rest), 180)
