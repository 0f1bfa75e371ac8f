"""What tells two groups of customers apart: attributes ranked by effect, overlap, and who moved between the two."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.comparison_effects import category_effect, numeric_effect
from mining.intervals import benjamini_hochberg

MIN_SIZE = 30
SCHEMA = dict.fromkeys(("attribute", "kind", "level"), "string") | {"size_a": "int64", "size_b": "int64"}
SCHEMA |= dict.fromkeys(
    ("value_a", "value_b", "effect", "effect_low", "effect_high", "standardized_difference", "corrected_p"), "float64"
)
SCHEMA |= {"comparison_status": "string"}


def compare_groups(
    group_a: ir.Table,
    group_b: ir.Table,
    attributes: ir.Table,
    *,
    columns: Sequence[str] | None = None,
    max_levels: int = 20,
    false_discovery_rate: float = 0.05,
) -> ir.Table:
    """The attributes in which two groups differ, the largest effect first.

    Effects are on one scale, differences of probabilities from -1 to 1. Of a number: Cliff's delta, the chance that
    one of A has more than one of B less the chance of the reverse. Of a category: the share of A less the share of B,
    level by level, which is what Cliff's delta is for yes and no. An attribute that only some have is compared among
    those who have it; of a category, not having it is the level 'unknown'. p values are corrected over all rows.

    Customers of both groups tell nothing apart and are left out; where one group holds the other, the smaller one is
    compared with the rest of the larger.

    Parameters
    ----------
    group_a, group_b : tables of (customer_key)
    attributes : one row per customer: customer_key and any columns; text and yes-or-no are categories,
        numbers numbers, others (dates) are passed over
    columns : those to compare; None: all
    max_levels : the most frequent levels of a category; the others are put together as 'all others'
    false_discovery_rate : share of the differences called 'different' that may be due to chance

    Returns
    -------
    table of (attribute, kind 'number' or 'category', level: null for numbers; size_a, size_b: of those who have a
    value; value_a, value_b: mean or share; effect, effect_low, effect_high: 95 %; standardized_difference: of means in
    pooled standard deviations, null for categories; corrected_p; comparison_status 'different', 'no difference seen',
    'too few': fewer than 30 on a side, interval and p then null), in memory, largest effect first

    Source: Cliff, "Dominance statistics: ordinal analyses to answer ordinal questions", Psychological Bulletin 114,
    1993; Newcombe, Statistics in Medicine 17, 1998; Benjamini and Hochberg, JRSS B 57, 1995.
    """
    sides = compared_sides(group_a, group_b)
    known = attributes.inner_join(sides, "customer_key")
    schema = attributes.schema()
    wanted = [name for name in (columns or attributes.columns) if name not in {"customer_key", "side"}]
    numbers = [name for name in wanted if schema[name].is_numeric()]
    categories = [name for name in wanted if schema[name].is_string() or schema[name].is_boolean()]
    rows = [row for row in _numbers(known, numbers) if min(row["size_a"], row["size_b"]) > 0]
    rows += _categories(known, categories, max_levels)
    tested = [row for row in rows if row["corrected_p"] is not None]
    for row, p in zip(tested, benjamini_hochberg([row["corrected_p"] for row in tested]), strict=True):
        row["corrected_p"] = p
        row["comparison_status"] = "different" if p <= false_discovery_rate else "no difference seen"
    rows.sort(key=lambda row: (-abs(row["effect"]), row["attribute"], row["level"] or ""))
    return ibis.memtable([{name: row[name] for name in SCHEMA} for row in rows], schema=SCHEMA)


def compared_sides(group_a: ir.Table, group_b: ir.Table) -> ir.Table:
    """Who stands for which group: (customer_key, side 'a' or 'b'); of a group inside the other, the whole."""
    members = group_members(group_a, group_b)
    sizes = members.agg(only_a=_.count(where=_.membership == "only a"), only_b=_.count(where=_.membership == "only b"))
    known = members.cross_join(sizes)
    side = ibis.cases(
        (_.membership == "only a", "a"),
        (_.membership == "only b", "b"),
        ((_.only_a == 0) & (_.only_b > 0), "a"),
        ((_.only_b == 0) & (_.only_a > 0), "b"),
    )
    return known.select("customer_key", side=side).filter(_.side.notnull())


def _numbers(known: ir.Table, columns: Sequence[str]) -> list[dict]:
    """One row per number."""
    parts = [dominance(known, name) for name in columns]
    if not parts:
        return []
    found = (ibis.union(*parts) if len(parts) > 1 else parts[0]).execute().to_dict("records")
    return [numeric_effect(row, MIN_SIZE) for row in found]


def dominance(known: ir.Table, column: str) -> ir.Table:
    """One row: all that Cliff's delta, its variance, and the means of both sides need, counted by distinct value."""
    valued = known.filter(_[column].notnull()).select("side", value=_[column].cast("float64"))
    levels = valued.group_by("value").agg(a=_.count(where=_.side == "a"), b=_.count(where=_.side == "b"))
    below, whole = ibis.window(order_by="value", rows=(None, -1)), ibis.window()
    levels = levels.mutate(
        below_a=_.a.sum().over(below).fill_null(0),
        below_b=_.b.sum().over(below).fill_null(0),
        all_a=_.a.sum().over(whole),
        all_b=_.b.sum().over(whole),
    )
    # In floats from here: the square of a million customers squared leaves 64 bits.
    names = ("a", "b", "below_a", "below_b", "all_a", "all_b")
    levels = levels.mutate(**{name: levels[name].cast("float64") for name in names})
    levels = levels.mutate(
        a_wins=(2 * _.below_b + _.b - _.all_b) / _.all_b.nullif(0),
        b_loses=(_.all_a - _.a - 2 * _.below_a) / _.all_a.nullif(0),
        both=_.a + _.b,
    )
    return levels.agg(
        size_a=_.a.sum().fill_null(0.0),
        size_b=_.b.sum().fill_null(0.0),
        sum_a=(_.a * _.value).sum(),
        sum_b=(_.b * _.value).sum(),
        squares_a=(_.a * _.value * _.value).sum(),
        squares_b=(_.b * _.value * _.value).sum(),
        delta=(_.a * _.a_wins).sum() / _.a.sum().nullif(0),
        wins_squared=(_.a * _.a_wins * _.a_wins).sum(),
        losses_squared=(_.b * _.b_loses * _.b_loses).sum(),
        untied=(_.a * (_.all_b - _.b)).sum(),
        ties=(_.both * _.both * _.both - _.both).sum(),
    ).mutate(attribute=ibis.literal(column))


