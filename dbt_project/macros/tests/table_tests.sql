{#
The keys of a table at once: no part of its own missing and no two rows alike, and every foreign key found on the other
side, given as {column: 'table.column'}. A foreign key may be null: unknown. One row for each value that is wrong. Where
a night only takes up what is new, what it exchanged is looked at on both sides.
#}
{% test keys(model, columns, foreign={}) %}
    select
        '{{ columns | join(', ') | replace("'", "''") }}' as key_columns,
        {% for column in columns %}cast({{ column }} as varchar){{ " || '|' || " if not loop.last }}{% endfor %} as value,
        count(*) as row_count
    from {{ model }}
    {% if is_increment() %}
        semi join (select * from {{ changed(model.identifier) }} where is_new) using ({{ columns | join(', ') }})
    {% endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1 or {{ columns | join(' is null or ') }} is null
    {% for column, target in foreign.items() %}
        {%- set dimension, key = target.split('.') %}
        union all
        select '{{ column }}', cast({{ column }} as varchar), count(*)
        from {{ model }}
        where {{ column }} is not null
            and {{ column }} not in (select {{ key }} from {{ ref(dimension) }})
            {% if is_increment() %}
                and (
                    {{ column }} in (select {{ column }} from {{ changed(model.identifier) }} where is_new)
                    or {{ column }} in (select {{ key }} from {{ changed(dimension) }} where not is_new)
                )
            {% endif %}
        group by {{ column }}
    {% endfor %}
{% endtest %}

{# Rules that every row meets: {name: condition}. One scan; a row is shown for each rule that it breaks. #}
{% test rows_meet(model, rules) %}
    select {% for name, rule in rules.items() %}
        count(*) filter (where not coalesce({{ rule }}, false)) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ model if not is_increment() else '(select * from ' ~ changed(model.identifier) ~ ' where is_new)' }}
    having {% for name, rule in rules.items() %}
        count(*) filter (where not coalesce({{ rule }}, false)) > 0 {{ 'or' if not loop.last }}
    {% endfor %}
{% endtest %}
