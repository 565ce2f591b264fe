-- One row a change between two editions that is split: 1 where its parts do not sum to it exactly, else 0.
with changes as (

    select
        difference,
        basis || '/' || figure || '/' || strftime(stated_on, '%Y-%m-%d') as subject,
        drift_part
        + entering_part
        + newly_published_part
        + leaving_part
        + no_longer_published_part
        + method_part
        + unexplained_part as parts
    from project.panorama_change_explained
    where is_explained

)

select
    subject,
    cast(0 as bigint) as expected,
    cast(case when parts = difference then 0 else 1 end as bigint) as actual,
    cast(parts as varchar) as parts_label,
    cast(difference as varchar) as difference_label
from changes
