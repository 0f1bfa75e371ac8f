{# A share adds up to 1 within each group of rows; a group where nobody has any share is left out. #}
{% test shares_add_up(model, share, within) %}
    select {{ within }}, sum({{ share }}) as total
    from {{ model }}
    group by {{ within }}
    having abs(sum({{ share }}) - 1) > 1e-9
{% endtest %}

{# A sum is the same here and in another table for every value of a column, e.g. customers by date. #}
{% test adds_up_to(model, total, by, other, other_total) %}
    with
    here as (select {{ by }} as by_value, sum({{ total }}) as total from {{ model }} group by 1),
    there as (select {{ by }} as by_value, {{ other_total }} as total from {{ other }} where {{ by }} <= {{ as_of() }} group by 1)
    select here.by_value, there.by_value as other_value, here.total, there.total as other_total
    from here
    full outer join there on here.by_value = there.by_value
    where coalesce(here.total, 0) <> coalesce(there.total, 0)
{% endtest %}

{# No two rows alike in these columns; a null is a value of its own. #}
{% test one_row_per(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}
