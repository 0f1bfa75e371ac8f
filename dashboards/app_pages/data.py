"""Data: what arrived, what waits or was set aside, how good it is by day, what was checked, how fresh everything is."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_format, app_frame
from dashboards.app_cards import card, metric
from dashboards.app_charts.quality import days_late, share_by_day
from dashboards.app_data import operations
from dashboards.app_format import instant, number, plain
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import reworded
from dashboards.app_tables import table
from dashboards.app_words import define, label, say
from workspace import generations, state

PAGE_ROWS = 20
COUNTS = ["rows_delivered", "rows_accepted", "rows_duplicate", "rows_quarantined"]
MARKS = {  # messages: values
    "passed": "✓ passed",
    "warned": "! warned",
    "failed": "✕ failed",
    "loaded": "✓ loaded",
    "refused": "✕ refused",
    "held": "! held",
    "published": "✓ published",
}
VIEWS = (  # messages: items
    "Freshness", "Deliveries", "Quality", "Quarantine", "Drift", "Checks", "Nights and generations",
)  # fmt: skip
COUNT_TITLES = ("Rows delivered", "Accepted", "Duplicates", "Quarantined")  # messages: items
SHARES = {  # messages: values
    "completeness": "Completeness", "validity": "Validity", "uniqueness": "Uniqueness",
}  # fmt: skip


def main() -> None:
    page = app_frame.open_page("Data", "What arrived, what was set aside and why, what was checked, how fresh it is.")
    law(page)
    held(page)
    views = dict(zip(VIEWS, (freshness, deliveries, quality, quarantine, drift, checks, nights), strict=True))
    chosen = st.segmented_control(
        say("Show"),
        list(views),
        default="Freshness",
        format_func=spelled("show", VIEWS),
        key="show",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    with card("view"):
        views[chosen or "Freshness"](page)


def marked(status: str) -> str:
    """A status with its sign; one that is not known as it is."""
    return say(MARKS.get(status, status))


def law(page: Page) -> None:
    sums = operations.law(page.file)
    with st.grid(5, min_column_width=130, gap="small"):
        metric(say("Deliveries"), number(sums["delivery_count"]), definition=define("delivery"))
        for column, title in zip(COUNTS, COUNT_TITLES, strict=True):
            metric(say(title), number(sums[column]), definition=define("law"))
    holds = say("holds for every delivery") if not sums["broken_count"] else say("is broken, see Deliveries")
    count = sums["refused_count"]
    refused = app_format.count(count, "file was refused", "files were refused") if count else say("No file was refused")
    waiting = say(" + held ({rows})", rows=number(sums["rows_held"])) if sums["rows_held"] else ""
    st.caption(
        say(
            "delivered = accepted + duplicates + quarantined{waiting} {holds}. {refused}.",
            waiting=waiting,
            holds=holds,
            refused=refused,
        )
    )


def held(page: Page) -> None:
    """What waits for a person, and what to do about it; nothing where nothing does."""
    for one in operations.held(page.file).to_dict("records"):
        st.warning(
            say(
                "**{file}** is held with {rows}: {why}  \nIf it is right: `regulars deliveries release {file_code}`. "
                "If not: `regulars deliveries refuse {file_code}`.",
                file=plain(one["file"]),
                rows=app_format.count(one["row_count"], "row", "rows"),
                why=plain(app_format.short(one["reason"], 400)),
                file_code=one["file"].replace("`", ""),
            ),
            icon=":material/pan_tool:",
        )


def freshness(page: Page) -> None:
    st.subheader(say("Freshness by feed"), anchor=False)
    feeds = operations.feeds(page.file)
    shown = feeds.assign(
        description=[say(text) for text in feeds["description"]],
        age=[age(page, last) for last in feeds["last_event_at"]],
        last_delivery=[instant(last, page.data.time_zone) for last in feeds["last_ingested_at"]],
    )
    table(page, shown, ["feed", "description", "row_count", "age", "last_delivery"], say("Freshness"))
    absent = list(feeds.loc[feeds["row_count"] == 0, "feed"])
    if absent:
        app_frame.empty("Some feeds have brought nothing; what they would show stays empty.", absent)


def age(page: Page, last: Any) -> str:
    """How many days before the data's date something last happened; a dash for nothing."""
    if app_format.is_missing(last):
        return app_format.NOTHING
    days = (page.data.as_of - last.date()).days
    return say("same day") if days <= 0 else app_format.count(days, "day before", "days before")


def deliveries(page: Page) -> None:
    st.subheader(say("Deliveries"), anchor=False, help=define("delivery"))
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    chosen = left.pills(
        say("Sources"), operations.sources(page.file), selection_mode="multi", key="sources", bind="query-params"
    )
    only_trouble = right.toggle(say("Only refused or with quarantine"), key="trouble", bind="query-params")
    place = st.session_state.get("deliveries_page", 1)
    found = operations.deliveries(page.file, tuple(chosen), only_trouble, PAGE_ROWS, (place - 1) * PAGE_ROWS)
    if found.empty:
        if chosen or only_trouble:
            app_frame.empty("No delivery matches.")
        else:
            app_frame.empty("Nothing has been delivered yet.")
        return
    shown = found.assign(
        when=[instant(at, page.data.time_zone) for at in found["ingested_at"]],
        status=[marked(status) for status in found["status"]],
    )
    table(page, shown, ["when", "file", "feed", *COUNTS, "status"], say("Deliveries"))
    refused = found[found["status"] == "refused"].drop_duplicates("file")
    for file, reason in zip(refused["file"], refused["reason"], strict=True):
        st.markdown(f"**{plain(file)}** {say('was refused')}: {plain(app_format.short(reason, 300))}")
    pages = math.ceil(int(found["delivery_count"].iloc[0]) / PAGE_ROWS)
    if pages > 1:
        st.pagination(pages, key="deliveries_page")


