{# What one contact costs by its channel, from the settings; a channel without a price costs nothing. #}
{% macro channel_cost(channel) -%}
    cast(
        case {{ channel }}
            {%- for name, cost in var('cost_contact').items() %}
            when '{{ name | replace("'", "''") }}' then {{ cost | float }}
            {%- endfor %}
            else 0
        end as decimal(18, 4)
    )
{%- endmacro %}
