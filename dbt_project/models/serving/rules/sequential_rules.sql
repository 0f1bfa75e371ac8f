-- Every rule that was found, with its verdict; only those that hold are used for offers.
select
    level,
    rule_key,
    antecedent_name,
    antecedent_item_count,
    consequent,
    consequent_name,
    window_days,
    customer_count,
    hit_count,
    support_share,
    confidence,
    base_share,
    lift,
    part_share,
    lag_q1_days,
    lag_median_days,
    lag_q3_days,
    p_value,
    q_value,
    explained_by_name,
    later_customer_count,
    later_hit_count,
    later_confidence,
    later_base_share,
    later_lift,
    later_p_value,
    verdict,
    is_used,
    found_on
from {{ source('mining', 'sequential_rules') }}
where as_of = {{ as_of() }}
order by level, rule_key
