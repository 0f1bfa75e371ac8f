"""Loyalty: how attached customers are, how they move, who is due, and where the profit comes from."""

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_frame, app_loyalty_groups, app_moves
from dashboards.app_cards import card, list_link, metric, take_away
from dashboards.app_charts import loyalty as charts
from dashboards.app_charts import standing
from dashboards.app_data import loyalty
from dashboards.app_format import LEVEL_COLOURS, STAGE_COLOURS, number, percent
from dashboards.app_frame import Page
from dashboards.app_words import STAGE_MEANINGS, coded, define, label, say

FEEDS = ["sales.orders", "sales.order_lines"]
ACTIVE = ("new", "regular", "established", "loyal")


def main() -> None:
    page = app_frame.open_page("Loyalty", "How attached customers are, who is due, and where the profit comes from.")
    stages = loyalty.stages_on(page.file, page.data.as_of)
    if stages.empty:
        app_frame.empty("There are no buyers yet, so nobody has a loyalty stage.", FEEDS)
        return
    stages = stages.sort_values("loyalty_stage", key=lambda names: names.map(list(STAGE_COLOURS).index))
    figures(page, stages)
    stage_table(page, stages)
    left, right = st.columns(2, gap="medium")
    with left:
        index(page)
    with right:
        parts(stages)
    history(page)
    movement(page)
    pyramid(page)
    app_loyalty_groups.pyramid(page)
    left, right = st.columns(2, gap="medium")
    with left:
        concentration(page)
    with right:
        groups(page)
    app_loyalty_groups.seasons(page)


def figures(page: Page, stages: pd.DataFrame) -> None:
    due = loyalty.due(page.file, page.data.as_of)
    counts = dict(zip(stages["loyalty_stage"], stages["customer_count"], strict=True))
    buyers = sum(int(amount) for name, amount in counts.items() if name != "potential")
    active = sum(int(counts.get(name, 0)) for name in ACTIVE)
    with st.grid(6, min_column_width=130, gap="small"):
        metric(say("Loyal"), number(counts.get("loyal", 0)), definition=define("loyalty stage"))
        metric(
            say("Active"),
            percent(active / buyers if buyers else None),
            definition=say("Buyers who are new, regular, established or loyal, of all who ever bought."),
        )
        metric(say("Lapsed"), number(counts.get("lapsed", 0)), definition=define("loyalty stage"))
        metric(say("Mean index"), number(due["mean_index"], 1), definition=define("loyalty index"))
        metric(say("Due in 7 days"), number(due["week_count"]), definition=define("next order"))
        metric(
            say("Overdue"),
            number(due["overdue_count"]),
            definition=say("Active, and half of the customers like them would be back by now."),
        )


def stage_table(page: Page, stages: pd.DataFrame) -> None:
    with card("stages"):
        st.subheader(say("The stages"), anchor=False, help=define("loyalty stage"))
        shown = stages.assign(meaning=[say(STAGE_MEANINGS[name]) for name in stages["loyalty_stage"]])
        columns = ["loyalty_stage", "meaning", "customer_count", "customer_share", "net_margin", "mean_index"]
        columns += ["mean_durability", "mean_firmness", "mean_stability"]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency, **page.data.rules),
            height="content",
            alt=say("The loyalty stages"),
        )
        with st.container(horizontal=True, key="no_print_stage_links"):
            list_link(say("List of the loyal"), stages=["loyal"])
            list_link(say("List of the lapsed"), stages=["lapsed"])
        take_away("loyalty_stages", shown[columns])


def index(page: Page) -> None:
    with card("index", is_beside_another=True):
        st.subheader(say("Loyalty index"), anchor=False, help=define("loyalty index"))
        chart = charts.index_spread(loyalty.index_spread(page.file))
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Buyers by loyalty index and stage"))
        due = loyalty.due(page.file, page.data.as_of)
        st.caption(
            say(
                "{few} of {all} buyers have fewer than five days of purchase: their index is mostly what is usual "
                "here.",
                few=number(due["few_count"]),
                all=number(due["buyer_count"]),
            )
        )


def parts(stages: pd.DataFrame) -> None:
    with card("parts", is_beside_another=True):
        st.subheader(say("Its three parts"), anchor=False)
        st.vega_lite_chart(spec=charts.index_parts(stages), theme=None, alt=say("Mean of the three parts by stage"))
        with st.container(key="parts_words", gap=None):
            for part in ("durability", "firmness", "stability"):
                st.caption(f"**{label(part)}**: {define(part)}")


