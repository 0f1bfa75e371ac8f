"""Explore: any measures by any dimensions over time; pivot, chart, the customers behind a number, views kept."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st
from streamlit import column_config as config

from dashboards import app_format, app_frame
from dashboards.app_cards import card, metric, take_away
from dashboards.app_charts import explore as charts
from dashboards.app_data import explore
from dashboards.app_data.explore import View
from dashboards.app_explore_views import PERIODS, STEPS, kept, one_row_or, title
from dashboards.app_format import number, plain
from dashboards.app_frame import Page
from dashboards.app_language import TABLE_DAYS, language, spelled
from dashboards.app_tables import height
from dashboards.app_words import label, say
from mining.measures import MEASURES, Measure

ONE = STEPS[0]
MOST_PERIODS = 60
PANDAS_STEPS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def main() -> None:
    page = app_frame.open_page("Explore", "Any number by any dimension over time, and who is behind it.")
    if explore.first_day(page.file) is None:
        app_frame.empty("No day has anything to show yet.", ["sales.orders", "sales.order_lines"])
        return
    kept(page)
    view = chosen(page)
    if view is None:
        return
    found = explore.explored(page.where, view)
    if found.empty:
        app_frame.empty("Nothing happened in this period: choose a longer one.")
        return
    pictured(page, view, found)
    pivot(page, view, found)
    meanings(view)


def chosen(page: Page) -> View | None:
    """What the reader wants to see; nothing until a measure is chosen."""
    with card("chosen"):
        left, right = st.columns(2, gap="medium")
        names = left.multiselect(
            say("Measures"), list(MEASURES), default=["revenue"], key="measures",
            format_func=spelled("measures", list(MEASURES), title, many=True),
            max_selections=4, bind="query-params", placeholder=say("Choose a measure"),
        )  # fmt: skip
        if not names:
            st.info(say("Choose a measure: revenue, orders, visits ..."), icon=":material/arrow_upward:")
            return None
        possible = explore.dimensions(names)
        by = right.multiselect(
            say("By"), possible, key="by", max_selections=3, bind="query-params",
            format_func=spelled("by", possible, label, many=True), placeholder=say("Everybody together"),
            help=say("Only what all of the chosen measures can be split by."),
        )  # fmt: skip
        left, right = st.columns(2, gap="medium")
        length = left.segmented_control(
            say("Period"), list(PERIODS), default="12 months", key="period", bind="query-params", required=True,
            format_func=spelled("period", list(PERIODS)),
        )  # fmt: skip
        grain = right.segmented_control(
            say("In steps of"), STEPS, default="month", key="grain", bind="query-params", required=True,
            format_func=spelled("grain", STEPS),
        )  # fmt: skip
    first_on = beginning(page, PERIODS[length or "12 months"])
    asked = None if grain == ONE or not any(MEASURES[name].is_dated for name in names) else grain
    shown = coarse_enough(asked, first_on, page.data.as_of)
    # Half a month at the left of a chart looks like a bad month.
    return View(tuple(names), tuple(by), shown, begun(first_on, shown), page.data.as_of)


def beginning(page: Page, days: int) -> date:
    """The first day of a period that ends with the data; 0 days: from the beginning."""
    first: date = explore.first_day(page.file) or page.data.as_of
    return max(first, page.data.as_of - timedelta(days=days - 1)) if days else first


def coarse_enough(grain: str | None, first_on: date, last_on: date) -> str | None:
    """The grain, or the next that fits on a page: two years of days are no table."""
    lengths = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    if grain is None:
        return None
    for name in list(lengths)[list(lengths).index(grain) :]:
        if (last_on - first_on).days / lengths[name] <= MOST_PERIODS:
            if name != grain:
                st.caption(
                    say("Too long a period for steps of a {grain}: shown by {name}.", grain=say(grain), name=say(name))
                )
            return name
    return "year"


def begun(day: date, grain: str | None) -> date:
    """The first day of the step that a day lies in."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    months = {"month": day.month, "quarter": 3 * ((day.month - 1) // 3) + 1, "year": 1}
    return day.replace(month=months[grain], day=1) if grain in months else day


def pictured(page: Page, view: View, found: pd.DataFrame) -> None:
    """The first measure as a chart; without dimension and time, all of them as numbers."""
    measure = MEASURES[view.names[0]]
    named = heading(measure, page.data.currency)
    group = view.by[0] if view.by else None
    shown = found.dropna(subset=[measure.name])
    if len(view.by) > 1:
        shown = together(page, view)
    with card("chart"):
        if "period_on" in shown:
            st.vega_lite_chart(
                spec=charts.over_time(shown, measure.name, named, measure.unit, group), theme=None, alt=named
            )
            if group is not None and shown[group].nunique() > charts.LARGEST:
                st.caption(say("The {count} largest are drawn; the table has all.", count=charts.LARGEST))
        elif group is not None:
            st.vega_lite_chart(
                spec=charts.groups(shown, measure.name, named, measure.unit, group), theme=None, alt=named
            )
        else:
            with st.grid(4, min_column_width=150, gap="small"):
                for name in view.names:
                    metric(title(name), written(page, name, found[name].iloc[0]))


def together(page: Page, view: View) -> pd.DataFrame:
    """The chart's own numbers, by the first dimension only: distinct buyers and means do not add up."""
    return explore.explored(page.where, view._replace(names=view.names[:1], by=view.by[:1])).dropna(
        subset=[view.names[0]]
    )