def quality(page: Page) -> None:
    st.subheader(say("Quality by day"), anchor=False, help=define("quality"))
    feeds = operations.quality_feeds(page.file)
    if not feeds:
        app_frame.empty("No delivery has been measured yet; the next night begins.")
        return
    usual = feeds.index("sales.orders") if "sales.orders" in feeds else 0
    feed = st.selectbox(say("Feed"), feeds, index=usual, key="quality_feed", bind="query-params")
    days = operations.quality(page.file, feed)
    with st.grid(2, min_column_width=330, gap="medium"):
        for measure, title in SHARES.items():
            with st.container():
                chart_of(share_by_day, days, measure, say(title))
        with st.container():
            chart_of(days_late, days, "late_days", say("Freshness: days between the newest row and its coming"))


def chart_of(draw: Callable[..., Any], days: pd.DataFrame, measure: str, title: str) -> None:
    """One measure with its definition; a word where a feed has none."""
    st.markdown(f"**{title}**", help=define(measure))
    known = days.dropna(subset=[measure])
    if known.empty:
        st.caption(say("This feed has none."))
    else:
        st.vega_lite_chart(spec=draw(known, measure, title), theme=None, alt=title)


def quarantine(page: Page) -> None:
    st.subheader(say("Quarantine"), anchor=False, help=define("quarantine"))
    reasons = operations.quarantine_reasons(page.file)
    if reasons.empty:
        st.success(say("No row is in quarantine."), icon=":material/check_circle:")
        return
    st.markdown(
        say(
            "Mend the file or its mapping in `regulars.toml`, then run `regulars quarantine replay` and "
            "`regulars nightly`. `regulars quarantine show` prints the rows."
        )
    )
    reasons = reasons.assign(reason=[reworded(reason) for reason in reasons["reason"]])
    table(page, reasons, ["feed", "column_name", "reason", "row_count"], say("Reasons"))
    st.subheader(say("The latest rows"), anchor=False)
    rows = operations.quarantined(page.file, 100)
    rows = rows.assign(reason=[reworded(reason) for reason in rows["reason"]])
    table(page, rows, ["file", "row_number", "column_name", "value", "reason"], say("Rows in quarantine"))


def drift(page: Page) -> None:
    st.subheader(say("Drift"), anchor=False, help=define("drift"))
    found = operations.drifts(page.file)
    if found.empty:
        app_frame.empty("Every source delivers the columns it always did.")
        return
    shown = found.assign(
        when=[instant(at, page.data.time_zone) for at in found["seen_at"]],
        kind=[label(kind) for kind in found["kind"]],
        policy=[label(policy) for policy in found["policy"]],
    )
    table(page, shown, ["when", "source", "column_name", "kind", "before", "after", "policy"], say("Drift"))


def checks(page: Page) -> None:
    st.subheader(say("Checks of this generation"), anchor=False)
    found = operations.checks(page.file)
    if found.empty:
        app_frame.empty("No check is on record.")
        return
    shown = found.assign(status=[marked(status) for status in found["status"]])
    table(page, shown, ["status", "stage", "check_name", "failing_rows", "detail"], say("Checks"))


def slowest(steps: dict[str, float]) -> str:
    """The two steps that took longest."""
    longest = sorted(steps.items(), key=lambda step: -step[1])[:2]
    return ", ".join(f"{label(name.replace('__', ' '))} {seconds:,.1f}" for name, seconds in longest)


def nights(page: Page) -> None:
    st.subheader(say("Nights"), anchor=False)
    found = state.nights(page.workspace, limit=30)
    if found:
        rows = pd.DataFrame(
            {
                "when": instant(night.started_at, page.data.time_zone),
                "as_of": night.as_of,
                "status": marked(night.status),
                "took": app_format.duration((night.ended_at - night.started_at).total_seconds())
                if night.ended_at
                else app_format.NOTHING,
                "slowest": slowest(night.steps),
                "generation": night.generation,
                "problem": night.problem,
            }
            for night in found
        )
        table(page, rows, ["when", "as_of", "status", "took", "slowest", "generation", "problem"], say("Nights"))
    else:
        app_frame.empty("No night is on record.")
    st.subheader(say("Generations kept"), anchor=False, help=define("generation"))
    kept = generations.generations(page.workspace)
    lines = [
        f"- {plain(one.name)}" + (f"  :blue-badge[{say('shown now')}]" if one.name == page.data.name else "")
        for one in reversed(kept)
    ]
    st.markdown("\n".join(lines))
    st.caption(say("`regulars rollback` goes back one."))


main()
