{# The rows of a raw table as they stood at known_at (R4): the one version of each key that counts then, unless that
   version says that the row is deleted. The columns are the contract's, in its order, then source_system and what the
   order of versions needs; they come from raw, so that models/sources stays the only list of them. #}
{% macro current_version(table) -%}
with clock as (
    select known_at from {{ source('ops', 'clock') }}
),

versions as (
    select * from {{ source('raw', table) }}
),

final as (
    select {{ contract_columns('versions') }}
    from versions
    cross join clock
    where
        versions.recorded_at <= clock.known_at
        and (versions.superseded_at is null or versions.superseded_at > clock.known_at)
        and not coalesce(versions.is_deleted, false)
)

select * from final
{%- endmacro %}

{# The last known state of everything that ever existed by known_at, deleted or not: the past keeps the departments and
   positions that it was in (R2, R3). `is_deleted` says that the thing does not exist at known_at. #}
{% macro last_version(table, key) -%}
with clock as (
    select known_at from {{ source('ops', 'clock') }}
),

versions as (
    select * from {{ source('raw', table) }}
),

known as (
    select
        {{ contract_columns('versions') }},
        coalesce(versions.superseded_at <= clock.known_at, false) as is_deleted,
        row_number() over (
            partition by versions.source_system, versions.{{ key }}
            order by {{ latest_first('versions') }}, versions.load_id desc
        ) as choice
    from versions
    cross join clock
    where
        versions.recorded_at <= clock.known_at
        and not coalesce(versions.is_deleted, false)
),

final as (
    select * exclude (choice)
    from known
    where choice = 1
)

select * from final
{%- endmacro %}

{# Every column of a raw relation but those that only loading needs. #}
{% macro contract_columns(relation) -%}
{{ relation }}.* exclude (is_deleted, source_note, superseded_at, row_hash, load_id, confirmed_by)
{%- endmacro %}
