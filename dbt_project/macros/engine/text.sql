{# The text where it meets a regular expression (RE2: no look-around, no back-references), else null. #}
{% macro only_matching(text, pattern) -%}
    {{ adapter.dispatch('only_matching')(text, pattern) }}
{%- endmacro %}

{% macro duckdb__only_matching(text, pattern) -%}
    nullif(regexp_extract({{ text }}, '{{ pattern }}'), '')
{%- endmacro %}

{# A text with every part that meets a regular expression replaced; \1 stands for the first group. #}
{% macro replace_all(text, pattern, replacement) -%}
    {{ adapter.dispatch('replace_all')(text, pattern, replacement) }}
{%- endmacro %}

{% macro duckdb__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
