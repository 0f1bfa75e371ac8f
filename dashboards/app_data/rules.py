"""Queries of the Cross-sell and Paths pages: rules with their clocks, baskets, next best offers, paths."""

import shutil
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dashboards.app_data.reader import Published, cached, connection, record, records, rows
from dashboards.app_viewer import CONTACT_DETAILS, LISTS, Viewer
from workspace import exports, state
from workspace.errors import RegularsError
from workspace.folders import Workspace

OFFER_COLUMNS = """
    offers.customer_key, people.name, people.email, people.phone, offers.offer_rank, offers.item_name,
    offers.basis, offers.antecedent_name, offers.bought_on, offers.chance, offers.margin_amount,
    offers.expected_margin, offers.contact_by, offers.reason,
    people.consent_email, people.consent_sms, people.consent_phone, people.consent_post
"""
OFFERS_FROM = """
    from serving.next_best_offers as offers
    inner join serving.customer_360 as people using (customer_key)
    where offers.level = $level
      and ($item is null or offers.item_name = $item)
      and ($basis is null or offers.basis = $basis)
      and (not $best_only or offers.offer_rank = 1)
"""
SHOWN_OFFERS = 200


@dataclass(frozen=True)
class OfferFilter:
    """Which offers are asked for: of a level (product, category), of one item by name, on one basis (rule, popular),
    only the best of each customer."""

    level: str = "product"
    item: str | None = None
    basis: str | None = None
    best_only: bool = False


@cached
def searches(file: str) -> list[dict[str, Any]]:
    """What the searches for rules and paths went through, and what is missing where there is too little data."""
    return records(file, "select * from serving.rule_searches order by kind, level")


@cached
def sequential(file: str, level: str) -> pd.DataFrame:
    """The sequential rules of a level (product, category), the strongest first."""
    return rows(file, "select * from serving.sequential_rules where level = $level order by rule_key", {"level": level})


@cached
def clocks(file: str, level: str, antecedent: str) -> pd.DataFrame:
    """By which day which share of the customers who bought `antecedent` (its name) had bought what follows."""
    return rows(
        file,
        """
        select rules.consequent_name, rules.window_days, clocks.lag_days, clocks.cumulative_share
        from serving.rule_clocks as clocks
        inner join serving.sequential_rules as rules using (level, rule_key)
        where rules.level = $level and rules.antecedent_name = $antecedent and rules.is_used
        order by rules.rule_key, clocks.lag_days
        """,
        {"level": level, "antecedent": antecedent},
    )


@cached
def baskets(file: str, kind: str, level: str) -> pd.DataFrame:
    """The basket rules of a kind of basket (order, customer) and level, the highest lift first."""
    return rows(
        file,
        "select * from serving.basket_rules where kind = $kind and level = $level order by rule_key",
        {"kind": kind, "level": level},
    )


@cached
def paths(file: str, outcome: str) -> pd.DataFrame:
    """The paths before an outcome, the most telling first."""
    return rows(file, "select * from serving.paths where outcome = $outcome order by path_key", {"outcome": outcome})


@cached
def offered_items(file: str, level: str) -> list[str]:
    """Names of the products or categories that are offered to somebody, those offered most first."""
    found = records(
        file,
        """
        select item_name from serving.next_best_offers
        where level = $level
        group by item_name order by count(*) desc, item_name
        """,
        {"level": level},
    )
    return [row["item_name"] for row in found]


@cached
def offer_checks(file: str, level: str) -> pd.DataFrame:
    """Whether earlier offers were taken, at the last month end that was checked: one row per order and number."""
    return rows(
        file,
        """
        select * from serving.offer_checks
        where level = $level and checked_on = (select max(checked_on) from serving.offer_checks)
        order by ordered_by desc, offer_count
        """,
        {"level": level},
    )


def offers(file: str, viewer: Viewer, chosen: OfferFilter, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The offers that are worth most, with whom they are for; and how many there are."""
    viewer.require(CONTACT_DETAILS)
    found = first_offers(file, chosen, limit)
    return found, int(record(file, f"select count(*) as offers {OFFERS_FROM}", asdict(chosen))["offers"])


@cached
def first_offers(file: str, chosen: OfferFilter, limit: int) -> list[dict[str, Any]]:
    """As `offers`, for a viewer already checked."""
    query = f"select {OFFER_COLUMNS} {OFFERS_FROM} order by offers.expected_margin desc, customer_key limit $limit"
    return records(file, query, asdict(chosen) | {"limit": limit})


@cached
def offers_of(file: str, customer_key: int) -> list[dict[str, Any]]:
    """A customer's next best offers, the best first."""
    return records(
        file,
        """
        select item_name, basis, chance, expected_margin, contact_by, reason
        from serving.next_best_offers where level = 'product' and customer_key = $key order by offer_rank
        """,
        {"key": customer_key},
    )


def export_offers(workspace: Workspace, data: Published, viewer: Viewer, chosen: OfferFilter, kind: str) -> Path:
    """The offers as a file (csv, xlsx, parquet) below `exports/offers`; every taking is logged.

    Raises
    ------
    RegularsError
        If the viewer may not, or there is no offer.
    """
    viewer.require(LISTS)
    viewer.require(CONTACT_DETAILS)
    folder = workspace.exports / "offers" / f"{data.name}_{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    frozen = folder / "offers.parquet"
    try:
        with connection(data.file).cursor() as cursor:
            query = f"select {OFFER_COLUMNS} {OFFERS_FROM} order by offers.expected_margin desc, customer_key"
            cursor.sql(query, params=asdict(chosen)).write_parquet(str(frozen))
            written = cursor.execute("select count(*) from read_parquet(?)", [str(frozen)]).fetchall()[0][0]
        if not written:
            raise RegularsError("There is no offer to export.", "Choose another product or take away a condition.")
        file = exports.export(frozen, kind)
    except BaseException:
        shutil.rmtree(folder)
        raise
    state.audit(workspace, viewer.name, "offers downloaded", offer_count=written, kind=kind, contact_details=True)
    return file
