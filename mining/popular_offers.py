"""What is popular, offered to everybody: the same few items in the same order, less what a customer has just bought."""

import ibis
import ibis.expr.types as ir
from ibis import _

# How each customer's offers are ordered; what ties in all of it is the same offer.
BEST_FIRST = ("expected_margin", "chance")


def popular_items(
    events: ir.Table, names: ir.Table | None, margins: ir.Table | None, *, today: int, days: int, limit: int
) -> ir.Table:
    """The items that most buyers bought in the last `days`, best first.

    Parameters
    ----------
    events : table of (customer_key, item, time)
    names, margins : as for `next_best_offers`
    today : day number; nothing after it is in `events`
    limit : most items, of which those without a positive margin are left out

    Returns
    -------
    table of (item, chance: the share of buyers, margin_amount, expected_margin, place: from 0, reason: in words)
    """
    lately = events.filter(_.time > today - days)
    buyers = lately.agg(buyers=_.customer_key.nunique())
    shares = lately.group_by("item").agg(customers=_.customer_key.nunique()).cross_join(buyers)
    shares = shares.mutate(chance=_.customers / _.buyers).order_by(ibis.desc("chance"), "item").limit(limit)
    if names is None:
        named = shares.mutate(name=_.item.cast("string"))
    else:
        named = shares.left_join(names.select("item", "name"), "item").drop("item_right")
    percent = (100 * named.chance).round(0).cast("int64").cast("string")
    words = percent + " % of buyers bought " + named.name.fill_null(named.item.cast("string"))
    told = named.select("item", "chance", reason=words + f" in the last {days} days")
    priced = with_margins(told, margins)
    order = [*map(ibis.desc, BEST_FIRST), "item"]
    return priced.mutate(place=ibis.row_number().over(order_by=order))


def popular_offers(events: ir.Table, popular: ir.Table, just_bought: ir.Table, *, since: int, most: int) -> ir.Table:
    """The first few popular items that are left for each customer who bought after a day.

    What is left depends on nothing but which of the popular items a customer has just bought, so that the offers are
    ordered once for each such combination and not for every customer.

    Parameters
    ----------
    events : table of (customer_key, item, time)
    popular : as from `popular_items`, at most 60
    just_bought : table of (customer_key, item), each once: what is not offered

    Returns
    -------
    table of (customer_key, item, chance, margin_amount, expected_margin, place: from 0 for each customer)
    """
    # One binary digit for each item: the sum says which of them a customer holds.
    digits = popular.mutate(digit=(2**popular.place).cast("int64"))
    held = just_bought.inner_join(digits.select("item", "digit"), "item")
    held = held.group_by("customer_key").agg(held=_.digit.sum().cast("int64"))
    active = events.filter(_.time > since).select("customer_key").distinct()
    asked = active.left_join(held, "customer_key").select("customer_key", held=_.held.fill_null(0)).cache()
    left = asked.select("held").distinct().cross_join(digits).filter(_.held // _.digit % 2 == 0)
    left = left.mutate(place=ibis.row_number().over(group_by="held", order_by="place")).filter(_.place < most)
    columns = ("item", "chance", "margin_amount", "expected_margin", "place")
    return asked.inner_join(left, "held").select("customer_key", *columns)


def with_margins(offers: ir.Table, margins: ir.Table | None) -> ir.Table:
    """The offers with what they may be expected to bring, those that bring something."""
    if margins is None:
        priced = offers.mutate(margin_amount=ibis.literal(1.0))
    else:
        known_margins = margins.select("item", margin_amount=_.margin_amount.cast("float64"))
        priced = offers.inner_join(known_margins, "item")
    return priced.mutate(expected_margin=_.chance * _.margin_amount).filter(_.expected_margin > 0)
