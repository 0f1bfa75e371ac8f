"""The catalogue of acts: what customers do and have done to them, and which published rows say so.

Every source is a table of the star with a customer, an instant and a day. Names here are ours; values never come in.
"""

from dataclasses import dataclass, field

KNOWN_ORDERS = "(f.is_sale or (f.is_cancelled and f.cancelled_on > $as_of and f.item_quantity > 0))"
# Lines know only the last status; who cancelled after the date had not cancelled then.
KNOWN_LINES = (
    "(f.is_counted or f.order_key in"
    " (select o.order_key from star.fct_orders as o where o.is_cancelled and o.cancelled_on > $as_of))"
)
BOUGHT = f"f.quantity > 0 and {KNOWN_LINES}"
RETURNED = f"f.is_return and {KNOWN_LINES}"


@dataclass(frozen=True)
class Look:
    """Where a trait is found: a column of the source, or an attribute of the dimension that the column leads to."""

    column: str
    dimension: str = ""
    key: str = ""
    attribute: str = ""


PRODUCT = {
    name: Look("product_key", "(select * from star.dim_product where is_current)", "product_key", name)
    for name in ("category", "subcategory", "brand")
} | {"product": Look("product_key", "(select * from star.dim_product where is_current)", "product_key", "name")}
CAMPAIGN = {"campaign": Look("campaign_key", "star.dim_campaign", "campaign_key", "coalesce(name, campaign_id)")}


@dataclass(frozen=True)
class Source:
    """Rows that say that an act was done: `at` instant (UTC), `on` day, `unit` what counts as once; '' every row."""

    table: str
    at: str
    on: str
    filter: str = "true"
    unit: str = ""
    amount: str = ""
    traits: dict[str, Look] = field(default_factory=dict)


@dataclass(frozen=True)
class ActOf:
    """An act, and its sources, the cheapest first: the first one that knows every trait asked for is read."""

    name: str
    sources: tuple[Source, ...]

    @property
    def traits(self) -> tuple[str, ...]:
        """Every trait that can be asked for, each once."""
        return tuple(dict.fromkeys(name for source in self.sources for name in source.traits))

    @property
    def has_time(self) -> bool:
        """Whether it happened on a day."""
        return all(source.on for source in self.sources)

    @property
    def has_amount(self) -> bool:
        """Whether an amount can be asked for."""
        return all(source.amount for source in self.sources)


def columns(*names: str) -> dict[str, Look]:
    """Traits that are columns of the source itself."""
    return {name: Look(name) for name in names}


def web(name: str, event_type: str, traits: dict[str, Look]) -> ActOf:
    """An act on the web."""
    return ActOf(
        name,
        (
            Source(
                "star.fct_web_events",
                "f.occurred_at",
                "f.occurred_on",
                f"f.event_type = '{event_type}'",
                traits=traits,
            ),
        ),
    )


def message(name: str, condition: str) -> ActOf:
    """A message sent, and what was done with it, counted on the day it was sent."""
    return ActOf(
        name,
        (
            Source(
                "star.fct_campaign_contacts",
                "f.contacted_at",
                "f.contacted_on",
                f"f.arm = 'treatment' and {condition}",
                traits=columns("channel") | CAMPAIGN,
            ),
        ),
    )


def responded(flag: str) -> str:
    """Somebody responded so, by the end of the date: an answer of tomorrow is not known today."""
    return f"{flag} and f.first_response_at < $end_at"


CASE = {"category": Look("category"), "severity": Look("severity"), "channel": Look("channel")}
ANSWERED = "(f.is_clicked or f.is_replied or f.is_redeemed or f.is_purchased)"
LINES = ("star.fct_order_lines", "f.ordered_at", "f.ordered_on")
_ACTS = (
    ActOf(
        "buy",
        (
            Source(
                "star.fct_orders",
                "f.ordered_at",
                "f.ordered_on",
                KNOWN_ORDERS,
                amount="f.net_amount",
                traits=columns("channel") | {"store": Look("store_id")} | CAMPAIGN,
            ),
            Source(
                *LINES,
                BOUGHT,
                "f.order_key",
                "f.net_amount",
                columns("channel") | PRODUCT,
            ),
        ),
    ),
    ActOf(
        "return",
        (Source(*LINES, RETURNED, "f.order_key", "-f.net_amount", columns("channel") | PRODUCT),),
    ),
    ActOf(
        "visit",
        (
            Source(
                "star.fct_web_sessions",
                "f.started_at",
                "f.started_on",
                traits={"device": Look("device"), "source": Look("utm_source")},
            ),
        ),
    ),
    web("search", "search", {"term": Look("search_term"), "device": Look("device")}),
    web("look", "product_view", PRODUCT | {"device": Look("device")}),
    web("cart", "add_to_cart", PRODUCT | {"device": Look("device")}),
    ActOf(
        "call",
        (
            Source(
                "star.fct_calls",
                "f.started_at",
                "f.started_on",
                "f.direction = 'inbound'",
                traits=columns("reason", "outcome"),
            ),
        ),
    ),
    ActOf("case", (Source("star.fct_cases", "f.opened_at", "f.opened_on", traits=CASE),)),
    ActOf(
        "complain",
        (
            Source(
                "star.fct_cases",
                "f.opened_at",
                "f.opened_on",
                "f.category = 'complaint'",
                traits={name: look for name, look in CASE.items() if name != "category"},
            ),
        ),
    ),
    message("receive", "true"),
    message("open", responded("f.is_opened")),
    message("click", responded("f.is_clicked")),
    message("answer", responded(ANSWERED)),
    # What the night's rules say to offer: no act of the customer, so it has no time.
    ActOf(
        "offer",
        (Source("serving.next_best_offers", "", "", traits={"product": Look("product_name"), "basis": Look("basis")}),),
    ),
    ActOf("survey", (Source("star.fct_surveys", "f.answered_at", "f.answered_on", traits=columns("topic")),)),
)
ACTS = {act.name: act for act in _ACTS}
