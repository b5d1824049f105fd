{%- set columns = ['period_type', 'period_id', 'period_start', 'period_end', 'final_level', 'manager_level'] %}
{%- set measures = ['n', 'n_at_lower_bound'] %}

with rating_periods as (
    select * from {{ ref('int_rating_periods') }}
),

department_closure as (
    select * from {{ ref('int_department_closure') }}
),

rated as (
    select
        *,
        1 as n,
        case when is_final_at_lower_bound then 1 else 0 end as n_at_lower_bound
    from rating_periods
    where final_rating is not null
),

own_slices as (
    {{ sums_by_slice('rated', columns, measures) }}
),

final as (
    {{ rolled_up('own_slices', 'department_closure', columns, measures) }}
)

select * from final
