"""Names, addresses, e-mails and phones in one form, so that what is the same looks the same."""

import duckdb
import phonenumbers

from workspace.identity_settings import Identity

# Letters with marks as they are spelled without them; hyphens and apostrophes join, everything else separates.
MACROS = """
create or replace temp macro plain(given) as nullif(trim(regexp_replace(strip_accents(
    replace(replace(replace(replace(replace(lower(given), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'), 'ø', 'o')
    .regexp_replace('[-''`\u2019\u00b4]', '', 'g')), '[^a-z0-9]+', ' ', 'g')), '');
create or replace temp macro without_titles(name) as nullif(trim(regexp_replace(
    ' ' || replace(plain(name), ' ', '  ') || ' ',
    ' (dr|prof|med|phil|dipl|ing|mag|mba|msc|bsc|mr|mrs|ms|miss|sir|herr|frau|hr|fr|jr|sr|monsieur|madame|mme) ',
    ' ', 'g')).regexp_replace(' +', ' ', 'g'), '');
-- "Müller, Anna" begins with the surname.
create or replace temp macro in_order(name) as
    case when position(',' in name) > 0
        then split_part(name, ',', 2) || ' ' || split_part(name, ',', 1) else name end;
create or replace temp macro surname_of(words) as
    regexp_extract(
        words, '(?:^| )((?:(?:van|von|vom|zu|zur|de|den|der|du|la|le|di|da|del|al|el|bin|ter|ten) )*[^ ]+)$', 1);
create or replace temp macro company_of(name) as nullif(trim(regexp_replace(
    ' ' || replace(plain(name), ' ', '  ') || ' ',
    ' (gmbh|co|kg|ag|se|ohg|gbr|ug|ev|eg|inc|ltd|llc|llp|plc|corp|bv|nv|sa|sarl|srl|spa|as|ab|oy|inh) ', ' ', 'g'
).regexp_replace(' +', ' ', 'g')), '');
create or replace temp macro street_of(street) as nullif(trim(regexp_replace(regexp_replace(
    plain(street), '(strasse|street|str)\\b', 'st', 'g'), '(^| )[0-9]+ ?[a-z]?( [0-9]+ ?[a-z]?)*( |$)', ' ', 'g')), '');
create or replace temp macro number_of(street) as
    nullif(replace(regexp_extract(plain(street), '(?:^| )([0-9]+ ?[a-z]?)(?: |$)', 1), ' ', ''), '');
create or replace temp macro meant(given, junk) as
    case when not list_contains(junk, lower(trim(given))) and not list_contains(junk, plain(given)) then given end;
"""
INITIAL_FITS = "least(length({l}), length({r})) = 1 and left({l}, 1) = left({r}, 1)"
# Two names, or a name and an initial, that may be one person's: by exact rules as by likeness.
ALIKE_NAMES = f"jaro_winkler_similarity({{l}}, {{r}}) >= 0.8 or ({INITIAL_FITS})"
EMAILS = """
create or replace temp table email_forms as
with parts as (
    select distinct email, split_part(email, '@', 1) as box, split_part(email, '@', 2) as domain
    from described where email is not null
),
shorn as (
    select email, domain, case when list_contains($plus, domain) then split_part(box, '+', 1) else box end as box
    from parts
)
select email, case when list_contains($dotless, domain) then replace(box, '.', '') else box end || '@' || domain as form
from shorn
"""
STANDARD = """
create or replace temp table standard as
with meant as (
    select member, kind, meant(name, $junk) as name, email, phone, meant(birth_date::varchar, $junk) as birth_date,
        meant(street, $junk) as street, meant(city, $junk) as city, region, meant(postcode, $junk) as postcode
    from described
),
worded as (
    select *, case when kind = 'company' then null else without_titles(in_order(name)) end as words from meant
)
select member,
    kind = 'company' as is_company,
    case when position(' ' in words) > 0 then split_part(words, ' ', 1) end as given_name,
    case when kind = 'company' then company_of(name) else surname_of(words) end as surname,
    birth_date,
    email_forms.form as email,
    phone_forms.form as phone,
    number_of(street) as street_number,
    street_of(street) as street,
    null::varchar as locality,
    plain(city) as city,
    nullif(regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g'), '') as postcode,
    plain(worded.region) as region
from worded left join email_forms using (email) left join identity.phone_forms as phone_forms using (phone)
"""

FEWEST_DIGITS = 8


def phone_form(phone: str, region: str) -> str | None:
    """A phone number in E.164; null where it could not be anybody's, as one digit repeated.

    Parameters
    ----------
    phone : as given
    region : ISO country whose numbers come without a country code, such as DE
    """
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or len(set(str(number.national_number))) == 1:
        return None
    form = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return form if len(form) > FEWEST_DIGITS else None


def region_of(phone_prefix: str) -> str:
    """The country of a prefix such as +49; of several with one prefix the main one."""
    return phonenumbers.region_code_for_country_code(int(phone_prefix.lstrip("+")))


def form_phones(connection: duckdb.DuckDBPyConnection, region: str) -> None:
    """Keep the form of each phone of `described`, and of no other, in `identity.phone_forms`: only new ones cost."""
    connection.execute("create schema if not exists identity")
    connection.execute("create table if not exists identity.phone_forms (region varchar, phone varchar, form varchar)")
    connection.execute(
        "delete from identity.phone_forms where region <> ? or phone not in"
        " (select phone from described where phone is not null)",
        [region],
    )
    found = connection.execute(
        "select distinct phone from described anti join identity.phone_forms using (phone) where phone is not null"
    ).fetchall()
    forms = [phone_form(phone, region) for (phone,) in found]
    connection.execute(
        "insert into identity.phone_forms select $1, unnest($2::varchar[]), unnest($3::varchar[])",
        [region, [phone for (phone,) in found], forms],
    )


def standardise(connection: duckdb.DuckDBPyConnection, rules: Identity, phone_prefix: str) -> None:
    """Write the temporary table `standard` (member and the attributes that linking compares) from `described`.

    Parameters
    ----------
    connection : its temporary table `described` has member, kind (person, company or null), name, email (lower case),
        phone, birth_date, street, city, region, postcode; text that means nothing becomes null
    phone_prefix : of national numbers, such as +49
    """
    connection.execute(MACROS)
    connection.execute(EMAILS, {"plus": rules.plus_domains, "dotless": rules.dotless_domains})
    form_phones(connection, region_of(phone_prefix))
    connection.execute(STANDARD, {"junk": rules.junk_values})
