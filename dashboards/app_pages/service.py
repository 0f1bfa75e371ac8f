"""Service: what customers expect and get, complaints as a closed loop, calls by hour, what contacts cost."""

from functools import partial

import ibis
import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame
from dashboards.app_cards import CUSTOMERS_PAGE, card, metric, take_away
from dashboards.app_charts import ranges
from dashboards.app_charts import service as charts
from dashboards.app_data import service
from dashboards.app_format import NOTHING, count, number, percent, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_tables import height
from dashboards.app_words import define, english_label, label, say
from mining.service import moving_saves

SHOWN = 500
STEPS = {"assigned": "Assigned", "resolved": "Resolved", "followed up": "Followed up"}  # messages: values


def main() -> None:
    page = app_frame.open_page("Service", "What customers expect and get, how complaints end, and what contacts cost.")
    satisfaction(page)
    complaints(page)
    overdue(page)
    calls(page)
    costs(page)


def satisfaction(page: Page) -> None:
    with card("satisfaction"):
        left, right = st.columns([1.6, 1], vertical_alignment="center")
        left.subheader(say("Perceived against expected"), anchor=False, help=define("perceived"))
        together = service.satisfaction(page.file, "all")
        if together.empty:
            app_frame.empty("No survey asks what customers expect and what they got.", ["marketing.surveys"])
            return
        chosen = right.selectbox(
            say("Segment"), service.attributes(page.file), key="segment", bind="query-params",
            format_func=spelled("segment", service.attributes(page.file), english_label),
            label_visibility="collapsed",
        )  # fmt: skip
        left, right = st.columns([1, 1.1], gap="medium")
        left.vega_lite_chart(spec=charts.expectations(together), theme=None, alt=say("Expected and perceived by topic"))
        shown = service.satisfaction(page.file, chosen)
        rows = gap_rows(shown, chosen)
        chart = ranges.points(rows, say("Perceived less expected"), nothing=0.0)
        right.vega_lite_chart(spec=chart, theme=None, alt=say("Gap by topic and segment with its range"))
        below = int((shown["satisfaction_status"] == "below expectation").sum())
        st.caption(
            say(
                "{below} of {all} are clearly below expectation after correction for their number. Grey: fewer than 10 "
                "customers answered.",
                below=number(below),
                all=count(len(shown), "topic and segment", "topics and segments"),
            )
        )
        take_away("satisfaction", shown)


def gap_rows(shown: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """The gaps as rows of a chart, the widest first; at most the 20 widest."""
    names = [
        label(topic) if attribute == "all" else say("{one}, {other}", one=label(topic), other=label(segment).lower())
        for topic, segment in zip(shown["topic"], shown["segment"], strict=True)
    ]
    rows = pd.DataFrame(
        {
            "label": names,
            "value": shown["gap_mean"],
            "low": shown["gap_low"],
            "high": shown["gap_high"],
            "size": shown["customer_count"],
        }
    )
    return rows.sort_values("value").head(20)


def complaints(page: Page) -> None:
    with card("loop"):
        st.subheader(say("Complaints as a closed loop"), anchor=False, help=define("closed loop"))
        whole = service.loop(page.file, "complaints", "all")
        if whole.empty:
            app_frame.empty("There were no complaints in the last 12 months.", ["call_center.cases"])
            return
        steps = {row["step"]: row for row in whole.to_dict("records")}
        with st.grid(6, min_column_width=130, gap="small"):
            metric(say("Complaints"), number(steps["assigned"]["case_count"]), definition=define("complaints"))
            for step, title in STEPS.items():
                row = steps.get(step)
                metric(say(title), hours(row["median_hours"] if row else None), definition=define(step))
            metric(say("Late"), percent(steps["resolved"]["late_share"]), definition=define("late"))
            metric(say("Came back"), percent(steps["resolved"]["reopened_share"]), definition=define("came back"))
        by = st.segmented_control(
            say("By"), ["severity", "channel", "category"], default="severity", key="loop_by",
            format_func=spelled("loop_by", ["severity", "channel", "category"], english_label),
            bind="query-params", required=True,
        )  # fmt: skip
        scope = "all cases" if by == "category" else "complaints"
        shown = service.loop(page.file, scope, by or "severity")
        resolved = shown[shown["step"] == "resolved"]
        rows = pd.DataFrame(
            {
                "label": [label(name) for name in resolved["group_name"]],
                "value": resolved["late_share"],
                "low": resolved["late_low"].where(resolved["loop_status"] == "measured"),
                "high": resolved["late_high"],
                "size": resolved["case_count"],
            }
        )
        chart = ranges.points(rows, say("Share resolved late"), pattern=".0%")
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Share resolved late with its range"))
        columns = ["group_name", "step", "case_count", "done_count", "open_count", "median_hours", "ninetieth_hours"]
        columns += ["late_share", "reopened_share"]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            alt=say("The steps of cases"),
        )
        take_away("complaints", shown)


def hours(value: float | None) -> str:
    """Hours as they are said: 5 h, 4.1 days; a dash while half have not got there."""
    if value is None or pd.isna(value):
        return NOTHING
    return say("{count} h", count=number(value)) if value < 48 else say("{count} days", count=number(value / 24, 1))


