"""The sales funnel: stages, conversion, time in stage, and the forecast from what is open. Tables in, tables out."""

from datetime import date

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.instants import end_of_day, hours_between, known_instant
from mining.intervals import normal_quantile

# Stage and the column that says when it was reached, in order.
STAGES = {"lead": "opened_at", "qualified": "qualified_at", "proposal": "proposed_at", "negotiation": "negotiated_at"}
MIN_CLOSED = 10


def opportunities_as_of(opportunities: ir.Table, *, as_of: date, time_zone: str = "UTC") -> ir.Table:
    """The opportunities as they stood at the end of `as_of`: stages, outcomes and closings that came later undone.

    The stage is the furthest reached: of one that went back to an earlier stage the star keeps only first dates.
    Amounts and expected dates are the latest known, as the star keeps no others.

    Parameters
    ----------
    opportunities : fct_opportunities: opportunity_key, customer_key, outcome, amount, opened_at, qualified_at,
        proposed_at, negotiated_at, closed_at, expected_close_on, owner_id, lead_source
    as_of : last day that counts
    time_zone : the company's, in which the day ends

    Returns
    -------
    the table with later instants null, outcome null while open, furthest_stage 1 (lead) to 4 (negotiation), is_closed,
    and stage_entered_at; one row per opportunity opened by then
    """
    instants = [*STAGES.values(), "closed_at"]
    known = opportunities.filter(_.opened_at < ibis.literal(end_of_day(as_of, time_zone)))
    known = known.mutate(**{name: known_instant(known[name], as_of, time_zone) for name in instants})
    reached = [(_[column].notnull(), place) for place, column in enumerate(STAGES.values(), start=1)]
    known = known.mutate(
        furthest_stage=ibis.cases(*reversed(reached)),
        is_closed=_.closed_at.notnull(),
        stage_entered_at=ibis.coalesce(*(known[column] for column in reversed(STAGES.values()))),
    )
    outcome = ibis.ifelse(_.is_closed, _.outcome, ibis.null("string"))
    columns = ("opportunity_key", "customer_key", "amount", *instants, "expected_close_on", "owner_id", "lead_source")
    return known.select(*columns, "furthest_stage", "is_closed", "stage_entered_at", outcome=outcome)


def sales_funnel(opened: ir.Table, *, as_of: date, by: str | None = None, time_zone: str = "UTC") -> ir.Table:
    """How many opportunities reached each stage, went on from it or were lost there, and how long that took.

    Conversion is counted among those who have left the stage, one way or the other; who is still there is not a
    failure. A stage that was skipped counts as reached, without a time. Won counts as gone on from negotiation.

    Parameters
    ----------
    opened : result of `opportunities_as_of`
    as_of : as there; those still in a stage are aged to its end
    by : lead_source, owner_id or another column that tells groups; None: all together

    Returns
    -------
    table of (group_name, place 1 to 4, stage, reached_count, gone_on_count, lost_count, present_count, present_amount,
    conversion_share, conversion_low, conversion_high: 95 %, null where nobody has left; median_days, quarter_days,
    three_quarter_days in the stage, of those with both instants; median_age_days: of those still there;
    funnel_status 'measured' or 'too few': fewer than 10 have left), one row per group and stage

    Source: interval after Wilson, JASA 22, 1927.
    """
    end = ibis.literal(end_of_day(as_of, time_zone))
    group = ibis.literal("all") if by is None else opened[by].cast("string").fill_null("unknown")
    grouped = opened.mutate(group_name=group, is_won=(_.outcome == "won").fill_null(False))
    columns = list(STAGES.values())
    stages = []
    for place, (stage, entered) in enumerate(STAGES.items(), start=1):
        later = [grouped[column] for column in columns[place:]]
        is_here = (_.furthest_stage == place) & ~_.is_won
        reached = grouped.filter((_.furthest_stage >= place) | _.is_won)
        # Someone lost here leaves by closing; someone who went on, by the next stage that has an instant.
        left_at = ibis.coalesce(*later, grouped.closed_at)
        stages.append(
            reached.select(
                "group_name",
                "amount",
                place=ibis.literal(place),
                stage=ibis.literal(stage),
                is_present=is_here & ~_.is_closed,
                is_lost=is_here & _.is_closed,
                days_in=hours_between(left_at, grouped[entered]) / 24,
                age=hours_between(end, grouped[entered]) / 24,
            )
        )
    counted = (
        ibis.union(*stages)
        .group_by("group_name", "place", "stage")
        .agg(
            reached_count=_.count(),
            lost_count=_.is_lost.sum(),
            present_count=_.is_present.sum(),
            present_amount=_.amount.sum(where=_.is_present).fill_null(0),
            median_days=_.days_in.quantile(0.5, where=~_.is_present),
            quarter_days=_.days_in.quantile(0.25, where=~_.is_present),
            three_quarter_days=_.days_in.quantile(0.75, where=~_.is_present),
            median_age_days=_.age.quantile(0.5, where=_.is_present),
        )
    )
    counted = counted.mutate(gone_on_count=_.reached_count - _.lost_count - _.present_count)
    left = counted.gone_on_count + counted.lost_count
    share, low, high = wilson_columns(counted.gone_on_count, left)
    return counted.mutate(
        conversion_share=share,
        conversion_low=low,
        conversion_high=high,
        funnel_status=(left >= MIN_CLOSED).ifelse("measured", "too few"),
    )


