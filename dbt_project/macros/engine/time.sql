{# The day on which an instant (UTC) falls by the company's clock. #}
{% macro local_date(instant) -%}
    {{ adapter.dispatch('local_date')(instant, var('time_zone')) }}
{%- endmacro %}

{% macro duckdb__local_date(instant, time_zone) -%}
    {%- if time_zone == 'UTC' -%}
        cast({{ instant }} as date)
    {%- else -%}
        cast(timezone('{{ time_zone }}', timezone('UTC', {{ instant }})) as date)
    {%- endif -%}
{%- endmacro %}

{# Seconds from one instant to another, as a float; negative when they are out of order. #}
{% macro seconds_between(earlier, later) -%}
    {{ adapter.dispatch('seconds_between')(earlier, later) }}
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
    ((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000)
{%- endmacro %}

{# Rows of one column `date_on`: every day from the first to the last, both included. #}
{% macro days_from_to(first_on, last_on) -%}
    {{ adapter.dispatch('days_from_to')(first_on, last_on) }}
{%- endmacro %}

{% macro duckdb__days_from_to(first_on, last_on) -%}
    select cast(unnest(generate_series({{ first_on }}, {{ last_on }}, interval 1 day)) as date) as date_on
{%- endmacro %}

{# The last day of the month of a date. #}
{% macro month_end(date_on) -%}
    {{ adapter.dispatch('month_end')(date_on) }}
{%- endmacro %}

{% macro duckdb__month_end(date_on) -%}
    last_day({{ date_on }})
{%- endmacro %}

{# The day of the week of a date, 1 Monday to 7 Sunday. #}
{% macro iso_weekday(date_on) -%}
    {{ adapter.dispatch('iso_weekday')(date_on) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(date_on) -%}
    isodow({{ date_on }})
{%- endmacro %}
