-- One row per title. PositionID cannot be the key: one id stands for several titles, and one title has several ids.
with export as (
    select
        record_number,
        trim("PositionID") as position_number,
        trim("Position") as title,
        regexp_replace(lower(trim("Position")), '[^\p{L}\p{N}]+', '_', 'g') as position_id
    from "HRDataset_v14"
),

shared_numbers as (
    select position_number
    from export
    group by position_number
    having count(distinct position_id) > 1
),

titles as (
    select
        e.position_id,
        min(e.title) as title,
        min(e.record_number) as record_number,
        string_agg(distinct e.position_number, ', ' order by e.position_number) as position_numbers,
        count(distinct e.position_number) > 1 or bool_or(s.position_number is not null) as has_unclear_number
    from export as e
    left join shared_numbers as s on e.position_number = s.position_number
    group by e.position_id
),

final as (
    select
        position_id,
        title,
        record_number,
        json_merge_patch('{}', json_object(
            'position_id', 'made from the title; PositionID in the export: ' || position_numbers,
            'findings', case when has_unclear_number then [{
                'rule': 'position_title_disagrees_with_id',
                'detail': 'PositionID ' || position_numbers || ' and the title are not one to one: the title holds'
            }] end
        )) as source_note
    from titles
)

select * from final
