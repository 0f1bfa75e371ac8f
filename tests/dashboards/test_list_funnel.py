"""The funnel of a list: on customers that can be counted by hand, every one dropped once; arms that nobody changes."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards.app_data import list_funnel
from dashboards.app_data.list_funnel import Plan, at_step, funnel, is_control, stepped
from dashboards.app_data.reader import Where, connection
from dashboards.app_viewer import LISTS, Viewer
from workspace.errors import RegularsError
from workspace.segments.checking import definition_of

ANA = Viewer("ana", frozenset({LISTS}))
EVERYBODY = definition_of({"all": [{"field": "tier", "one_of": ["A"]}]})
PLAN = Plan(EVERYBODY, "C-1", channel="email", cap_contacts=2, cap_days=30, control_percent=0)
AS_OF = date(2025, 6, 30)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Where]:
    file = tmp_path_factory.mktemp("funnel") / "published" / "one.duckdb"
    file.parent.mkdir()
    with duckdb.connect(str(file)) as made:
        made.execute(
            """
            create schema serving; create schema star;
            -- 1 and 2 are clean; 3 does not agree; 4 unsubscribed; 5 unsubscribed and agreed again; 6 had two messages;
            -- 7 had two, one too long ago; 8 had two texts; 9 complained and does not agree; 10 is of another tier.
            create table serving.customer_360 as
            select i::bigint as customer_key, case when i = 10 then 'B' else 'A' end as tier,
                i not in (3, 9) as consent_email, (100 - i)::decimal(18, 4) as net_margin_12m, 'North' as region,
                'Loyal' as rfm_group, 'loyal' as loyalty_stage, date '2025-06-01' as last_order_on,
                case when i in (1, 2) then 'H1' when i in (3, 4) then 'H2' end as household_key
            from range(1, 11) as people(i);
            create table star.fct_campaign_contacts
                (customer_key bigint, channel varchar, arm varchar, contacted_on date, is_unsubscribed boolean,
                 is_complained boolean, first_response_at timestamp);
            create table star.fct_consents
                (customer_key bigint, channel varchar, status varchar, changed_at timestamp);
            insert into star.fct_campaign_contacts values
                (4, 'email', 'treatment', '2025-01-01', true, false, '2025-01-02'),
                (5, 'email', 'treatment', '2025-01-01', true, false, '2025-01-02'),
                (9, 'email', 'treatment', '2025-01-01', false, true, '2025-01-02'),
                (1, 'email', 'treatment', '2025-06-30', true, false, '2025-07-02'),
                (6, 'email', 'treatment', '2025-06-01', false, false, null),
                (6, 'email', 'treatment', '2025-06-30', false, false, null),
                (7, 'email', 'treatment', '2025-05-31', false, false, null),
                (7, 'email', 'treatment', '2025-06-30', false, false, null),
                (7, 'email', 'treatment', '2025-07-01', false, false, null),
                (7, 'email', 'control', '2025-06-20', false, false, null),
                (8, 'sms', 'treatment', '2025-06-20', true, false, '2025-06-21'),
                (8, 'sms', 'treatment', '2025-06-21', false, false, null),
                (null, 'email', 'treatment', '2025-06-20', true, true, '2025-06-21');
            insert into star.fct_consents values (5, 'email', 'granted', '2025-02-01'),
                (4, 'sms', 'granted', '2025-02-01'), (4, 'email', 'granted', '2024-12-01');
            """
        )
    yield Where(str(file), AS_OF, "Europe/Berlin")
    connection.clear()


def steps(where: Where, plan: Plan, household: str | None = None) -> dict[int, str]:
    query, parameters = stepped(where, ANA, plan, household)
    with duckdb.connect(where.file, read_only=True) as reading:
        return dict(reading.execute(f"select customer_key, step from ({query}) order by 1", parameters).fetchall())


def test_everybody_matched_has_one_step_and_it_is_the_first_that_drops(where: Where) -> None:
    expected = {1: "final", 2: "final", 3: "consent", 4: "suppressed", 5: "final", 6: "cap", 7: "final", 8: "final",
                9: "consent"}  # fmt: skip
    assert steps(where, PLAN) == expected
    assert funnel(where, ANA, PLAN) == {
        "consent": 2, "suppressed": 1, "cap": 1, "household": 0, "control": 0, "final": 5,
    }  # fmt: skip


def test_without_a_channel_nothing_is_asked_of_consent_or_cap(where: Where) -> None:
    assert set(steps(where, replace(PLAN, channel=None)).values()) == {"final"}
    assert steps(where, replace(PLAN, cap_contacts=None))[6] == "final"
    assert steps(where, replace(PLAN, cap_days=31))[7] == "cap"


def test_one_of_a_household_is_left_the_one_worth_most_of_those_who_may_be_written_to(where: Where) -> None:
    found = steps(where, replace(PLAN, one_per_household=True), "household_key")
    assert (found[1], found[2]) == ("final", "household")
    # Nobody of H2 may be written to; they keep their own reasons. Those without a household are each alone.
    assert (found[3], found[4], found[5], found[7], found[8]) == ("consent", "suppressed", "final", "final", "final")
    with pytest.raises(RegularsError, match="Households are not known"):
        steps(where, replace(PLAN, one_per_household=True))


def test_the_arm_is_the_hash_of_campaign_and_customer_and_nobody_changes_it(where: Where) -> None:
    digest = int(hashlib.md5(b"C-1:7", usedforsecurity=False).hexdigest()[:12], 16)
    assert is_control("C-1", 7, 50) == (digest % 1_000_000 < 500_000)
    half = replace(PLAN, control_percent=50.0)
    found = steps(where, half)
    kept = {key: step for key, step in found.items() if step in ("final", "control")}
    assert kept == {key: "control" if is_control("C-1", key, 50) else "final" for key in (1, 2, 5, 7, 8)}
    # A smaller list of the same campaign: who is still on it stays in the arm.
    fewer = replace(half, definition=definition_of({"all": [{"field": "net_margin_12m", "at_most": 95}]}))
    assert all(found[key] == step for key, step in steps(where, fewer).items() if key in found)
    less = steps(where, replace(PLAN, control_percent=20.0))
    assert all(found[key] == "control" for key, step in less.items() if step == "control")


def test_the_held_out_are_the_share_asked_for_and_another_campaign_holds_out_others() -> None:
    held = [{key for key in range(20_000) if is_control(campaign, key, 10)} for campaign in ("C-1", "C-2")]
    assert all(abs(len(one) - 2000) < 130 for one in held), "three standard deviations of 20,000 at a tenth are 127"
    assert abs(len(held[0] & held[1]) - 200) < 45


def test_each_number_opens_its_customers(where: Where) -> None:
    for step, count in funnel(where, ANA, PLAN).items():
        assert len(at_step(where, ANA, PLAN, step=step, limit=100)) == count
    assert list(at_step(where, ANA, PLAN, step="final", limit=2)["customer_key"]) == ["1", "2"]


def test_a_plan_says_what_it_may_be_and_comes_back_as_it_was_stored() -> None:
    assert Plan.from_dict(PLAN.as_dict()) == PLAN
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"channel": "pigeon"}, "no channel 'pigeon'"),
        ({"control_percent": 51}, "0 to 50 percent"),
        ({"cap_contacts": 0}, "at least one message"),
        ({"campaign_id": "  "}, "needs a campaign number"),
    ]
    for change, problem in wrong:
        with pytest.raises(RegularsError, match=problem):
            replace(PLAN, **change)


def test_the_campaign_number_is_a_value_and_never_part_of_the_query(where: Where, tmp_path: Path) -> None:
    text = "'); drop table serving.customer_360; --"
    query, parameters = stepped(where, ANA, replace(PLAN, campaign_id=text))
    assert text not in query
    assert parameters["campaign"] == text
    assert len(list_funnel.STEPS) == 6
