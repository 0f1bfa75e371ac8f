"""Charts of the predictions: horizon errors, spreads, deciles, gain and profit, forecasts, reliability."""

import altair as alt
import pandas as pd

from dashboards.app_charts.kept import kept
from dashboards.app_charts.theme import AXIS_AMOUNT, DAY, SHARE, WHOLE, bar_width, framed, legend, names_axis, scale
from dashboards.app_format import PRIMARY, WARM
from dashboards.app_language import say

BAND_COLOURS = {"low": "#A9CBDA", "medium": "#E2A03F", "high": "#C8553D"}
QUIET = "#97A3AC"


@kept
def horizon_errors(errors: pd.DataFrame) -> alt.LayerChart:
    """False alarms falling and misses rising with the horizon; the one in use is marked."""
    names = {
        "came_back_share": say("False alarms: called left, came back"),
        "missed_share": say("Misses: left, not called"),
    }
    long = errors.melt(["horizon_days", "is_chosen"], list(names), "kind", "share").replace({"kind": names})
    x = alt.X("horizon_days:Q", title="Days of silence", axis=alt.Axis(tickCount=8))
    y = alt.Y("share:Q", title=None, axis=alt.Axis(format="%", tickCount=5))
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=2.2, point=True)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "kind:N",
                scale=scale(dict(zip(names.values(), (PRIMARY, WARM), strict=True))),
                legend=legend(names.values()),
            ),
            tooltip=[
                alt.Tooltip("horizon_days:Q", title="Days"),
                alt.Tooltip("kind:N", title="Error"),
                alt.Tooltip("share:Q", title="Share", format=SHARE),
            ],
        )
    )
    chosen = alt.Chart(errors[errors["is_chosen"]]).encode(x=x)
    rule = chosen.mark_rule(color=QUIET, strokeDash=[4, 4])
    return framed(alt.layer(rule, lines), 260)


