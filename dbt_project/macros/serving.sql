{# The date that serving describes, as a literal. #}
{% macro as_of() -%} cast('{{ var("as_of") }}' as date) {%- endmacro %}

{# The day so many days before it: facts after that day lie in the window. #}
{% macro days_before_as_of(days) -%}
    {%- set day = modules.datetime.date.fromisoformat(var('as_of')) - modules.datetime.timedelta(days=days) -%}
    cast('{{ day.isoformat() }}' as date)
{%- endmacro %}

{# The day 12 months before it; a month end leads to a month end, as in mining/as_of_dates.py. #}
{% macro year_before_as_of() -%}
    {%- set day = modules.datetime.date.fromisoformat(var('as_of')) -%}
    {%- set one = modules.datetime.timedelta(days=1) -%}
    {%- if (day + one).day == 1 -%}
        {%- set day = (day + one).replace(year=(day + one).year - 1) - one -%}
    {%- else -%}
        {%- set day = day.replace(year=day.year - 1) -%}
    {%- endif -%}
    cast('{{ day.isoformat() }}' as date)
{%- endmacro %}

{# Tiers, best first, the RFM groups of the grid and the loyalty stages, as rows of one column. #}
{% macro tier_rows() -%} {{ text_rows('tier', ['A', 'B', 'C', 'D']) }} {%- endmacro %}
{% macro group_rows() -%}
    {{ text_rows('rfm_group', [
        'Champions', 'Loyal', 'Active', 'Promising', 'New', 'Needs attention', 'At risk', 'Almost lost', 'Previously loyal', 'Dormant'
    ]) }}
{%- endmacro %}

{% macro stage_rows() -%}
    {{ text_rows('loyalty_stage', ['potential', 'new', 'regular', 'established', 'loyal', 'lapsed', 'lost']) }}
{%- endmacro %}

{% macro number_rows(column, numbers) -%}
    {%- for number in numbers -%}
        select {{ number }} as {{ column }}{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro text_rows(column, texts) -%}
    {%- for text in texts -%}
        select '{{ text }}' as {{ column }}{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Full years from a date to the as-of date, as on birthdays: 29 February has its birthday on 1 March. #}
{% macro full_years(date_on) -%}
    {%- set day = modules.datetime.date.fromisoformat(var('as_of')) -%}
    cast(
        {{ day.year }} - extract(year from {{ date_on }})
        - case
            when extract(month from {{ date_on }}) * 100 + extract(day from {{ date_on }}) > {{ day.month * 100 + day.day }} then 1
            else 0
        end as integer
    )
{%- endmacro %}
