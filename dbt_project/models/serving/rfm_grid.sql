-- The 5 x 5 grid on every date that history holds; cells without customers have no row.
select
    as_of,
    r_score,
    fm_score,
    rfm_group,
    count(*) as customer_count,
    cast(sum(monetary_amount) as decimal(18, 4)) as monetary_amount
from {{ source('mining', 'customer_rfm') }}
where as_of <= {{ as_of() }}
group by as_of, r_score, fm_score, rfm_group
order by as_of, r_score desc, fm_score
