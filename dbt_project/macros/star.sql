{# Join the one customer that an identifier of an event belongs to; nobody where no one or more than one has it. #}
{% macro join_owner(alias, kind, identifier, how='left') -%}
    {{ how }} join {{ source('identity', 'identifier_owners') }} as {{ alias }}
        on {{ alias }}.kind = {{ kind }} and {{ alias }}.identifier = {{ identifier }}
{%- endmacro %}

{# The first and the last instant of all history, so that every event falls into exactly one version. #}
{% macro history_begin() -%} cast('1900-01-01 00:00:00' as timestamp) {%- endmacro %}
{% macro history_end() -%} cast('9999-12-31 00:00:00' as timestamp) {%- endmacro %}

{# Key of a place; a place of which nothing is known has none. #}
{% macro geography_key(country, region, city) -%}
    case when coalesce({{ country }}, {{ region }}, {{ city }}) is not null then
        {{ surrogate_key(["coalesce(" ~ country ~ ", '')", "coalesce(" ~ region ~ ", '')", "coalesce(" ~ city ~ ", '')"]) }}
    end
{%- endmacro %}

{# A number and its noun: "1 item", "3 items"; pieces by weight are rounded. #}
{% macro counted(number, noun) -%}
    cast(cast(round({{ number }}) as bigint) as varchar) || case when {{ number }} = 1 then ' {{ noun }}' else ' {{ noun }}s' end
{%- endmacro %}

{# Key of a touch: that of its fact, kept apart from the same number in another kind of fact. #}
{% macro touch_key(kind, key) -%}
    {{ mixed_key(key, surrogate_key(["'" ~ kind ~ "'"])) }}
{%- endmacro %}

{#
Pieces times price in four decimals. A million million or more is a slip of the keyboard that would overflow the sums of a
year: null. The product itself needs more than 18 digits.
#}
{% macro line_amount(quantity, price) -%}
    case
        when abs(cast({{ quantity }} as double) * cast({{ price }} as double)) < 1e12
            then cast(cast({{ quantity }} as decimal(38, 3)) * {{ price }} as decimal(18, 4))
    end
{%- endmacro %}

{# Whether the amounts of a line can be counted. #}
{% macro is_countable(gross_amount, discount) -%}
    ({{ gross_amount }} is not null and abs({{ discount }}) < 1e12)
{%- endmacro %}
