-- Who stands in an edition or declares for a period, with a figure or without.
select
    'observed' as basis,
    edition_month as stated_on,
    project_key as member_key
from {{ ref('int_project_editions__identified') }}

union

select
    'declared' as basis,
    follow_ups.stated_on,
    {{ declaration_key('follow_ups') }} as member_key
from {{ ref('int_follow_ups__identified') }} as follow_ups
