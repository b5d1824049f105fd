with clock as (
    select known_at from {{ source('ops', 'clock') }}
),

versions as (
    select * from {{ source('raw', 'employees') }}
),

final as (
    select
        {{ contract_columns('versions') }},
        coalesce(versions.is_deleted, false) as is_deleted,
        case when versions.superseded_at <= clock.known_at then versions.superseded_at end as superseded_at
    from versions
    cross join clock
    where
        versions.recorded_at <= clock.known_at
        and (versions.superseded_at is null or versions.superseded_at > versions.recorded_at)
)

select * from final
