"""The columns that a list can carry, and which of them are contact details."""

from collections.abc import Sequence
from dataclasses import dataclass

from workspace.errors import RegularsError


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
