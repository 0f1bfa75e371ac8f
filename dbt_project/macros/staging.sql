{# Text without surrounding blanks; nothing left is no value. #}
{% macro clean(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{# The same in lower case, for words that a source spells as it likes (channels). #}
{% macro clean_word(column) -%}
    nullif(lower(trim({{ column }})), '')
{%- endmacro %}

{# A key without surrounding blanks. A blank key stays a key, so that its row is counted; identity takes it for nobody. #}
{% macro clean_key(column) -%}
    trim({{ column }})
{%- endmacro %}

{# An e-mail address for comparing: trimmed, lower case, null unless it looks like one. Dots are left alone. #}
{% macro email_normalised(column) -%}
    {{ only_matching('lower(trim(' ~ column ~ '))', '^[^@ ]+@[^@ ]+[.][^@ .]+$') }}
{%- endmacro %}

{#
A phone number for comparing: +, country code, number, 8 to 15 digits. Step by step: without what is not dialled; one
digit repeated is nobody's number; 00 is +; a number that starts with the company's own country code and is long enough
to hold it gets its +; a national one, with or without its trunk 0, gets the company's prefix; the trunk 0 that some
write after the prefix goes. What then is no full number is null.
#}
{% macro phone_normalised(column) -%}
    {%- set code = var('phone_prefix') | replace('+', '') -%}
    {%- set steps = [
        ('[(]0[)]', ''),
        ('[^0-9+]', ''),
        ('^[+]?0*(1*|2*|3*|4*|5*|6*|7*|8*|9*)$', ''),
        ('^00', '+'),
        ('^(' ~ code ~ '[0-9]{9,})$', '+\\1'),
        ('^0', '+' ~ code),
        ('^([1-9])', '+' ~ code ~ '\\1'),
        ('^[+]' ~ code ~ '0', '+' ~ code),
    ] -%}
    {%- set number = namespace(text=column) -%}
    {%- for pattern, replacement in steps -%}
        {%- set number.text = replace_all(number.text, pattern, replacement) -%}
    {%- endfor -%}
    {{ only_matching(number.text, '^[+][1-9][0-9]{7,14}$') }}
{%- endmacro %}

{#
The newest row per key: the highest version, then the latest delivery, then the last row of its file. Only keys that
come more than once are sorted, so that a feed of millions of events, nearly all delivered once, streams through.
Where only new batches are read, the staging table itself then holds each row against the one it has.
#}
{% macro newest(feed, key, version=none, only='true') -%}
    {%- set newest_first = ([version ~ ' desc'] if version else []) + ['_delivery_id desc', '_row desc'] -%}
    {%- set key_print = fingerprint(key) -%}
    {%- set relation = '(select * from ' ~ rows_of(feed) ~ ' where ' ~ only ~ ')' -%}
    {%- set repeated = 'select ' ~ key_print ~ ' from ' ~ relation ~ ' group by 1 having count(*) > 1' -%}
    select * from {{ relation }}
    where {{ key_print }} not in ({{ repeated }})
    union all
    select * from {{ relation }}
    where {{ key_print }} in ({{ repeated }})
    qualify row_number() over (partition by {{ key | join(', ') }} order by {{ newest_first | join(', ') }}) = 1
{%- endmacro %}
