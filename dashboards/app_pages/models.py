"""Models: the report card of each, its grade, its drift and its history."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import app_columns, app_format, app_frame, app_models, app_report_card
from dashboards.app_cards import card
from dashboards.app_data import predictions
from dashboards.app_format import number
from dashboards.app_frame import Page
from dashboards.app_language import spelled
from dashboards.app_reasons import reworded, sentence
from dashboards.app_report_card import table
from dashboards.app_words import coded, define, say

PERIODS = {  # messages: values
    "train": "train",
    "calibrate": "calibrate",
    "judge": "judge",
    "fit": "fit",
    "horizon_days": "horizon days",
    "answer_days": "answer days",
    "ahead_weeks": "ahead weeks",
}


def main() -> None:
    page = app_frame.open_page("Models", "What predicts, how far to trust it, and when it was trained.")
    overview(page)
    chosen = st.segmented_control(
        say("Model"), list(app_models.TITLES), default="churn", key="model", required=True, bind="query-params",
        format_func=spelled("model", list(app_models.TITLES), app_models.TITLES.__getitem__),
    )  # fmt: skip
    model = chosen or "churn"
    run = predictions.last_run(page.file, model)
    if not run or run["model_version"] is None:
        words = app_format.plain(reworded(run["said"])) if run else say("no night has tried yet")
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
                    "status": coded(run["status"]) if run else say("not tried yet"),
                    "said": app_format.short(reworded(run["said"] or ""), 200) if run else app_format.NOTHING,
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
            f"{app_models.grade_badge(found['grade'])}  "
            + say("{meaning}.", meaning=app_format.plain(sentence(found["grade_reason"])))
        )
        for warning in details["warnings"]:
            st.warning(app_format.plain(sentence(warning)), icon=":material/info:")
        app_report_card.show(page, details)
        drift = run["largest_drift"]
        if drift is not None and run["drifted_feature"]:
            st.caption(
                say(
                    "Drift since training: {value}, most in {feature}; above 0.25 it is trained anew.",
                    value=number(drift, 2),
                    feature=app_format.plain(app_models.rule_words(run["drifted_feature"])),
                )
            )
        st.caption(app_format.plain(say("Version {version}. {periods}", version=found["model_version"],
                                        periods=in_words(details["periods"]))))  # fmt: skip


def in_words(periods: dict[str, Any]) -> str:
    """The periods of a card as one line."""
    shown = {name: value for name, value in periods.items() if not isinstance(value, dict)}
    said = {name: value if isinstance(value, list) else [str(value)] for name, value in shown.items()}
    return "; ".join(f"{say(PERIODS.get(name, name))}: {', '.join(map(reworded, said[name]))}" for name in said)


def history(page: Page, model: str) -> None:
    with card("history"):
        st.subheader(say("History"), anchor=False)
        versions = pd.DataFrame(
            [
                {
                    "trained_as_of": row["trained_as_of"],
                    "grade": row["grade"],
                    "in_use": say("in use") if row["is_champion"] else "",
                    "said": app_format.short(reworded(row["grade_reason"]), 200),
                }
                for row in predictions.cards(page.file)
                if row["model"] == model
            ]
        )
        left, right = st.columns(2, gap="medium")
        with left:
            table(versions, ["trained_as_of", "grade", "in_use", "said"], say("Trainings"))
        with right:
            nights = predictions.runs(page.file, model)
            nights = nights.assign(said=[reworded(said) for said in nights["said"]])
            table(nights, ["as_of", "status", "largest_drift", "said"], say("Nights"))


main()
