{# Durable key of one or more columns: 63 bits of their md5, the same on every run and machine; null when any is null. #}
{% macro surrogate_key(columns) -%}
    {{ adapter.dispatch('surrogate_key')(columns) }}
{%- endmacro %}

{% macro duckdb__surrogate_key(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}{%- do texts.append('cast(' ~ column ~ ' as varchar)') -%}{%- endfor -%}
    cast(md5_number_lower({{ texts | join(" || '|' || ") }}) & 9223372036854775807::ubigint as bigint)
{%- endmacro %}

{# Fingerprint of a row, nulls included: only for comparing rows within one query, never stored. #}
{% macro fingerprint(columns) -%}
    {{ adapter.dispatch('fingerprint')(columns) }}
{%- endmacro %}

{% macro duckdb__fingerprint(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}
