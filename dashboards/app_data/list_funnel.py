"""The funnel of a target list: from who is matched to who is written to, each customer with the step that dropped them.

One query gives everybody who is matched a step. The steps follow each other: who fails two is dropped at the first.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from dashboards.app_data.list_query import CONSENT_CHANNELS
from dashboards.app_data.reader import Where, record, rows
from dashboards.app_data.segments import asked
from dashboards.app_viewer import Viewer
from workspace.errors import RegularsError
from workspace.segments.checking import definition_of
from workspace.segments.fields import TABLE
from workspace.segments.language import Group
from workspace.segments.query import Moment, Parameters

FINAL, CONTROL = "final", "control"
STEPS = ("consent", "suppressed", "cap", "household", CONTROL, FINAL)
HASH_PARTS = 1_000_000
HOUSEHOLD = "household_key"
# Who unsubscribed from a message on the channel, or complained of one, and has not agreed to it anew since.
SUPPRESSED = """c.customer_key in (
    select m.customer_key from star.fct_campaign_contacts as m
    where m.customer_key is not null and m.channel = $channel and (m.is_unsubscribed or m.is_complained)
      and m.first_response_at < $end_at and not exists (
        select 1 from star.fct_consents as g
        where g.customer_key = m.customer_key and g.channel = $channel and g.status = 'granted'
          and g.changed_at > m.first_response_at and g.changed_at < $end_at
      )
)"""
CAPPED = """c.customer_key in (
    select m.customer_key from star.fct_campaign_contacts as m
    where m.customer_key is not null and m.channel = $channel and m.arm = 'treatment'
      and m.contacted_on > $cap_from and m.contacted_on <= $as_of
    group by m.customer_key having count(*) >= $cap_contacts
)"""


# Of a household the one worth most is written to; who is alone in it, or whose household is unknown, stays.
SECOND = """dropped is null and row_number() over (
    partition by household order by dropped is not null, net_margin_12m desc nulls last, customer_key
) > 1"""


@dataclass(frozen=True)
class Plan:
    """How a segment becomes a list.

    `channel` none asks for no consent and no cap. `cap_contacts`: who got so many messages by the channel in the
    last `cap_days` gets none now. `control_percent` of those left are held out, by a hash of customer and campaign.
    """

    definition: Group
    campaign_id: str
    channel: str | None = "email"
    cap_contacts: int | None = 4
    cap_days: int = 30
    one_per_household: bool = False
    control_percent: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises
        ------
        RegularsError
            Naming the part and what it may be.
        """
        if self.channel is not None and self.channel not in CONSENT_CHANNELS:
            raise RegularsError(f"There is no channel '{self.channel[:60]}'.", f"Choose {', '.join(CONSENT_CHANNELS)}.")
        if not 0 <= self.control_percent <= 50:
            raise RegularsError("The control group may be 0 to 50 percent.", "Choose such a share.")
        if self.cap_days < 1 or (self.cap_contacts is not None and self.cap_contacts < 1):
            raise RegularsError("The cap needs at least one message and one day.", "Choose larger ones.")
        if not self.campaign_id.strip():
            raise RegularsError("A list needs a campaign number.", "Give the one that the contacts will carry.")

    def as_dict(self) -> dict[str, Any]:
        """The plan, ready for JSON."""
        return {**asdict(self), "definition": self.definition.model_dump(mode="json")}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Plan":
        """The plan again from `as_dict`."""
        return cls(**{**stored, "definition": definition_of(stored["definition"])})


def household_column(file: str) -> str | None:
    """The column of the published table that tells households apart; `None` where this generation has none."""
    found = record(
        file,
        "select column_name from duckdb_columns() where schema_name = 'serving' and table_name = 'customer_360'"
        " and column_name = $name",
        {"name": HOUSEHOLD},
    )
    return HOUSEHOLD if found else None


