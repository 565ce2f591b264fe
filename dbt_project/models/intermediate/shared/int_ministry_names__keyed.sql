with spellings as (

    select
        ministry_code,
        {{ name_key('name') }} as ministry_name_key
    from {{ ref('ministry_names') }}

    union

    select
        ministry_code,
        {{ name_key('name_as_sent') }} as ministry_name_key
    from {{ ref('ministry_synonyms') }}

)

select
    ministry_name_key,
    ministry_code
from spellings