def pivot(page: Page, view: View, found: pd.DataFrame) -> None:
    """The table: a row for each combination; measures, or the periods of one measure, as columns."""
    with card("pivot"):
        left, right = st.columns([1.5, 1], vertical_alignment="center")
        left.subheader(say("Table"), anchor=False)
        across = None
        if "period_on" in found and view.by:
            options = [name for name in view.names if MEASURES[name].is_dated]
            across = right.selectbox(
                say("Periods side by side"), [None, *options], key="across", bind="query-params",
                format_func=spelled("across", [None, *options], one_row_or),
                label_visibility="collapsed",
            )  # fmt: skip
        table = side_by_side(view, found, across) if across else found
        picked = st.dataframe(
            formatted(table, view, across),
            hide_index=True,
            placeholder="",
            column_config=columns(page, view, table, across),
            on_select="rerun",
            selection_mode="single-row",
            key="pivot",
            alt=say("The chosen measures by the chosen dimensions"),
        )
        st.caption(say("Choose a row to see the customers behind it."))
        take_away("explore", table)
    if picked.selection.rows:
        drill(page, view, dict(table.iloc[picked.selection.rows[0]]))


def side_by_side(view: View, found: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One row for each combination, one column for each period, the largest first."""
    wide = found.pivot_table(index=list(view.by), columns="period_on", values=measure, aggfunc="first")
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
    wide.columns = [pd.Timestamp(day).strftime("%Y-%m-%d") for day in wide.columns]
    return wide.reset_index()


def formatted(table: pd.DataFrame, view: View, across: str | None) -> pd.DataFrame:
    """Shares as percent, dates as dates; what a mean is of stays in the file only."""
    made = table[[name for name in table if not str(name).endswith("_of")]].copy()
    values = [name for name in made if name not in (*view.by, "period_on")]
    for name in values:
        unit = MEASURES[across or str(name)].unit
        made[name] = (made[name] * 100 if unit == "share" else made[name]).round(1 if unit == "share" else 2) + 0.0
    for name in view.by:
        made[name] = made[name].astype(str).map(label)
    return made


def columns(page: Page, view: View, table: pd.DataFrame, across: str | None) -> dict[str, Any]:
    """Headings, formats and definitions of the columns."""
    patterns = {"count": "%,d", "money": "%,.0f", "share": "%.1f %%", "seconds": "%,.0f"}
    made: dict[str, Any] = {name: config.TextColumn(label(name)) for name in view.by}
    made["period_on"] = config.DateColumn(say("From"), format=TABLE_DAYS[language()])
    for name in map(str, table):
        if across and name not in view.by:
            made[name] = config.NumberColumn(app_format.day(date.fromisoformat(name)),
                                             format=patterns[MEASURES[across].unit])  # fmt: skip
        elif name in MEASURES:
            one = MEASURES[name]
            made[name] = config.NumberColumn(
                heading(one, page.data.currency), format=patterns[one.unit], help=say(one.definition)
            )
    return made


def drill(page: Page, view: View, row: dict[str, Any]) -> None:
    """The customers behind the first measure of a row."""
    measure = MEASURES[view.names[0]]
    first_on, last_on = within(view, row.get("period_on"))
    of = tuple((name, str(row[name])) for name in view.by)
    with card("behind"):
        names = ", ".join(f"{label(name)} {label(value)}" for name, value in of)
        st.subheader(say("Customers behind it"), anchor=False)
        found = explore.behind(page.where, measure.name, of, first_on, last_on)
        st.caption(
            plain(
                say(
                    "{measure}{of}, {first} to {last}: {count} known customers.",
                    measure=say(measure.title),
                    of=f", {names}" if names else "",
                    first=app_format.day(first_on),
                    last=app_format.day(last_on),
                    count=number(len(found)),
                )
            )
        )
        if found.empty:
            app_frame.empty("Nobody known is behind this number: unknown buyers, callers and visitors have no record.")
            return
        shown = found.head(explore.BEHIND)
        if measure.unit == "share":
            shown = shown.assign(value=shown["value"] * 100)
        st.dataframe(
            shown,
            hide_index=True,
            placeholder="",
            column_config={
                "customer_key": config.TextColumn(say("Customer")),
                "value": config.NumberColumn(
                    heading(measure, page.data.currency), format="%.1f %%" if measure.unit == "share" else "%,.2f"
                ),
                **{name: config.TextColumn(label(name)) for name in ("tier", "rfm_group", "loyalty_stage", "region")},
            },
            height=height(shown, 320),
            alt=say("Customers with what each brings"),
        )
        take_away("customers_behind", found)


def within(view: View, period_on: Any) -> tuple[date, date]:
    """The days of a row: its period, no further than what is looked at."""
    if period_on is None or view.grain is None or pd.isna(period_on):
        return view.first_on, view.last_on
    first = pd.Timestamp(period_on)
    last = first.to_period(PANDAS_STEPS[view.grain]).end_time
    return max(view.first_on, first.date()), min(view.last_on, last.date())


def meanings(view: View) -> None:
    """What the measures mean, who answers for them, and where they come from."""
    with st.expander(say("What these numbers mean"), icon=":material/info:"):
        for name in view.names:
            one = MEASURES[name]
            st.markdown(f"**{say(one.title)}**: {say(one.definition)}")
            st.caption(say("Answers for it: {owner}. From {tables}.", owner=say(one.owner),
                           tables=", ".join(f"`{table}`" for table in one.lineage)))  # fmt: skip
            if not one.is_dated:
                st.caption(say("Known as of the data's date only, whatever the period."))


def heading(measure: Measure, currency: str) -> str:
    """A measure's name with its unit."""
    units = {"money": app_format.symbol(currency).strip(), "seconds": say("seconds")}
    return say(measure.title) + (f", {units[measure.unit]}" if measure.unit in units else "")


def written(page: Page, name: str, value: float) -> str:
    """A value as text."""
    unit = MEASURES[name].unit
    if unit == "money":
        return page.money(value)
    return app_format.percent(value) if unit == "share" else number(value)


main()
