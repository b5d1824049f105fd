-- One row per person. Labels hold where an id beside them says otherwise, and the row says so in findings.
-- A manager is named, and ManagerID does not number people as EmpID does: the name is looked up in the file, and the
-- link stays empty wherever it could be the wrong person.
with export as (
    select
        record_number,
        trim("EmpID") as employee_id,
        trim(
            regexp_replace(split_part("Employee_Name", ',', 2) || ' ' || split_part("Employee_Name", ',', 1), '\s+', ' ', 'g')
        ) as display_name,
        trim(regexp_replace("ManagerName", '\s+', ' ', 'g')) as manager_name,
        regexp_extract(lower("ManagerName"), '\s(\p{L})\.?\s', 1) as manager_initial,
        trim("DeptID") as department_number,
        trim("Department") as department_label,
        trim("Position") as title,
        trim("EmpStatusID") as status_id,
        lower(trim("EmploymentStatus")) as status,
        trim("TermReason") as reason,
        trim("DateofHire") as hired,
        trim("DateofTermination") as left_on,
        try_strptime(trim("DateofHire"), '%m/%d/%Y') as hire_date,
        try_strptime(trim("DateofTermination"), '%m/%d/%Y') as termination_date
    from "HRDataset_v14"
),

department_labels as (
    select
        department_number,
        department_label,
        count(*) as n_people
    from export
    group by department_number, department_label
    qualify row_number() over (partition by department_number order by n_people desc, department_label asc) = 1
),

departments as (
    select
        department_label,
        department_number as department_id
    from department_labels
    qualify row_number() over (partition by department_label order by n_people desc, department_number asc) = 1
),

people as (
    select
        employee_id,
        hire_date,
        termination_date,
        trim(regexp_replace(' ' || lower(display_name) || ' ', ' \p{L}\.? ', ' ', 'g')) as name_without_initial,
        regexp_extract(lower(display_name), ' (\p{L})\.? ', 1) as initial,
        regexp_matches(lower(title), '\b(manager|director|president|chief|c[a-z]o|head|lead|supervisor)\b') as leads_by_title
    from export
    qualify row_number() over (partition by employee_id order by record_number desc) = 1
),

namesakes as (
    select
        *,
        count(*) over (partition by name_without_initial) as n_people
    from people
    qualify row_number() over (partition by name_without_initial order by employee_id) = 1
),

named_managers as (
    select
        e.record_number,
        m.employee_id as manager_id,
        m.n_people,
        m.leads_by_title
        and m.employee_id <> e.employee_id
        and (m.initial = '' or e.manager_initial = '' or m.initial = e.manager_initial) as may_be_meant,
        coalesce(m.hire_date <= e.termination_date, true) and coalesce(m.termination_date >= e.hire_date, true) as have_met
    from export as e
    inner join namesakes as m on trim(regexp_replace(' ' || lower(e.manager_name) || ' ', ' \p{L}\.? ', ' ', 'g')) = m.name_without_initial
),

judged as (
    select
        e.*,
        d.department_id,
        m.manager_id,
        m.n_people = 1 and m.may_be_meant and m.have_met as is_manager_sure,
        case
            when e.manager_name is null then 'the export names no manager'
            when m.manager_id is null then 'left empty: the manager named is nobody in this file'
            when m.n_people > 1 then 'left empty: several people of this file have the manager''s name'
            when not m.may_be_meant then 'left empty: whoever has the manager''s name here leads nobody by title, or is the person'
            when not m.have_met then 'left empty: the manager named and the person were never employed at the same time'
            else 'found by ManagerName, since ManagerID does not number people as EmpID does'
        end as manager_note,
        case
            when e.left_on is null then null
            when e.status = 'voluntarily terminated' and lower(e.reason) = 'retiring' then 'retirement'
            when e.status = 'voluntarily terminated' then 'voluntary'
            when e.status = 'terminated for cause' then 'involuntary'
            else 'unknown'
        end as termination_type,
        case e.status_id
            when '4' then 'terminated for cause'
            when '5' then 'voluntarily terminated'
            else 'active'
        end as status_by_id,
        regexp_matches(lower(e.reason), 'medical|health|illness|maternity|paternity|pregnan|family') as is_reason_private
    from export as e
    left join departments as d on e.department_label = d.department_label
    left join named_managers as m on e.record_number = m.record_number
),

final as (
    select
        record_number,
        employee_id,
        display_name,
        coalesce(department_id, department_number) as department_id,
        regexp_replace(lower(title), '[^\p{L}\p{N}]+', '_', 'g') as position_id,
        case when is_manager_sure then manager_id end as manager_id,
        coalesce(strftime(hire_date, '%Y-%m-%d'), hired) as hire_date,
        coalesce(strftime(termination_date, '%Y-%m-%d'), left_on) as termination_date,
        termination_type,
        case when left_on is not null and not is_reason_private then reason end as termination_reason,
        json_merge_patch('{}', json_object(
            'manager_id', manager_note,
            'termination_reason', case
                when left_on is not null and is_reason_private then 'left out: the export gives one of a kind that is not kept'
            end,
            'findings', nullif(
                case when department_id <> department_number then [{
                    'rule': 'department_label_disagrees_with_id',
                    'detail': 'DeptID ' || department_number || ' is not the id of ' || department_label || ': the label holds'
                }] else [] end
                || case when status is distinct from status_by_id or (status = 'active') = (left_on is not null) then [{
                    'rule': 'employment_status_disagrees',
                    'detail': 'EmploymentStatus, EmpStatusID and DateofTermination do not agree: the date and EmploymentStatus hold'
                }] else [] end,
                []
            )
        )) as source_note
    from judged
)

select * from final
