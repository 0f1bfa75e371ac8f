"""What a report card shows: the model against plain rules, by segment, and what acting on it would have done."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_models
from dashboards.app_cards import metric
from dashboards.app_charts import predictions as charts
from dashboards.app_format import number, percent
from dashboards.app_frame import Page
from dashboards.app_reasons import reworded
from dashboards.app_words import define, say

# How the customers to contact are picked in the replay, by the ending of its figures.
WAYS = {"the model": "", "the best plain rule": "_by_baseline", "at random": "_at_random"}  # messages: keys


def show(page: Page, details: dict[str, Any]) -> None:
    """The figures of one card, by what it judges: probabilities, classes or amounts."""
    if "auc_gain" in details:
        ranking(page, details)
    elif "classes" in details:
        classes(details)
    else:
        amounts(page, details)
    taught(details["data"])


def ranking(page: Page, details: dict[str, Any]) -> None:
    """A card of probabilities: order, calibration, segments and the replay."""
    judged = details["model_judgement"]
    with st.grid(4, min_column_width=130, gap="small"):
        metric(say("AUC"), number(judged["auc"], 3), definition=define("auc"))
        metric(say("Calibration error"), number(judged["calibration_error"], 3), definition=define("calibration error"))
        metric(say("Lift of the best tenth"), number(judged["top_decile_lift"], 2), definition=define("lift"))
        metric(say("Judged on"), number(judged["rows"]), definition=say("Rows of the later period."))
    left, right = st.columns(2, gap="medium")
    with left:
        table(
            against(details), ["predictor", "auc", "calibration_error", "top_decile_lift"], say("Against plain rules")
        )
        replayed(page, details["replay"])
    with right:
        st.markdown(f"**{say('Do probabilities mean what they say?')}**")
        st.vega_lite_chart(spec=charts.reliability(details["reliability"]), theme=None, alt=say("Said against came"))
    if details["segments"]:
        columns = ["segment", "rows", "share", "mean_probability", "auc", "calibration_error"]
        named = [{**each, "segment": app_models.rule_words(each["segment"])} for each in details["segments"]]
        table(pd.DataFrame(named), columns, say("By segment"))


def against(details: dict[str, Any]) -> pd.DataFrame:
    """The measures of the model and of the plain predictors beside it."""
    rows = [{"predictor": say("the model"), **details["model_judgement"]}]
    return pd.DataFrame(rows + [{"predictor": name, **each} for name, each in details["baseline_judgements"].items()])


def replayed(page: Page, replay: dict[str, Any]) -> None:
    """What acting on the scores of the day judged would have reached, against the best plain rule and chance."""
    if not replay:
        return
    st.markdown(f"**{say('Had we acted then')}**")
    rows = [
        {
            "predictor": say(title),
            "value_reached": replay[f"value_reached{way}"],
            "lost_reached": replay[f"lost_reached{way}"],
            "times_chance": ratio(replay[f"value_reached{way}"], replay["value_reached_at_random"]),
        }
        for title, way in WAYS.items()
    ]
    table(pd.DataFrame(rows), list(rows[0]), say("What it would have reached"), page.data.currency, is_titled=False)
    st.caption(
        say(
            "The {contacts} customers with most at stake on the day judged: how many of them left, and their worth.",
            contacts=number(replay["contacts"]),
        )
    )


def ratio(one: float, other: float) -> float | None:
    """One over the other; nothing over zero."""
    return one / other if other else None


def classes(details: dict[str, Any]) -> None:
    """A card of classes: how often right, and each class by itself."""
    judged = details["model_judgement"]
    with st.grid(3, min_column_width=130, gap="small"):
        metric(say("Right"), percent(judged["accuracy"]), definition=define("accuracy"))
        metric(say("Found, mean of tiers"), percent(judged["mean_recall"]), definition=define("recall"))
        metric(say("Judged on"), number(judged["rows"]), definition=say("Rows of the later period."))
    left, right = st.columns(2, gap="medium")
    with left:
        table(against(details), ["predictor", "accuracy", "mean_recall"], say("Against plain rules"))
    with right:
        rows = pd.DataFrame(details["classes"]).rename(columns={"name": "tier"})
        table(rows, ["tier", "rows", "said_rows", "recall", "precision"], say("By tier"))


def taught(data: dict[str, Any]) -> None:
    """What a training was given: rows by period, and who was left out."""
    parts = [f"{reworded(name)}: {number(count)}" for name, count in (data.get("rows") or {}).items()]
    if data.get("judge_rows"):
        parts.append(say("judged on {rows}", rows=number(data["judge_rows"])))
    if data.get("too_young"):
        parts.append(say("left out as too young to judge: {rows}", rows=number(data["too_young"])))
    parts += [f"{name}: {data[name]}" for name in ("weeks", "series", "learnt_from", "process") if name in data]
    if parts:
        st.caption(app_format.plain(say("Data: {parts}.", parts="; ".join(parts))))


def amounts(page: Page, details: dict[str, Any]) -> None:
    """A card of amounts: totals, errors, intervals and segments."""
    judged = details["model_judgement"]
    if details["model"] != "forecast":  # its rows are in units of each series' own error
        with st.grid(4, min_column_width=130, gap="small"):
            metric(say("Said in total"), page.money(judged["predicted_total"]), definition=define("value check"))
            metric(say("Came in total"), page.money(judged["actual_total"]), definition=define("value check"))
            metric(say("Best tenth brought"), percent(judged["top_decile_share"]), definition=define("value check"))
            coverage = percent(details["interval_coverage"])
            metric(say("Inside their interval"), coverage, definition=say("Of what came; nine in ten was promised."))
    # A forecast's rows are in units of each series' own error: neither money nor a total.
    is_money = details["model"] != "forecast"
    currency = page.data.currency if is_money else ""
    totals = ["predicted_total", "actual_total"] if is_money else []
    measures = [*totals, "mean_absolute_error", "rank_correlation"]
    table(against(details), ["predictor", *measures], say("Against plain averages"), currency)
    if details["segments"]:
        parts = [{"segment": app_models.rule_words(name), **each} for name, each in details["segments"].items()]
        table(pd.DataFrame(parts), ["segment", "rows", *measures], say("By segment"), currency)


def table(rows: pd.DataFrame, columns: list[str], title: str, currency: str = "", *, is_titled: bool = True) -> None:
    """Rows of a card under their title."""
    if is_titled:
        st.markdown(f"**{title}**")
    st.dataframe(
        app_columns.shown(rows, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, currency),
        height="content",
        alt=title,
    )
