{{ config(unique_key=['subject_kind', 'subject']) }}

with

source as (
    {{ newest(source('raw', 'external_demographics'), key=['subject_kind', 'trim(subject)']) }}
),

renamed as (
    select
        subject_kind,
        {{ clean_key('subject') }} as subject,
        {{ clean('age_band') }} as age_band,
        income_band,
        household_size,
        {{ clean('lifestyle') }} as lifestyle,
        _delivery_id,
        _row
    from source
)

select * from renamed
