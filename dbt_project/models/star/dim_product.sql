with

versions as (
    select
        *,
        {{ fingerprint(['name', 'category', 'subcategory', 'brand', 'unit_cost', 'list_price']) }} as print
    from {{ ref('stg_sales__products') }}
),

marked as (
    select
        *,
        lag(print) over (partition by product_id order by updated_at) as print_before
    from versions
),

-- A version that says what the one before it said is no change.
changes as (
    select * from marked
    where print_before is distinct from print
),

-- Products that nobody described are products all the same.
unnamed as (
    select product_id from {{ ref('stg_sales__order_lines') }}
    union
    select product_id from {{ ref('stg_web__events') }}
    except
    select product_id from versions
),

history as (
    select
        product_id,
        name,
        category,
        subcategory,
        brand,
        unit_cost,
        list_price,
        case when print_before is null then least({{ history_begin() }}, updated_at) else updated_at end as valid_from,
        lead(updated_at, 1, {{ history_end() }}) over (partition by product_id order by updated_at) as valid_to
    from changes
    union all
    select product_id, null, null, null, null, null, null, {{ history_begin() }}, {{ history_end() }}
    from unnamed
    where product_id is not null
)

select
    {{ surrogate_key(['product_id', 'valid_from']) }} as product_version_key,
    {{ surrogate_key(['product_id']) }} as product_key,
    product_id,
    name,
    category,
    subcategory,
    brand,
    unit_cost,
    list_price,
    valid_from,
    valid_to,
    valid_to = {{ history_end() }} as is_current
from history
