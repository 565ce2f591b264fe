-- One row a feed of which something is expected: whether it is late.
select
    feed as subject,
    title_fr,
    expected_within_hours,
    cast(0 as bigint) as expected,
    cast(case when is_late then 1 else 0 end as bigint) as actual,
    case
        when last_complete_turn_days_ago is null then 'il n''y en a jamais eu'
        when last_complete_turn_days_ago = 0 then 'le dernier date du jour même'
        when last_complete_turn_days_ago = 1 then 'le dernier date de la veille'
        else 'le dernier remonte à ' || cast(last_complete_turn_days_ago as varchar) || ' jours'
    end as since_when,
    coalesce('. Dernière anomalie : ' || last_problem, '') as problem
from quality.feed_status
where is_late is not null
