"""Service as customers feel it: satisfaction perceived against expected, and what contacts cost by channel."""

from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from mining.as_of_dates import months_before
from mining.column_statistics import wilson_columns
from mining.intervals import benjamini_hochberg, mean_interval, two_sided_p

MIN_ANSWERS = 10


def satisfaction_gaps(
    surveys: ir.Table,
    attributes: ir.Table | None = None,
    *,
    as_of: date,
    by: str | None = None,
    window_months: int = 12,
) -> ir.Table:
    """Perceived less expected by topic and segment, one voice per customer.

    A customer who answered several times speaks with the mean of the answers, so that those who answer most do not
    outweigh others and answers of one mouth are not taken for independent ones. p values of the gaps are corrected
    for the number of topics and segments.

    Parameters
    ----------
    surveys : fct_surveys: customer_key, topic, answered_on, expected, perceived (1 to 7)
    attributes : one row per customer with the column `by`; answers of unknown people belong to segment 'unknown'
    as_of : last day that counts
    by : column of `attributes` that tells segments; None: all together
    window_months : length of the window

    Returns
    -------
    table of (topic, segment, customer_count, expected_mean, perceived_mean, gap_mean, gap_low, gap_high: 95 %,
    gap_p: corrected, null with too few; disappointed_share: of customers whose gap is below 0, disappointed_low,
    disappointed_high; satisfaction_status 'below expectation', 'above expectation', 'as expected', 'too few': fewer
    than 10 customers), in memory

    Raises
    ------
    ValueError
        If `by` is given without attributes.

    Source: Parasuraman, Zeithaml and Berry, "SERVQUAL", Journal of Retailing 64, 1988; Benjamini and Hochberg, 1995.
    """
    if by is not None and attributes is None:
        raise ValueError(f"segments by {by!r} need a table of attributes")
    answered = surveys.filter(
        _.answered_on > months_before(as_of, window_months), _.answered_on <= as_of, _.expected.notnull()
    ).filter(_.perceived.notnull())
    voice = ibis.ifelse(_.customer_key.isnull(), _.survey_key, _.customer_key)
    voices = (
        answered.mutate(voice=voice)
        .group_by("voice", "customer_key", "topic")
        .agg(expected=_.expected.mean(), perceived=_.perceived.mean())
    )
    if by is not None and attributes is not None:
        segments = attributes.select("customer_key", segment=attributes[by].cast("string"))
        voices = voices.left_join(segments, "customer_key").drop("customer_key_right")
        voices = voices.mutate(segment=_.segment.fill_null("unknown"))
    else:
        voices = voices.mutate(segment=ibis.literal("all"))
    gap = _.perceived - _.expected
    counted = voices.group_by("topic", "segment").agg(
        customer_count=_.count(),
        expected_mean=_.expected.mean(),
        perceived_mean=_.perceived.mean(),
        gap_mean=gap.mean(),
        deviation=gap.std(how="sample"),
        disappointed=_.count(where=gap < 0),
    )
    share, low, high = wilson_columns(counted.disappointed, counted.customer_count)
    rows = counted.mutate(disappointed_share=share, disappointed_low=low, disappointed_high=high)
    return _judged(rows.order_by("topic", "segment").execute())


def _judged(rows: pd.DataFrame) -> ir.Table:
    """The topics and segments with intervals and corrected p values."""
    found = rows.to_dict("records")
    for row in found:
        row |= {"gap_low": None, "gap_high": None, "gap_p": None, "satisfaction_status": "too few"}
        if row["customer_count"] >= MIN_ANSWERS:
            interval = mean_interval(row["gap_mean"], row["deviation"], row["customer_count"])
            error = row["deviation"] / row["customer_count"] ** 0.5
            row["gap_low"], row["gap_high"] = interval.low, interval.high
            row["gap_p"] = two_sided_p(row["gap_mean"] / error) if error else float(row["gap_mean"] == 0)
    judged = [row for row in found if row["gap_p"] is not None]
    for row, p in zip(judged, benjamini_hochberg([row["gap_p"] for row in judged]), strict=True):
        row["gap_p"] = p
        side = "above expectation" if row["gap_mean"] > 0 else "below expectation"
        row["satisfaction_status"] = side if p <= 0.05 else "as expected"
    texts = ("topic", "segment", "satisfaction_status")
    numbers = (
        "expected_mean", "perceived_mean", "gap_mean", "gap_low", "gap_high", "gap_p", "disappointed_share",
        "disappointed_low", "disappointed_high",
    )  # fmt: skip
    schema = dict.fromkeys(texts[:2], "string") | {"customer_count": "int64"} | dict.fromkeys(numbers, "float64")
    schema["satisfaction_status"] = "string"
    return ibis.memtable([{name: row[name] for name in schema} for row in found], schema=schema)


