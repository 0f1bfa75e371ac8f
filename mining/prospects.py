"""Prospects: who is known and has not bought, what they looked for, and what became of those like them."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.known_rows import known_orders


def prospect_interests(
    people: ir.Table, orders: ir.Table, events: ir.Table, products: ir.Table, *, as_of: date, window_months: int = 6
) -> ir.Table:
    """What each prospect looked at on the web in the months that end with `as_of`.

    Parameters
    ----------
    people : table of (customer_key), as `people.known_people` returns it
    orders : fct_orders: customer_key, ordered_on, item_quantity, is_sale, is_cancelled, cancelled_at; who has a sale
        is no prospect
    events : fct_web_events: customer_key, occurred_on, event_type, product_key, search_term, session_key
    products : dim_product, one version per product: product_key, category
    as_of : last day that counts
    window_months : length of the window

    Returns
    -------
    table of (customer_key, visit_count, view_count, search_count, main_category: of most views, the first by name
    where tied, null without one; last_search: the latest term by day, the first by name; has_cart, last_seen_on: null
    without a visit), one row per prospect
    """
    after = months_before(as_of, window_months)
    buyers = known_orders(orders, {as_of: date.min}).filter(_.is_sale)
    prospects = people.select("customer_key").distinct().anti_join(buyers, "customer_key")
    seen = events.filter(_.occurred_on > after, _.occurred_on <= as_of).semi_join(prospects, "customer_key")
    visits = seen.group_by("customer_key").agg(
        visit_count=_.session_key.nunique(),
        view_count=_.count(where=_.event_type == "product_view"),
        search_count=_.count(where=_.event_type == "search"),
        has_cart=(_.event_type == "add_to_cart").max(),
        last_seen_on=_.occurred_on.max(),
    )
    views = seen.filter(_.event_type == "product_view").inner_join(products, "product_key").filter(_.category.notnull())
    liked = views.group_by("customer_key", "category").agg(views=_.count())
    most = ibis.window(group_by="customer_key", order_by=[ibis.desc("views"), "category"])
    liked = liked.mutate(turn=ibis.row_number().over(most)).filter(_.turn == 0)
    terms = seen.filter(_.search_term.notnull()).select(
        "customer_key", "occurred_on", term=_.search_term.lower().strip()
    )
    latest = ibis.window(group_by="customer_key", order_by=[ibis.desc("occurred_on"), "term"])
    terms = terms.mutate(turn=ibis.row_number().over(latest)).filter(_.turn == 0)
    whole = prospects
    for part in (
        visits,
        liked.select("customer_key", main_category="category"),
        terms.select("customer_key", last_search="term"),
    ):
        whole = whole.left_join(part, "customer_key").drop("customer_key_right")
    counts = {name: _[name].fill_null(0) for name in ("visit_count", "view_count", "search_count")}
    return whole.mutate(**counts, has_cart=_.has_cart.fill_null(False))


def sought_categories(
    events: ir.Table, products: ir.Table, orders: ir.Table, *, as_of: date, window_months: int = 12
) -> ir.Table:
    """How many people looked at each category before they had bought anything, and how many have bought since.

    Parameters
    ----------
    events : fct_web_events: customer_key, occurred_on, event_type, product_key
    products : dim_product, one version per product: product_key, category
    orders : fct_orders: customer_key, ordered_on, item_quantity, is_sale, is_cancelled, cancelled_at
    as_of : last day that counts
    window_months : the looks of the last so many months

    Returns
    -------
    table of (category, looker_count: known people whose look came before any order, buyer_count: of these, who had
    bought anything by `as_of`; buyer_share, share_low, share_high: 95 %)
    """
    after = months_before(as_of, window_months)
    first = known_orders(orders, {as_of: date.min}).filter(_.is_sale)
    first = first.group_by("customer_key").agg(first_order_on=_.ordered_on.min())
    looks = events.filter(
        _.customer_key.notnull(), _.event_type == "product_view", _.occurred_on > after, _.occurred_on <= as_of
    )
    looks = looks.inner_join(products.select("product_key", "category"), "product_key").filter(_.category.notnull())
    looks = looks.group_by("customer_key", "category").agg(looked_on=_.occurred_on.min())
    looks = looks.left_join(first, "customer_key").drop("customer_key_right")
    early = looks.filter(_.first_order_on.isnull() | (_.first_order_on > _.looked_on))
    counted = early.group_by("category").agg(looker_count=_.count(), buyer_count=_.first_order_on.count())
    share, low, high = wilson_columns(counted.buyer_count, counted.looker_count)
    return counted.mutate(buyer_share=share, share_low=low, share_high=high)


def searched_terms(events: ir.Table, *, as_of: date, window_months: int = 12, min_visitors: int = 5) -> ir.Table:
    """What visitors searched for, and whether the search led them to a product in the same session.

    Parameters
    ----------
    events : fct_web_events: visitor_id, session_key, occurred_on, occurred_at, event_type, search_term
    as_of : last day that counts
    window_months : length of the window
    min_visitors : terms of fewer visitors are left out: they are often typing errors, or say who searched

    Returns
    -------
    table of (search_term: small letters, visitor_count, search_session_count, found_session_count: a product was
    looked at after the search; found_share, share_low, share_high: 95 %)
    """
    after = months_before(as_of, window_months)
    known = events.filter(_.occurred_on > after, _.occurred_on <= as_of)
    searches = known.filter(_.search_term.notnull())
    searches = searches.group_by(search_term=_.search_term.lower().strip(), session_key=_.session_key).agg(
        visitor_id=_.visitor_id.min(), searched_at=_.occurred_at.min()
    )
    views = known.filter(_.event_type == "product_view").group_by("session_key").agg(viewed_at=_.occurred_at.max())
    pairs = searches.left_join(views, "session_key")
    counted = pairs.group_by("search_term").agg(
        visitor_count=_.visitor_id.nunique(),
        search_session_count=_.count(),
        found_session_count=_.count(where=_.viewed_at > _.searched_at),
    )
    counted = counted.filter(_.visitor_count >= min_visitors, _.search_term != "")
    share, low, high = wilson_columns(counted.found_session_count, counted.search_session_count)
    return counted.mutate(found_share=share, share_low=low, share_high=high)
