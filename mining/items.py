"""Items that rules speak of: products and categories, their names as of a date, and what a purchase of each brings."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import isnan
from numbers import Integral
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
from ibis import _

LEVELS = ("product", "category")


def known_products(products: ir.Table, *, as_of: date) -> ir.Table:
    """The products as they were by the end of a date: (product_key, name, category), one row each.

    Parameters
    ----------
    products : table of (product_key, name, category, valid_from, valid_to: timestamps), one row per version
    """
    versions = products.filter(products.valid_from.date() <= as_of, products.valid_to.date() > as_of)
    return versions.select("product_key", "name", "category")


def lines_with_items(lines: ir.Table, products: ir.Table, *, as_of: date) -> ir.Table:
    """The order lines with their item at both levels, as text.

    Parameters
    ----------
    lines : table of (product_key, ordered_on, and more)
    products : as for `known_products`

    Returns
    -------
    the lines up to `as_of` with product: the product's key as text; category: null where it is unknown
    """
    categories = known_products(products, as_of=as_of).select("product_key", "category")
    known = lines.filter(_.ordered_on <= as_of).left_join(categories, "product_key")
    return known.drop("product_key_right").mutate(product=_.product_key.cast("string"))


def item_names(products: ir.Table, *, as_of: date) -> ir.Table:
    """The products' names by item: (item: the key as text, name); a product without a name keeps its key.

    Parameters
    ----------
    products : as for `known_products`
    """
    named = known_products(products, as_of=as_of).mutate(item=_.product_key.cast("string"))
    return named.select("item", name=_.name.fill_null(_.item))


def item_margins(lines: ir.Table, *, as_of: date, item: str = "product", days: int = 365) -> ir.Table:
    """What one purchase of each item brings: margin of the last days by customer and day.

    Parameters
    ----------
    lines : table of (customer_key, ordered_on, is_counted, is_return, margin_amount, and the column `item`)
    days : how many days up to `as_of` count

    Returns
    -------
    table of (item, margin_amount: DECIMAL, the mean of the purchases)
    """
    begin = as_of - timedelta(days=days)
    bought = lines.filter(_.ordered_on > begin, _.ordered_on <= as_of, _.is_counted, ~_.is_return)
    bought = bought.filter(bought[item].notnull(), _.customer_key.notnull())
    single = bought.group_by("customer_key", "ordered_on", item=bought[item]).agg(amount=_.margin_amount.sum())
    means = single.group_by("item").agg(total=_.amount.sum(), purchases=_.count())
    return means.select("item", margin_amount=(_.total / _.purchases).cast("decimal(18, 4)"))


def order_baskets(lines: ir.Table, *, as_of: date, item: str) -> ir.Table:
    """What lay in each order: (basket_key: the order, item); returns and cancelled orders are left out.

    Parameters
    ----------
    lines : table of (order_key, ordered_on, is_counted, is_return, and the column `item`)
    """
    bought = lines.filter(_.ordered_on <= as_of, _.is_counted, ~_.is_return)
    return bought.select(basket_key=_.order_key, item=bought[item]).drop_null().distinct()


def customer_baskets(lines: ir.Table, *, as_of: date, item: str) -> ir.Table:
    """What each known customer has ever bought: (basket_key: the customer, item).

    Parameters
    ----------
    lines : table of (customer_key, ordered_on, is_counted, is_return, and the column `item`)
    """
    bought = lines.filter(_.ordered_on <= as_of, _.is_counted, ~_.is_return)
    return bought.select(basket_key=_.customer_key, item=bought[item]).drop_null().distinct()


def with_names(rules: ir.Table, names: ir.Table | None, columns: Sequence[str]) -> ir.Table:
    """The rules with the names of their items: for each column, `<column>_name`.

    Parameters
    ----------
    rules : few enough for memory; the columns hold an item, an array of items, or an array of such arrays
    names : table of (item, name), or None where items are their own names

    Returns
    -------
    the rules, in memory; the names as from `in_words`
    """
    called = {} if names is None else dict(names.select("item", "name").execute().itertuples(index=False))
    schema = dict(rules.schema().items())
    # Of objects also when empty: the engine cannot make an array of numbers.
    frame = rules.execute().astype({name: "object" for name, kind in schema.items() if kind.is_array()})
    for column in columns:
        frame[f"{column}_name"] = pd.Series([in_words(value, called) for value in frame[column]], dtype="object")
        schema[f"{column}_name"] = dt.string
    return ibis.memtable(frame, schema=schema)


def in_words(value: Any, called: Mapping[Any, str]) -> str | None:
    """An item by name; several as "Pot + Cup"; one purchase after another as "Pot, then Cup"; null stays null.

    Parameters
    ----------
    called : names by item; an item without one is its own name
    """
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    if isinstance(value, (str, Integral)):
        return called.get(value, str(value))
    is_nested = any(not isinstance(part, (str, Integral)) for part in value)
    return (", then " if is_nested else " + ").join(str(in_words(part, called)) for part in value)
