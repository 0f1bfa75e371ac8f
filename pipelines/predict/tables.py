"""The tables of schema `models`: their columns, and how a night's rows get into them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from duckdb import DuckDBPyConnection

from pipelines.sql import identifier

MONEY = "decimal(18, 4)"
AS_OF = {"as_of": "date"}
CUSTOMER = {"as_of": "date", "customer_key": "bigint"}

# Tables by name, each with its columns and their types. Every one is there after every night, if only without rows.
TABLES: dict[str, dict[str, str]] = {
    "model_runs": AS_OF
    | {
        "model": "varchar",
        "status": "varchar",
        "said": "varchar",
        "model_version": "varchar",
        "trained_as_of": "date",
        "grade": "varchar",
        "published": "varchar",
        "row_count": "bigint",
        "too_young_count": "bigint",
        "largest_drift": "double",
        "drifted_feature": "varchar",
    },
    "report_cards": {
        "model": "varchar",
        "model_version": "varchar",
        "trained_as_of": "date",
        "is_champion": "boolean",
        "grade": "varchar",
        "grade_reason": "varchar",
        "published": "varchar",
        "card": "varchar",
    },
    "churn_scores": CUSTOMER
    | {
        "probability": "double",
        "band": "varchar",
        "reason_1": "varchar",
        "reason_2": "varchar",
        "reason_3": "varchar",
        "value_amount": MONEY,
        "expected_loss_amount": MONEY,
        "is_worth_contacting": "boolean",
        "horizon_days": "integer",
        "model_version": "varchar",
    },
    "churn_horizons": AS_OF
    | {
        "horizon_days": "integer",
        "left_count": "bigint",
        "came_back_count": "bigint",
        "leaver_count": "bigint",
        "missed_count": "bigint",
        "is_chosen": "boolean",
    },
    "lost_features": AS_OF
    | {
        "feature": "varchar",
        "words": "varchar",
        "lost_median": "double",
        "stayed_median": "double",
        "lost_missing_share": "double",
        "stayed_missing_share": "double",
        "separation": "double",
    },
    "lost_rules": AS_OF
    | {
        "rule": "varchar",
        "row_count": "bigint",
        "lost_share": "double",
        "lift": "double",
        "later_row_count": "bigint",
        "later_lost_share": "double",
        "later_lift": "double",
    },
    "customer_values": CUSTOMER
    | {
        "clv_amount": MONEY,
        "clv_low_amount": MONEY,
        "clv_high_amount": MONEY,
        "alive_probability": "double",
        "expected_orders": "double",
        "next_order_on": "date",
        "horizon_days": "integer",
        "model_version": "varchar",
    },
    "value_checks": AS_OF
    | {
        "predictor": "varchar",
        "decile": "integer",
        "customer_count": "bigint",
        "predicted_mean_amount": "double",
        "actual_mean_amount": "double",
    },
    "weekly_forecasts": AS_OF
    | {
        "measure": "varchar",
        "split": "varchar",
        "series": "varchar",
        "week_on": "date",
        "actual": "double",
        "forecast": "double",
        "low": "double",
        "high": "double",
        "seasonal_naive": "double",
        "model_version": "varchar",
    },
    "response_scores": CUSTOMER
    | {
        "probability": "double",
        "reason_1": "varchar",
        "reason_2": "varchar",
        "reason_3": "varchar",
        "model_version": "varchar",
    },
    "response_curves": AS_OF
    | {
        "point": "integer",
        "contacted_share": "double",
        "reached_share": "double",
        "lift": "double",
        "contact_count": "double",
        "answer_count": "double",
    },
    "response_rules": AS_OF
    | {
        "rule": "varchar",
        "row_count": "bigint",
        "answered_share": "double",
        "lift": "double",
        "later_row_count": "bigint",
        "later_answered_share": "double",
        "later_lift": "double",
    },
    "newcomer_tiers": CUSTOMER
    | {
        "likely_tier": "varchar",
        "share_a": "double",
        "share_b": "double",
        "share_c": "double",
        "share_d": "double",
        "rule": "varchar",
        "model_version": "varchar",
    },
    "newcomer_rules": AS_OF
    | {
        "rule": "varchar",
        "likely_tier": "varchar",
        "row_count": "bigint",
        "tier_share": "double",
        "later_row_count": "bigint",
        "later_tier_share": "double",
    },
}
ALWAYS_KEPT = {"model_runs"}  # one line a night and model


def create(connection: DuckDBPyConnection) -> None:
    """Make the schema and every table that is missing; one whose columns have changed is made anew."""
    connection.execute("create schema if not exists models")
    rows = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " where schema_name = 'models' group by table_name"
    ).fetchall()
    present = dict(rows)
    for table, columns in TABLES.items():
        if table in present and present[table] == list(columns):
            continue
        listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
        connection.execute(f"create or replace table models.{identifier(table)} ({listed})")


def write(connection: DuckDBPyConnection, table: str, as_of: date, rows: pd.DataFrame | list[dict[str, Any]]) -> None:
    """Replace what a table holds of a date; of other dates only month ends stay, and the lines of `model_runs`.

    Parameters
    ----------
    rows : columns of the table but as_of; a column left out is null
    """
    name = f"models.{identifier(table)}"
    kept = "false" if table in ALWAYS_KEPT else "as_of <> last_day(as_of)"
    # S608: the name is one of ours and quoted.
    connection.execute(f"delete from {name} where as_of = $as_of or {kept}", {"as_of": as_of})  # noqa: S608
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    insert(connection, table, frame.assign(as_of=as_of) if len(frame) else frame)


def replace(connection: DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Replace the whole of a table."""
    connection.execute(f"delete from models.{identifier(table)}")  # noqa: S608
    insert(connection, table, pd.DataFrame(rows))


def insert(connection: DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    """Add rows, each column cast to the table's own type."""
    if not len(frame):
        return
    columns: Mapping[str, str] = {name: kind for name, kind in TABLES[table].items() if name in frame.columns}
    connection.register("arriving", frame)
    try:
        values = ", ".join(f"cast({identifier(name)} as {kind})" for name, kind in columns.items())
        names = ", ".join(map(identifier, columns))
        connection.execute(f"insert into models.{identifier(table)} ({names}) select {values} from arriving")  # noqa: S608
    finally:
        connection.unregister("arriving")