@kept
def churn_spread(spread: pd.DataFrame, measure: str, title: str) -> alt.Chart:
    """Customers or what is at stake by probability, coloured by band."""
    ordered = spread.sort_values("churn_band", key=lambda names: names.map(list(BAND_COLOURS).index))
    upper = ordered.groupby("bin")[measure].cumsum()
    # Stacked here: with two quantitative axes Vega-Lite stacks along the wrong one.
    shown = ordered.assign(
        low=ordered["bin"] / 20, high=(ordered["bin"] + 1) / 20, upper=upper, lower=upper - ordered[measure]
    )
    chart = (
        alt.Chart(shown)
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("low:Q", title="Probability of leaving", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            x2="high:Q",
            y=alt.Y("lower:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            y2="upper:Q",
            color=alt.Color("churn_band:N", scale=scale(BAND_COLOURS)),
            tooltip=[
                alt.Tooltip("low:Q", title="From", format=SHARE),
                alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
                alt.Tooltip("expected_loss_amount:Q", title="At stake", format=WHOLE),
            ],
        )
    )
    return framed(chart, 260)


@kept
def value_spread(spread: pd.DataFrame, measure: str, title: str, symbol: str) -> alt.Chart:
    """Customers or value by lifetime value, in steps that double."""
    most = [f"{symbol}{10 if bin_ == 1 else 5 * 2 ** int(bin_):,.0f}" for bin_ in spread["bin"]]
    names = [
        say("none") if bin_ == 0 else say("up to {amount}", amount=amount)
        for bin_, amount in zip(spread["bin"], most, strict=True)
    ]
    chart = (
        alt.Chart(spread.assign(step=names))
        .mark_bar(color="#3D8DB0")
        .encode(
            y=alt.Y("step:N", sort=names, title=None, axis=names_axis()),
            x=alt.X(f"{measure}:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            tooltip=[
                alt.Tooltip("step:N", title="Value"),
                alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
                alt.Tooltip("clv_amount:Q", title="Together", format=WHOLE),
            ],
        )
    )
    return framed(chart, max(24 * len(names), 80))


@kept
def deciles(checked: pd.DataFrame, title: str) -> alt.Chart:
    """Said and come, side by side, for each tenth of the customers."""
    names = {"predicted_mean_amount": say("Said"), "actual_mean_amount": say("Came")}
    long = checked.melt("decile", list(names), "kind", "amount").replace({"kind": names})
    chart = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("decile:O", title="Tenth of the customers, highest said first", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("kind:N", sort=list(names.values())),
            y=alt.Y("amount:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            color=alt.Color("kind:N", scale=scale(dict(zip(names.values(), ("#3D8DB0", WARM), strict=True)))),
            tooltip=[
                alt.Tooltip("decile:O", title="Tenth"),
                alt.Tooltip("kind:N", title=""),
                alt.Tooltip("amount:Q", title="Mean", format=",.2f"),
            ],
        )
    )
    return framed(chart, 260)


@kept
def weeks(counts: pd.DataFrame, title: str) -> alt.Chart:
    """Customers by the week of their likely next order."""
    span = (counts["week_on"].max() - counts["week_on"].min()).days / 7 + 1 if len(counts) else 1
    chart = (
        alt.Chart(counts)
        .mark_bar(color="#3D8DB0", width=bar_width(span))
        .encode(
            x=alt.X("week_on:T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True)),
            y=alt.Y("customer_count:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5)),
            tooltip=[
                alt.Tooltip("week_on:T", title="Week of", format=DAY),
                alt.Tooltip("customer_count:Q", title="Customers", format=WHOLE),
            ],
        )
    )
    return framed(chart, 220)


@kept
def gain(curve: pd.DataFrame) -> alt.LayerChart:
    """Answers reached against people contacted, best first; the straight line is contacting at random."""
    x = alt.X("contacted_share:Q", title="People contacted, best first", axis=alt.Axis(format="%"))
    y = alt.Y("reached_share:Q", title="Answers reached", axis=alt.Axis(format="%", tickCount=5))
    ends = pd.DataFrame({"contacted_share": [0.0, 1.0], "reached_share": [0.0, 1.0]})
    tooltip = [
        alt.Tooltip("contacted_share:Q", title="Contacted", format=SHARE),
        alt.Tooltip("reached_share:Q", title="Answers reached", format=SHARE),
        alt.Tooltip("lift:Q", title="Times as many as at random", format=".2f"),
    ]
    return framed(
        alt.layer(
            alt.Chart(ends).mark_line(color=QUIET, strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y),
            alt.Chart(curve).mark_line(color=PRIMARY, strokeWidth=2.5).encode(x=x, y=y, tooltip=tooltip),
        ),
        260,
    )


@kept
def profit(curve: pd.DataFrame, at: int, title: str) -> alt.LayerChart:
    """Expected profit by how many are written to; the cut-off is marked."""
    axis = alt.Axis(format=AXIS_AMOUNT, tickCount=8)
    x = alt.X("contact_count:Q", title="People written to, best first", axis=axis)
    y = alt.Y("profit:Q", title=title, axis=alt.Axis(format=AXIS_AMOUNT, tickCount=5))
    tooltip = [
        alt.Tooltip("contact_count:Q", title="Written to", format=WHOLE),
        alt.Tooltip("answer_count:Q", title="Answers expected", format=",.1f"),
        alt.Tooltip("profit:Q", title="Profit expected", format=WHOLE),
    ]
    mark = pd.DataFrame({"contact_count": [at]})
    return framed(
        alt.layer(
            alt.Chart(curve).mark_line(color=PRIMARY, strokeWidth=2.5).encode(x=x, y=y, tooltip=tooltip),
            alt.Chart(mark).mark_rule(color=WARM, strokeDash=[4, 4]).encode(x=x),
        ),
        260,
    )


@kept
def forecast(series: pd.DataFrame, title: str) -> alt.LayerChart:
    """What was, what is expected with its interval, and the same week a year ago."""
    x = alt.X("week_on:T", title=None, axis=alt.Axis(format="%b %Y", tickCount=8, labelOverlap=True))
    axis = alt.Axis(format=AXIS_AMOUNT, tickCount=5)
    past, ahead = series[~series["is_ahead"]], series[series["is_ahead"]]
    tooltip = [
        alt.Tooltip("week_on:T", title="Week of", format=DAY),
        alt.Tooltip("forecast:Q", title="Expected", format=WHOLE),
        alt.Tooltip("low:Q", title="From", format=WHOLE),
        alt.Tooltip("high:Q", title="To", format=WHOLE),
        alt.Tooltip("seasonal_naive:Q", title="A year ago", format=WHOLE),
    ]
    was = [alt.Tooltip("week_on:T", title="Week of", format=DAY), alt.Tooltip("actual:Q", title="Was", format=WHOLE)]
    y = alt.Y("low:Q", title=title, axis=axis)
    return framed(
        alt.layer(
            alt.Chart(ahead).mark_area(color="#3D8DB0", opacity=0.22).encode(x=x, y=y, y2="high:Q"),
            alt.Chart(past).mark_line(color="#5C6B77", strokeWidth=1.6).encode(
                x=x, y=alt.Y("actual:Q", title=title, axis=axis), tooltip=was
            ),
            alt.Chart(ahead).mark_line(color=WARM, strokeWidth=1.4, strokeDash=[4, 3]).encode(
                x=x, y=alt.Y("seasonal_naive:Q", title=title, axis=axis)
            ),
            alt.Chart(ahead).mark_line(color=PRIMARY, strokeWidth=2.4, point=True).encode(
                x=x, y=alt.Y("forecast:Q", title=title, axis=axis), tooltip=tooltip
            ),
        ),
        300,
    )  # fmt: skip


@kept
def reliability(bins: list[list[float]]) -> alt.LayerChart:
    """Said against come: on the line, probabilities mean what they say."""
    table = pd.DataFrame(bins, columns=["rows", "said", "came"])
    x = alt.X("said:Q", title="Probability said", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    y = alt.Y("came:Q", title="Share that came true", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    ends = pd.DataFrame({"said": [0.0, 1.0], "came": [0.0, 1.0]})
    tooltip = [
        alt.Tooltip("said:Q", title="Said", format=SHARE),
        alt.Tooltip("came:Q", title="Came", format=SHARE),
        alt.Tooltip("rows:Q", title="Customers", format=WHOLE),
    ]
    return framed(
        alt.layer(
            alt.Chart(ends).mark_line(color=QUIET, strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y),
            alt.Chart(table).mark_point(color=PRIMARY, filled=True, size=70).encode(x=x, y=y, tooltip=tooltip),
        ),
        240,
    )
