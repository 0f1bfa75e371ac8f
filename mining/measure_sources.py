"""Where measures come from: the facts of the star as rows of one shape, dated and tied to a customer where known."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir
from ibis import _, union

# Gives a table of the star or of serving by its name.
Tables = Callable[[str], ir.Table]

# Attributes of the customer as of the data's date, in serving.customer_360.
CUSTOMER_DIMENSIONS = (
    "tier", "rfm_group", "loyalty_stage", "pyramid_level", "region", "country", "kind", "age_band", "gender",
    "main_channel", "main_category", "churn_band",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Facts that measures are taken of.

    `rows` makes them: customer_key (null where unknown), day_on, the source's own dimensions, and what is measured.
    """

    tables: tuple[str, ...]
    rows: Callable[[Tables], ir.Table]
    dimensions: tuple[str, ...] = ()
    is_dated: bool = True


def orders(tables: Tables) -> ir.Table:
    """Orders that stand: sales and returns, not what was cancelled."""
    return tables("fct_orders").filter(~_.is_cancelled).mutate(day_on=_.ordered_on)


def order_lines(tables: Tables) -> ir.Table:
    """Lines of orders that stand, with the product's category of today."""
    products = tables("dim_product").filter(_.is_current).select("product_key", "category")
    lines = tables("fct_order_lines").filter(_.is_counted).mutate(day_on=_.ordered_on)
    return lines.left_join(products, "product_key").drop("product_key_right")


def first_orders(tables: Tables) -> ir.Table:
    """One row for each known buyer, on the day of the first sale."""
    sales = tables("fct_orders").filter(_.is_sale, _.customer_key.notnull())
    return sales.group_by("customer_key").agg(day_on=_.ordered_on.min())


def visits(tables: Tables) -> ir.Table:
    """Sessions on the web."""
    return tables("fct_web_sessions").mutate(day_on=_.started_on)


def calls(tables: Tables) -> ir.Table:
    """Calls of both directions."""
    return tables("fct_calls").mutate(day_on=_.started_on, call_reason=_.reason)


def cases(tables: Tables) -> ir.Table:
    """Cases by the day they were opened."""
    return tables("fct_cases").mutate(day_on=_.opened_on, case_category=_.category)


def contacts(tables: Tables) -> ir.Table:
    """What campaigns sent; the control group was sent nothing."""
    campaigns = tables("dim_campaign").select("campaign_key", campaign=_.name)
    sent = tables("fct_campaign_contacts").filter(_.arm == "treatment").mutate(day_on=_.contacted_on)
    return sent.left_join(campaigns, "campaign_key").drop("campaign_key_right")


def services(tables: Tables) -> ir.Table:
    """Everything that costs to serve: calls, cases and contacts with their cost."""
    parts = [rows(tables).select("customer_key", "day_on", "cost_amount") for rows in (calls, cases, contacts)]
    return union(*parts)


def people(tables: Tables) -> ir.Table:
    """Everybody known, as of the data's date."""
    return tables("customer_360")


SOURCES = {
    "orders": Source(("star.fct_orders",), orders, ("channel",)),
    "order lines": Source(("star.fct_order_lines", "star.dim_product"), order_lines, ("channel", "category")),
    "first orders": Source(("star.fct_orders",), first_orders),
    "visits": Source(("star.fct_web_sessions",), visits, ("device",)),
    "calls": Source(("star.fct_calls",), calls, ("call_reason",)),
    "cases": Source(("star.fct_cases",), cases, ("case_category",)),
    "contacts": Source(("star.fct_campaign_contacts", "star.dim_campaign"), contacts, ("channel", "campaign")),
    "services": Source(("star.fct_calls", "star.fct_cases", "star.fct_campaign_contacts"), services),
    "people": Source(("serving.customer_360",), people, (), is_dated=False),
}