def is_control(campaign_id: str, customer_key: int, percent: float) -> bool:
    """Whether a customer is held out of a campaign: the same whenever it is asked, whoever else is on the list."""
    digest = hashlib.md5(f"{campaign_id}:{customer_key}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:12], 16) % HASH_PARTS < round(percent * HASH_PARTS / 100)


def stepped(where: Where, viewer: Viewer, plan: Plan, household: str | None = None) -> tuple[str, Parameters]:
    """A query of (customer_key, net_margin_12m, step) with everybody matched, and its parameters.

    Parameters
    ----------
    household : column of the published table that tells households apart; `None` where there is none

    Raises
    ------
    RegularsError
        If one per household is asked and households are not known.
    """
    if plan.one_per_household and household is None:
        raise RegularsError("Households are not known in this generation.", "Leave 'one per household' off.")
    text, parameters = asked(where, viewer, plan.definition)
    drops, own = dropping(where, plan)
    parameters |= own | {"campaign": plan.campaign_id, "held": round(plan.control_percent * HASH_PARTS / 100)}
    home = f"coalesce(c.{household}::varchar, c.customer_key::varchar)" if plan.one_per_household else "null"
    second = SECOND if plan.one_per_household else "false"
    # Only names written in this module and the catalogue's are put together; every value is a parameter.
    query = f"""
        with matched as (
            select c.customer_key, c.net_margin_12m, {home} as household, {drops} as dropped
            from {TABLE} as c where {text}
        ),
        placed as (select *, {second} as is_second from matched)
        select customer_key, net_margin_12m, case
            when dropped is not null then dropped
            when is_second then 'household'
            when ('0x' || md5($campaign || ':' || customer_key::varchar)[1:12])::bigint % {HASH_PARTS} < $held
                then '{CONTROL}'
            else '{FINAL}'
        end as step
        from placed
    """  # noqa: S608
    return query, parameters


def dropping(where: Where, plan: Plan) -> tuple[str, Parameters]:
    """The expression of the first step that drops a customer (null for none), and its parameters."""
    if plan.channel is None:
        return "null::varchar", {}
    moment = Moment(where.as_of, where.time_zone)
    parameters: Parameters = {"channel": plan.channel, "end_at": moment.end_at}
    # The column is one of four, checked when the plan was made.
    cases = [f"when not c.consent_{plan.channel} then 'consent'", f"when {SUPPRESSED} then 'suppressed'"]
    if plan.cap_contacts is not None:
        cases.append(f"when {CAPPED} then 'cap'")
        parameters |= {
            "cap_contacts": plan.cap_contacts,
            "cap_from": where.as_of - timedelta(days=plan.cap_days),
            "as_of": where.as_of,
        }
    return f"case {' '.join(cases)} end", parameters


def funnel(where: Where, viewer: Viewer, plan: Plan, household: str | None = None) -> dict[str, int]:
    """How many were dropped at each step, how many are held out, and how many are left."""
    query, parameters = stepped(where, viewer, plan, household)
    found = rows(where.file, f"select step, count(*) as customers from ({query}) group by step", parameters)  # noqa: S608
    counts = dict(zip(found["step"], found["customers"], strict=True))
    return {step: int(counts.get(step, 0)) for step in STEPS}


def at_step(
    where: Where, viewer: Viewer, plan: Plan, *, step: str, limit: int, household: str | None = None
) -> pd.DataFrame:
    """The customers of a step, most net margin first: key as text, standing, no contact details."""
    query, parameters = stepped(where, viewer, plan, household)
    return rows(
        where.file,
        f"""
        select c.customer_key::varchar as customer_key, c.region, c.tier, c.rfm_group, c.loyalty_stage,
            c.last_order_on, c.net_margin_12m::double as net_margin_12m
        from ({query}) as funnel inner join {TABLE} as c using (customer_key)
        where funnel.step = $step
        order by c.net_margin_12m desc nulls last, c.customer_key limit $limit
        """,  # noqa: S608
        parameters | {"step": step, "limit": limit},
    )


def buying_share(where: Where, viewer: Viewer, plan: Plan, *, days: int, household: str | None = None) -> float:
    """Share of those who may be written to that bought in the last `days`: what a control group is likely to do."""
    query, parameters = stepped(where, viewer, plan, household)
    found = record(
        where.file,
        f"""
        select avg((c.last_order_on > $since)::int::double) as share
        from ({query}) as funnel inner join {TABLE} as c using (customer_key)
        where funnel.step in ('{CONTROL}', '{FINAL}')
        """,  # noqa: S608
        parameters | {"since": where.as_of - timedelta(days=days)},
    )
    return float(found["share"] or 0.0)
