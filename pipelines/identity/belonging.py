"""Who belongs together without being one: households and companies. They are grouped, never merged."""

import duckdb

from pipelines.identity.components import label_components
from workspace.identity_settings import Identity

# Who gives one phone or e-mail and one postcode lives together, whatever their names; where postcodes are small,
# one surname and one postcode is one household too. A group of more than a household holds is none.
SHARED_HOMES = """
create or replace temp table group_members as
with homes as (
    select distinct owned.customer_key, standard.surname, standard.postcode, points.kind, points.form
    from records join owned using (kind, identifier) join standard using (member)
    left join contact_points as points using (member)
    where standard.postcode is not null
),
shared as (
    select customer_key, kind || ' ' || form || ' ' || postcode as home from homes where form is not null
    union
    select customer_key, 'name ' || surname || ' ' || postcode from homes where $by_surname and surname is not null
),
small as (
    select home, row_number() over (order by home) as group_number
    from shared group by home having count(distinct customer_key) between 2 and $most
)
select customer_key as member, group_number from shared join small using (home)
"""
HOUSEHOLDS = """
create or replace temp table households as
select member as customer_key, label as household_key from labels
qualify count(*) over (partition by label) between 2 and ?
"""
# A domain that few customers have is a company's, unless it is open to everybody. An address that more customers give
# than a household holds is typed for want of one, and says nothing of where they work.
COMPANIES = """
create or replace temp table companies as
with given as (
    select distinct owned.customer_key, points.form
    from contact_points as points
    join owned on owned.kind = points.record_kind and owned.identifier = points.record
    where points.kind = 'email'
),
own as (
    select distinct customer_key, split_part(form, '@', 2) as domain
    from (select customer_key, form, count(*) over (partition by form) as customer_count from given)
    where customer_count <= $household
),
of_company as (
    select customer_key, domain, min(customer_key) over (partition by domain) as company_key
    from own
    where domain <> '' and not list_contains($public, domain)
    qualify count(*) over (partition by domain) between 2 and $most
)
select customer_key, min_by(company_key, domain) as company_key from of_company group by customer_key
"""
WRITTEN = """
create or replace table identity.customer_groups as
select customer_key, household_key, company_key
from households full join companies using (customer_key)
order by customer_key
"""


def group_homes_and_companies(connection: duckdb.DuckDBPyConnection, rules: Identity) -> None:
    """Write `identity.customer_groups` (customer_key, household_key, company_key): who is in a group of two or more.

    The key of a group is the smallest customer key in it. Reads the temporary tables `records`, `owned`, `standard` and
    `contact_points`; `group_members` and `labels` are written over.
    """
    connection.execute(SHARED_HOMES, {"by_surname": rules.household_by_surname, "most": rules.max_household})
    label_components(connection)
    connection.execute(HOUSEHOLDS, [rules.max_household])
    connection.execute(
        COMPANIES,
        {
            "public": [domain.lower() for domain in rules.public_domains],
            "most": rules.max_company,
            "household": rules.max_household,
        },
    )
    connection.execute(WRITTEN)
