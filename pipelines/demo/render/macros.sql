-- How numbers become the texts that stand in the demo company's files. Every macro is one to one, so truth stays truth.
create or replace macro order_code(n) as 'A' || (10000000000 + n);
create or replace macro product_code(n) as 'P' || lpad(cast(n + 1 as varchar), 4, '0');
create or replace macro campaign_code(n) as 'M' || lpad(cast(n as varchar), 6, '0');
create or replace macro contact_code(n) as 'T' || (10000000000 + n);
create or replace macro prospect_code(person) as 'I' || lpad(cast((person * 5308417 + 77) % 100000000 as varchar), 8, '0');
create or replace macro agent_code(n) as 'AG' || lpad(cast(n as varchar), 4, '0');
create or replace macro customer_code(account) as
    case
        when account < 0 then null
        when account = 0 then '0'
        when account >= 1000000000000 then 'G' || (account - 1000000000000)
        else 'K' || lpad(cast(account as varchar), 8, '0')
    end;
create or replace macro instant_text("at") as strftime(make_timestamp("at" * 1000000), '%Y-%m-%d %H:%M:%S');
create or replace macro german_text("at") as
    case when "at" < 2000000000000 then strftime(make_timestamp("at" * 1000000), '%d.%m.%Y %H:%M:%S') end;
create or replace macro offset_text("at", ahead) as
    strftime(make_timestamp("at" * 1000000), '%Y-%m-%dT%H:%M:%S') || case ahead when 7200 then '+02:00' else '+01:00' end;
create or replace macro date_text(day) as cast(date '1970-01-01' + cast(day as integer) as varchar);
create or replace macro money(cents) as cast(cents / 100 as decimal(18, 2));
create or replace macro postcode_text(country, start, code) as
    case
        when country = 'DE' or length(start) = 1 then start || lpad(cast(code as varchar), 3, '0')
        else start || lpad(cast(code // 10 as varchar), 2, '0')
    end;
-- Versions of an address: 0 the first, 1.. later ones, 50 only in a second record, 90 with a letter missing.
create or replace macro address(first, last, person, version) as
    first || '.' || case when version = 90 then left(last, length(last) - 1) else last end
    || ((person * 48271 + 7919) % 99999989)
    || case when version in (0, 90) then '' else '-' || version end || '@'
    || ['mail', 'post', 'freemail', 'webpost', 'kabel', 'funk'][1 + (person + version) % 6] || '.example';
create or replace macro email_text(kind, style, first, last, person, version) as
    case
        when kind = 2 then null
        when kind = 1 then ['info@kaffeehaus.example', 'noreply@shop.example', 'none@none.example'][1 + person % 3]
        when style = 1 then upper(address(first, last, person, version))
        when style = 2 then upper(left(first, 1)) || substr(address(first, last, person, version), 2)
        when style = 3 then ' ' || address(first, last, person, version) || ' '
        else address(first, last, person, version)
    end;
-- Numbers belong to the country where the phone was bought, whatever the address says now.
create or replace macro phone_digits(person) as lpad(cast((person * 7919 + 12345) % 100000000 as varchar), 8, '0');
create or replace macro phone_prefix(person) as
    case when person % 100 < 80 then ['151', '160', '171', '176'][1 + person % 4] when person % 100 < 92 then '664' else '7' end;
create or replace macro phone_country(person) as
    case when person % 100 < 80 then '49' when person % 100 < 92 then '43' else '41' end;
create or replace macro phone_text(kind, style, person) as
    case
        when kind = 2 then null
        when kind = 1 then ['0000000', '000000'][1 + person % 2]
        when style = 0 then '+' || phone_country(person) || ' ' || phone_prefix(person) || ' ' || phone_digits(person)
        when style = 1 then '00' || phone_country(person) || phone_prefix(person) || ' ' || phone_digits(person)
        when style = 2 and person % 100 < 80 then '0' || phone_prefix(person) || '/' || phone_digits(person)
        when style = 3 and person % 100 < 80 then '0' || phone_prefix(person) || ' ' || left(phone_digits(person), 3)
            || ' ' || substr(phone_digits(person), 4, 3) || ' ' || right(phone_digits(person), 2)
        when style = 4 and person % 100 < 80 then '(0' || phone_prefix(person) || ') ' || phone_digits(person)
        else '+' || phone_country(person) || phone_prefix(person) || phone_digits(person)
    end;
create or replace macro surname_text(last, typo) as
    case typo
        when 1 then left(last, 2) || substr(last, 4)
        when 2 then left(last, 2) || substr(last, 2)
        else last
    end;
create or replace macro customer_number(person, second) as ((person * 2 + second) * 7368787 + 1234567) % 100000000;
