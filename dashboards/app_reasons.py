"""Reasons and events that the night wrote in words, said in the reader's language by the pattern that made them."""

import re
from functools import lru_cache

from dashboards import app_answers
from dashboards.app_answers import ANSWERS
from dashboards.app_language import ENGLISH, language, say
from dashboards.app_words import coded

# As `mining` and `models` write them. What stands at a place may itself be a reason.
PATTERNS = (  # messages: items
    # Why a tier, a group or a stage changed: mining/reasons.py, mining/loyalty_stages.py
    "revenue", "cost of goods", "cost to serve", "net margin", "own margin", "less than 0.01",
    "{measure} rose by {amount}", "{measure} fell by {amount}",
    "{measure} rose by {amount} to {level}", "{measure} fell by {amount} to {level}",
    "{change}: {parts}", "{change}: {parts} (older orders left the window)", "{reason}; {more}", "{first}, {rest}",
    "first order: revenue {revenue}, cost of goods {goods}, cost to serve {service}",
    "the cut-off of {tier} moved because others changed; {own}",
    "the cut-off of {tier} moved from {before} to {after} because others changed; {own}",
    "own margin unchanged at {amount}",
    "first order on {day}, {amount} spent",
    "recency {before} to {after} ({did})", "frequency {before} to {after} ({did})",
    "monetary {before} to {after} ({did})",
    "ordered on {day}", "no order for {days} days",
    "{orders} orders, {before} before", "{orders} order, {before} before",
    "{orders} orders as before, others changed", "{orders} order as before, others changed",
    "{amount} spent, {before} before", "{amount} spent as before, others changed",
    "no longer known: merged with another customer or erased",
    "no longer a buyer: merged with another customer, erased, or the orders were corrected",
    "known, has not bought yet",
    "silent for {days} days, beyond the horizon of {horizon}",
    "silent for {days} days; nine in ten gaps of such customers are over after {usual}",
    "bought without a break from {first} to {last}",
    "bought without a break from {first} to {last}; loyalty index in the top {percent} % of the established",
    "1 order on {day}, not silent for unusually long",
    "{orders} orders since {first}, silent for {days} days", "{orders} order since {first}, silent for {days} days",
    # Why an offer: mining/next_best_offers.py, mining/offer_clocks.py
    "{share} % of buyers bought {item} in the last {days} days",
    "bought {item} today; {share} % of such customers buy {then} within {window} days, {lift} times the usual; "
    "half of them by day {median}",
    "bought {item} 1 day ago; {share} % of such customers buy {then} within {window} days, {lift} times the usual; "
    "half of them by day {median}",
    "bought {item} {days} days ago; {share} % of such customers buy {then} within {window} days, {lift} times the "
    "usual; half of them by day {median}",
    # Why a prediction: models/feature_contract.py
    "not known", "customer for {days} days", "{n} order(s) so far", "{n} order(s) in 90 days",
    "{n} order(s) in a year", "{amount} an order", "{amount} spent in a year", "usually orders every {days} days",
    "one order only", "silent {times} times as long as usual", "{n} order(s) in the 90 days before the last 90",
    "{n} order(s) against the 90 days before", "{n} visit(s) to the site in {days} days",
    "last visit to the site {days} days ago", "no visit to the site seen", "{n} cart(s) left behind in 90 days",
    "{n} complaint(s) in 90 days", "last complaint {days} days ago", "never complained", "a case took {hours} hours",
    "no case in 90 days", "{n} open case(s)", "{n} call(s) in 90 days", "{n} call(s) without a solution in 90 days",
    "hung up or waited over 5 minutes {n} time(s) in 90 days", "last satisfaction {points}", "never asked",
    "{n} campaign contact(s) in 90 days", "{n} answer(s) to campaigns in a year", "unsubscribed: {flag}",
    "{share}% of the price in discounts", "nothing bought in a year", "{share}% of the value returned",
    "still a customer with {share}% by rhythm alone", "silent with {share}% by rhythm alone",
    # What happened: dbt_project/models/star/fct_touchpoints.sql
    "Order of {n} item", "Order of {n} items", "Return of {n} item", "Return of {n} items",
    "Cancelled order of {n} item", "Cancelled order of {n} items", "Visit of {n} page", "Visit of {n} pages",
    "Call about {matter}", "Abandoned call", "Abandoned call about {matter}", "Case about {matter}",
    "Response: {kind}", "Survey on {matter}", "Survey on {matter}: gap {gap}", "Opportunity, now {matter}",
    "Consent to {channel} granted", "Consent to {channel} withdrawn",
    # How a model was graded: models/card.py
    "clearly better than the best baseline: {said}", "better than the best baseline: {said}",
    "not better than the best baseline, which is published instead: {said}",
)  # fmt: skip
# What may stand at a place; elsewhere one word or number.
PLACES = {
    **dict.fromkeys(("first", "rest", "reason", "more", "change", "parts", "own", "item", "then", "said"), ".+?"),
    "measure": "revenue|cost of goods|cost to serve|net margin|own margin",
    "amount": r"(?:less than )?[\d.+-]+",
    "did": "[^()]+",
    "matter": "[^:]+",
}
PLACES = app_answers.PLACES | PLACES
THINGS = ("item", "then", *app_answers.THINGS)  # what products, columns and feeds are called
JOINED = "{condition} and {further}"  # fits every text with an "and" in it
ONE_WORD = r"[^\s();:,]+"


def reworded(text: str) -> str:
    """A reason in the reader's language; one that no pattern fits, and every one in English, as it was written."""
    return text if language() == ENGLISH else in_parts(text)


def in_parts(text: str) -> str:
    """The reason by the first pattern that fits it, longest pattern first, and its parts likewise."""
    for pattern, shape in shapes():
        found = shape.fullmatch(text)
        if found and say(pattern) != pattern and (pattern != JOINED or of_ours(found)):
            parts = {name: part if name in THINGS else in_parts(part) for name, part in found.groupdict().items()}
            return say(pattern, **parts) if parts else say(pattern)
    return str(coded(text))


def of_ours(found: re.Match[str]) -> bool:
    """Whether each part is itself a reason: "Milk and foam" is a category, no rule of a model."""
    return all(in_parts(part) != part for part in found.groups())


@lru_cache(maxsize=1)
def shapes() -> list[tuple[str, re.Pattern[str]]]:
    """Each pattern as a regular expression, those with the most words of their own first."""
    ordered = sorted(dict.fromkeys((*PATTERNS, *ANSWERS)), key=lambda pattern: -len(re.sub(r"\{\w+\}", "", pattern)))
    return [(pattern, re.compile(expression(pattern), re.DOTALL)) for pattern in ordered]


def expression(pattern: str) -> str:
    """A pattern with a group for each of its places."""
    pieces = re.split(r"\{(\w+)\}", pattern)
    return "".join(
        f"(?P<{piece}>{PLACES.get(piece, ONE_WORD)})" if place % 2 else re.escape(piece)
        for place, piece in enumerate(pieces)
    )
