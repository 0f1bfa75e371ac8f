{{ config(unique_key=['survey_id', 'customer_id', 'topic']) }}

with

source as (
    {{ newest(source('raw', 'marketing_surveys'), key=['trim(survey_id)', 'trim(customer_id)', 'trim(topic)']) }}
),

renamed as (
    select
        {{ clean_key('survey_id') }} as survey_id,
        {{ clean_key('customer_id') }} as customer_id,
        answered_at,
        {{ local_date('answered_at') }} as answered_on,
        {{ clean_key('topic') }} as topic,
        expected,
        perceived,
        _delivery_id,
        _row
    from source
)

select * from renamed
