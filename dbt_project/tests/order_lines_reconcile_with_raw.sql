-- Rows, pieces and money of the lines in the star, with those whose order never came, are those of raw's newest rows.
with

raw_lines as (
    select quantity, cast(quantity * unit_price as decimal(18, 4)) as gross_amount, discount
    from {{ source('raw', 'sales_order_lines') }}
    qualify row_number() over (
        partition by trim(order_id), line_number
        order by _delivery_id desc, _row desc
    ) = 1
),

raw_totals as (
    select
        count(*) as line_count,
        coalesce(sum(quantity), 0) as quantity,
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(discount), 0) as discount_amount
    from raw_lines
),

star_lines as (
    select quantity, gross_amount, discount_amount from {{ ref('fct_order_lines') }}
    union all
    select quantity, gross_amount, discount_amount from {{ ref('orphan_order_lines') }}
),

star_totals as (
    select
        count(*) as line_count,
        coalesce(sum(quantity), 0) as quantity,
        coalesce(sum(gross_amount), 0) as gross_amount,
        coalesce(sum(discount_amount), 0) as discount_amount
    from star_lines
)

-- Each side is one row; what is left is one that the other side does not agree with.
select * from raw_totals
except
select * from star_totals
