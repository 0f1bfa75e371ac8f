"""Queries of the Service page: satisfaction, the loop of complaints, calls by hour, costs of contacts."""

import pandas as pd

from dashboards.app_data.reader import cached, record, rows


@cached
def satisfaction(file: str, attribute: str) -> pd.DataFrame:
    """Perceived against expected by topic and segment of an attribute, the widest gap first."""
    return rows(
        file,
        """
        select * exclude (as_of, attribute) from serving.satisfaction_gaps where attribute = $attribute
        order by segment, gap_mean, topic
        """,
        {"attribute": attribute},
    )


@cached
def attributes(file: str) -> list[str]:
    """What segments can be told apart by, everybody together first."""
    found = rows(
        file, "select distinct attribute from serving.satisfaction_gaps order by attribute <> 'all', attribute"
    )
    return list(found["attribute"])


@cached
def loop(file: str, scope: str, attribute: str) -> pd.DataFrame:
    """The steps of cases, group by group."""
    return rows(
        file,
        """
        select * exclude (as_of, scope, attribute) from serving.case_loop
        where scope = $scope and attribute = $attribute
        order by group_name, step
        """,
        {"scope": scope, "attribute": attribute},
    )


@cached
def overdue_count(file: str) -> int:
    """How many open cases should have been resolved."""
    return int(record(file, "select count(*) as cases from serving.overdue_cases")["cases"])


@cached
def overdue(file: str, limit: int) -> pd.DataFrame:
    """Open cases that should have been resolved, oldest first; the key as text, which the browser keeps whole."""
    return rows(
        file,
        """
        select customer_key::varchar as customer_key, name, case_id, category, severity, channel, opened_on,
            age_hours / 24 as age_days, waits_for
        from serving.overdue_cases order by overdue_cases.age_hours desc, case_key limit $limit
        """,
        {"limit": limit},
    )


def overdue_file(file: str) -> pd.DataFrame:
    """All of them as a file takes them away: without names."""
    return overdue(file, overdue_count(file)).drop(columns=["name"])


@cached
def calls(file: str) -> pd.DataFrame:
    """Inbound calls by hour of all days together."""
    return rows(file, "select * exclude (as_of) from serving.call_hours where weekday = 0 order by hour")


@cached
def calls_by_weekday(file: str) -> pd.DataFrame:
    """Calls, waiting and abandonment of every weekday and hour."""
    return rows(file, "select * exclude (as_of) from serving.call_hours where weekday > 0 order by weekday, hour")


@cached
def costs(file: str) -> pd.DataFrame:
    """What one contact costs by kind and channel, dearest first."""
    return rows(
        file,
        """
        select kind, channel, contact_count, total_cost_amount::double as total_cost_amount, mean_cost, mean_cost_low,
            mean_cost_high
        from serving.contact_costs order by mean_cost desc, kind, channel
        """,
    )
