"""One customer: who they are, why they stand where they stand, what happened and when."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import (
    app_columns,
    app_customer_groups,
    app_customer_loyalty,
    app_customer_predictions,
    app_format,
    app_frame,
)
from dashboards.app_cards import card, metric, standing, tier_and_group
from dashboards.app_charts import customer as charts
from dashboards.app_data import customers, rules
from dashboards.app_format import number, plain
from dashboards.app_frame import Page
from dashboards.app_reasons import reworded, sentence
from dashboards.app_words import coded, define, label, say

PAGE_ROWS = 15
CHANNELS = ("email", "sms", "phone", "post")


def show(page: Page, key: int) -> None:
    """Everything about the customer with this key."""
    person = customers.profile(page.file, page.viewer, key)
    if not person:
        app_frame.empty("Nobody has this customer key in the data shown. The address may be from another workspace.")
        return
    headline(person)
    figures(page, person)
    left, right = st.columns(2, gap="medium")
    with left:
        why_tier(page, person)
    with right:
        why_group(page, person)
    app_customer_loyalty.show(page, person)
    app_customer_predictions.show(page, key)
    next_offers(page, key)
    over_time(page, key)
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        timeline(page, key)
    with right:
        about(page, person)
        app_customer_groups.show(page, person)


def headline(person: dict[str, Any]) -> None:
    """The name, and in one line what kind of customer this is."""
    st.header(plain(app_format.short(person["name"] or say("Customer without a name"), 80)), anchor=False)
    place = ", ".join(str(person[part]) for part in ("city", "country") if person[part])
    facts = [fact for fact in (label(person["kind"]) if person["kind"] else "", place) if fact]
    bought_on = person["first_order_on"]
    since = say("customer since {day}", day=app_format.day(bought_on)) if bought_on else ""
    facts += [since] if since else []
    st.markdown(tier_and_group(person) + "  " + plain(" · ".join(facts)))


def figures(page: Page, person: dict[str, Any]) -> None:
    """Six numbers that are asked for first."""
    rules = page.data.rules
    with st.grid(6, min_column_width=130, gap="small"):
        metric(say("Net margin"), page.money(person["net_margin_12m"]), definition=define("net margin", **rules))
        metric(say("Revenue so far"), page.money(person["monetary_amount"]), definition=define("monetary"))
        metric(say("Orders so far"), number(person["frequency"]), definition=define("frequency"))
        last = person["recency_days"]
        ago = app_format.NOTHING if last is None else app_format.count(last, "day ago", "days ago")
        metric(say("Last order"), ago, definition=define("recency"))
        metric(say("Open cases"), number(person["open_case_count"]), definition=say("Cases not resolved yet."))
        satisfaction = person["last_satisfaction"]
        metric(
            say("Last rating"),
            app_format.NOTHING if satisfaction is None else f"{number(satisfaction)} / 5",
            definition=say("The last answer to how satisfied they were with a call or case, 1 to 5."),
        )


def why_tier(page: Page, person: dict[str, Any]) -> None:
    """From revenue to net margin, and where the cut-offs fell."""
    with card("why_tier", is_beside_another=True):
        st.subheader(say("Why this tier"), anchor=False, help=define("tier", **page.data.rules))
        if person["tier"] is None:
            app_frame.empty("A prospect has no tier: nothing has been bought yet.")
            return
        steps = [
            (say("Revenue"), float(person["revenue_12m_amount"])),
            (say("Cost of goods"), -float(person["cost_of_goods_12m_amount"])),
            (say("Cost to serve"), -float(person["cost_to_serve_12m_amount"])),
        ]
        chart = charts.waterfall(steps, say("Net margin"), app_format.symbol(page.data.currency))
        st.vega_lite_chart(spec=chart, theme=None, alt=say("How the net margin comes about"))
        st.caption(plain(tier_reason(page, person)))


def tier_reason(page: Page, person: dict[str, Any]) -> str:
    """Where the cut-offs fell, and on which side this customer is."""
    floors = customers.tier_floors(page.file, page.data.as_of)
    tier, margin = person["tier"], page.money(person["net_margin_12m"], 2)
    months = page.data.window_months
    if tier == "D":
        return say("A net margin of {margin} in {months} months is below zero: tier D.", margin=margin, months=months)
    above = {"B": "A", "C": "B"}.get(tier)
    least = page.money(floors[tier], 2)
    text = say(
        "A net margin of {margin} in {months} months is within tier {tier}, which begins at {least}.",
        margin=margin,
        months=months,
        tier=tier,
        least=least,
    )
    if above and above in floors:
        gap = page.money(floors[above] - person["net_margin_12m"], 2)
        text += " " + say("Tier {above} is {gap} away.", above=above, gap=gap)
    return text


def why_group(page: Page, person: dict[str, Any]) -> None:
    """The values and scores that make the RFM group."""
    with card("why_group", is_beside_another=True):
        st.subheader(say("Why this group"), anchor=False, help=define("rfm group"))
        if person["r_score"] is None:
            app_frame.empty("A prospect has no scores: nothing has been bought yet.")
            return
        days = app_format.count(person["recency_days"], "day", "days")
        lines = [  # messages: items[0]
            ("Recency", say("{days} since the last order", days=days), "r_score"),
            ("Frequency", app_format.count(person["frequency"], "order", "orders"), "f_score"),
            ("Monetary", page.money(person["monetary_amount"], 2), "m_score"),
            ("Frequency and money together", say("mean of the two, halves up"), "fm_score"),
        ]
        for title, value, column in lines:
            name, dots, score = st.columns([2.2, 1.1, 0.7], vertical_alignment="center")
            name.markdown(f"**{say(title)}**  \n{plain(value)}")
            dots.markdown("●" * person[column] + "○" * (5 - person[column]))
            score.markdown(f"**{person[column]}** / 5")
        st.caption(
            plain(
                say(
                    "Recency {r} and frequency-and-money {fm} meet in the cell “{group}”.",
                    r=person["r_score"],
                    fm=person["fm_score"],
                    group=coded(person["rfm_group"]),
                )
            )
        )


def next_offers(page: Page, key: int) -> None:
    """What to offer this customer next, why, and by when."""
    found = rules.offers_of(page.file, key)
    if not found:
        return
    with card("next_offers"):
        st.subheader(say("Next best offers"), anchor=False, help=define("next best offer"))
        shown = pd.DataFrame(found)
        shown["reason"] = [sentence(reason, page.data.currency) for reason in shown["reason"]]
        columns = ["item_name", "chance", "expected_margin", "contact_by", "reason"]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("Next best offers"),
        )


def over_time(page: Page, key: int) -> None:
    """Tier, group and net margin at each month end, and every change with its reason."""
    history = customers.standing_over_time(page.file, key)
    if history.empty:
        return
    with card("history"):
        st.subheader(say("Tier and group over time"), anchor=False)
        title = say("Net margin, {sign}", sign=app_format.symbol(page.data.currency).strip())
        chart = charts.margin_over_time(history, title)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Net margin and tier at each month end"))
        st.vega_lite_chart(spec=charts.group_over_time(history), theme=None, alt=say("Group at each month end"))
        moves = customers.moves_of(page.file, key)
        if not moves:
            st.caption(say("No change of tier or group is on record."))
            return
        with st.expander(say("Changes and their reasons ({count})", count=len(moves))):
            for move in moves:
                came = standing(move["value_from"], move["measure"]) if move["value_from"] else say("new")
                went = standing(move["value_to"], move["measure"]) if move["value_to"] else say("gone")
                since = say("overnight") if move["period"] == "night" else say("since the month before")
                reason = plain(sentence(move["reason"], page.data.currency))
                st.markdown(f"{app_format.day(move['as_of'])}, {since}:  {came} → {went}  {reason}")


def timeline(page: Page, key: int) -> None:
    """Every touchpoint, latest first, by kind and page by page."""
    with card("timeline"):
        st.subheader(say("Timeline"), anchor=False, help=define("touchpoint"))
        kinds = customers.touchpoint_kinds(page.file, key)
        if not kinds:
            app_frame.empty("Nothing is known of any contact with this customer.")
            return
        chosen = st.pills(
            say("Kinds"),
            list(kinds),
            selection_mode="multi",
            format_func=lambda kind: f"{label(kind)} {number(kinds[kind])}",
            label_visibility="collapsed",
            key=f"kinds_{key}",
        )
        total = sum(amount for kind, amount in kinds.items() if not chosen or kind in chosen)
        pages = max(1, math.ceil(total / PAGE_ROWS))
        place = st.session_state.get(f"timeline_{key}", 1)
        offset = (min(place, pages) - 1) * PAGE_ROWS
        found = customers.timeline(page.file, key, tuple(chosen), PAGE_ROWS, offset)
        st.dataframe(
            pd.DataFrame(timeline_rows(page, found)),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(["touched_at", "kind", "what", "amount"], page.data.currency),
            height="content",
            alt=say("Timeline of this customer"),
        )
        if pages > 1:
            st.pagination(pages, key=f"timeline_{key}")


def timeline_rows(page: Page, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Touchpoints as they are shown: by the company's clock, in words."""
    return [
        {
            "touched_at": app_format.instant(row["touched_at"], page.data.time_zone),
            # Messages are ours by nature; a call may be either's.
            "kind": say("Call by us") if (row["kind"], row["direction"]) == ("call", "out") else label(row["kind"]),
            "what": app_format.short(reworded(row["summary"] or ""), 120),
            "amount": None if row["amount"] is None else float(row["amount"]),
        }
        for row in found
    ]


