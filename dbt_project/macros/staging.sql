{# Text without surrounding blanks; nothing left is no value. #}
{% macro clean(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{# The same in lower case, for words that a source spells as it likes (channels). #}
{% macro clean_word(column) -%}
    nullif(lower(trim({{ column }})), '')
{%- endmacro %}

{# An e-mail address for comparing: trimmed, lower case, null unless it looks like one. Dots are left alone. #}
{% macro email_normalised(column) -%}
    case when {{ matches(clean_word(column), '^[^@ ]+@[^@ ]+[.][^@ .]+$') }} then {{ clean_word(column) }} end
{%- endmacro %}

{#
A phone number for comparing: +, country code, number. 00 is +; a national number, with or without its trunk 0, gets
the company's prefix. Fewer than 8 or more than 15 digits, or one digit repeated, is nobody's number: null.
#}
{% macro phone_normalised(column) -%}
    {%- set digits = replace_all(replace_all(column, '[(]0[)]', ''), '[^0-9]', '') -%}
    {%- set prefix = var('phone_prefix') | replace('+', '') -%}
    {%- set plus = "case"
        ~ " when trim(" ~ column ~ ") like '+%' then '+' || " ~ digits
        ~ " when " ~ digits ~ " like '00%' then '+' || substr(" ~ digits ~ ", 3)"
        ~ " when " ~ digits ~ " like '0%' then '+" ~ prefix ~ "' || substr(" ~ digits ~ ", 2)"
        ~ " when " ~ digits ~ " like '" ~ prefix ~ "%' and length(" ~ digits ~ ") >= 11 then '+' || " ~ digits
        ~ " else '+" ~ prefix ~ "' || " ~ digits ~ " end" -%}
    case
        when replace(ltrim({{ digits }}, '0'), left(ltrim({{ digits }}, '0'), 1), '') = '' then null
        when {{ matches(plus, '^[+][1-9][0-9]{7,14}$') }} then {{ plus }}
    end
{%- endmacro %}

{#
The newest row per key: the highest version, then the latest delivery, then the last row of its file. Only keys that
come more than once are sorted, so that a feed of millions of events, nearly all delivered once, streams through.
#}
{% macro newest(relation, key, version=none) -%}
    {%- set newest_first = ([version ~ ' desc'] if version else []) + ['_delivery_id desc', '_row desc'] -%}
    {%- set key_print = fingerprint(key) -%}
    {%- set repeated = 'select ' ~ key_print ~ ' from ' ~ relation ~ ' group by 1 having count(*) > 1' -%}
    select * from {{ relation }}
    where {{ key_print }} not in ({{ repeated }})
    union all
    select * from {{ relation }}
    where {{ key_print }} in ({{ repeated }})
    qualify row_number() over (partition by {{ key | join(', ') }} order by {{ newest_first | join(', ') }}) = 1
{%- endmacro %}
