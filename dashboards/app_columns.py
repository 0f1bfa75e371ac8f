"""How each column of a table is headed, explained, written and how wide it is; the same name is the same everywhere."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pandas as pd
from streamlit import column_config as config

from dashboards import app_format
from dashboards.app_language import ENGLISH, TABLE_DAYS, language
from dashboards.app_words import coded, define, say

TEXT, DATE, COUNT, MONEY, CENTS, SHARE, MEAN = "text", "date", "count", "money", "cents", "share", "mean"
MEAN2, FLAG, P, RATIO = "mean to two places", "flag", "p value", "ratio"
FIGURE, MOMENT = "figure", "moment"  # as text: a number with its unit, a day with its hour
LONGER_DAYS = 1.25  # how much wider 2025年12月31日 is than 31 Dec 2025

# name: (what it holds, heading, width in pixels, term of the glossary)
COLUMNS: dict[str, tuple[str, str, int | None, str | None]] = {  # messages: values[1]
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
    "corrected_p": (P, "p", 75, "p"),
    "effect": (MEAN2, "Effect", 65, "effect"),
    "effect_range": (TEXT, "95 % range", 120, "interval"),
    "from_share": (SHARE, "Of those there", 105, None),
    "label": (TEXT, "Attribute", 230, None),
    "value_a": (FIGURE, "A", 90, "value of a group"),
    "value_b": (FIGURE, "B", 90, "value of a group"),
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
    "antecedent_name": (TEXT, "First", 210, None),
    "as_of": (DATE, "As of", 92, "as of"),
    "base_share": (SHARE, "Usual", 65, "usual share"),
    "basket_count": (COUNT, "Baskets", 75, "basket rule"),
    "certainty": (MEAN2, "Certainty", 80, None),
    "chance": (SHARE, "Chance", 70, "chance"),
    "check_name": (TEXT, "Check", 330, None),
    "city": (TEXT, "City", 90, None),
    "column_name": (TEXT, "Column", 105, None),
    "confidence": (SHARE, "Share who do", 95, "sequential rule"),
    "consequent_name": (TEXT, "Then", 210, None),
    "contact_by": (DATE, "Act by", 95, "act by"),
    "control_count": (COUNT, "Without it", 85, "path"),
    "control_share": (SHARE, "Share", 65, None),
    "conviction": (MEAN2, "Conviction", 80, None),
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
    "expected_margin": (CENTS, "Worth", 80, None),
    "failing_rows": (COUNT, "Failing rows", 90, None),
    "feed": (TEXT, "Feed", 140, None),
    "file": (TEXT, "File", 215, None),
    "frequency": (COUNT, "Orders", 65, "frequency"),
    "generation": (TEXT, "Generation", 125, "generation"),
    "gini": (MEAN2, "Gini", 60, "gini"),
    "gini_range": (TEXT, "95 % range", 105, "interval"),
    "group_from": (TEXT, "From", 112, None),
    "group_name": (TEXT, "Group", 150, None),
    "group_to": (TEXT, "To", 112, None),
    "head_count": (COUNT, "Bring 80 %", 90, "head and tail"),
    "hit_count": (COUNT, "Did", 60, None),
    "hit_share": (SHARE, "Share", 65, None),
    "hit_share_range": (TEXT, "95 % range", 110, "interval"),
    "ordered_by": (TEXT, "Ordered by", 120, None),
    "offer_count": (COUNT, "Offers each", 85, None),
    "part_share": (SHARE, "Without a part", 105, "part share"),
    "popular_hit_count": (COUNT, "Of popular", 85, None),
    "popular_hit_share": (SHARE, "Share", 65, None),
    "popular_hit_share_range": (TEXT, "95 % range", 110, "interval"),
    "difference": (SHARE, "Difference", 85, None),
    "difference_range": (TEXT, "95 % range", 115, "interval"),
    "holder_count": (COUNT, "Holders", 75, "holders"),
    "index_range": (TEXT, "95 % range", 105, "interval"),
    "item_name": (TEXT, "Offer", 210, None),
    "jaccard": (MEAN2, "Jaccard", 75, None),
    "kind": (TEXT, "Kind", 95, None),
    "kulczynski": (MEAN2, "Kulczynski", 85, None),
    "lag_median_days": (COUNT, "Half by day", 85, None),
    "last_delivery": (TEXT, "Last delivery", 130, None),
    "last_order_on": (DATE, "Last order", 95, None),
    "later_confidence": (SHARE, "Later", 65, "verdict"),
    "leverage": (MEAN2, "Leverage", 80, None),
    "loyalty_index": (MEAN, "Index", 65, "loyalty index"),
    "loyalty_stage": (TEXT, "Stage", 95, "loyalty stage"),
    "margin_per_customer": (MONEY, "Each", 75, None),
    "margin_share": (SHARE, "Share", 65, None),
    "mean_durability": (SHARE, "Durability", 85, "durability"),
    "mean_firmness": (SHARE, "Firmness", 80, "firmness"),
    "mean_frequency": (MEAN, "Mean orders", 92, "frequency"),
    "mean_index": (MEAN, "Mean index", 90, "loyalty index"),
    "mean_recency_days": (MEAN, "Mean days since order", 150, "recency"),
    "mean_stability": (SHARE, "Stability", 80, "stability"),
    "meaning": (TEXT, "Who they are", 285, None),
    "monetary_amount": (MONEY, "Revenue so far", 125, "monetary"),
    "name": (TEXT, "Name", 135, None),
    "net_margin": (MONEY, "Net margin", 100, "net margin"),
    "net_margin_12m": (CENTS, "Net margin", 100, "net margin"),
    "next_order_on": (DATE, "Next order", 95, "next order"),
    "outcome_count": (COUNT, "With it", 75, "path"),
    "outcome_share": (SHARE, "Share", 65, None),
    "path": (TEXT, "Path", 300, "path"),
    "path_lift": (MEAN, "Times as often", 105, None),
    "phone": (TEXT, "Phone", 115, None),
    "problem": (TEXT, "Problem", 200, None),
    "pyramid_action": (TEXT, "What to do", 150, None),
    "pyramid_budget": (TEXT, "Paid by", 190, None),
    "pyramid_level": (TEXT, "Level", 140, "pyramid"),
    "q_value": (P, "q-value", 75, "q-value"),
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
    "rule_lift": (MEAN, "Lift", 55, "lift of a rule"),
    "slowest": (TEXT, "Slowest steps, seconds", 330, None),
    "stage": (TEXT, "Stage", 80, None),
    "stage_from": (TEXT, "From", 95, None),
    "stage_to": (TEXT, "To", 95, None),
    "status": (TEXT, "Status", 95, None),
    "support": (SHARE, "Support", 75, None),
    "tail_count": (COUNT, "Long tail", 80, "head and tail"),
    "tail_share": (SHARE, "Tail's share", 90, "head and tail"),
    "tier": (TEXT, "Tier", 50, "tier"),
    "tier_from": (TEXT, "From", 78, None),
    "tier_to": (TEXT, "To", 55, None),
    "took": (TEXT, "Took", 80, None),
    "top_fifth_share": (SHARE, "Best fifth has", 105, "top fifth"),
    "touched_at": (MOMENT, "When", 130, None),
    "value": (TEXT, "Value", 110, None),
    "verdict": (TEXT, "Verdict", 170, "verdict"),
    "what": (TEXT, "What", 270, None),
    "when": (TEXT, "When", 132, None),
    "why": (TEXT, "Why", 600, None),
    "accuracy": (SHARE, "Right", 65, "accuracy"),
    "lost_reached": (COUNT, "Of them left", 95, None),
    "mean_recall": (SHARE, "Found, mean of tiers", 140, "recall"),
    "precision": (SHARE, "Said rightly", 90, None),
    "recall": (SHARE, "Found", 65, "recall"),
    "said_rows": (COUNT, "Said to be", 85, None),
    "times_chance": (MEAN, "Times chance", 95, None),
    "value_reached": (MONEY, "Value reached", 105, "replay"),
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
    "feature": (TEXT, "Feature", 260, None),
    "forecast": (FIGURE, "Expected", 90, "forecast"),
    "grade": (TEXT, "Grade", 60, "report card"),
    "high": (FIGURE, "to", 90, None),
    "in_use": (TEXT, "In use", 65, None),
    "largest_drift": (RATIO, "Drift", 60, None),
    "later_answered_share": (SHARE, "later", 65, "response rule"),
    "later_lost_share": (SHARE, "later", 65, "lost profile"),
    "later_row_count": (COUNT, "later", 65, None),
    "later_tier_share": (SHARE, "came true later", 110, "likely tier"),
    "likely_order_on": (DATE, "Likely order", 100, "likely order"),
    "likely_tier": (TEXT, "Likely tier", 80, "likely tier"),
    "lost_median": (FIGURE, "Left: median", 110, None),
    "lost_share": (SHARE, "Left", 60, None),
    "low": (FIGURE, "from", 90, None),
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
    "rule": (TEXT, "Who", 480, None),
    "said": (TEXT, "What was said", 420, None),
    "seasonal_naive": (FIGURE, "A year ago", 100, None),
    "segment": (TEXT, "Segment", 170, None),
    "separation": (SHARE, "Separation", 85, "lost profile"),
    "share": (SHARE, "Came", 65, None),
    "stayed_median": (FIGURE, "Stayed: median", 125, None),
    "tier_share": (SHARE, "in it", 65, "likely tier"),
    "top_decile_lift": (RATIO, "Lift", 60, "lift"),
    "trained_as_of": (DATE, "Trained", 95, None),
    "week_on": (DATE, "Week of", 95, None),
    "zhangs_metric": (MEAN2, "Zhang", 65, None),
}
MAKERS: dict[str, Callable[..., Any]] = {
    TEXT: config.TextColumn,
    DATE: lambda title, **more: config.DateColumn(title, format=TABLE_DAYS[language()], **more),
    COUNT: partial(config.NumberColumn, format="%,d"),
    MONEY: partial(config.NumberColumn, format="%,.0f"),
    CENTS: partial(config.NumberColumn, format="%,.2f"),
    SHARE: partial(config.NumberColumn, format="%.1f %%"),
    P: partial(config.TextColumn, alignment="right"),
    MOMENT: config.TextColumn,
    FIGURE: partial(config.TextColumn, alignment="right"),
    FLAG: config.CheckboxColumn,
    MEAN2: partial(config.NumberColumn, format="%,.2f"),
    MEAN: partial(config.NumberColumn, format="%,.1f"),
    RATIO: partial(config.NumberColumn, format="%.3f"),
}


SHARES_BY_NAME = ("durability", "firmness", "stability")
# What people and companies are called, which is never a word of ours.
OWN = ("name", "city", "item_name", "antecedent_name", "consequent_name")


def of(columns: Iterable[str], currency: str, **rules: object) -> dict[str, Any]:
    """The configuration of the columns shown. Amounts name the currency in the heading, not in every cell."""
    return {name: one(name, currency, heading="", **rules) for name in columns}


def one(name: str, currency: str, *, heading: str = "", **rules: object) -> Any:
    """The configuration of one column, with its own heading if given; an unknown one is left to its type."""
    if name not in COLUMNS:
        return config.Column(heading or say(name.replace("_", " ").capitalize()))
    kind, usual, width, term = COLUMNS[name]
    if width and language() != ENGLISH and kind in (DATE, MOMENT):
        width = round(width * LONGER_DAYS)
    title = heading or say(usual)
    if kind in (MONEY, CENTS) and currency:
        title += f", {app_format.symbol(currency).strip()}"
    return MAKERS[kind](title, width=width, help=define(term, **rules) if term else None)


def figure(name: str, value: Any, currency: str) -> str:
    """A value of an attribute of customers by what it is: money, a share from 0 to 1, a number; a dash for nothing."""
    if name == "net_margin_12m" or name.endswith("_amount"):
        return app_format.money(value, currency, 2)
    if name.endswith(("_probability", "_share")) or name in SHARES_BY_NAME:
        return app_format.percent(value)
    return app_format.number(value, 2).removesuffix(".00")


def shown(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The columns in order: shares as percent, amounts as floats, which is what the browser's table can write."""
    made = table[columns].copy()
    for name in columns:
        kind = COLUMNS[name][0] if name in COLUMNS else TEXT
        if kind == SHARE:
            made[name] = made[name].astype(float) * 100
        elif kind == P:
            made[name] = made[name].map(app_format.chance)
        elif kind == TEXT and name not in OWN:
            made[name] = made[name].map(coded)
        elif kind in (MONEY, CENTS, MEAN):
            # Adding nothing turns the -0 that is left of a small loss into 0.
            made[name] = made[name].astype(float).round(0 if kind == MONEY else 2) + 0.0
    return made
