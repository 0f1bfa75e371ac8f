{#
The two ways in which a table takes up what is new (docs/decisions/040-nights-by-key.md). Each leaves in
`changes.<table>` the rows that went (is_new false) and that came (is_new true): what lies behind it is touched by them.
#}

{# Staging: a row that came in stands unless the one held is newer: by version, then by delivery, then by row. #}
{% macro get_incremental_newest_sql(args) -%}
    {%- set columns = args['dest_columns'] | map(attribute='name') | list -%}
    {{ adapter.dispatch('newest_sql')(args['target_relation'], args['temp_relation'], args['unique_key'], columns) }}
{%- endmacro %}

{% macro duckdb__newest_sql(target, incoming, key, columns) -%}
    {%- set version = config.get('meta').get('version') -%}
    {%- set order = ([version] if version else []) + ['_delivery_id', '_row'] -%}
    create or replace table changes.{{ target.identifier }} as
    with standing as (
        select incoming.{{ columns | join(', incoming.') }}
        from {{ incoming }} as incoming
        left join {{ target }} as held using ({{ key | join(', ') }})
        where
            held._row is null
            or row(incoming.{{ order | join(', incoming.') }}) > row(held.{{ order | join(', held.') }})
    )
    select false as is_new, held.* from {{ target }} as held semi join standing using ({{ key | join(', ') }})
    union all
    select true, standing.* from standing;
    {{ take_up_changes(target, key) }}
{%- endmacro %}

{# Star: the touched rows were made anew; only those that came out otherwise are exchanged. #}
{% macro get_incremental_compared_sql(args) -%}
    {%- set columns = args['dest_columns'] | map(attribute='name') | list -%}
    {{ adapter.dispatch('compared_sql')(args['target_relation'], args['temp_relation'], config.get('meta')['key'], columns) }}
{%- endmacro %}

{% macro duckdb__compared_sql(target, made, key, columns) -%}
    {%- set touched_by = config.get('meta').get('touched_by') -%}
    {%- set touched -%}
        {%- if touched_by %}semi join touched.{{ target.identifier }} using ({{ touched_by | join(', ') }}){% endif -%}
    {%- endset -%}
    create or replace table changes.{{ target.identifier }} as
    with held as (select * from {{ target }} {{ touched }}),
    made as (select {{ columns | join(', ') }} from {{ made }} {{ touched }}),
    gone as (select * from held except all select * from made),
    come as (select * from made except all select * from held)
    select false as is_new, gone.* from gone
    union all
    select true, come.* from come;
    {{ take_up_changes(target, key) }}
{%- endmacro %}

{% macro take_up_changes(target, key) -%}
    delete from {{ target }} as held
    using (select {{ key | join(', ') }} from changes.{{ target.identifier }} where not is_new) as gone
    where {% for column in key %}held.{{ column }} = gone.{{ column }}{{ ' and ' if not loop.last }}{% endfor %};
    insert into {{ target }}
    select * exclude (is_new) from changes.{{ target.identifier }} where is_new
{%- endmacro %}

{# Keep the keys that a table must make anew: `touched.<table>`, from the rows of the call. #}
{% macro keep_touched(table, rows) -%}
    {{ adapter.dispatch('keep_touched')(table, rows) }}
{%- endmacro %}

{% macro duckdb__keep_touched(table, rows) -%}
    create or replace table touched.{{ table }} as select distinct * from ({{ rows }})
{%- endmacro %}