def _categories(known: ir.Table, columns: Sequence[str], max_levels: int) -> list[dict]:
    """One row per level of each category."""
    parts = [category_levels(known, name, max_levels) for name in columns]
    if not parts:
        return []
    found = (ibis.union(*parts) if len(parts) > 1 else parts[0]).execute().to_dict("records")
    return [category_effect(row, MIN_SIZE) for row in found]


def category_levels(known: ir.Table, column: str, max_levels: int) -> ir.Table:
    """Customers of both sides by level, the rare levels put together: (attribute, level, a, b, size_a, size_b)."""
    level = known[column].cast("string").fill_null("unknown")
    counted = known.group_by(level=level).agg(a=_.count(where=_.side == "a"), b=_.count(where=_.side == "b"))
    order = ibis.window(order_by=[ibis.desc(counted.a + counted.b), "level"])
    counted = counted.mutate(turn=ibis.row_number().over(order))
    counted = counted.mutate(level=ibis.ifelse(_.turn < max_levels, _.level, "all others"))
    grouped = counted.group_by("level").agg(a=_.a.sum(), b=_.b.sum())
    whole = ibis.window()
    grouped = grouped.mutate(size_a=_.a.sum().over(whole), size_b=_.b.sum().over(whole))
    return grouped.filter(_.size_a > 0, _.size_b > 0).mutate(attribute=ibis.literal(column))


def group_members(group_a: ir.Table, group_b: ir.Table) -> ir.Table:
    """Everybody of either group, once: (customer_key, membership 'only a', 'only b', 'both')."""
    both = ibis.union(
        group_a.select("customer_key", in_a=ibis.literal(1), in_b=ibis.literal(0)),
        group_b.select("customer_key", in_a=ibis.literal(0), in_b=ibis.literal(1)),
    )
    sums = both.filter(_.customer_key.notnull()).group_by("customer_key").agg(a=_.in_a.max(), b=_.in_b.max())
    membership = ibis.cases((_.a + _.b == 2, "both"), (_.a == 1, "only a"), else_="only b")
    return sums.select("customer_key", membership=membership)


def group_overlap(group_a: ir.Table, group_b: ir.Table) -> ir.Table:
    """One row: (count_a, count_b, both_count, only_a_count, only_b_count, overlap_share: both of either, null if none).

    Of the same segment as of two dates, only A has left, only B has joined, both have stayed.
    """
    members = group_members(group_a, group_b)
    counted = members.agg(
        both_count=_.count(where=_.membership == "both"),
        only_a_count=_.count(where=_.membership == "only a"),
        only_b_count=_.count(where=_.membership == "only b"),
    )
    either = _.both_count + _.only_a_count + _.only_b_count
    return counted.mutate(
        count_a=_.both_count + _.only_a_count,
        count_b=_.both_count + _.only_b_count,
        overlap_share=_.both_count.cast("float64") / either.nullif(0),
    )


def group_movements(before: ir.Table, after: ir.Table, group: ir.Table, *, state: str) -> ir.Table:
    """Where the customers of a group went between two dates.

    Parameters
    ----------
    before, after : tables of (customer_key, state) as of two dates, e.g. of tiers or loyalty stages
    group : table of (customer_key)
    state : name of the column

    Returns
    -------
    table of (value_from, value_to: 'none' where a date does not know the customer; customer_count; from_share: of all
    of the group who were there before)
    """
    members = group.select("customer_key").distinct()
    earlier = before.select("customer_key", value_from=before[state].cast("string"))
    later = after.select("customer_key", value_to=after[state].cast("string"))
    moved = members.left_join(earlier, "customer_key").drop("customer_key_right")
    moved = moved.left_join(later, "customer_key").drop("customer_key_right")
    counted = moved.group_by(value_from=_.value_from.fill_null("none"), value_to=_.value_to.fill_null("none"))
    counted = counted.agg(customer_count=_.count())
    there = _.customer_count.sum().over(ibis.window(group_by="value_from"))
    return counted.mutate(from_share=_.customer_count.cast("float64") / there)
