"""Charts of the Overview: the trend against the period before, tiers and groups at a glance."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import AXIS_AMOUNT, DAY, SHARE, WHOLE, bar_width, framed, names_axis, room, scale
from dashboards.app_format import GROUP_COLOURS, TIER_COLOURS


@kept
def trend(daily: pd.DataFrame, before: pd.DataFrame, measure: str, title: str, bucket: int) -> alt.LayerChart:
    """A measure over a period (bars) and over the period before (line), in buckets of `bucket` days."""
    now, old = bucketed(daily, measure, bucket), bucketed(before, measure, bucket)
    # The line of the period before lies under the same days of this one.
    old = old.merge(now[["place", "from_on"]], on="place", suffixes=("_own", ""))
    x = alt.X(
        "from_on:T",
        title=None,
        axis=alt.Axis(format="%-d %b", labelOverlap=True, tickCount=8),
        scale=alt.Scale(padding=14),
    )
    y = alt.Y("amount:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5))
    bars = (
        alt.Chart(now)
        .mark_bar(color="#3D8DB0", width=bar_width(len(now)))
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("from_on:T", title="From", format=DAY),
                alt.Tooltip("to_on:T", title="To", format=DAY),
                alt.Tooltip("amount:Q", title=title, format=WHOLE),
            ],
        )
    )
    line = (
        alt.Chart(old)
        .mark_line(color="#8C4A2F", strokeWidth=1.6, strokeDash=[4, 3], interpolate="monotone")
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("from_on_own:T", title="Period before, from", format=DAY),
                alt.Tooltip("amount:Q", title=title, format=WHOLE),
            ],
        )
    )
    return framed(alt.layer(bars, line), 240)


def bucketed(daily: pd.DataFrame, measure: str, bucket: int) -> pd.DataFrame:
    """A measure summed over `bucket` days, counted from the last day so that no bucket at the end is half full."""
    if daily.empty:
        return pd.DataFrame(columns=["place", "from_on", "to_on", "amount"])
    place = (len(daily) - 1 - pd.RangeIndex(len(daily))) // bucket
    days = pd.DataFrame({"place": place, "date_on": daily["date_on"], "amount": daily[measure].astype(float)})
    return days.groupby("place", as_index=False).agg(
        from_on=("date_on", "min"), to_on=("date_on", "max"), amount=("amount", "sum")
    )


@kept
def tier_shares(tiers: pd.DataFrame) -> alt.LayerChart:
    """Two lines, customers and margin, each cut into tiers: how unequally the margin is spread."""
    shown = pd.DataFrame(
        part
        for column, name in (("customer_share", "Customers"), ("margin_share", "Net margin"))
        for part in segments(tiers, column, name)
    )
    base = alt.Chart(shown).encode(
        y=alt.Y("side:N", sort=["Customers", "Net margin"], title=None, axis=names_axis()),
    )
    bars = base.mark_bar(height={"band": 0.7}, stroke="white", strokeWidth=1).encode(
        x=alt.X("low:Q", title=None, axis=None),
        x2="high:Q",
        color=alt.Color("tier:N", scale=scale(TIER_COLOURS), legend=None),
        tooltip=[
            alt.Tooltip("tier:N", title="Tier"),
            alt.Tooltip("side:N", title="Share of"),
            alt.Tooltip("share:Q", title="Share", format=SHARE),
        ],
    )
    text = base.mark_text(fontWeight=600, fontSize=12).encode(
        x="middle:Q",
        text="label:N",
        color=alt.condition(alt.datum.tier == "C", alt.value("#1F2A33"), alt.value("white")),
    )
    return framed(alt.layer(bars, text), 92)


def segments(tiers: pd.DataFrame, column: str, name: str) -> list[dict[str, object]]:
    """The tiers' shares one after the other from zero; a negative one goes to the left of zero."""
    found: list[dict[str, object]] = []
    right = left = 0.0
    for tier, share in zip(tiers["tier"], tiers[column].astype(float), strict=True):
        low, high = (right, right + share) if share >= 0 else (left + share, left)
        right, left = max(right, high), min(left, low)
        label = f"{tier}  {share * 100:.0f} %" if high - low > 0.13 else tier if high - low > 0.05 else ""
        found.append(
            {
                "side": name,
                "tier": tier,
                "share": share,
                "low": low,
                "high": high,
                "middle": (low + high) / 2,
                "label": label,
            }
        )
    return found


@kept
def group_bars(groups: pd.DataFrame) -> alt.LayerChart:
    """How many customers each group holds, in the groups' own order."""
    most = int(groups["customer_count"].max())
    base = alt.Chart(groups).encode(
        y=alt.Y("rfm_group:N", sort=list(GROUP_COLOURS), title=None, axis=names_axis()),
        x=alt.X(
            "customer_count:Q",
            title=None,
            axis=None,
            scale=alt.Scale(domainMin=0, **room(max(float(most), 1.0), [f"{most:,}"])),
        ),
    )
    bars = base.mark_bar(height={"band": 0.7}).encode(
        color=alt.Color("rfm_group:N", scale=scale(GROUP_COLOURS), legend=None),
        tooltip=[
            alt.Tooltip("rfm_group:N", title="Group"),
            alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
        ],
    )
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text("customer_count:Q", format=WHOLE))
    return framed(alt.layer(bars, text), max(27 * len(groups), 60))
