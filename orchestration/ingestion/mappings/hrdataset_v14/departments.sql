-- One row per DeptID, under the label most of its people carry: a few rows pair an id with another department's label.
with export as (
    select
        record_number,
        trim("DeptID") as department_id,
        trim("Department") as label
    from "HRDataset_v14"
),

labels as (
    select
        department_id,
        label,
        count(*) as n_people,
        min(record_number) as record_number
    from export
    group by department_id, label
),

final as (
    select
        department_id,
        label as name,
        record_number
    from labels
    qualify row_number() over (partition by department_id order by n_people desc, label asc) = 1
)

select * from final
