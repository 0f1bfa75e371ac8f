"""Queries of the Customers page: find one, and everything known about one."""

from datetime import date
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, record, records, rows
from dashboards.app_viewer import CONTACT_DETAILS, Viewer

FOUND = 50  # a longer list of namesakes helps nobody: the page asks for more letters
GROUPS = ("household_key", "company_key")


def find(file: str, viewer: Viewer, text: str) -> tuple[list[dict[str, Any]], int]:
    """Customers whose name, e-mail, phone or number contains `text`, exact matches first; and how many there are."""
    viewer.require(CONTACT_DETAILS)
    words = " ".join(text.lower().split())
    if not words:
        return [], 0
    found = matching(file, words, "".join(sign for sign in text if sign.isdigit()))
    return found, found[0]["found_count"] if found else 0


@cached
def matching(file: str, words: str, digits: str) -> list[dict[str, Any]]:
    """The first customers that match lower-case `words`, or `digits` (six and more) within a phone number.

    Looked up in every source's identifiers and in the current profile.
    """
    return records(
        file,
        """
        with hits as (
            select customer_key, min(case when lower(identifier) = $words then 0
                                          when starts_with(lower(identifier), $words) then 1 else 3 end) as rank
            from star.bridge_customer_identity
            where customer_key is not null
              and (lower(identifier) = $words
                   -- A part of a visitor's random name means nothing.
                   or (kind <> 'visitor_id' and contains(lower(identifier), $words))
                   or (kind = 'phone' and length($digits) >= 6 and contains(identifier, ltrim($digits, '0'))))
            group by customer_key
            union all
            select customer_key, case when lower(name) = $words or lower(email) = $words then 0
                                      when starts_with(lower(name), $words) then 1 else 2 end
            from serving.customer_360
            where contains(lower(name), $words)
               -- An address that is junk or shared identifies nobody, but is still in the profile.
               or contains(lower(email), $words)
               or (length($digits) >= 6 and contains(phone, ltrim($digits, '0')))
        ),
        best as (select customer_key, min(rank) as rank from hits group by customer_key)
        select c.customer_key, c.name, c.email, c.phone, c.city, c.tier, c.rfm_group, c.last_order_on,
            c.net_margin_12m, count(*) over () as found_count
        from best
        join serving.customer_360 as c using (customer_key)
        order by best.rank, c.net_margin_12m desc nulls last, c.customer_key
        limit $limit
        """,
        {"words": words, "digits": digits, "limit": FOUND},
    )


def profile(file: str, viewer: Viewer, customer_key: int) -> dict[str, Any]:
    """The row of `customer_360`; empty when nobody has this key."""
    viewer.require(CONTACT_DETAILS)
    return profile_of(file, customer_key)


@cached
def profile_of(file: str, customer_key: int) -> dict[str, Any]:
    """As `profile`, for a viewer already checked."""
    return record(file, "select * from serving.customer_360 where customer_key = $key", {"key": customer_key})


@cached
def identifiers(file: str, customer_key: int) -> list[dict[str, Any]]:
    """Every identifier of a customer, by source and kind."""
    return records(
        file,
        """
        select source, kind, identifier from star.bridge_customer_identity
        where customer_key = $key order by source, kind, identifier
        """,
        {"key": customer_key},
    )


def groups_of(person: dict[str, Any]) -> dict[str, int]:
    """The household and the company of a row of `customer_360`, by column; what is not known is left out."""
    return {column: person[column] for column in GROUPS if person.get(column) is not None}


def others_of(
    file: str, viewer: Viewer, column: str, person: dict[str, Any], *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Who else is in a household or a company, those worth most first; each row says how many there are.

    Parameters
    ----------
    column : one of `GROUPS`
    person : row of `customer_360` whose group it is

    Raises
    ------
    RegularsError
        If the viewer may not see contact details.
    """
    viewer.require(CONTACT_DETAILS)
    if column not in GROUPS:
        raise ValueError(f"{column!r} is no group of customers")
    return others_by(file, column, person[column], leaving_out=person["customer_key"], limit=limit, offset=offset)


@cached
def others_by(
    file: str, column: str, group_key: int, *, leaving_out: int, limit: int, offset: int
) -> list[dict[str, Any]]:
    """As `others_of`, for a viewer and a column already checked."""
    return records(
        file,
        f"""
        select customer_key, name, city, tier, rfm_group, count(*) over () as others_count
        from serving.customer_360 where {column} = $group and customer_key <> $key
        order by net_margin_12m desc nulls last, customer_key
        limit $limit offset $offset
        """,  # noqa: S608  one of two names of ours
        {"group": group_key, "key": leaving_out, "limit": limit, "offset": offset},
    )


@cached
def touchpoint_kinds(file: str, customer_key: int) -> dict[str, int]:
    """How many touchpoints of each kind a customer has, most first."""
    found = records(
        file,
        """
        select kind, count(*) as touchpoint_count from star.fct_touchpoints
        where customer_key = $key group by kind order by touchpoint_count desc, kind
        """,
        {"key": customer_key},
    )
    return {row["kind"]: row["touchpoint_count"] for row in found}


@cached
def timeline(file: str, customer_key: int, kinds: tuple[str, ...], limit: int, offset: int) -> list[dict[str, Any]]:
    """One page of a customer's touchpoints, latest first; no kinds means every kind."""
    return records(
        file,
        """
        select touched_at, kind, direction, summary, amount from star.fct_touchpoints
        where customer_key = $key and (len($kinds::varchar[]) = 0 or list_contains($kinds::varchar[], kind))
        order by touched_at desc, touchpoint_key
        limit $limit offset $offset
        """,
        {"key": customer_key, "kinds": list(kinds), "limit": limit, "offset": offset},
    )


@cached
def standing_over_time(file: str, customer_key: int) -> pd.DataFrame:
    """A customer's tier, group and net margin at each month end and on the last date, oldest first."""
    return rows(
        file,
        """
        select as_of, tier, net_margin, rfm_group
        from mining.customer_tiers
        full join mining.customer_rfm using (as_of, customer_key)
        where customer_key = $key and (as_of = last_day(as_of) or as_of = (select as_of from meta.generation))
        order by as_of
        """,
        {"key": customer_key},
    )


@cached
def tier_floors(file: str, as_of: date) -> dict[str, Any]:
    """The least net margin in each tier, by tier: where the cut-offs fell."""
    found = records(
        file,
        "select tier, min(net_margin) as floor from mining.customer_tiers where as_of = $as_of group by tier",
        {"as_of": as_of},
    )
    return {row["tier"]: row["floor"] for row in found}


@cached
def moves_of(file: str, customer_key: int) -> list[dict[str, Any]]:
    """When and why a customer changed tier or group, latest first; month by month and the last nights."""
    return records(
        file,
        """
        select as_of, period, measure, value_from, value_to, direction, reason from serving.customer_moves
        where customer_key = $key order by as_of desc, measure desc, period limit 12
        """,
        {"key": customer_key},
    )
