-- What entering, leaving, drift, publication, method and the unexplained rest make of a change is the change.
select
    basis,
    figure,
    stated_on,
    difference
from {{ ref('panorama_change_explained') }}
where
    difference is not null
    and difference <> coalesce(drift_part, 0)
    + coalesce(entering_part, 0)
    + coalesce(newly_published_part, 0)
    + coalesce(leaving_part, 0)
    + coalesce(no_longer_published_part, 0)
    + coalesce(method_part, 0)
    + coalesce(unexplained_part, 0)
