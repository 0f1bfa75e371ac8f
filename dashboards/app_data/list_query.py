"""What a list is: a filter and columns as data, and the one parametrised query they become. Nothing is run here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from workspace.errors import RegularsError

NO_TIER = "none"  # stands for customers without a tier, the prospects, where a null cannot be chosen
CONSENT_CHANNELS = ("email", "sms", "phone", "post")


@dataclass(frozen=True)
class ListFilter:
    """Who belongs to a list. Every condition that is given must hold; an empty one asks nothing.

    Within one condition any of its values will do. `recency_*` in days since the last order, `net_margin_*`
    in the company's currency over the tier window; both bounds belong to the range, and a range leaves out
    customers for whom the value is unknown. `consents`: the customer agreed to every one of these channels. `behind`: a
    question with its choices as text (`app_data.questions.address`), for the customers behind its answer.
    """

    tiers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    recency_from: int | None = None
    recency_to: int | None = None
    net_margin_from: float | None = None
    net_margin_to: float | None = None
    behind: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The conditions that ask something, ready for JSON."""
        chosen = {name: value for name, value in asdict(self).items() if value not in ((), None)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "ListFilter":
        """The filter again from `as_dict`.

        Raises
        ------
        RegularsError
            If it holds a condition that this version does not know: a wider list than meant must not come out.
        """
        unknown = set(stored) - {field.name for field in fields(cls)}
        if unknown:
            raise RegularsError(f"The list asks for {', '.join(sorted(unknown))}, which is not known here.")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**given)


@dataclass(frozen=True)
class Column:
    """A column that a list can carry. `is_personal` ones are contact details."""

    name: str
    label: str
    is_personal: bool = False
    expression: str = ""


COLUMNS = (
    Column(
        "customer_number",
        "Customer number",
        # Text, because a spreadsheet would cut a long number; the smallest where one person has several.
        expression="(select min(identifier) from star.bridge_customer_identity as b"
        " where b.customer_key = c.customer_key and b.kind = 'customer_id')",
    ),
    Column("name", "Name", True),
    Column("email", "E-mail", True),
    Column("phone", "Phone", True),
    Column("birth_date", "Date of birth", True),
    Column("postcode", "Postcode", True),
    Column("city", "City"),
    Column("region", "Region"),
    Column("country", "Country"),
    Column("kind", "Kind"),
    Column("age_band", "Age band"),
    Column("gender", "Gender"),
    Column("tier", "Tier"),
    Column("rfm_group", "RFM group"),
    Column("r_score", "R score"),
    Column("f_score", "F score"),
    Column("m_score", "M score"),
    Column("loyalty_stage", "Loyalty stage"),
    Column("churn_probability", "Probability of leaving"),
    Column("churn_band", "Risk of leaving"),
    Column("expected_loss_amount", "Expected loss"),
    Column("clv_amount", "Lifetime value"),
    Column("alive_probability", "Still a customer"),
    Column("expected_orders", "Orders to come"),
    Column("likely_order_on", "Likely next order"),
    Column("response_probability", "Chance of an answer"),
    Column("likely_tier", "Likely tier"),
    Column("loyalty_index", "Loyalty index"),
    Column("pyramid_level", "Pyramid level"),
    Column("next_order_on", "Next order expected"),
    Column("net_margin_12m", "Net margin"),
    Column("revenue_12m_amount", "Revenue in the tier window"),
    Column("monetary_amount", "Revenue so far"),
    Column("frequency", "Orders so far"),
    Column("recency_days", "Days since last order"),
    Column("first_order_on", "First order"),
    Column("last_order_on", "Last order"),
    Column("main_channel", "Main channel"),
    Column("main_category", "Main category"),
    Column("consent_email", "Agrees to e-mail"),
    Column("consent_sms", "Agrees to text messages"),
    Column("consent_phone", "Agrees to calls"),
    Column("consent_post", "Agrees to post"),
    Column("last_contacted_on", "Last contacted"),
    Column("contacts_30d", "Contacts in 30 days"),
    Column("visits_90d", "Visits in 90 days"),
    Column("last_satisfaction", "Last satisfaction"),
)
BY_NAME = {column.name: column for column in COLUMNS}
USUAL = ("customer_number", "tier", "rfm_group", "city", "last_order_on", "net_margin_12m")

ANY_OF = {
    "groups": "rfm_group",
    "regions": "region",
    "countries": "country",
    "channels": "main_channel",
    "kinds": "kind",
    "stages": "loyalty_stage",
    "risks": "churn_band",
    "levels": "pyramid_level",
}
RANGES = {"recency": "recency_days", "net_margin": "net_margin_12m"}


def condition(chosen: ListFilter) -> tuple[str, dict[str, Any]]:
    """The SQL condition on `customer_360 as c` and its parameters; 'true' for a filter that asks nothing.

    The parameter `behind` is the question's text: whoever runs the query puts the keys of its customers in its place.

    Raises
    ------
    RegularsError
        If a consent is asked for a channel that has none.
    """
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    if chosen.tiers:
        parts.append(f"list_contains($tiers::varchar[], coalesce(c.tier, '{NO_TIER}'))")
        parameters["tiers"] = list(chosen.tiers)
    for name, column in ANY_OF.items():
        values = getattr(chosen, name)
        if values:
            parts.append(f"list_contains(${name}::varchar[], c.{column})")
            parameters[name] = list(values)
    for name, column in RANGES.items():
        for bound, sign in (("from", ">="), ("to", "<=")):
            value = getattr(chosen, f"{name}_{bound}")
            if value is not None:
                parts.append(f"c.{column} {sign} ${name}_{bound}")
                parameters[f"{name}_{bound}"] = value
    for channel in chosen.consents:
        if channel not in CONSENT_CHANNELS:
            raise RegularsError(f"There is no consent for '{channel}'; there is for {', '.join(CONSENT_CHANNELS)}.")
        parts.append(f"c.consent_{channel}")
    if chosen.behind is not None:
        parts.append("c.customer_key in (select unnest($behind::bigint[]))")
        parameters["behind"] = chosen.behind
    return " and ".join(parts) or "true", parameters


def count_query(chosen: ListFilter) -> tuple[str, dict[str, Any]]:
    """The query that counts the members."""
    where, parameters = condition(chosen)
    # Only names written in this module are put together here; every value is a parameter.
    return f"select count(*) as customer_count from serving.customer_360 as c where {where}", parameters  # noqa: S608


def members_query(chosen: ListFilter, columns: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The query of the members: `customer_key` and the columns asked for, most net margin first.

    Raises
    ------
    RegularsError
        If a column is not one of `COLUMNS`: names never reach the query unless they are known.
    """
    where, parameters = condition(chosen)
    shown = ", ".join(f"{column.expression or f'c.{column.name}'} as {column.name}" for column in known(columns))
    query = (
        f"select c.customer_key{', ' if shown else ''}{shown} from serving.customer_360 as c where {where}"  # noqa: S608
        " order by c.net_margin_12m desc nulls last, c.customer_key"
    )
    return query, parameters


def known(columns: Sequence[str]) -> list[Column]:
    """The columns of these names.

    Raises
    ------
    RegularsError
        If one of them does not exist.
    """
    unknown = [name for name in columns if name not in BY_NAME]
    if unknown:
        raise RegularsError(f"A list has no column {', '.join(unknown)}.")
    return [BY_NAME[name] for name in columns]


def personal(columns: Sequence[str]) -> list[str]:
    """Those of the columns that are contact details; an unknown one is an error."""
    return [column.name for column in known(columns) if column.is_personal]
