"""What the Search page asks: things of every kind whose name holds what was typed."""

from dataclasses import dataclass
from typing import Any

from dashboards.app_data import customers
from dashboards.app_data.reader import Published, cached, records
from dashboards.app_sections import SECTIONS
from dashboards.app_viewer import CONTACT_DETAILS, Viewer
from dashboards.app_words import GLOSSARY, define, say
from workspace import state, views
from workspace.folders import Workspace
from workspace.segments import saved

FILES = {name for section in SECTIONS.values() for name, _, _ in section}
MOST = 12  # of each kind; more than that asks for more letters
LEAST_LETTERS = 2


@dataclass(frozen=True)
class Hit:
    """One thing found: its kind, name and a line about it; the page that shows it, with its address."""

    kind: str
    name: str
    detail: str
    page: str | None = None
    address: tuple[tuple[str, str], ...] = ()


def find(workspace: Workspace, data: Published, viewer: Viewer, text: str) -> list[Hit]:
    """Everything that holds the words, by kind: pages, customers, products, campaigns, segments, lists, views, terms.

    Customers only for those who may see people. Fewer than two letters find nothing.
    """
    words = " ".join(text.casefold().split())
    if len(words) < LEAST_LETTERS:
        return []
    return [
        *pages(words),
        *(people(data, viewer, text) if viewer.may(CONTACT_DETAILS) else []),
        *things(data, words),
        *kept(workspace, words),
        *terms(words),
    ]


def pages(words: str) -> list[Hit]:
    """Pages by their title."""
    every = [(name, say(title)) for section in SECTIONS.values() for name, title, _ in section]
    return [Hit("page", title, "", name) for name, title in every if words in title.casefold()]


def people(data: Published, viewer: Viewer, text: str) -> list[Hit]:
    """Customers as the Customers page finds them."""
    found, _ = customers.find(data.file, viewer, text)
    return [
        Hit(
            "customer",
            row["name"] or say("Customer without a name"),
            ", ".join(str(row[part]) for part in ("city", "tier", "rfm_group") if row[part]),
            "customers",
            (("customer", str(row["customer_key"])),),
        )
        for row in found[:MOST]
    ]


def things(data: Published, words: str) -> list[Hit]:
    """Products and campaigns; a product leads to what is bought after it."""
    return [
        Hit(row["kind"], row["name"], row["detail"] or "", "cross_sell" if row["kind"] == "product" else None)
        for row in named(data.file, words)
    ]


@cached
def named(file: str, words: str) -> list[dict[str, Any]]:
    """Products and campaigns whose name, number or category holds lower-case `words`, best match first."""
    return records(
        file,
        """
        with every as (
            select 'product' as kind, coalesce(name, product_id) as name, product_id as id,
                concat_ws(', ', category, brand, product_id) as detail
            from star.dim_product where is_current
            union all
            select 'campaign', coalesce(name, campaign_id), campaign_id,
                concat_ws(', ', objective, channel, campaign_id)
            from star.dim_campaign
        ),
        ranked as (
            select kind, name, detail, row_number() over (
                partition by kind
                order by lower(id) <> $words, not starts_with(lower(name), $words),
                    not contains(lower(name), $words), name, id
            ) as place
            from every
            where contains(lower(name), $words) or lower(id) = $words or contains(lower(detail), $words)
        )

        select kind, name, detail from ranked where place <= $limit order by kind desc, place
        """,
        {"words": words, "limit": MOST},
    )


def kept(workspace: Workspace, words: str) -> list[Hit]:
    """Segments, lists and views that people keep by name."""
    segments = [
        Hit("segment", one.name, say("by {owner}", owner=one.owner), "segments", (("segment", str(one.segment_id)),))
        for one in (saved.segments(workspace) if "segments" in FILES else [])
        if words in one.name.casefold()
    ]
    lists = [
        Hit("list", row["name"], say("by {owner}, {day}", owner=row["created_by"], day=row["created_at"][:10]), "lists")
        for row in state.lists(workspace)
        if words in row["name"].casefold()
    ]
    looks = [
        Hit("view", one.name, say("by {owner}", owner=one.created_by), one.page, flat(one.address))
        for one in views.saved(workspace, "explore")
        if words in one.name.casefold()
    ]
    return [*segments[:MOST], *lists[:MOST], *looks[:MOST]]


def flat(address: dict[str, str | list[str]]) -> tuple[tuple[str, str], ...]:
    """An address as pairs."""
    return tuple(
        (name, one) for name, value in address.items() for one in ([value] if isinstance(value, str) else value)
    )


def terms(words: str) -> list[Hit]:
    """Terms of the glossary by name, then by what they say."""
    by_name = [term for term in GLOSSARY if words in say(term).casefold()]
    by_text = [term for term in GLOSSARY if term not in by_name and words in define(term).casefold()]
    return [Hit("term", say(term).capitalize(), define(term)) for term in [*by_name, *by_text][:MOST]]
