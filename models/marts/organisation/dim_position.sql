with final as (
    select * from {{ ref('int_positions') }}
)

select * from final
