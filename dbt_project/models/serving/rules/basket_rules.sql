-- What is bought together more often than chance would have it.
select
    kind,
    level,
    rule_key,
    antecedent_name,
    consequent_name,
    basket_count,
    antecedent_count,
    consequent_count,
    support,
    confidence,
    lift,
    leverage,
    case when confidence < 1 then conviction end as conviction,
    zhangs_metric,
    jaccard,
    certainty,
    kulczynski,
    found_on
from {{ source('mining', 'basket_rules') }}
where as_of = {{ as_of() }}
order by kind, level, rule_key
