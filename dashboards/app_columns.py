"""How each column of a table is headed, explained, written and how wide it is; the same name is the same everywhere."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pandas as pd
from streamlit import column_config as config

from dashboards import app_format
from dashboards.app_words import define, say

DAY = "D MMM YYYY"
TEXT, DATE, COUNT, MONEY, CENTS, SHARE, MEAN = "text", "date", "count", "money", "cents", "share", "mean"
MEAN2, FLAG, P, RATIO = "mean to two places", "flag", "p value", "ratio"

# name: (what it holds, heading, width in pixels, term of the glossary)
COLUMNS: dict[str, tuple[str, str, int | None, str | None]] = {
    "age": (TEXT, "Last event", 100, None),
    "age_days": (MEAN, "Days open", 80, None),
    "case_count": (COUNT, "Cases", 65, None),
    "case_id": (TEXT, "Case", 120, None),
    "category": (TEXT, "Category", 95, None),
    "channel": (TEXT, "Channel", 80, None),
    "done_count": (COUNT, "Done", 60, None),
    "open_count": (COUNT, "Open", 60, None),
    "median_hours": (MEAN, "Median hours", 100, None),
    "ninetieth_hours": (MEAN, "Nine in ten, hours", 130, None),
    "late_share": (SHARE, "Late", 65, "late"),
    "reopened_share": (SHARE, "Came back", 85, "came back"),
    "opened_on": (DATE, "Opened", 95, None),
    "severity": (TEXT, "Severity", 75, None),
    "step": (TEXT, "Step", 100, None),
    "waits_for": (TEXT, "Waits for", 105, None),
    "comparison_status": (TEXT, "Verdict", 145, None),
    "corrected_p": (P, "p", 65, "p"),
    "effect": (MEAN2, "Effect", 65, "effect"),
    "effect_range": (TEXT, "95 % range", 120, "interval"),
    "from_share": (SHARE, "Of those there", 105, None),
    "label": (TEXT, "Attribute", 230, None),
    "value_a": (MEAN2, "A", 80, "value of a group"),
    "value_b": (MEAN2, "B", 80, "value of a group"),
    "value_from": (TEXT, "From", 110, None),
    "value_to": (TEXT, "To", 110, None),
    "conversion_share": (SHARE, "Go on", 70, "sales funnel"),
    "expected_amount": (MONEY, "Expected", 85, "sales forecast"),
    "expected_close_on": (DATE, "To be decided", 105, None),
    "gone_on_count": (COUNT, "Went on", 75, None),
    "has_cart": (FLAG, "Cart", 50, None),
    "last_search": (TEXT, "Last search", 110, None),
    "last_seen_on": (DATE, "Last visit", 95, None),
    "lost_count": (COUNT, "Lost", 55, None),
    "main_category": (TEXT, "Looked at", 110, None),
    "median_age_days": (MEAN, "Days so far", 85, None),
    "median_days": (MEAN, "Median days", 95, None),
    "owner_id": (TEXT, "Owner", 75, None),
    "present_amount": (MONEY, "Worth", 75, None),
    "present_count": (COUNT, "Are there", 80, None),
    "range": (TEXT, "95 % range", 130, "interval"),
    "reached_count": (COUNT, "Reached", 75, None),
    "view_count": (COUNT, "Products seen", 105, None),
    "visit_count": (COUNT, "Visits", 60, None),
    "win_share": (SHARE, "Chance", 70, "sales forecast"),
    "amount": (CENTS, "Amount", 80, None),
    "as_of": (DATE, "As of", 92, "as of"),
    "check_name": (TEXT, "Check", 330, None),
    "city": (TEXT, "City", 90, None),
    "column_name": (TEXT, "Column", 105, None),
    "cost_to_serve_amount": (MONEY, "Cost to serve", 112, "cost to serve"),
    "country": (TEXT, "Country", 70, None),
    "customer_count": (COUNT, "Customers", 85, "customers"),
    "customer_share": (SHARE, "Share", 65, None),
    "description": (TEXT, "What it is", 430, None),
    "detail": (TEXT, "Detail", 260, None),
    "before": (TEXT, "Before", 130, None),
    "after": (TEXT, "After", 130, None),
    "policy": (TEXT, "Policy", 85, "drift"),
    "source": (TEXT, "Source", 140, None),
    "email": (TEXT, "E-mail", 225, None),
    "failing_rows": (COUNT, "Failing rows", 90, None),
    "feed": (TEXT, "Feed", 140, None),
    "file": (TEXT, "File", 215, None),
    "frequency": (COUNT, "Orders", 65, "frequency"),
    "group_from": (TEXT, "From", 112, None),
    "group_to": (TEXT, "To", 112, None),
    "generation": (TEXT, "Generation", 125, "generation"),
    "kind": (TEXT, "Kind", 95, None),
    "gini": (MEAN2, "Gini", 60, "gini"),
    "gini_range": (TEXT, "95 % range", 105, "interval"),
    "group_name": (TEXT, "Group", 150, None),
    "head_count": (COUNT, "Bring 80 %", 90, "head and tail"),
    "holder_count": (COUNT, "Holders", 75, "holders"),
    "index_range": (TEXT, "95 % range", 105, "interval"),
    "last_delivery": (TEXT, "Last delivery", 130, None),
    "last_order_on": (DATE, "Last order", 95, None),
    "loyalty_index": (MEAN, "Index", 65, "loyalty index"),
    "loyalty_stage": (TEXT, "Stage", 95, "loyalty stage"),
    "margin_per_customer": (MONEY, "Each", 75, None),
    "margin_share": (SHARE, "Share", 65, None),
    "mean_durability": (SHARE, "Durability", 85, "durability"),
    "mean_firmness": (SHARE, "Firmness", 80, "firmness"),
    "mean_index": (MEAN, "Mean index", 90, "loyalty index"),
    "mean_stability": (SHARE, "Stability", 80, "stability"),
    "mean_frequency": (MEAN, "Mean orders", 92, "frequency"),
    "mean_recency_days": (MEAN, "Mean days since order", 150, "recency"),
    "meaning": (TEXT, "Who they are", 285, None),
    "monetary_amount": (MONEY, "Revenue so far", 125, "monetary"),
    "name": (TEXT, "Name", 135, None),
    "net_margin": (MONEY, "Net margin", 100, "net margin"),
    "net_margin_12m": (CENTS, "Net margin", 100, "net margin"),
    "phone": (TEXT, "Phone", 115, None),
    "problem": (TEXT, "Problem", 200, None),
    "next_order_on": (DATE, "Next order", 95, "next order"),
    "pyramid_action": (TEXT, "What to do", 150, None),
    "pyramid_budget": (TEXT, "Paid by", 190, None),
    "pyramid_level": (TEXT, "Level", 140, "pyramid"),
    "reason": (TEXT, "Why", 440, None),
    "revenue_12m_amount": (CENTS, "Revenue", 100, None),
    "revenue_amount": (MONEY, "Revenue", 95, "revenue"),
    "rfm_group": (TEXT, "Group", 115, "rfm group"),
    "row_count": (COUNT, "Rows", 80, None),
    "row_number": (COUNT, "Row", 60, None),
    "rows_accepted": (COUNT, "Accepted", 80, "law"),
    "rows_delivered": (COUNT, "Delivered", 80, "law"),
    "rows_duplicate": (COUNT, "Duplicates", 85, "law"),
    "rows_quarantined": (COUNT, "Quarantined", 92, "quarantine"),
    "stage": (TEXT, "Stage", 80, None),
    "stage_from": (TEXT, "From", 95, None),
    "stage_to": (TEXT, "To", 95, None),
    "status": (TEXT, "Status", 95, None),
    "slowest": (TEXT, "Slowest steps, seconds", 330, None),
    "tier": (TEXT, "Tier", 50, "tier"),
    "tier_from": (TEXT, "From", 78, None),
    "tier_to": (TEXT, "To", 55, None),
    "tail_count": (COUNT, "Long tail", 80, "head and tail"),
    "tail_share": (SHARE, "Tail's share", 90, "head and tail"),
    "took": (TEXT, "Took", 80, None),
    "top_fifth_share": (SHARE, "Best fifth has", 105, "top fifth"),
    "touched_at": (TEXT, "When", 130, None),
    "value": (TEXT, "Value", 110, None),
    "what": (TEXT, "What", 270, None),
    "when": (TEXT, "When", 132, None),
    "why": (TEXT, "Why", 600, None),
    "actual_total": (MONEY, "Came in total", 100, None),
    "alive_probability": (SHARE, "Still a customer", 110, "alive"),
    "alive_share": (SHARE, "Still customers", 110, "alive"),
    "answered_share": (SHARE, "Answered", 80, None),
    "auc": (RATIO, "AUC", 60, "auc"),
    "calibration_error": (RATIO, "Calibration error", 115, "calibration error"),
    "churn_band": (TEXT, "Risk", 70, "churn band"),
    "churn_probability": (SHARE, "Leaving", 70, "churn"),
    "churn_reason_1": (TEXT, "Why", 230, None),
    "churn_reason_2": (TEXT, "and", 230, None),
    "churn_reason_3": (TEXT, "and", 230, None),
    "clv_amount": (MONEY, "Value", 85, "clv"),
    "clv_high_amount": (MONEY, "at most", 80, "clv"),
    "clv_low_amount": (MONEY, "at least", 80, "clv"),
    "expected_loss_amount": (MONEY, "At stake", 85, "expected loss"),
    "expected_orders": (MEAN, "Orders to come", 105, "expected orders"),
    "feature": (TEXT, "Feature", 170, None),
    "forecast": (MEAN, "Expected", 90, "forecast"),
    "grade": (TEXT, "Grade", 60, "report card"),
    "high": (MEAN, "to", 90, None),
    "in_use": (TEXT, "In use", 65, None),
    "largest_drift": (RATIO, "Drift", 60, None),
    "later_answered_share": (SHARE, "later", 65, "response rule"),
    "later_lost_share": (SHARE, "later", 65, "lost profile"),
    "later_row_count": (COUNT, "later", 65, None),
    "later_tier_share": (SHARE, "came true later", 110, "likely tier"),
    "likely_order_on": (DATE, "Likely order", 100, "likely order"),
    "likely_tier": (TEXT, "Likely tier", 80, "likely tier"),
    "lost_median": (MEAN, "Left: median", 95, None),
    "lost_share": (SHARE, "Left", 60, None),
    "low": (MEAN, "from", 90, None),
    "mean_absolute_error": (CENTS, "Mean error", 90, None),
    "mean_clv_amount": (MONEY, "Value each", 90, "clv"),
    "mean_orders": (MEAN, "Orders to come, each", 145, "expected orders"),
    "mean_probability": (SHARE, "Said", 60, None),
    "model": (TEXT, "Model", 130, None),
    "predicted_total": (MONEY, "Said in total", 100, None),
    "predictor": (TEXT, "Predictor", 150, None),
    "rank_correlation": (RATIO, "Rank correlation", 115, None),
    "response_probability": (SHARE, "Chance", 70, "gain curve"),
    "response_reason_1": (TEXT, "Why", 180, None),
    "response_reason_2": (TEXT, "and", 180, None),
    "rows": (COUNT, "Rows", 70, None),
    "rule": (TEXT, "Who", 420, None),
    "said": (TEXT, "What was said", 420, None),
    "seasonal_naive": (MEAN, "A year ago", 90, None),
    "segment": (TEXT, "Segment", 170, None),
    "separation": (SHARE, "Separation", 85, "lost profile"),
    "share": (SHARE, "Came", 65, None),
    "stayed_median": (MEAN, "Stayed: median", 110, None),
    "tier_share": (SHARE, "in it", 65, "likely tier"),
    "top_decile_lift": (RATIO, "Lift", 60, "lift"),
    "trained_as_of": (DATE, "Trained", 95, None),
    "week_on": (DATE, "Week of", 95, None),
}
MAKERS: dict[str, Callable[..., Any]] = {
    TEXT: config.TextColumn,
    DATE: partial(config.DateColumn, format=DAY),
    COUNT: partial(config.NumberColumn, format="%,d"),
    MONEY: partial(config.NumberColumn, format="%,.0f"),
    CENTS: partial(config.NumberColumn, format="%,.2f"),
    SHARE: partial(config.NumberColumn, format="%.1f %%"),
    P: partial(config.NumberColumn, format="%.3f"),
    FLAG: config.CheckboxColumn,
    MEAN2: partial(config.NumberColumn, format="%,.2f"),
    MEAN: partial(config.NumberColumn, format="%,.1f"),
    RATIO: partial(config.NumberColumn, format="%.3f"),
}


def of(columns: Iterable[str], currency: str, **rules: object) -> dict[str, Any]:
    """The configuration of the columns shown. Amounts name the currency in the heading, not in every cell."""
    return {name: one(name, currency, heading="", **rules) for name in columns}


def one(name: str, currency: str, *, heading: str = "", **rules: object) -> Any:
    """The configuration of one column, with its own heading if given; an unknown one is left to its type."""
    if name not in COLUMNS:
        return config.Column(heading or say(name.replace("_", " ").capitalize()))
    kind, usual, width, term = COLUMNS[name]
    title = heading or say(usual)
    if kind in (MONEY, CENTS):
        title += f", {app_format.symbol(currency).strip()}"
    return MAKERS[kind](title, width=width, help=define(term, **rules) if term else None)


def shown(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The columns in order: shares as percent, amounts as floats, which is what the browser's table can write."""
    made = table[columns].copy()
    for name in columns:
        kind = COLUMNS[name][0] if name in COLUMNS else TEXT
        if kind == SHARE:
            made[name] = made[name].astype(float) * 100
        elif kind in (MONEY, CENTS, MEAN):
            # Adding nothing turns the -0 that is left of a small loss into 0.
            made[name] = made[name].astype(float).round(0 if kind == MONEY else 2) + 0.0
    return made
