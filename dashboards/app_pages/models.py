"""Models: the report card of each, its grade, its drift and its history."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_models
from dashboards.app_cards import card, metric
from dashboards.app_charts import predictions as charts
from dashboards.app_data import predictions
from dashboards.app_format import number, percent
from dashboards.app_frame import Page
from dashboards.app_words import define, say


def main() -> None:
    page = app_frame.open_page("Models", "What predicts, how far to trust it, and when it was trained.")
    overview(page)
    chosen = st.segmented_control(
        say("Model"), list(app_models.TITLES), default="churn", key="model", required=True, bind="query-params",
        format_func=lambda name: say(app_models.TITLES[name]),
    )  # fmt: skip
    model = chosen or "churn"
    run = predictions.last_run(page.file, model)
    if not run or run["model_version"] is None:
        words = app_format.plain(run["said"]) if run else say("no night has tried yet")
        app_frame.empty(say("There is too little data for this model: {said}.", said=words))
        return
    found = app_models.card_of(page, run)
    if found:
        report(page, run, found)
    history(page, model)


def overview(page: Page) -> None:
    with card("models"):
        st.subheader(say("All models"), anchor=False, help=define("report card"))
        rows = []
        for model, title in app_models.TITLES.items():
            run = predictions.last_run(page.file, model)
            rows.append(
                {
                    "model": say(title),
                    "grade": (run.get("grade") if run else None) or app_format.NOTHING,
                    "status": run["status"] if run else say("not tried yet"),
                    "said": app_format.short(run["said"], 200) if run else app_format.NOTHING,
                    "trained_as_of": run.get("trained_as_of") if run else None,
                    "largest_drift": run.get("largest_drift") if run else None,
                }
            )
        columns = ["model", "grade", "status", "trained_as_of", "largest_drift", "said"]
        st.dataframe(
            app_columns.shown(pd.DataFrame(rows), columns),
            hide_index=True,
            placeholder="",
            column_config=app_columns.of(columns, page.data.currency),
            height="content",
            alt=say("All models"),
        )


def report(page: Page, run: dict[str, Any], found: dict[str, Any]) -> None:
    details = found["card"]
    with card("report"):
        st.subheader(say("Report card"), anchor=False, help=define("report card"))
        st.markdown(
            f"{app_models.grade_badge(found['grade'])}  {app_format.plain(app_format.sentence(found['grade_reason']))}."
        )
        for warning in details["warnings"]:
            st.warning(app_format.plain(app_format.sentence(warning)), icon=":material/info:")
        if "auc_gain" in details:
            ranking(details)
        else:
            amounts(page, details)
        drift = run["largest_drift"]
        if drift is not None:
            st.caption(
                say(
                    "Drift since training: {value}, most in {feature}; above 0.25 it is trained anew.",
                    value=number(drift, 2),
                    feature=app_format.plain((run["drifted_feature"] or "").replace("_", " ")),
                )
            )
        st.caption(app_format.plain(say("Version {version}. {periods}", version=found["model_version"],
                                        periods=in_words(details["periods"]))))  # fmt: skip


def ranking(details: dict[str, Any]) -> None:
    judged = details["model_judgement"]
    with st.grid(4, min_column_width=130, gap="small"):
        metric(say("AUC"), number(judged["auc"], 3), definition=define("auc"))
        metric(say("Calibration error"), number(judged["calibration_error"], 3), definition=define("calibration error"))
        metric(say("Lift of the best tenth"), number(judged["top_decile_lift"], 2), definition=define("lift"))
        metric(say("Judged on"), number(judged["rows"]), definition=say("Rows of the later period."))
    left, right = st.columns(2, gap="medium")
    with left:
        rows = [{"predictor": say("the model"), **judged}]
        rows += [{"predictor": name, **each} for name, each in details["baseline_judgements"].items()]
        table(pd.DataFrame(rows), ["predictor", "auc", "calibration_error", "top_decile_lift"], "Against plain rules")
        if details["segments"]:
            segments = pd.DataFrame(details["segments"])
            table(segments, ["segment", "rows", "share", "mean_probability", "auc"], "By segment")
    with right:
        st.markdown(f"**{say('Do probabilities mean what they say?')}**")
        st.altair_chart(charts.reliability(details["reliability"]), theme=None, alt=say("Said against came"))
        replayed(details["replay"])


def replayed(replay: dict[str, Any]) -> None:
    if not replay:
        return
    st.markdown(f"**{say('Had we acted then')}**")
    st.markdown(
        say(
            "The {contacts} customers with most at stake: {ours} of them left. The best plain rule would have found "
            "{theirs}, chance {chance}.",
            contacts=number(replay["contacts"]),
            ours=number(replay["lost_reached"]),
            theirs=number(replay["lost_reached_by_baseline"]),
            chance=number(replay["lost_reached_at_random"]),
        )
    )


def amounts(page: Page, details: dict[str, Any]) -> None:
    judged = details["model_judgement"]
    if details["model"] != "forecast":  # its rows are in units of each series' own error
        with st.grid(4, min_column_width=130, gap="small"):
            metric(say("Said in total"), page.money(judged["predicted_total"]), definition=define("value check"))
            metric(say("Came in total"), page.money(judged["actual_total"]), definition=define("value check"))
            metric(say("Best tenth brought"), percent(judged["top_decile_share"]), definition=define("value check"))
            coverage = percent(details["interval_coverage"])
            metric(say("Inside their interval"), coverage, definition=say("Of what came; nine in ten was promised."))
    rows = [{"predictor": say("the model"), **judged}]
    rows += [{"predictor": name, **each} for name, each in details["baseline_judgements"].items()]
    frame = pd.DataFrame(rows)
    columns = ["predictor", "predicted_total", "actual_total", "mean_absolute_error", "rank_correlation"]
    table(frame, [name for name in columns if name in frame.columns], "Against plain averages")


def table(rows: pd.DataFrame, columns: list[str], title: str) -> None:
    st.markdown(f"**{say(title)}**")
    st.dataframe(
        app_columns.shown(rows, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, ""),
        height="content",
        alt=say(title),
    )


def in_words(periods: dict[str, Any]) -> str:
    """The periods of a card as one line."""
    shown = {name: value for name, value in periods.items() if not isinstance(value, dict)}
    return "; ".join(
        f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in shown.items()
    )


def history(page: Page, model: str) -> None:
    with card("history"):
        st.subheader(say("History"), anchor=False)
        versions = pd.DataFrame(
            [
                {
                    "trained_as_of": row["trained_as_of"],
                    "grade": row["grade"],
                    "in_use": say("in use") if row["is_champion"] else "",
                    "said": app_format.short(row["grade_reason"], 200),
                }
                for row in predictions.cards(page.file)
                if row["model"] == model
            ]
        )
        left, right = st.columns(2, gap="medium")
        with left:
            table(versions, ["trained_as_of", "grade", "in_use", "said"], "Trainings")
        with right:
            table(predictions.runs(page.file, model), ["as_of", "status", "largest_drift", "said"], "Nights")


main()
