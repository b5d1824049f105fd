with final as (
    select * from {{ ref('int_review_cycles') }}
)

select * from final
