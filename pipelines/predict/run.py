"""Every model of a night, one after the other; one that has too little data says so and stops nothing."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

from models.registry import Registry
from models.too_little import TooLittleDataError
from pipelines import book, mined
from pipelines.predict import churn, forecasts, newcomers, response, tables, value
from pipelines.predict.night import Night
from pipelines.predict.training import Chosen
from workspace.folders import Workspace

STAGE, FAILED = "models", "failed"
Line = dict[str, Any]


def run(workspace: Workspace, as_of: date, log: logging.Logger) -> list[Line]:
    """Train what is due, score, and write every table of schema `models`; a model left out by the settings is not run.

    Parameters
    ----------
    log : is told of a model that failed, with the traceback

    Returns
    -------
    the lines of `models.model_runs`: what became of each model, in words
    """
    chosen = workspace.settings.models.run
    with mined.opened(workspace) as store:
        tables.create(store.connection)
        night = Night(workspace, store, as_of)
        for table in tables.TABLES:
            if table not in ("report_cards", "model_runs"):
                night.write(table, [])
        lines = [attempt(night, name, model, log) for name, model in MODELS.items() if name in chosen]
        night.write("model_runs", lines)
        tables.replace(store.connection, "report_cards", report_cards(night.registry))
        book.record(store.connection, STAGE, warnings(lines))
    return lines


def attempt(night: Night, name: str, model: Callable[[Night], Chosen], log: logging.Logger) -> Line:
    """Run one model; the line about it."""
    try:
        choice = model(night)
    except TooLittleDataError as problem:
        return {"model": name, "status": "too little data", "said": str(problem)}
    except ValueError as problem:
        # Not foreseen, so it is a fault of ours or of the data: it stops no night, and it is not kept quiet.
        log.exception("Model %s failed as of %s.", name, night.as_of)
        return {"model": name, "status": FAILED, "said": str(problem)}
    frame = night.frames.get(night.as_of)
    return {
        "model": name,
        "status": choice.status,
        "said": choice.said,
        "model_version": choice.entry.version,
        "trained_as_of": choice.card["as_of"],
        "grade": choice.card["grade"],
        "published": choice.card["published"],
        "row_count": len(frame.rows) if frame else None,
        "too_young_count": frame.too_young_count if frame else None,
        "largest_drift": choice.drift.largest,
        "drifted_feature": choice.drift.feature,
    }


def warnings(lines: list[Line]) -> list[book.Check]:
    """A check for each model that failed: published all the same, without its rows."""
    return [
        book.Check(f"model {line['model']}", "warned", 1, f"The model failed and wrote no rows: {line['said']}")
        for line in lines
        if line["status"] == FAILED
    ]


def run_churn(night: Night) -> Chosen:
    """Churn, with what the value model has just written."""
    values = night.store.connection.execute(
        "select customer_key, clv_amount::double as clv_amount from models.customer_values where as_of = ?",
        [night.as_of],
    ).df()
    return churn.run(night, values if len(values) else None)


def report_cards(registry: Registry) -> list[dict[str, Any]]:
    """Every version of every model with its card."""
    rows = []
    for name in MODELS:
        champion = registry.champion(name)
        for entry in registry.entries(name):
            card = entry.card()
            rows.append(
                {
                    "model": name,
                    "model_version": entry.version,
                    "trained_as_of": card["as_of"],
                    "is_champion": champion is not None and champion.version == entry.version,
                    "grade": card["grade"],
                    "grade_reason": card["grade_reason"],
                    "published": card["published"],
                    "card": (entry.folder / "report_card.json").read_text(encoding="utf-8"),
                }
            )
    return rows


# Value comes first: churn weighs its probabilities with it.
MODELS: dict[str, Callable[[Night], Chosen]] = {
    "value": value.run,
    "churn": run_churn,
    "response": response.run,
    "newcomers": newcomers.run,
    "forecast": forecasts.run,
}