def win_rates(opened: ir.Table, *, as_of: date, window_months: int = 24, time_zone: str = "UTC") -> ir.Table:
    """The share won of all that were closed within the window after reaching each stage.

    Parameters
    ----------
    opened : result of `opportunities_as_of`
    as_of : as there
    window_months : closings of the last so many months count

    Returns
    -------
    table of (place 1 to 4, stage, closed_count, won_count, win_share, win_low, win_high: 95 %, win_basis 'own stage',
    'all stages': fewer than 10 closed at the stage, or 'too few': of all stages together too, shares then null)

    Raises
    ------
    ValueError
        If `window_months` is below 1.
    """
    begin = ibis.literal(end_of_day(months_before(as_of, window_months), time_zone))
    closed = opened.filter(_.closed_at >= begin)
    rows = [{"place": place, "stage": stage} for place, stage in enumerate(STAGES, start=1)]
    stages = ibis.memtable(rows, schema={"place": "int64", "stage": "string"})
    is_won = (closed.outcome == "won").fill_null(False)
    totals = closed.agg(all_closed=_.count(), all_won=is_won.sum().fill_null(0))
    # Won without ever being dated at a stage: it went through all the same.
    seen = closed.select(place_reached=ibis.ifelse(is_won, len(STAGES), closed.furthest_stage), is_won=is_won)
    reached = stages.join(seen, stages.place <= seen.place_reached)
    counts = reached.group_by("place").agg(own_closed=_.count(), own_won=_.is_won.sum())
    rates = stages.left_join(counts, "place").drop("place_right").cross_join(totals)
    is_own = (rates.own_closed >= MIN_CLOSED).fill_null(False)
    has_any = rates.all_closed >= MIN_CLOSED
    basis = ibis.cases((is_own, "own stage"), (has_any, "all stages"), else_="too few")
    rates = rates.mutate(
        win_basis=basis,
        closed_count=is_own.ifelse(rates.own_closed, rates.all_closed),
        won_count=is_own.ifelse(rates.own_won, rates.all_won),
    )
    share, low, high = wilson_columns(rates.won_count, rates.closed_count)
    none = ibis.null("float64")
    shares = {"win_share": share, "win_low": low, "win_high": high}
    rates = rates.mutate(**{name: ibis.ifelse(rates.win_basis == "too few", none, it) for name, it in shares.items()})
    return rates.drop("own_closed", "own_won", "all_closed", "all_won")


def open_opportunities(opened: ir.Table, rates: ir.Table) -> ir.Table:
    """What is open, each with the chance that its stage gives it.

    Parameters
    ----------
    opened : result of `opportunities_as_of`
    rates : result of `win_rates`

    Returns
    -------
    table of (opportunity_key, customer_key, owner_id, lead_source, stage, place, amount, expected_close_on, win_share,
    win_basis, closed_count, expected_amount: float, null where the amount or the chance is unknown)
    """
    still = opened.filter(~_.is_closed).mutate(place=_.furthest_stage.cast("int64"))
    rated = still.inner_join(rates.select("place", "stage", "win_share", "win_basis", "closed_count"), "place")
    columns = ("opportunity_key", "customer_key", "owner_id", "lead_source", "stage", "place", "amount")
    chances = ("expected_close_on", "win_share", "win_basis", "closed_count")
    return rated.select(*columns, *chances, expected_amount=_.amount.cast("float64") * _.win_share)


def sales_forecast(still_open: ir.Table, *, as_of: date) -> ir.Table:
    """What the open opportunities will bring, by the month in which they should be decided.

    The range holds both kinds of luck: which of them are won (each on its own), and that the chances themselves were
    learnt from a limited number of closings (the same for all of a stage).

    Parameters
    ----------
    still_open : result of `open_opportunities`
    as_of : as there; what should have been decided by then is 'overdue'

    Returns
    -------
    table of (close_month: 'YYYY-MM', 'overdue', 'no date' or 'all', open_count, open_amount, expected_amount,
    expected_low, expected_high: 95 %, not below 0; unrated_count: without amount or chance, not in the expectation)
    """
    due = still_open.expected_close_on
    month = due.year().cast("string") + "-" + ibis.ifelse(due.month() < 10, "0", "") + due.month().cast("string")
    label = ibis.cases((due.isnull(), "no date"), (due <= as_of, "overdue"), else_=month)
    dated = still_open.mutate(close_month=label)
    both = ibis.union(dated, dated.mutate(close_month=ibis.literal("all")))
    p, amount = _.win_share, _.amount.cast("float64")
    stages = both.group_by("close_month", "place").agg(
        open_count=_.count(),
        open_amount=_.amount.sum(),
        expected_amount=_.expected_amount.sum().fill_null(0.0),
        unrated_count=_.count(where=_.expected_amount.isnull()),
        own_luck=(amount * amount * p * (1 - p)).sum().fill_null(0.0),
        rated_amount=amount.sum(where=_.expected_amount.notnull()).fill_null(0.0),
        win_share=p.max(),
        closed_count=_.closed_count.max(),
    )
    # Plus one success and one failure: a stage at which all were won is not known without doubt.
    sure = (_.win_share * _.closed_count + 1) / (_.closed_count + 2)
    learnt = _.rated_amount * _.rated_amount * sure * (1 - sure) / (_.closed_count + 2)
    stages = stages.mutate(variance=_.own_luck + learnt.fill_null(0.0))
    months = stages.group_by("close_month").agg(
        open_count=_.open_count.sum(),
        open_amount=_.open_amount.sum(),
        expected_amount=_.expected_amount.sum(),
        unrated_count=_.unrated_count.sum(),
        variance=_.variance.sum(),
    )
    half = normal_quantile() * months.variance.sqrt()
    return months.mutate(
        expected_low=ibis.greatest(months.expected_amount - half, 0.0), expected_high=months.expected_amount + half
    ).drop("variance")