def contact_costs(
    calls: ir.Table, cases: ir.Table, contacts: ir.Table, *, as_of: date, window_months: int = 12
) -> ir.Table:
    """What one contact costs by channel, served and sent.

    Parameters
    ----------
    calls : fct_calls: started_on, direction, cost_amount
    cases : fct_cases: opened_on, channel, cost_amount
    contacts : fct_campaign_contacts: contacted_on, channel, arm, cost_amount; control groups were sent nothing
    as_of : last day that counts
    window_months : length of the window

    Returns
    -------
    table of (kind 'call', 'case' or 'campaign', channel, contact_count, total_cost_amount, mean_cost: float,
    mean_cost_low, mean_cost_high: 95 %, null with a single contact)
    """
    after = months_before(as_of, window_months)
    money = "decimal(18, 4)"

    def part(facts: ir.Table, kind: str, day: str, channel: ir.Value) -> ir.Table:
        known = facts.filter(facts[day] > after, facts[day] <= as_of)
        return known.select(
            kind=ibis.literal(kind), channel=channel, cost=_.cost_amount.cast(money).fill_null(ibis.literal(0, money))
        )

    parts = ibis.union(
        part(calls, "call", "started_on", _.direction.fill_null("unknown")),
        part(cases, "case", "opened_on", _.channel.fill_null("unknown")),
        part(contacts.filter(_.arm == "treatment"), "campaign", "contacted_on", _.channel.fill_null("unknown")),
    )
    counted = parts.group_by("kind", "channel").agg(
        contact_count=_.count(),
        total_cost_amount=_.cost.sum(),
        mean_cost=_.cost.cast("float64").mean(),
        deviation=_.cost.cast("float64").std(how="sample"),
    )
    is_many = counted.contact_count >= 2
    # From some 30 contacts on Student's quantile is 2; below, the range is a little narrow.
    half = ibis.ifelse(
        is_many, 2 * counted.deviation / counted.contact_count.cast("float64").sqrt(), ibis.null("float64")
    )
    return counted.mutate(mean_cost_low=counted.mean_cost - half, mean_cost_high=counted.mean_cost + half).drop(
        "deviation"
    )


def moving_saves(
    costs: ir.Table,
    *,
    from_channel: tuple[str, str],
    to_channel: tuple[str, str],
    moved_percent: int = 20,
    repeat_percent: int = 0,
) -> ir.Table:
    """What it would save to move some contacts to a cheaper channel, at the costs of the window.

    Parameters
    ----------
    costs : result of `contact_costs`
    from_channel, to_channel : (kind, channel)
    moved_percent : how many in a hundred contacts move, 0 to 100
    repeat_percent : how many in a hundred of those moved come back by the old channel after all; they cost both

    Returns
    -------
    table of one row: moved_count, cost_from, cost_to: means; saving_amount, saving_low, saving_high: float, negative
    where the other channel is not cheaper; moving_status 'counted' or 'no contacts' on one side, amounts then null

    Raises
    ------
    ValueError
        If a percentage is not between 0 and 100.
    """
    if not (0 <= moved_percent <= 100 and 0 <= repeat_percent <= 100):
        raise ValueError(f"percentages lie between 0 and 100, got {moved_percent}, {repeat_percent}")

    def one(side: tuple[str, str], where: str) -> ir.Table:
        row = costs.filter(_.kind == side[0], _.channel == side[1])
        return row.agg(
            **{
                f"count_{where}": _.contact_count.sum().fill_null(0),
                f"cost_{where}": _.mean_cost.max(),
                f"error_{where}": ((_.mean_cost_high - _.mean_cost_low) / 4).max().fill_null(0.0),
            }
        )

    both = one(from_channel, "from").cross_join(one(to_channel, "to"))
    moved = both.count_from.cast("float64") * moved_percent / 100
    stays_away = 1 - repeat_percent / 100
    each = both.cost_from * stays_away - both.cost_to
    half = 2 * ((both.error_from * stays_away) ** 2 + both.error_to**2).sqrt()
    has_both = both.cost_from.notnull() & both.cost_to.notnull()
    return both.select(
        moved_count=moved.round().cast("int64"),
        cost_from=both.cost_from,
        cost_to=both.cost_to,
        saving_amount=moved * each,
        saving_low=moved * (each - half),
        saving_high=moved * (each + half),
        moving_status=has_both.ifelse("counted", "no contacts"),
    )
