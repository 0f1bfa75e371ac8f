"""The questions in the order in which they are shown, and which function answers each."""

from collections.abc import Callable
from dataclasses import dataclass

from mining.questions.age_worth import young_customers_worth
from mining.questions.answers import Answer
from mining.questions.buys_not import buys_a_not_b
from mining.questions.campaign_interest import campaign_interest
from mining.questions.new_customers import new_customers_worth
from mining.questions.person_or_machine import person_or_machine
from mining.questions.price_cuts import price_cut_response
from mining.questions.strategy_effect import strategy_effect
from mining.questions.value_by_place import value_by_place
from mining.questions.web_growth import web_growth
from mining.questions.what_matters import what_matters_most


@dataclass(frozen=True)
class Question:
    """A question as a page lists it: its key, its words, and the function to call."""

    key: str
    title: str
    ask: Callable[..., Answer]


QUESTIONS = (
    Question("new-customers", "Are new customers worth more than existing ones?", new_customers_worth),
    Question("what-matters", "What do the most important customers care about most?", what_matters_most),
    Question("age", "Are customers under 35 (or any age) worth more?", young_customers_worth),
    Question("web-growth", "Does the web make business grow or move it from elsewhere?", web_growth),
    Question("a-not-b", "Who buys A and not B?", buys_a_not_b),
    Question("campaign-interest", "Who is most interested in this campaign?", campaign_interest),
    Question("region", "Does value differ by region and demographics?", value_by_place),
    Question("price-cuts", "Which ages respond to price cuts?", price_cut_response),
    Question("person-or-machine", "Who prefers a person to a machine?", person_or_machine),
    Question("strategy", "Did the strategy for high-income customers work?", strategy_effect),
)
