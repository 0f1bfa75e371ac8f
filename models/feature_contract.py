"""Which features the churn model expects as of a date, in which unit, and how a person reads them."""

import re
from math import isnan
from typing import NamedTuple

SEVERAL = re.compile(r"(\{:\+?\.0f\} (?:\w+ )??\w+?)s\b")  # what is counted, and the s of the plural


class Feature(NamedTuple):
    """A column of the feature table; windows end with the as-of day, `_90d` is the last 90 days including it."""

    name: str
    unit: str
    family: str
    words: str  # how the value reads as a reason
    missing: str = "not known"  # how the absence of a value reads
    one: str = ""  # how 1 reads, where more than a plural's s tells it from several

    def phrase(self, value: float) -> str:
        """The value in words; `missing` for NaN."""
        if isnan(value):
            return self.missing
        is_one = abs(round(value)) == 1
        return (self.one or SEVERAL.sub(r"\1", self.words) if is_one else self.words).format(value)


FEATURES = (
    Feature("recency_days", "days", "rfm", "no order for {:.0f} days"),
    Feature("tenure_days", "days", "rfm", "customer for {:.0f} days"),
    Feature("order_count", "orders", "rfm", "{:.0f} orders so far"),
    Feature("orders_90d", "orders", "rfm", "{:.0f} orders in 90 days"),
    Feature("orders_365d", "orders", "rfm", "{:.0f} orders in a year"),
    Feature("mean_order_amount", "money", "rfm", "{:.2f} an order"),
    Feature("revenue_365d_amount", "money", "rfm", "{:.2f} spent in a year"),
    Feature("usual_gap_days", "days", "trend", "usually orders every {:.0f} days", "one order only"),
    Feature("gap_factor", "times the usual gap", "trend", "silent {:.1f} times as long as usual"),
    Feature("orders_previous_90d", "orders", "trend", "{:.0f} orders in the 90 days before the last 90"),
    Feature("order_change_90d", "orders", "trend", "{:+.0f} orders against the 90 days before"),
    Feature("visits_30d", "visits", "web", "{:.0f} visits to the site in 30 days"),
    Feature("visits_90d", "visits", "web", "{:.0f} visits to the site in 90 days"),
    Feature("days_since_visit", "days", "web", "last visit to the site {:.0f} days ago", "no visit to the site seen"),
    Feature("abandoned_carts_90d", "carts", "web", "{:.0f} carts left behind in 90 days"),
    Feature("complaints_90d", "cases", "service", "{:.0f} complaints in 90 days"),
    Feature("days_since_complaint", "days", "service", "last complaint {:.0f} days ago", "never complained"),
    Feature("slowest_case_90d_hours", "hours", "service", "a case took {:.0f} hours", "no case in 90 days"),
    Feature("open_case_count", "cases", "service", "{:.0f} open cases"),
    Feature("calls_90d", "calls", "service", "{:.0f} calls in 90 days"),
    Feature("unresolved_calls_90d", "calls", "service", "{:.0f} calls without a solution in 90 days"),
    Feature("long_waits_90d", "calls", "service", "hung up or waited over 5 minutes {:.0f} times in 90 days"),
    Feature("last_satisfaction", "points", "service", "last satisfaction {:.0f}", "never asked"),
    Feature("contacts_90d", "contacts", "campaign", "{:.0f} campaign contacts in 90 days"),
    Feature("responses_365d", "responses", "campaign", "{:.0f} answers to campaigns in a year"),
    Feature("has_unsubscribed", "0 or 1", "campaign", "has not unsubscribed", one="has unsubscribed"),
    Feature("discount_share_365d", "share", "price", "{:.0%} of the price in discounts", "nothing bought in a year"),
    Feature("return_share_365d", "share", "price", "{:.0%} of the value returned", "nothing bought in a year"),
    Feature("alive_probability", "probability", "process", "still a customer with {:.0%} probability, by rhythm alone"),
    Feature("no_order_probability", "probability", "process", "no order with {:.0%} probability, by rhythm alone"),
)
NAMES = tuple(feature.name for feature in FEATURES)
BY_NAME = {feature.name: feature for feature in FEATURES}
