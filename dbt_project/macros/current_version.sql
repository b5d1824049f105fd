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

{# Every column of a raw relation but those that only loading needs. #}
{% macro contract_columns(relation) -%}
{{ relation }}.* exclude (is_deleted, source_note, superseded_at, row_hash, load_id, confirmed_by)
{%- endmacro %}
