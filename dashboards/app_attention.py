"""The card that says what needs attention this morning, each line a way to where it is dealt with."""

import streamlit as st

from dashboards.app_cards import card
from dashboards.app_data import attention, outbox
from dashboards.app_data.attention import Need
from dashboards.app_format import count, plain
from dashboards.app_frame import Page
from dashboards.app_words import say

# Where each is dealt with, and its sign.
PLACES = {
    "undelivered": ("segments", "outbox"),
    "orders_late": ("data", "error"),
    "slipping": ("churn", "trending_down"),
    "fell": ("tiers", "change_history"),
    "overdue": ("service", "support_agent"),
    "due": ("cross_sell", "shopping_bag"),
    "quarantined": ("data", "inbox"),
    "warned": ("data", "warning"),
}


def show(page: Page) -> None:
    """What needs attention, most urgent first."""
    # Scheduled lists fail after the night is published, so they are asked for and not kept with it.
    late = len(outbox.undelivered(page.workspace))
    found = [*([Need("undelivered", late)] if late else []), *attention.needs(page.file, page.data.as_of)]
    with card("attention"):
        st.subheader(say("This morning"), anchor=False)
        if not found:
            st.caption(say("Nothing needs attention: nobody is slipping, nothing is overdue, all checks passed."))
        for need in found:
            target, icon = PLACES[need.kind]
            parameters = {"view": say("Every night")} if need.kind == "undelivered" else None
            st.page_link(
                f"app_pages/{target}.py",
                label=sentence(page, need),
                icon=f":material/{icon}:",
                query_params=parameters,
            )


def sentence(page: Page, need: Need) -> str:
    """One need in words."""
    amount = page.money(abs(need.amount)) if need.amount else ""
    words = {
        "undelivered": say(
            "{lists} did not arrive last night.", lists=count(need.count, "scheduled list", "scheduled lists")
        ),
        "orders_late": say("No order has arrived for {days}.", days=count(need.count, "day", "days")),
        "slipping": say(
            "{customers} of tier A or B may well leave: {amount} at stake.",
            customers=count(need.count, "customer", "customers"), amount=amount,
        ),
        "fell": say(
            "{customers} left tier A last night.", customers=count(need.count, "customer", "customers")
        ),
        "overdue": say("{cases} overdue.", cases=count(need.count, "case is", "cases are")),
        "due": say(
            "{offers} to make within a week, worth {amount}.",
            offers=count(need.count, "offer", "offers"), amount=amount,
        ),
        "quarantined": say(
            "{rows} of the latest deliveries wait in quarantine.", rows=count(need.count, "row", "rows")
        ),
        "warned": say("{checks} of this night warned.", checks=count(need.count, "check", "checks")),
    }  # fmt: skip
    return plain(words[need.kind])
