"""Movements: who changed tier or RFM group between two as-of dates, and which of their values did it."""

import ibis
import ibis.expr.types as ir
from ibis import _

from mining import reasons
from mining.reasons import COMPONENTS

MONEY = "decimal(18, 4)"
NOBODY = "nobody"  # stands, while states are compared, for a customer who is no buyer on that date
TIER_LEVELS = {"A": 4, "B": 3, "C": 2, "D": 1}
SCORES = ("recency", "frequency", "monetary")


def tier_moves(before: ir.Table, after: ir.Table) -> ir.Table:
    """Who changed ABC tier, and whether their own margin or the cut-off did it.

    The cut-off did it when the new margin would still have earned the old tier by the old cut-offs (the lowest
    margin of each tier): then others moved, and the customer was overtaken or rose without doing anything.

    Parameters
    ----------
    before, after : net margins with tiers as of two dates: customer_key, revenue_amount, cost_of_goods_amount,
        cost_to_serve_amount, net_margin, tier

    Returns
    -------
    table of (customer_key, measure 'tier', value_from, value_to, direction, changed, reason, net_margin,
    net_margin_change), one row per customer whose tier differs; net_margin is the later one, zero for who is no buyer
    any more. direction: up, down, new (value_from null: no buyer before), gone (value_to null: no buyer any more).
    changed: 'cut-off', 'first order', 'correction', or that of revenue, cost of goods and cost to serve which
    changed most. reason: all that changed, in words with amounts.
    """
    moved = side_by_side(before, after, [*COMPONENTS.values(), "net_margin"], "tier")
    for column in [*COMPONENTS.values(), "net_margin"]:
        change = moved[f"{column}_after"].fill_null(0) - moved[f"{column}_before"].fill_null(0)
        moved = moved.mutate(**{f"{column}_change": change.cast(MONEY)})
    moved = moved.cross_join(lowest_margins(before, "before")).cross_join(lowest_margins(after, "after"))
    levels = [ibis.cases(*((_[side] == tier, n) for tier, n in TIER_LEVELS.items()), else_=0) for side in STATES]
    by_old_cuts = tier_by(_.net_margin_after, _.lowest_a_before, _.lowest_b_before)
    moved = moved.mutate(
        direction=direction(*levels),
        is_cut_off=by_old_cuts == _.state_before,
        net_margin=_.net_margin_after.fill_null(0).cast(MONEY),
    )
    changed = moved.is_cut_off.ifelse("cut-off", reasons.biggest_change(moved))
    reason = moved.is_cut_off.ifelse(reasons.cut_off(moved), reasons.own_margin(moved))
    return moves(moved, "tier", changed, reason, reasons.first_margin(moved))


def rfm_moves(before: ir.Table, after: ir.Table) -> ir.Table:
    """Who changed RFM group, and which of the scores did it.

    A score can change although the customer did nothing, because others did: the reason says so.

    Parameters
    ----------
    before, after : results of `rfm` as of two dates

    Returns
    -------
    table as `tier_moves` returns it, with measure 'rfm_group' and both margins null. direction: up or down where
    the sum of R and FM rose or fell, 'level' where it stayed, new, gone. changed: those of recency, frequency and
    monetary whose score changed, or 'first order', 'correction'.
    """
    values = ["last_order_on", "recency_days", "frequency", "monetary_amount"]
    scores = ["r_score", "f_score", "m_score", "fm_score"]
    moved = side_by_side(before, after, [*values, *scores], "rfm_group")
    moved = moved.mutate(
        direction=direction(_.r_score_before + _.fm_score_before, _.r_score_after + _.fm_score_after),
        net_margin=ibis.null(MONEY),
        net_margin_change=ibis.null(MONEY),
    )
    has_changed = {name: moved[f"{name[0]}_score_before"] != moved[f"{name[0]}_score_after"] for name in SCORES}
    changed = reasons.joined(", ", [(has_changed[name], ibis.literal(name)) for name in SCORES])
    parts = [(has_changed[name], reasons.score_change(moved, name)) for name in SCORES]
    return moves(moved, "rfm_group", changed, reasons.joined("; ", parts), reasons.first_order(moved))


STATES = ("state_before", "state_after")


def side_by_side(before: ir.Table, after: ir.Table, columns: list[str], state: str) -> ir.Table:
    """Every customer whose `state` differs, once: `state` and each column as `_before` and `_after`."""
    earlier = before.select(
        key_before="customer_key", state_before=state, **{f"{name}_before": before[name] for name in columns}
    )
    later = after.select(
        key_after="customer_key", state_after=state, **{f"{name}_after": after[name] for name in columns}
    )
    pairs = earlier.outer_join(later, earlier.key_before == later.key_after)
    pairs = pairs.mutate(
        customer_key=ibis.coalesce(pairs.key_before, pairs.key_after),
        **{name: pairs[name].fill_null(NOBODY) for name in STATES},
    )
    return pairs.filter(pairs.state_before != pairs.state_after).drop("key_before", "key_after")


def direction(height_before: ir.IntegerValue, height_after: ir.IntegerValue) -> ir.StringValue:
    """up, down, level, new or gone."""
    return ibis.cases(
        (_.state_before == NOBODY, "new"),
        (_.state_after == NOBODY, "gone"),
        (height_after > height_before, "up"),
        (height_after < height_before, "down"),
        else_="level",
    )


def moves(
    moved: ir.Table, measure: str, changed: ir.StringValue, reason: ir.StringValue, first: ir.StringValue
) -> ir.Table:
    """The columns that every kind of move has in common; `first` is the reason of a new buyer."""
    is_new, is_gone = moved.direction == "new", moved.direction == "gone"
    return moved.select(
        "customer_key",
        measure=ibis.literal(measure),
        value_from=moved.state_before.nullif(NOBODY),
        value_to=moved.state_after.nullif(NOBODY),
        direction=moved.direction,
        changed=ibis.cases((is_new, "first order"), (is_gone, "correction"), else_=changed),
        reason=ibis.cases((is_new, first), (is_gone, reasons.GONE), else_=reason),
        net_margin=moved.net_margin,
        net_margin_change=moved.net_margin_change,
    )


def lowest_margins(tiers: ir.Table, when: str) -> ir.Table:
    """One row: the lowest margin in A and in B, which is where the cut-offs lie in money."""
    lowest = {name: tiers.net_margin.min(where=tiers.tier == name.upper()) for name in ("a", "b")}
    return tiers.agg(**{f"lowest_{name}_{when}": amount for name, amount in lowest.items()})


def tier_by(margin: ir.DecimalValue, lowest_a: ir.DecimalValue, lowest_b: ir.DecimalValue) -> ir.StringValue:
    """The tier that a margin earns against cut-offs in money; a tier without anybody has none."""
    return ibis.cases((margin >= lowest_a, "A"), (margin >= lowest_b, "B"), (margin >= 0, "C"), else_="D")