def overdue(page: Page) -> None:
    with card("overdue"):
        st.subheader(say("Overdue now"), anchor=False, help=define("late"))
        whole = service.overdue_count(page.file)
        if not whole:
            st.caption(say("No open case is overdue."))
            return
        found = service.overdue(page.file, SHOWN)
        first = say(", the first {count} shown", count=SHOWN) if whole > SHOWN else ""
        st.caption(
            say(
                "{cases}, oldest first{first}. Choose a row to open the customer.",
                cases=count(whole, "case", "cases"),
                first=first,
            )
        )
        columns = ["name", "case_id", "category", "severity", "channel", "opened_on", "age_days", "waits_for"]
        shown = found.assign(name=[app_format.short(name) for name in found["name"]])
        picked = st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            on_select="rerun",
            selection_mode="single-row",
            key="overdue_rows",
            height=height(shown, 320),
            alt=say("Overdue cases"),
        )
        take_away("overdue_cases", partial(service.overdue_file, page.file))
        if picked.selection.rows and found["customer_key"].iloc[picked.selection.rows[0]]:
            st.switch_page(
                CUSTOMERS_PAGE, query_params={"customer": found["customer_key"].iloc[picked.selection.rows[0]]}
            )


def calls(page: Page) -> None:
    with card("calls"):
        left, right = st.columns([1, 1.4], vertical_alignment="center")
        left.subheader(say("Calls by hour"), anchor=False, help=define("load"))
        found = service.calls(page.file)
        if found.empty:
            app_frame.empty("No inbound call is on record in the last 3 months.", ["call_center.calls"])
            return
        titles = {words: name for name, (words, _) in charts.MEASURES.items()}
        with right.container(horizontal_alignment="right"):
            chosen = st.selectbox(
                say("Measure"), list(titles), key="calls_by", bind="query-params", label_visibility="collapsed",
                format_func=spelled("calls_by", list(titles)),
            )  # fmt: skip
        chart = charts.by_hour(found, titles[chosen])
        st.vega_lite_chart(spec=chart, theme=None, alt=say("{measure} by hour", measure=say(chosen)))
        grid = charts.week(service.calls_by_weekday(page.file), titles[chosen])
        st.vega_lite_chart(spec=grid, theme=None, alt=say("{measure} by weekday and hour", measure=say(chosen)))
        st.caption(
            say(
                "Boxes: inbound calls of 3 months, shaded by the measure. Pale bars: fewer than 30 calls. Agents on "
                "duty are those who took a call in the hour: in quiet hours too few, so the load is an upper bound."
            )
        )
        take_away("calls_by_hour", found)


def costs(page: Page) -> None:
    with card("costs"):
        st.subheader(say("What a contact costs"), anchor=False, help=define("contact cost"))
        found = service.costs(page.file)
        if found.empty:
            app_frame.empty("No call, case or message is on record.", ["call_center.calls", "call_center.cases"])
            return
        pairs = [(str(row["kind"]), str(row["channel"])) for row in found.to_dict("records")]
        names = {
            say("{one}, {other}", one=label(kind), other=label(channel).lower()): (kind, channel)
            for kind, channel in pairs
        }
        rows = pd.DataFrame(
            {
                "label": list(names),
                "value": found["mean_cost"],
                "low": found["mean_cost_low"],
                "high": found["mean_cost_high"],
                "size": found["contact_count"],
            }
        )
        title = say("Cost of one contact, {sign}", sign=app_format.symbol(page.data.currency).strip())
        st.vega_lite_chart(spec=ranges.points(rows, title), theme=None, alt=title)
        take_away("contact_costs", found)
        st.markdown(f"**{say('What moving some of them would save')}**")
        moving(page, found, names)


def moving(page: Page, found: pd.DataFrame, names: dict[str, tuple[str, str]]) -> None:
    served = [name for name, (kind, channel) in names.items() if kind != "campaign" and channel != "outbound"]
    if len(served) < 2:
        st.caption(say("Moving needs two channels that serve customers; there is one."))
        return
    left, right = st.columns(2)
    came = left.selectbox(say("From"), served, index=0, key="move_from", bind="query-params")
    # At first to the cheapest, which is the last.
    goes = right.selectbox(say("To"), served, index=len(served) - 1, key="move_to", bind="query-params")
    left, right = st.columns(2)
    moved = left.slider(say("Share that moves, %"), 0, 100, 20, key="moved", bind="query-params")
    back = right.slider(say("Of these come back by the old channel, %"), 0, 100, 10, key="back", bind="query-params")
    if came == goes:
        st.caption(say("Choose two different channels."))
        return
    saving = moving_saves(
        ibis.memtable(found),
        from_channel=names[came],
        to_channel=names[goes],
        moved_percent=moved,
        repeat_percent=back,
    ).execute()
    row = saving.to_dict("records")[0]
    st.metric(say("Saved in a year"), plain(page.money(row["saving_amount"])), border=True, help=define("moving saves"))
    st.caption(
        plain(
            say(
                "{moved} contacts at {old} would cost {new} each instead: between {low} and {high} in a year.",
                moved=number(row["moved_count"]),
                old=page.money(row["cost_from"], 2),
                new=page.money(row["cost_to"], 2),
                low=page.money(row["saving_low"]),
                high=page.money(row["saving_high"]),
            )
        )
    )


main()
