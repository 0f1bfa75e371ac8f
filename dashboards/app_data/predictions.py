"""Queries of the pages of predictions: churn, value, prospects, forecast and the models' report cards."""

import json
from datetime import date
from typing import Any

import pandas as pd

from dashboards.app_data.reader import cached, record, records, rows
from dashboards.app_viewer import CONTACT_DETAILS, Viewer

LISTED = 500


@cached
def last_run(file: str, model: str) -> dict[str, Any]:
    """What became of a model in the night shown: status, words, grade, version; empty where it was not tried."""
    return record(
        file,
        "select * from models.model_runs where model = $model and as_of = (select as_of from meta.generation)",
        {"model": model},
    )


@cached
def runs(file: str, model: str) -> pd.DataFrame:
    """Every night of a model, latest first."""
    return rows(
        file,
        """
        select as_of, status, said, model_version, grade, row_count, largest_drift, drifted_feature
        from models.model_runs where model = $model order by as_of desc limit 60
        """,
        {"model": model},
    )


@cached
def cards(file: str) -> list[dict[str, Any]]:
    """Every report card, the newest of each model first; `card` is read from its JSON."""
    found = records(file, "select * from models.report_cards order by model, trained_as_of desc, model_version")
    return [row | {"card": json.loads(row["card"])} for row in found]


@cached
def churn_totals(file: str) -> dict[str, Any]:
    """Customers scored, by band, at stake, worth a contact."""
    return record(
        file,
        """
        select count(churn_band) as scored_count, count(*) filter (where churn_band = 'high') as high_count,
            count(*) filter (where churn_band = 'medium') as medium_count,
            sum(expected_loss_amount) as expected_loss_amount,
            count(*) filter (where is_worth_contacting) as worth_count, max(churn_horizon_days) as horizon_days,
            sum(churn_probability) as leaver_count
        from serving.customer_predictions
        """,
    )


@cached
def churn_spread(file: str) -> pd.DataFrame:
    """Customers and what is at stake by tenths of the probability."""
    return rows(
        file,
        """
        select least(floor(churn_probability * 20), 19)::integer as bin, churn_band, count(*) as customer_count,
            sum(expected_loss_amount)::double as expected_loss_amount
        from serving.customer_predictions where churn_band is not null group by all order by bin
        """,
    )


@cached
def churn_errors(file: str) -> pd.DataFrame:
    """Both errors of every candidate horizon."""
    return rows(file, "select * from serving.churn_errors order by horizon_days")


@cached
def lost_features(file: str) -> pd.DataFrame:
    """What those who left had in common, the most telling first."""
    return rows(
        file,
        """
        select feature, words, lost_median, stayed_median, separation from models.lost_features
        where as_of = (select as_of from meta.generation) order by abs(separation - 0.5) desc limit 8
        """,
    )


@cached
def lost_rules(file: str) -> pd.DataFrame:
    """Rules of those who left, the surest first."""
    return rows(
        file,
        """
        select rule, row_count, lost_share, later_row_count, later_lost_share from models.lost_rules
        where as_of = (select as_of from meta.generation) order by lost_share desc
        """,
    )


def leaving(file: str, viewer: Viewer, bands: tuple[str, ...], *, only_worth: bool) -> pd.DataFrame:
    """Customers in these bands, most at stake first, with their names and reasons."""
    viewer.require(CONTACT_DETAILS)
    return leaving_of(file, bands, only_worth)


@cached
def leaving_of(file: str, bands: tuple[str, ...], only_worth: bool) -> pd.DataFrame:
    """As `leaving`, for a viewer already checked."""
    return rows(
        file,
        """
        select c.customer_key, c.name, c.tier, p.churn_probability, p.churn_band, p.churn_reason_1, p.churn_reason_2,
            p.churn_reason_3, p.clv_amount::double as clv_amount,
            p.expected_loss_amount::double as expected_loss_amount,
            p.is_worth_contacting
        from serving.customer_predictions as p
        join serving.customer_360 as c using (customer_key)
        where list_contains($bands::varchar[], p.churn_band) and (p.is_worth_contacting or not $only_worth)
        order by p.expected_loss_amount desc, c.customer_key
        limit $limit
        """,
        {"bands": list(bands), "only_worth": only_worth, "limit": LISTED},
    )


@cached
def of_customer(file: str, customer_key: int) -> dict[str, Any]:
    """What the models say of one customer; empty where none of them does."""
    return record(file, "select * from serving.customer_predictions where customer_key = $key", {"key": customer_key})


@cached
def value_totals(file: str) -> dict[str, Any]:
    """All lifetime value, its best tenth's share, customers still there, orders to come."""
    return record(
        file,
        """
        with ranked as (
            select *, ntile(10) over (order by clv_amount desc, customer_key) as tenth
            from serving.customer_predictions where clv_amount is not null
        )
        select count(*) as customer_count, sum(clv_amount) as clv_amount, sum(alive_probability) as alive_count,
            sum(expected_orders) as expected_orders, max(value_horizon_days) as horizon_days,
            (sum(clv_amount) filter (where tenth = 1))::double / nullif(sum(clv_amount)::double, 0) as top_share,
            count(*) filter (where likely_order_on <= (select as_of from meta.generation) + 30) as soon_count
        from ranked
        """,
    )


@cached
def value_spread(file: str) -> pd.DataFrame:
    """Customers by lifetime value, in steps that double."""
    return rows(
        file,
        """
        select
            case when clv_amount <= 0 then 0 else greatest(1, ceil(log2(clv_amount::double / 5)))::integer end as bin,
            count(*) as customer_count, sum(clv_amount)::double as clv_amount
        from serving.customer_predictions where clv_amount is not null group by all order by bin
        """,
    )


