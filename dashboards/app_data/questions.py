"""What the Questions page asks: each question put to the published data, its answer kept as small tables."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from inspect import signature
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis import _

from dashboards.app_data.asking import Asked
from dashboards.app_data.reader import Where, cached, connection, described, records, rows
from mining.intervals import Interval
from mining.people import customers_as_of
from mining.questions.answers import Answer
from mining.questions.catalogue import QUESTIONS
from workspace.errors import RegularsError

# Nothing that an answer to the campaign could itself have moved, such as the tier.
KINDS = ("region", "age_band", "gender", "kind")


@dataclass(frozen=True)
class Shown:
    """An answer without its unexecuted tables: what a page can keep. `customers` has the column customer_key."""

    question: str
    status: str
    sentence: str
    number: Interval | None
    unit: str
    definition: str
    method: str
    missing_feeds: tuple[str, ...]
    chart: pd.DataFrame | None
    customers: pd.DataFrame | None
    query: str


SHOWN_CUSTOMERS = 200


@cached
def answered(where: Where, key: str, choices: tuple[tuple[str, Any], ...]) -> Shown:
    """The answer to the question `key` with the reader's choices, as name and value."""
    asked = Asked(where)
    answer = ASKED[key](asked, **dict(choices))
    return Shown(
        answer.question,
        answer.status,
        answer.sentence,
        answer.number,
        answer.unit,
        answer.definition,
        answer.method,
        answer.missing_feeds,
        None if answer.chart is None else answer.chart.execute(),
        None if answer.customers is None else asked.backend.execute(answer.customers.select("customer_key").distinct()),
        "" if answer.query is None else str(ibis.to_sql(answer.query, dialect="duckdb")),
    )


def customers(asked: Asked) -> ir.Table:
    """Everybody as they were known on the date."""
    return customers_as_of(asked.star("dim_customer"), as_of=asked.as_of, time_zone=asked.time_zone)


def products(asked: Asked) -> ir.Table:
    """The assortment, one version per product."""
    return asked.star("dim_product").filter(_.is_current)


def new_customers(asked: Asked, months: int) -> Answer:
    """New against existing at the same age."""
    return FUNCTIONS["new-customers"](
        asked.star("fct_orders"), asked.star("dim_customer"), as_of=asked.as_of, age_months=months
    )


def what_matters(asked: Asked, tier: str) -> Answer:
    """What a tier expects most."""
    important = asked.mined("customer_tiers").filter(_.tier == tier).select("customer_key")
    return FUNCTIONS["what-matters"](asked.star("fct_surveys"), important, as_of=asked.as_of)


def age(asked: Asked, under: int) -> Answer:
    """The younger against the others."""
    return FUNCTIONS["age"](asked.mined("customer_margins"), customers(asked), under_age=under)


def web_growth(asked: Asked, days: int) -> Answer:
    """Spending around the first order on the web."""
    return FUNCTIONS["web-growth"](asked.star("fct_orders"), as_of=asked.as_of, around_days=days)


def a_not_b(asked: Asked, bought: str, not_bought: str) -> Answer:
    """Who buys one category and not another."""
    return FUNCTIONS["a-not-b"](
        asked.star("fct_order_lines"), products(asked), as_of=asked.as_of, bought=bought, not_bought=not_bought
    )


def campaign_interest(asked: Asked, campaign: int) -> Answer:
    """The kind of customer that answers a campaign most."""
    people = asked.serving("customer_360")
    return FUNCTIONS["campaign-interest"](
        asked.star("fct_campaign_contacts"),
        people,
        as_of=asked.as_of,
        campaign_key=campaign,
        columns=KINDS,
        time_zone=asked.time_zone,
    )


def region(asked: Asked) -> Answer:
    """Every region and kind of household against all others."""
    return FUNCTIONS["region"](asked.mined("customer_margins"), customers(asked))


def price_cuts(asked: Asked, months: int) -> Answer:
    """Ages by how often they buy at a cut price."""
    return FUNCTIONS["price-cuts"](
        asked.star("fct_order_lines"), products(asked), customers(asked), as_of=asked.as_of, window_months=months
    )


def person_or_machine(asked: Asked, by: str) -> Answer:
    """Who turns to a person."""
    facts = map(asked.star, ("fct_orders", "fct_calls", "fct_cases"))
    return FUNCTIONS["person-or-machine"](*facts, customers(asked), as_of=asked.as_of, by=by)


