{%- set staged = ref('stg_sales__order_lines') -%}

-- Rows, pieces and money of the lines in the star, with those that no fact can hold, are those of raw's newest rows;
-- where only new batches are taken up, those of staging's lines in the touched orders.
with

raw_lines as (
    {% if is_increment() %}
        select quantity, unit_price, discount
        from {{ staged }}
        where {{ is_touched('order_id', table='fct_order_lines') }}
    {% else %}
        select
            quantity,
            unit_price,
            coalesce(discount, 0) as discount
        from {{ source('raw', 'sales_order_lines') }}
        qualify row_number() over (
            partition by trim(order_id), line_number
            order by _delivery_id desc, _row desc
        ) = 1
    {% endif %}
),

star_lines as (
    select quantity, unit_price_amount as unit_price, discount_amount as discount from {{ ref('fct_order_lines') }}
    where {{ is_touched('order_id', table='fct_order_lines') }}
    union all
    select quantity, unit_price_amount, discount_amount from {{ ref('orphan_order_lines') }}
    where {{ is_touched('order_id', table='fct_order_lines') }}
),

{% for side in ['raw', 'star'] %}
    {{ side }}_totals as (
        select
            count(*) as line_count,
            sum(quantity) as quantity,
            sum({{ line_amount('quantity', 'unit_price') }}) as gross_amount,
            sum(discount) as discount_amount
        from {{ side }}_lines
    ),
{% endfor %}

-- What the lines of the fact hold is what their own quantities and prices give.
kept as (
    select sum(gross_amount) as gross_amount, sum(net_amount + discount_amount) as net_and_discount_amount
    from {{ ref('fct_order_lines') }}
    where {{ is_touched('order_id', table='fct_order_lines') }}
),

recomputed as (
    select
        sum({{ line_amount('quantity', 'unit_price_amount') }}) as gross_amount,
        sum({{ line_amount('quantity', 'unit_price_amount') }}) as net_and_discount_amount
    from {{ ref('fct_order_lines') }}
    where {{ is_touched('order_id', table='fct_order_lines') }}
),

-- Each is one row; what is left is one that the other side does not agree with.
lost as (
    select * from raw_totals
    except
    select * from star_totals
),

miscounted as (
    select * from kept
    except
    select * from recomputed
)

select 'lost between raw and star' as problem, gross_amount from lost
union all
select 'lines that are not pieces times price', gross_amount from miscounted