SEGMENTS = {  # messages: values
    "tier": "Tier",
    "rfm_group": "Group",
    "region": "Region",
    "main_channel": "Main channel",
}


@cached
def value_by(file: str, segment: str) -> pd.DataFrame:
    """Lifetime value by a segment of `SEGMENTS`."""
    column = {name: f"c.{name}" for name in SEGMENTS}[segment]
    return rows(
        file,
        # S608: the column is one of those above.
        f"""
        select coalesce({column}, 'unknown') as segment, count(*) as customer_count,
            sum(c.clv_amount)::double as clv_amount, avg(c.clv_amount::double) as mean_clv_amount,
            avg(c.alive_probability) as alive_share, avg(c.expected_orders) as mean_orders
        from serving.customer_360 as c where c.clv_amount is not null group by all order by clv_amount desc
        """,  # noqa: S608
    )


@cached
def value_deciles(file: str) -> pd.DataFrame:
    """What was said and what came in the period checked, by tenth of the customers."""
    return rows(
        file,
        """
        select decile, customer_count, predicted_mean_amount, actual_mean_amount from models.value_checks
        where as_of = (select as_of from meta.generation) order by decile
        """,
    )


@cached
def next_orders(file: str) -> pd.DataFrame:
    """Customers by the week in which their next order is as likely to have come as not."""
    return rows(
        file,
        """
        select date_trunc('week', likely_order_on)::date as week_on, count(*) as customer_count,
            sum(clv_amount)::double as clv_amount
        from serving.customer_predictions where likely_order_on is not null group by all order by week_on limit 26
        """,
    )


def most_valuable(file: str, viewer: Viewer) -> pd.DataFrame:
    """The customers worth most, with interval, whether still there and the next order."""
    viewer.require(CONTACT_DETAILS)
    return most_valuable_of(file)


@cached
def most_valuable_of(file: str) -> pd.DataFrame:
    """As `most_valuable`, for a viewer already checked."""
    return rows(
        file,
        """
        select c.customer_key, c.name, c.tier, p.clv_amount::double as clv_amount,
            p.clv_low_amount::double as clv_low_amount, p.clv_high_amount::double as clv_high_amount,
            p.alive_probability, p.expected_orders, p.likely_order_on
        from serving.customer_predictions as p join serving.customer_360 as c using (customer_key)
        where p.clv_amount is not null order by p.clv_amount desc, c.customer_key limit $limit
        """,
        {"limit": LISTED},
    )


@cached
def forecast(file: str, measure: str, split: str) -> pd.DataFrame:
    """Weeks of every series of a split: past and ahead."""
    return rows(
        file,
        """
        select series, week_on, actual, forecast, low, high, seasonal_naive, is_ahead from serving.weekly_forecasts
        where measure = $measure and split = $split order by series, week_on
        """,
        {"measure": measure, "split": split},
    )


@cached
def response_chances(file: str) -> pd.DataFrame:
    """The chance of an answer of everybody one could write to, the best first."""
    return rows(
        file,
        """
        select response_probability as probability from serving.customer_predictions
        where response_probability is not null order by probability desc, customer_key
        """,
    )


@cached
def response_curve(file: str) -> pd.DataFrame:
    """The gain curve of the trial that the model was judged on."""
    return rows(
        file,
        """
        select contacted_share, reached_share, lift, contact_count, answer_count from models.response_curves
        where as_of = (select as_of from meta.generation) order by point
        """,
    )


@cached
def response_rules(file: str) -> pd.DataFrame:
    """What kind of people answered, the readiest first."""
    return rows(
        file,
        """
        select rule, row_count, answered_share, lift, later_row_count, later_answered_share from models.response_rules
        where as_of = (select as_of from meta.generation) order by answered_share desc
        """,
    )


def prospects(file: str, viewer: Viewer, limit: int) -> pd.DataFrame:
    """People one could write to, those with the best chances first."""
    viewer.require(CONTACT_DETAILS)
    return prospects_of(file, limit)


@cached
def reachable(file: str, limit: int) -> int:
    """How many of those people agreed to e-mail or post."""
    query = """
        with best as (
            select c.consent_email or c.consent_post as is_reachable
            from serving.customer_predictions as p join serving.customer_360 as c using (customer_key)
            where p.response_probability is not null order by p.response_probability desc, c.customer_key limit $limit
        )
        select count(*) filter (where is_reachable) as people from best
    """
    return int(record(file, query, {"limit": limit})["people"])


@cached
def prospects_of(file: str, limit: int) -> pd.DataFrame:
    """As `prospects`, for a viewer already checked."""
    return rows(
        file,
        """
        select c.customer_key, c.name, c.city, c.region, p.response_probability, p.response_reason_1,
            p.response_reason_2, c.consent_email, c.consent_post
        from serving.customer_predictions as p join serving.customer_360 as c using (customer_key)
        where p.response_probability is not null order by p.response_probability desc, c.customer_key limit $limit
        """,
        {"limit": limit},
    )


@cached
def newcomer_rules(file: str) -> pd.DataFrame:
    """Rules of the first weeks: what tier they say, and how often that came true."""
    return rows(
        file,
        """
        select rule, likely_tier, row_count, tier_share, later_row_count, later_tier_share from models.newcomer_rules
        where as_of = (select as_of from meta.generation) order by likely_tier, row_count desc
        """,
    )


@cached
def newcomers(file: str) -> pd.DataFrame:
    """Newcomers by the tier they are likely to have after a year."""
    return rows(
        file,
        """
        select likely_tier, count(*) as customer_count from serving.customer_predictions
        where likely_tier is not null group by all order by likely_tier
        """,
    )


def as_date(text: str | None) -> date | None:
    """A day of a report card."""
    return None if text is None else date.fromisoformat(text)