def history(page: Page) -> None:
    past = loyalty.stage_history(page.file)
    if past["as_of"].nunique() < 2:
        return
    with card("history"):
        st.subheader(say("Over time"), anchor=False)
        lines = past.rename(columns={"loyalty_stage": "rfm_group"})
        chart = standing.group_history(lines, "customer_count", say("Customers"), STAGE_COLOURS)
        st.vega_lite_chart(spec=chart, theme=None, alt=say("Customers by loyalty stage over time"))


def movement(page: Page) -> None:
    with card("movement"):
        st.subheader(say("Movement"), anchor=False, help=define("movement"))
        found = loyalty.dates(page.file)
        chosen = app_moves.two_dates(found, "loyalty_stage")
        if chosen is None:
            app_frame.empty("Movement needs two dates; there is one so far. Run the next night.")
            return
        rows = loyalty.movement(page.file, *chosen)
        app_moves.matrix(rows, "loyalty_stage", [name for name in STAGE_COLOURS if name != "potential"], *chosen)
    with card("moved"):
        st.subheader(say("Who moved last night"), anchor=False)
        if len(found) > 1:
            app_moves.table(page, "loyalty_stage", found[1], found[0])
        st.subheader(say("Who moved between the dates chosen"), anchor=False)
        app_moves.table(page, "loyalty_stage", *chosen, key="chosen")


def pyramid(page: Page) -> None:
    levels = loyalty.pyramid_on(page.file, page.data.as_of)
    with card("pyramid"):
        st.subheader(say("The value pyramid"), anchor=False, help=define("pyramid"))
        customers, margin = say("Share of buyers"), say("Share of profit")
        chart = standing.pyramid(levels, "pyramid_level", LEVEL_COLOURS, customers=customers, margin=margin)
        st.vega_lite_chart(spec=chart, theme=None, alt=f"{customers}, {margin}")
        columns = ["pyramid_level", "pyramid_action", "pyramid_budget", "customer_count", "net_margin"]
        columns += ["cost_to_serve_amount"]
        st.dataframe(
            app_columns.shown(levels, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency, **page.data.rules),
            height="content",
            alt=say("The levels and what to do with them"),
        )
        with st.container(horizontal=True, key="no_print_level_links"):
            for level in LEVEL_COLOURS:
                list_link(say("List: {level}", level=coded(level)), levels=[level])
        take_away("value_pyramid", levels)


def concentration(page: Page) -> None:
    with card("concentration", is_beside_another=True):
        st.subheader(say("Concentration over time"), anchor=False, help=define("gini"))
        past = loyalty.concentration_history(page.file)
        if past.empty:
            app_frame.empty("No customer has a positive net margin yet.", FEEDS)
            return
        st.vega_lite_chart(
            spec=charts.concentration_over_time(past), theme=None, alt=say("Gini coefficient and best fifth")
        )
        now = past.iloc[-1]
        st.caption(
            say(
                "The best {head} of {all} earners bring 80 % of all positive margin; the long tail of {tail} "
                "brings {share}.",
                head=number(int(now["head_count"])),
                all=number(int(now["holder_count"])),
                tail=number(int(now["tail_count"])),
                share=percent(now["tail_share"]),
            )
        )


def groups(page: Page) -> None:
    with card("groups", is_beside_another=True):
        left, right = st.columns([1, 1], vertical_alignment="center")
        left.subheader(say("By attribute"), anchor=False, help=define("gini"))
        found = loyalty.concentration_groups(page.file)
        choices = list(dict.fromkeys(zip(found["holders"], found["attribute"], strict=True)))
        if not choices:
            app_frame.empty("Nothing tells customers or products apart yet.", ["sales.customers", "sales.products"])
            return
        names = [f"{label(holders)}: {label(attribute)}" for holders, attribute in choices]
        chosen = right.selectbox(say("Attribute"), names, key="by", bind="query-params", label_visibility="collapsed")
        holders, attribute = choices[names.index(chosen)]
        shown = found[(found["holders"] == holders) & (found["attribute"] == attribute)]
        st.vega_lite_chart(spec=charts.concentration_groups(shown), theme=None, alt=say("Gini coefficient by group"))
        st.caption(say("Grey points: fewer than 30 holders, so no range is given."))
        if holders == "customers":
            app_loyalty_groups.concentration(page, attribute)
        columns = ["group_name", "holder_count", "gini", "top_fifth_share", "head_count", "tail_count", "tail_share"]
        st.dataframe(
            app_columns.shown(shown, columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            alt=say("Concentration by group"),
        )
        take_away("concentration", shown.drop(columns="as_of"))


main()
