{# Durable key of one or more columns: the first 63 bits of their md5, the same on every run and machine; null when any is null. #}
{% macro surrogate_key(columns) -%}
    {{ adapter.dispatch('surrogate_key')(columns) }}
{%- endmacro %}

{% macro duckdb__surrogate_key(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}{%- do texts.append('cast(' ~ column ~ ' as varchar)') -%}{%- endfor -%}
    cast(cast('0x' || left(md5({{ texts | join(" || '|' || ") }}), 16) as ubigint) >> 1 as bigint)
{%- endmacro %}

{# Fingerprint of a row, nulls included: only for comparing rows within one query, never stored. #}
{% macro fingerprint(columns) -%}
    {{ adapter.dispatch('fingerprint')(columns) }}
{%- endmacro %}

{% macro duckdb__fingerprint(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{# A key made of another key and a small set's own: as unique as both together, without another md5. #}
{% macro mixed_key(key, other) -%}
    {{ adapter.dispatch('mixed_key')(key, other) }}
{%- endmacro %}

{% macro duckdb__mixed_key(key, other) -%}
    xor({{ key }}, {{ other }})
{%- endmacro %}
