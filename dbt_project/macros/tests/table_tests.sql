{# A table's key: no part of it missing, no two rows alike. One test for the whole key. #}
{% test key(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}

{# Every foreign key of a table at once: {column: 'table.column of the other side'}; null means unknown and is allowed. #}
{% test foreign_keys(model, keys) %}
    {% for column, target in keys.items() %}
        select '{{ column }}' as key_column, cast({{ column }} as varchar) as missing, count(*) as row_count
        from {{ model }}
        where {{ column }} is not null
            and {{ column }} not in (select {{ target.split('.')[1] }} from {{ ref(target.split('.')[0]) }})
        group by {{ column }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
{% endtest %}

{# Rules that every row meets: {name: condition}. One scan; a row is shown for each rule that it breaks. #}
{% test rows_meet(model, rules) %}
    select {% for name, rule in rules.items() %}
        count(*) filter (where not coalesce({{ rule }}, false)) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ model }}
    having {% for name, rule in rules.items() %}
        count(*) filter (where not coalesce({{ rule }}, false)) > 0 {{ 'or' if not loop.last }}
    {% endfor %}
{% endtest %}
