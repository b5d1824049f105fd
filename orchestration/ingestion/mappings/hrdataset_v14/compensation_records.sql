-- One row per person with pay: the export has one salary each and says neither since when, nor in which currency.
with export as (
    select
        record_number,
        trim("EmpID") as employee_id,
        trim("Salary") as base_amount,
        trim("DateofHire") as hired,
        try_strptime(trim("DateofHire"), '%m/%d/%Y') as hire_date
    from "HRDataset_v14"
    where nullif(trim("Salary"), '') is not null
),

final as (
    select
        record_number,
        employee_id,
        coalesce(strftime(hire_date, '%Y-%m-%d'), hired) as effective_from,
        base_amount,
        'year' as pay_period,
        'full_time_equivalent' as amount_basis,
        'USD' as currency,
        'unknown' as change_reason,
        json_object(
            'effective_from', 'assumed: the day of hire, the export dates no salary',
            'pay_period', 'assumed: Salary is pay for a year',
            'amount_basis', 'assumed: the export knows no part time',
            'currency', 'assumed: the export names no currency, and all its states are of the USA'
        ) as source_note
    from export
)

select * from final
