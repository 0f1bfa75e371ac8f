{{ config(unique_key=['campaign_id']) }}

with

source as (
    {{ newest(source('raw', 'marketing_campaigns'), key=['trim(campaign_id)']) }}
),

renamed as (
    select
        {{ clean_key('campaign_id') }} as campaign_id,
        {{ clean('name') }} as name,
        {{ clean('objective') }} as objective,
        {{ clean_word('channel') }} as channel,
        {{ clean('offer') }} as offer,
        {{ clean('category') }} as category,
        starts_on,
        ends_on,
        budget,
        _delivery_id,
        _row
    from source
)

select * from renamed
