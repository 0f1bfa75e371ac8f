{# What makes a table take up only what is new, the same on every engine; how it takes it up is in engine/increments.sql. #}

{# Whether this run takes up what new batches brought; else everything is made anew. #}
{% macro is_increment() -%}
    {{ return(var('increment', false)) }}
{%- endmacro %}

{# The rows of a feed that are to be read: all, or those of the new batches. #}
{% macro rows_of(feed) -%}
    {{ return(feed.incorporate(path={'schema': 'raw_new'}) if is_increment() else feed) }}
{%- endmacro %}

{# The rows of a table that this night exchanged: the old with is_new false, the new with is_new true. #}
{% macro changed(table) -%}
    changes.{{ table }}
{%- endmacro %}

{#
Which keys must be made anew, as a query in a call block at the head of a table; run before the table is made. Too many
cost time and nothing else, too few leave a table that is wrong.
#}
{% macro touched() -%}
    {%- if execute and is_increment() -%}{%- do run_query(keep_touched(this.identifier, caller())) -%}{%- endif -%}
{%- endmacro %}

{# A condition on rows: that they belong to the touched keys of a table. Where everything is made anew, all rows do. #}
{% macro is_touched(column, name=none, table=none) -%}
    {%- if is_increment() -%}
        {{ column }} in (select {{ name or column.split('.')[-1] }} from touched.{{ table or this.identifier }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# A condition on rows of a fact: that this night brought or took them, itself or what they are described by. #}
{% macro is_changed(column, table) -%}
    {%- if is_increment() -%}{{ column }} in (select {{ column.split('.')[-1] }} from {{ changed(table) }}){%- else -%}true{%- endif -%}
{%- endmacro %}

{# Keys of rows whose identifiers now belong to somebody else, e.g. {'email': 'cases.email_normalised'}. #}
{% macro owned_anew(key, relation, identifiers) -%}
    {%- for kind, column in identifiers.items() -%}
        select {{ key }} from {{ relation }}
        where {{ column }} in (select identifier from {{ changed('identifier_owners') }} where kind = '{{ kind }}')
        {{ 'union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Whose the identifiers of some rows are. #}
{% macro owners_of(kind, relation, column) -%}
    select customer_key from {{ source('identity', 'identifier_owners') }}
    where kind = '{{ kind }}' and identifier in (select {{ column }} from {{ relation }})
{%- endmacro %}

{# What this night exchanged in several tables: {table: what of it}. #}
{% macro each_changed(selected) -%}
    {%- for table, columns in selected.items() -%}
        select {{ columns }} from {{ changed(table) }}{{ ' union all ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
