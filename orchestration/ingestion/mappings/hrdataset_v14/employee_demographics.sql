-- One row per person: gender, ethnicity and the year of birth, never the day. Some releases of the export shorten the
-- year of birth to two digits or have written it out again in the wrong century: nobody is hired before the age of 14.
with export as (
    select
        record_number,
        trim("EmpID") as employee_id,
        upper(trim("Sex")) as sex,
        trim("RaceDesc") as race,
        lower(trim("HispanicLatino")) = 'yes' or lower(trim("RaceDesc")) = 'hispanic' as is_hispanic,
        nullif(regexp_extract(trim("DOB"), '^\d{1,2}/\d{1,2}/(\d{4}|\d{2})$', 1), '') as birth_year,
        "DOB" is not null as has_birth_date,
        year(try_strptime(trim("DateofHire"), '%m/%d/%Y')) - 14 as latest_birth_year
    from "HRDataset_v14"
),

centuries as (
    select
        *,
        cast(birth_year as integer) + case when length(birth_year) = 2 then 2000 else 0 end as year_as_written
    from export
),

final as (
    select
        record_number,
        employee_id,
        case when year_as_written > latest_birth_year then year_as_written - 100 else year_as_written end as birth_year,
        case sex when 'F' then 'female' when 'M' then 'male' else lower(sex) end as gender,
        case when is_hispanic then 'Hispanic or Latino' else race end as ethnicity,
        nullif(json_merge_patch('{}', json_object(
            'birth_year', case
                when birth_year is null and has_birth_date then 'left out: the date of birth is not written month/day/year'
                when length(birth_year) = 2 then 'the export has two digits: the latest century in which the person was 14 when hired'
                when year_as_written > latest_birth_year then 'a century earlier than written: as written the person was not 14 when hired'
            end,
            'ethnicity', case when is_hispanic then 'Hispanic or Latino of any race, as HispanicLatino or RaceDesc says' end
        )), '{}') as source_note
    from centuries
)

select * from final