def about(page: Page, person: dict[str, Any]) -> None:
    """Profile, consents, and what each source calls this customer."""
    with card("profile"):
        st.subheader(say("Profile"), anchor=False)
        facts(
            "profile",
            [
                (say("E-mail"), person["email"]),
                (say("Phone"), person["phone"]),
                (say("Place"), " ".join(str(person[part]) for part in ("postcode", "city") if person[part])),
                (say("Region"), person["region"]),
                (say("Age"), None if person["age_years"] is None else f"{person['age_years']} ({person['age_band']})"),
                (say("Gender"), label(person["gender"]) if person["gender"] else None),
                (say("Signed up"), app_format.day(person["signed_up_at"])),
                (say("Main channel"), label(person["main_channel"]) if person["main_channel"] else None),
                (say("Main category"), person["main_category"]),
                (say("Last contacted"), app_format.day(person["last_contacted_on"])),
                (say("Visits in 90 days"), number(person["visits_90d"])),
                (say("Calls in 12 months"), number(person["calls_12m"])),
            ],
        )
    with card("consent"):
        st.subheader(say("May be contacted by"), anchor=False, help=define("consent"))
        st.markdown(" ".join(consent_badge(channel, person[f"consent_{channel}"]) for channel in CHANNELS))
    with card("identifiers"):
        st.subheader(say("Known as"), anchor=False, help=say("The identifiers that sources use for this customer."))
        facts("identifiers", known_as(customers.identifiers(page.file, person["customer_key"])))


def known_as(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each identifier once: what it is, and itself with the sources that use it."""
    sources: dict[tuple[str, str], list[str]] = {}
    for row in found:
        sources.setdefault((row["kind"], row["identifier"]), []).append(label(row["source"]))
    return [
        (label(kind), f"{app_format.short(identifier, 60)} ({', '.join(sources[kind, identifier])})")
        for kind, identifier in sorted(sources)
    ]


def consent_badge(channel: str, is_given: bool) -> str:
    """A channel with a tick or a cross, told apart without colour too."""
    colour, icon = ("blue", "check") if is_given else ("gray", "close")
    return f":{colour}-badge[:material/{icon}: {label(channel)}]"


def facts(key: str, values: list[tuple[str, Any]]) -> None:
    """Names and values in two columns; values are shown as text, a dash for nothing."""
    lines = [(plain(name), plain(app_format.short(value, 120))) for name, value in values]
    with st.container(key=f"facts_{key}"):
        st.table(pd.DataFrame(lines), border="horizontal", hide_index=True, hide_header=True)
