"""Reasons and events that the night wrote in words, said in the reader's language by the pattern that made them."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from dashboards import app_answers, app_format
from dashboards.app_answers import ANSWERS, FEATURES, MONEY, SHARES
from dashboards.app_language import ENGLISH, language, say, speaking
from dashboards.app_words import CODES, coded

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
    "{orders} orders, {before} before",
    "{orders} orders as before, others changed",
    "{amount} spent, {before} before", "{amount} spent as before, others changed",
    "no longer known: merged with another customer or erased",
    "no longer a buyer: merged with another customer, erased, or the orders were corrected",
    "known, has not bought yet",
    "silent for {days} days, beyond the horizon of {horizon}",
    "silent for {days} days; nine in ten gaps of such customers are over after {usual}",
    "bought without a break from {first} to {last}",
    "bought without a break from {first} to {last}; loyalty index in the top {percent} % of the established",
    "1 order on {day}, not silent for unusually long",
    "{orders} orders since {first}, silent for {days} days",
    # Why an offer: mining/next_best_offers.py, mining/offer_clocks.py
    "{share} % of buyers bought {item} in the last {days} days",
    "bought {item} today; {share} % of such customers buy {then} within {window} days, {lift} times the usual; "
    "half of them by day {median}",
    "bought {item} {days} days ago; {share} % of such customers buy {then} within {window} days, {lift} times the "
    "usual; half of them by day {median}",
    # Why a prediction: models/feature_contract.py
    "not known", "customer for {days} days", "{n} orders so far", "{n} orders in 90 days",
    "{n} orders in a year", "{amount} an order", "{amount} spent in a year", "usually orders every {days} days",
    "one order only", "silent {times} times as long as usual", "{n} orders in the 90 days before the last 90",
    "{n} orders against the 90 days before", "{n} visits to the site in {days} days",
    "last visit to the site {days} days ago", "no visit to the site seen", "{n} carts left behind in 90 days",
    "{n} complaints in 90 days", "last complaint {days} days ago", "never complained", "a case took {hours} hours",
    "no case in 90 days", "{n} open cases", "{n} calls in 90 days", "{n} calls without a solution in 90 days",
    "hung up or waited over 5 minutes {n} times in 90 days", "last satisfaction {points}", "never asked",
    "{n} campaign contacts in 90 days", "{n} answers to campaigns in a year",
    "has unsubscribed", "has not unsubscribed",
    "{share}% of the price in discounts", "nothing bought in a year", "{share}% of the value returned",
    "still a customer with {share}% probability, by rhythm alone",
    "no order with {share}% probability, by rhythm alone",
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
AMOUNTS = (
    "amount",
    "level",
    "revenue",
    "goods",
    "service",
    "before",
    "after",
    "mean",
    "usual",
    "interval",
    "elsewhere",
)
COUNTS = ("n", "days", "hours", "orders", "times", "few", "whole", "others", "needed", "gap", *AMOUNTS, "low", "high")
JOINED = "{condition} and {further}"  # fits every text with an "and" in it
ISO_DAY = r"\d{4}-\d\d-\d\d"
ONE_WORD = r"[^\s();:,]+"
CENTS = r"(?<![\d.,])[+-]?[\d,]*\d\.\d\d(?!\d)"
# What follows its number and may be one of it, whatever the pattern says: "1 order", "3 orders".
COUNTED = "day|hour|order|visit|cart|complaint|case|call|time|contact|answer"


def sentence(text: object, currency: str = "") -> str:
    """A reason or another phrase in the reader's language, its first letter large; a dash for nothing."""
    line = app_format.short(text if app_format.is_missing(text) else reworded(str(text), currency), 300)
    return line[:1].upper() + line[1:]


def reworded(text: str, currency: str = "") -> str:
    """A reason in the reader's language, its numbers and days written as elsewhere on the page.

    `currency` is that of its amounts, "" where the reason has none. One that no pattern fits stays as it was written.
    """
    return spoken(text, currency, language())


@lru_cache(maxsize=20_000)
def spoken(text: str, currency: str, in_language: str) -> str:
    """The same, kept by the language: every pattern is tried on every reason of a table that is drawn at each click."""
    with speaking(in_language):
        said = in_parts(text, currency)
    return re.sub(r"(?<=\d) ?%", f"{app_format.NARROW}%", said) if in_language == ENGLISH else said


