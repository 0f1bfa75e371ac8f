"""Exact rules: records that share an e-mail or phone and do not contradict each other are one person.

So are records of one date of birth, one postcode and names that differ by no more than spelling.
"""

import duckdb

from pipelines.identity import standard

# Every customer and prospect number that anything knows, numbered.
RECORDS = """
create or replace temp table records as
with known as (
    select distinct 'customer_id' as kind, customer_id as identifier from sightings where customer_id is not null
    union all
    select distinct 'prospect_id', prospect_id from sightings where prospect_id is not null
)
select kind, identifier, row_number() over (order by kind, identifier) as member from known
"""
# What the latest version of each record says.
DESCRIBED = """
create or replace temp table described as
with versions as (
    select 'customer_id' as record_kind, customer_id as record, kind, name, email_normalised as email,
        coalesce(phone_normalised, phone) as phone, birth_date, null::varchar as street, city, region, postcode,
        updated_at
    from staging.stg_sales__customers
    union all
    select 'prospect_id', prospect_id, null, name, email_normalised, coalesce(phone_normalised, phone), birth_date,
        null, city, region, postcode, updated_at
    from staging.stg_external__prospects
)
select records.member, versions.* exclude (record_kind, record, updated_at)
from versions join records on records.kind = versions.record_kind and records.identifier = versions.record
qualify row_number() over (partition by records.member order by updated_at desc, versions) = 1
"""
# An e-mail or phone of any version of a record, in the form that is compared, with the name the record has now.
CONTACT_POINTS = """
create or replace temp table contact_points as
with given as (
    select coalesce(customer_id, prospect_id) as record,
        case when customer_id is null then 'prospect_id' else 'customer_id' end as record_kind, email, phone
    from sightings
    where is_record and coalesce(customer_id, prospect_id) is not null
),
points as (
    select distinct 'email' as kind, email as identifier, record_kind, record from given where email is not null
    union all
    select distinct 'phone', phone, record_kind, record from given where phone is not null
),
-- One join for both kinds: a join with a condition on one side alone would compare all with all.
forms as (
    select 'email' as kind, email as identifier, form from email_forms
    union all
    select 'phone', phone, form from identity.phone_forms
)
select points.*, records.member, coalesce(forms.form, points.identifier) as form,
    standard.given_name, standard.surname, standard.birth_date, standard.is_company
from points
join records on records.kind = points.record_kind and records.identifier = points.record
left join standard using (member)
left join forms on forms.kind = points.kind and forms.identifier = points.identifier
"""
# Records of one name are counted once: who orders as a guest ten times is one person.
BARRED = """
create or replace temp table barred as
with emails as (
    select distinct email as identifier from sightings where email is not null
),
junk as (
    select identifier from emails where list_bool_or(list_transform(?, lambda prefix: starts_with(identifier, prefix)))
),
forms as (
    select kind, form, count(distinct coalesce(given_name || ' ' || surname, surname, record_kind || record)) as names
    from contact_points group by all
),
counted as (
    select distinct kind, identifier, names as customer_count from contact_points join forms using (kind, form)
)
select 'email' as kind, identifier, coalesce(customer_count, 0) as customer_count, 'junk address' as reason
from junk left join (select * from counted where kind = 'email') using (identifier)
union all
select kind, identifier, customer_count, 'more than ' || ? || ' customer numbers'
from counted
where customer_count > ? and (kind, identifier) not in (select ('email', identifier) from junk)
"""
# Whether two records cannot be one person's: both given names known, unlike, neither swapped nor an initial; or dates
# of birth that differ by more than a slip, unless the given names are as good as the same (Jörg and Jürgen are not).
CONTRADICTS = f"""
create or replace temp macro alike(one, other) as {standard.ALIKE_NAMES.format(l="one", r="other")};
create or replace temp macro unlike(one, other) as
    one is not null and other is not null and not alike(one, other);
create or replace temp macro contradicts(given_l, surname_l, born_l, given_r, surname_r, born_r) as coalesce(
    (unlike(given_l, given_r) and unlike(given_l, surname_r))
    or (damerau_levenshtein(born_l, born_r) > 1
        and not (length(given_l) > 1 and length(given_r) > 1 and jaro_winkler_similarity(given_l, given_r) >= 0.92)),
    false)
"""
# Within one e-mail or phone: records of one name belong to the first of them, and names are held together.
# Who gives no name goes with anybody, unless those who do contradict each other. A company's phone may be its owner's:
# the two stay two customers, whom an e-mail may still join.
EXACT_PAIRS = """
create or replace temp table exact_pairs as
with usable as (
    select * from contact_points anti join barred using (kind, identifier)
),
grouped as (
    select kind, form, member, given_name, surname, birth_date, is_company,
        min(member) over (partition by kind, form, given_name, surname) as first_member
    from usable
),
firsts as (
    select kind, form, member, given_name, surname, birth_date, is_company from grouped where member = first_member
),
held as (
    select one.kind, one.form, one.member as member_l, other.member as member_r,
        one.surname is null or other.surname is null as is_nameless,
        contradicts(one.given_name, one.surname, one.birth_date, other.given_name, other.surname, other.birth_date)
            or (one.kind = 'phone' and coalesce(one.is_company <> other.is_company, false)) as is_contradiction
    from firsts as one join firsts as other on one.kind = other.kind and one.form = other.form
        and one.member < other.member
),
judged as (
    select *, bool_or(is_contradiction) over (partition by kind, form) as has_contradiction from held
)
select distinct member_l, member_r from (
    select first_member as member_l, member as member_r from grouped where first_member < member
    union all
    select member_l, member_r from judged where not is_contradiction and not (is_nameless and has_contradiction)
)
"""
# One date of birth, one postcode and both names alike, an initial or swapped: a third thing that is nobody else's.
# Where implausibly many share a day and a place, the day is a default and says nothing.
BIRTH_PAIRS = """
insert into exact_pairs
with placed as (
    select member, given_name, surname, birth_date, postcode from standard
    where given_name is not null and surname is not null and birth_date is not null and postcode is not null
    qualify count(*) over (partition by birth_date, postcode) between 2 and ?
)
select one.member, other.member
from placed as one join placed as other using (birth_date, postcode)
where one.member < other.member
    and ((alike(one.given_name, other.given_name) and alike(one.surname, other.surname))
        or (one.given_name = other.surname and one.surname = other.given_name))
except select member_l, member_r from exact_pairs
"""


def collect_records(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the temporary tables `records` (kind, identifier, member) and `described` (what each says)."""
    connection.execute(RECORDS)
    connection.execute(DESCRIBED)


def bar_shared(connection: duckdb.DuckDBPyConnection, junk_emails: list[str], most: int) -> None:
    """Write the temporary tables `contact_points` and `barred`: addresses that mean nobody or too many."""
    connection.execute(CONTACT_POINTS)
    connection.execute(BARRED, [[prefix.lower() for prefix in junk_emails], most, most])


def pair_exactly(connection: duckdb.DuckDBPyConnection, most_born: int | None = None) -> None:
    """Write the temporary table `exact_pairs` (member_l, member_r); connected pairs are one person.

    Parameters
    ----------
    most_born : more records than this of one date of birth and postcode are not held together; left out: none are
    """
    connection.execute(CONTRADICTS)
    connection.execute(EXACT_PAIRS)
    if most_born is not None:
        connection.execute(BIRTH_PAIRS, [most_born])
