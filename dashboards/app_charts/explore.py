"""Charts of the Explore page: a measure over time by its largest groups, or a bar for each group."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import AXIS_AMOUNT, DAY, framed, names_axis, scale
from dashboards.app_format import CHANNEL_COLOURS, GROUP_COLOURS, LEVEL_COLOURS, STAGE_COLOURS, TIER_COLOURS

LARGEST = 6  # more lines than these cannot be told apart
# What has colours of its own keeps them here.
COLOURS = {
    "tier": TIER_COLOURS,
    "rfm_group": GROUP_COLOURS,
    "loyalty_stage": STAGE_COLOURS,
    "pyramid_level": LEVEL_COLOURS,
    "channel": CHANNEL_COLOURS,
    "main_channel": CHANNEL_COLOURS,
}
PATTERNS = {"count": ",.0f", "money": ",.0f", "share": ".1%", "seconds": ",.0f"}


@kept
def over_time(table: pd.DataFrame, measure: str, title: str, unit: str, group: str | None) -> alt.LayerChart:
    """A line for each of the largest groups."""
    shown = table
    colour = alt.value("#0B5A7A")
    if group is not None:
        largest = table.groupby(group)[measure].sum().nlargest(LARGEST).index
        shown = table[table[group].isin(largest)]
        known = COLOURS.get(group, {})
        colour = (
            alt.Color(f"{group}:N", scale=scale({**known, "unknown": "#97A3AC"}, largest))
            if set(largest) <= {*known, "unknown"}
            else alt.Color(f"{group}:N", sort=list(largest))
        )
    base = alt.Chart(shown).encode(
        x=alt.X("period_on:T", title=None, axis=alt.Axis(format="%b %Y", labelOverlap=True, tickCount=8)),
        y=alt.Y(
            f"{measure}:Q",
            title=title,
            scale=alt.Scale(zero=True),
            axis=alt.Axis(format=".0%" if unit == "share" else AXIS_AMOUNT, tickCount=5),
        ),
        color=colour,
        tooltip=[
            alt.Tooltip("period_on:T", title="From", format=DAY),
            *([alt.Tooltip(f"{group}:N", title="Group")] if group is not None else []),
            alt.Tooltip(f"{measure}:Q", title=title, format=PATTERNS[unit]),
        ],
    )
    return framed(alt.layer(base.mark_line(strokeWidth=2), base.mark_circle(size=34)), 300)


@kept
def groups(table: pd.DataFrame, measure: str, title: str, unit: str, group: str) -> alt.LayerChart:
    """A bar for each group, largest first, with its number."""
    shown = table.drop_duplicates(group).sort_values(measure, ascending=False).head(15)
    base = alt.Chart(shown).encode(
        y=alt.Y(f"{group}:N", sort=None, title=None, axis=names_axis()),
        x=alt.X(f"{measure}:Q", title=title, axis=alt.Axis(format=".0%" if unit == "share" else AXIS_AMOUNT)),
        tooltip=[
            alt.Tooltip(f"{group}:N", title="Group"),
            alt.Tooltip(f"{measure}:Q", title=title, format=PATTERNS[unit]),
        ],
    )
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text(f"{measure}:Q", format=PATTERNS[unit]))
    return framed(alt.layer(base.mark_bar(color="#3D8DB0"), text), max(120, 28 * len(shown)))