def in_parts(text: str, currency: str = "") -> str:
    """The reason by the first pattern that fits it, longest pattern first, and its parts likewise."""
    if text in FEATURES:
        return say(FEATURES[text])
    for pattern, shape in shapes():
        found = shape.fullmatch(text)
        if found and (pattern != JOINED or of_ours(found)):
            parts = {name: written(name, part, found.groupdict(), currency) for name, part in found.groupdict().items()}
            said = say(pattern)
            said = one_or_more(said, parts) if language() == ENGLISH else said
            return said.format(**parts) if parts else said
    return app_format.day(date.fromisoformat(text)) if re.fullmatch(ISO_DAY, text) else str(coded(text))


def written(place: str, part: str, all_parts: dict[str, str], currency: str) -> str:
    """What stands at a place of a reason as the page writes it: a day, an amount, a number, or a reason itself."""
    if place in THINGS:
        return part
    if re.fullmatch(ISO_DAY, part):
        return app_format.day(date.fromisoformat(part))
    if "feature" in all_parts and place in ("low", "high") and re.fullmatch(app_answers.NUMBER, part):
        return measured(all_parts["feature"], part, currency)
    if place in AMOUNTS and currency and re.search(CENTS, part):
        said = in_parts(part)
        return re.sub(CENTS, lambda found: in_money(found[0], currency), said.replace(app_format.MINUS, "-"))
    if place in COUNTS and re.fullmatch(app_answers.NUMBER, part):
        return grouped(part)
    return in_parts(part, currency)


def grouped(number: str) -> str:
    """A number that the night wrote: thousands apart, a true minus sign."""
    sign, whole, rest = re.fullmatch(r"([+-]?)([\d,]*)(.*)", number).groups()  # type: ignore[union-attr]
    digits = whole.replace(",", "")
    return sign.replace("-", app_format.MINUS) + (f"{int(digits):,}" if digits else "") + rest


def in_money(number: str, currency: str) -> str:
    """An amount that the night wrote, with its currency."""
    return app_format.money(Decimal(number.replace(",", "")), currency, 2)


def measured(feature: str, number: str, currency: str) -> str:
    """The bound of a rule in the unit of what it is about."""
    if feature in SHARES:
        return app_format.percent(float(number), 0)
    if feature in MONEY and currency:
        return app_format.money(float(number), currency)
    return app_format.number(float(number), 2).rstrip("0").rstrip(".") if "." in number else grouped(number)


def one_or_more(pattern: str, parts: dict[str, str]) -> str:
    """The English pattern with one of what there is one of."""
    pieces = re.split(r"(\{\w+\})", pattern)
    for place, piece in enumerate(pieces[2:], 2):
        counted = pieces[place - 1]
        if counted.startswith("{") and parts.get(counted[1:-1], "").lstrip("+" + app_format.MINUS) == "1":
            pieces[place] = re.sub(rf"^( (?:\w+ )?)({COUNTED})s\b", r"\1\2", piece)
    return "".join(pieces)


def of_ours(found: re.Match[str]) -> bool:
    """Whether each part is itself a reason: "Milk and foam" is a category, no rule of a model."""
    return all(is_ours(part) for part in found.groups())


def is_ours(text: str) -> bool:
    """Whether it is a word of ours, or a pattern fits."""
    fitting = ((pattern, found) for pattern, shape in shapes() if (found := shape.fullmatch(text)))
    return text in FEATURES or text in CODES or any(pattern != JOINED or of_ours(found) for pattern, found in fitting)


@lru_cache(maxsize=1)
def shapes() -> list[tuple[str, re.Pattern[str]]]:
    """Each pattern as a regular expression, those with the most words of their own first."""
    ordered = sorted(dict.fromkeys((*PATTERNS, *ANSWERS)), key=lambda pattern: -len(re.sub(r"\{\w+\}", "", pattern)))
    return [(pattern, re.compile(expression(pattern), re.DOTALL)) for pattern in ordered]


def expression(pattern: str) -> str:
    """A pattern with a group for each of its places; what is counted may be one of it."""
    pieces = re.split(r"\{(\w+)\}", pattern)
    return "".join(
        f"(?P<{piece}>{PLACES.get(piece, ONE_WORD)})"
        if place % 2
        else re.sub(rf"^(\\ (?:\w+\\ )?)({COUNTED})s\b", r"\1\2(?:s|\(s\))?", re.escape(piece))
        for place, piece in enumerate(pieces)
    )
