{# Fails for each spell of employment whose days the intervals of the model do not add up to: together with no_overlap,
   no day of a spell is without an interval and none outside has one. #}
{% test covers_employment(model) %}

with intervals as (
    select
        person_key,
        spell_number,
        sum(valid_to - valid_from + 1) as days,
        min(valid_from) as first_day,
        max(valid_to) as last_day
    from {{ model }}
    group by person_key, spell_number
),

spells as (
    select
        person_key,
        spell_number,
        start_date as first_day,
        coalesce(end_date, {{ open_end() }}) as last_day
    from {{ ref('int_employment_spells') }}
)

select
    spells.person_key,
    spells.spell_number
from spells
left join intervals
    on
        intervals.person_key = spells.person_key
        and intervals.spell_number = spells.spell_number
where
    intervals.person_key is null
    or intervals.first_day <> spells.first_day
    or intervals.last_day <> spells.last_day
    or intervals.days <> spells.last_day - spells.first_day + 1

{% endtest %}
