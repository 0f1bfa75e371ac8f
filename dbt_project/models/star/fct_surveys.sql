select
    {{ surrogate_key(['surveys.survey_id', 'surveys.customer_id', 'surveys.topic']) }} as survey_key,
    surveys.survey_id,
    coalesce(by_number.customer_key, by_prospect.customer_key) as customer_key,
    surveys.topic,
    surveys.answered_at,
    surveys.answered_on,
    cast(surveys.expected as integer) as expected,
    cast(surveys.perceived as integer) as perceived,
    cast(surveys.perceived - surveys.expected as integer) as gap
from {{ ref('stg_marketing__surveys') }} as surveys
{{ join_owner('by_number', "'customer_id'", 'surveys.customer_id') }}
{{ join_owner('by_prospect', "'prospect_id'", 'surveys.customer_id') }}
