"""Movements: who changed tier or RFM group between two as-of dates, and which of their values did it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
from ibis import _

from mining import reasons
from mining.reasons import COMPONENTS

MONEY = "decimal(18, 4)"
NOBODY = "nobody"  # stands, while states are compared, for a customer who is no buyer on that date
TIER_LEVELS = {"A": 4, "B": 3, "C": 2, "D": 1}
SCORES = ("recency", "frequency", "monetary")


STATES = ("state_before", "state_after")


class Comparison(NamedTuple):
    """Two dates that are compared, and what that is called: a night, a month."""

    as_of: date
    previous_as_of: date
    period: str


def compared(results: ir.Table, comparisons: Sequence[Comparison]) -> tuple[ir.Table, ir.Table]:
    """The two sides of many comparisons at once, for `tier_moves` and `rfm_moves` with `within=Comparison._fields`.

    Parameters
    ----------
    results : table of (as_of, customer_key, ...): what was found as of all the dates
    comparisons : one or more

    Returns
    -------
    the earlier and the later side, each with the comparison's as_of, previous_as_of and period
    """
    schema = {"as_of": "date", "previous_as_of": "date", "period": "string"}
    wanted = ibis.memtable([pair._asdict() for pair in comparisons], schema=schema)
    dated = results.rename(found_on="as_of")
    earlier, later = (dated.inner_join(wanted, dated.found_on == wanted[on]) for on in ("previous_as_of", "as_of"))
    return earlier.drop("found_on"), later.drop("found_on")


def tier_moves(before: ir.Table, after: ir.Table, *, within: Sequence[str] = ()) -> ir.Table:
    """Who changed ABC tier, and whether their own margin or the cut-off did it.

    The cut-off did it when the new margin would still have earned the old tier by the old cut-offs (the lowest
    margin of each tier): then others moved, and the customer was overtaken or rose without doing anything.

    Parameters
    ----------
    before, after : net margins with tiers as of two dates: customer_key, revenue_amount, cost_of_goods_amount,
        cost_to_serve_amount, net_margin, last_booked_on, tier
    within : columns of both sides that part the rows into comparisons of their own (`compared`); none: one comparison

    Returns
    -------
    table of (within, customer_key, measure 'tier', value_from, value_to, direction, changed, reason, net_margin,
    net_margin_change), one row per customer whose tier differs; net_margin is the later one, zero for who is no buyer
    any more. direction: up, down, new (value_from null: no buyer before), gone (value_to null: no buyer any more).
    changed: 'cut-off', 'first order', 'correction', or that of revenue, cost of goods and cost to serve which
    changed most. reason: all that changed, in words with amounts.
    """
    moved = side_by_side(before, after, [*COMPONENTS.values(), "net_margin", "last_booked_on"], "tier", within)
    for column in [*COMPONENTS.values(), "net_margin"]:
        change = moved[f"{column}_after"].fill_null(0) - moved[f"{column}_before"].fill_null(0)
        moved = moved.mutate(**{f"{column}_change": change.cast(MONEY)})
    for side, when in ((before, "before"), (after, "after")):
        moved = beside(moved, lowest_margins(side, when, within), within)
    levels = [ibis.cases(*((_[side] == tier, n) for tier, n in TIER_LEVELS.items()), else_=0) for side in STATES]
    by_old_cuts = tier_by(_.net_margin_after, _.lowest_a_before, _.lowest_b_before)
    moved = moved.mutate(
        direction=direction(*levels),
        is_cut_off=by_old_cuts == _.state_before,
        net_margin=_.net_margin_after.fill_null(0).cast(MONEY),
    )
    changed = moved.is_cut_off.ifelse("cut-off", reasons.biggest_change(moved))
    reason = moved.is_cut_off.ifelse(reasons.cut_off(moved), reasons.own_margin(moved))
    return moves(moved, within, "tier", changed=changed, reason=reason, first=reasons.first_margin(moved))


def rfm_moves(before: ir.Table, after: ir.Table, *, within: Sequence[str] = ()) -> ir.Table:
    """Who changed RFM group, and which of the scores did it.

    A score can change although the customer did nothing, because others did: the reason says so.

    Parameters
    ----------
    before, after : results of `rfm` as of two dates
    within : as for `tier_moves`

    Returns
    -------
    table as `tier_moves` returns it, with measure 'rfm_group' and both margins null. direction: up or down where
    the sum of R and FM rose or fell, 'level' where it stayed, new, gone. changed: those of recency, frequency and
    monetary whose score changed, or 'first order', 'correction'.
    """
    values = ["last_order_on", "recency_days", "frequency", "monetary_amount"]
    scores = ["r_score", "f_score", "m_score", "fm_score"]
    moved = side_by_side(before, after, [*values, *scores], "rfm_group", within)
    moved = moved.mutate(
        direction=direction(_.r_score_before + _.fm_score_before, _.r_score_after + _.fm_score_after),
        net_margin=ibis.null(MONEY),
        net_margin_change=ibis.null(MONEY),
    )
    has_changed = {name: moved[f"{name[0]}_score_before"] != moved[f"{name[0]}_score_after"] for name in SCORES}
    changed = reasons.joined(", ", [(has_changed[name], ibis.literal(name)) for name in SCORES])
    parts = [(has_changed[name], reasons.score_change(moved, name)) for name in SCORES]
    reason = reasons.joined("; ", parts)
    return moves(moved, within, "rfm_group", changed=changed, reason=reason, first=reasons.first_order(moved))


def side_by_side(
    before: ir.Table, after: ir.Table, columns: list[str], state: str, within: Sequence[str] = ()
) -> ir.Table:
    """Every customer whose `state` differs, once: `state` and each column as `_before` and `_after`."""
    keys = [*within, "customer_key"]
    earlier = before.select(*keys, state_before=state, **{f"{name}_before": before[name] for name in columns})
    later = after.select(*keys, state_after=state, **{f"{name}_after": after[name] for name in columns})
    pairs = earlier.outer_join(later, keys)
    pairs = pairs.mutate(
        **{key: ibis.coalesce(pairs[key], pairs[f"{key}_right"]) for key in keys},
        **{name: pairs[name].fill_null(NOBODY) for name in STATES},
    )
    return pairs.filter(pairs.state_before != pairs.state_after).drop(*(f"{key}_right" for key in keys))


def beside(moved: ir.Table, numbers: ir.Table, within: Sequence[str]) -> ir.Table:
    """Put the one row that `numbers` has for each comparison beside every move of it."""
    if not within:
        return moved.cross_join(numbers)
    joined = moved.left_join(numbers, list(within))
    return joined.drop(*(f"{key}_right" for key in within))


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
    moved: ir.Table, within: Sequence[str], measure: str, *, changed: ir.Value, reason: ir.Value, first: ir.Value
) -> ir.Table:
    """The columns that every kind of move has in common; `first` is the reason of a new buyer."""
    is_new, is_gone = moved.direction == "new", moved.direction == "gone"
    return moved.select(
        *within,
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


def lowest_margins(tiers: ir.Table, when: str, within: Sequence[str]) -> ir.Table:
    """One row per comparison: the lowest margin in A and in B, which is where the cut-offs lie in money."""
    lowest = {f"lowest_{name}_{when}": tiers.net_margin.min(where=tiers.tier == name.upper()) for name in ("a", "b")}
    return tiers.aggregate(by=list(within), **lowest)


def tier_by(margin: ir.DecimalValue, lowest_a: ir.DecimalValue, lowest_b: ir.DecimalValue) -> ir.StringValue:
    """The tier that a margin earns against cut-offs in money; a tier without anybody has none."""
    return ibis.cases((margin >= lowest_a, "A"), (margin >= lowest_b, "B"), (margin >= 0, "C"), else_="D")
