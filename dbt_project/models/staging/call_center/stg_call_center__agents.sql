{{ config(unique_key=['agent_id']) }}

with

source as (
    {{ newest(source('raw', 'call_center_agents'), key=['trim(agent_id)']) }}
),

renamed as (
    select
        {{ clean_key('agent_id') }} as agent_id,
        {{ clean('name') }} as name,
        {{ clean('team') }} as team,
        capacity_per_day,
        cost_per_hour,
        _delivery_id,
        _row
    from source
)

select * from renamed