def strategy(asked: Asked, income: str, days: int) -> Answer:
    """What campaigns did to customers of an income band."""
    members = customers(asked).filter(_.income_band == income).select("customer_key")
    facts = map(asked.star, ("fct_campaign_contacts", "fct_orders"))
    return FUNCTIONS["strategy"](*facts, members, as_of=asked.as_of, kind=f"{income}-income customers", days=days)


FUNCTIONS = {question.key: question.ask for question in QUESTIONS}
ASKED: dict[str, Callable[..., Answer]] = {
    "new-customers": new_customers,
    "what-matters": what_matters,
    "age": age,
    "web-growth": web_growth,
    "a-not-b": a_not_b,
    "campaign-interest": campaign_interest,
    "region": region,
    "price-cuts": price_cuts,
    "person-or-machine": person_or_machine,
    "strategy": strategy,
}


def address(key: str, choices: Mapping[str, Any]) -> str:
    """A question with the reader's choices as a text that an address and a stored list can carry."""
    return json.dumps({"question": key, **choices}, sort_keys=True)


def from_address(text: str) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """The question's key and the choices again from `address`.

    Raises
    ------
    RegularsError
        If there is no such question, or it is asked with other choices: a wider list than meant must not come out.
    """
    try:
        choices = json.loads(text)
        key = choices.pop("question")
        wanted = {name: one.annotation for name, one in list(signature(ASKED[key]).parameters.items())[1:]}
        fits = {name: type(value) for name, value in choices.items()} == wanted
    except (ValueError, TypeError, KeyError, AttributeError):
        fits = False
    if not fits:
        raise RegularsError(
            f"No question is asked by {text[:200]}.", "Choose it on the Questions page, and go on from there."
        )
    return key, tuple(sorted(choices.items()))


def customers_behind(file: str, text: str) -> list[int]:
    """The keys of the customers behind the answer to a question, given as from `address`; none without an answer."""
    data = described(file)
    shown = answered(Where(file, data.as_of, data.time_zone), *from_address(text))
    return [] if shown.customers is None else [int(key) for key in shown.customers["customer_key"]]


@cached
def categories(file: str) -> list[str]:
    """The categories of the assortment, those with most products first."""
    found = rows(
        file,
        """
        select category from star.dim_product where is_current and category is not null
        group by category order by count(*) desc, category
        """,
    )
    return list(found["category"])


@cached
def campaigns(file: str, as_of: date) -> dict[int, str]:
    """Campaigns that were sent to somebody by the date, the latest first, by key."""
    found = records(
        file,
        """
        select campaign.campaign_key, campaign.name, min(sent.contacted_on) as began_on
        from star.fct_campaign_contacts as sent
        inner join star.dim_campaign as campaign on sent.campaign_key = campaign.campaign_key
        where sent.arm = 'treatment' and sent.contacted_on <= $as_of
        group by all order by began_on desc, campaign.campaign_key
        """,
        {"as_of": as_of},
    )
    return {row["campaign_key"]: f"{row['name']} ({row['began_on']:%b %Y})" for row in found}


@cached
def incomes(file: str) -> list[str]:
    """Income bands that are known."""
    found = rows(
        file,
        "select distinct income_band from star.dim_customer where income_band is not null"
        " order by income_band <> 'high', income_band",
    )
    return list(found["income_band"])


@cached
def behind(where: Where, key: str, choices: tuple[tuple[str, Any], ...], limit: int) -> pd.DataFrame:
    """The customers behind an answer, most net margin first: name, place, standing; the key as text."""
    shown = answered(where, key, choices)
    if shown.customers is None:
        return pd.DataFrame({"customer_key": []})
    with connection(where.file).cursor() as cursor:
        cursor.register("wanted", pa.table({"customer_key": pa.array(shown.customers["customer_key"], pa.int64())}))
        return cursor.execute(
            """
            select customer_key::varchar as customer_key, name, city, tier, rfm_group, loyalty_stage,
                net_margin_12m::double as net_margin_12m, last_order_on
            from serving.customer_360 where customer_360.customer_key in (select wanted.customer_key from wanted)
            order by net_margin_12m desc nulls last, customer_360.customer_key limit $limit
            """,
            {"limit": limit},
        ).df()


def behind_file(where: Where, key: str, choices: tuple[tuple[str, Any], ...], limit: int) -> pd.DataFrame:
    """Them as a file takes them away: without names."""
    return behind(where, key, choices, limit).drop(columns=["name"])
