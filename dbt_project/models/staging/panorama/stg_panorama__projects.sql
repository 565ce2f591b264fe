with source as (

    select * from {{ source('panorama', 'panorama_projects') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        {{ lineage_key('panorama_projects') }} as lineage_key,
        cast(project_name as varchar) as project_name,
        cast(ministry_code_as_sent as varchar) as ministry_code_as_sent,
        cast(ministry_name_as_sent as varchar) as ministry_name_as_sent,
        {{ name_key('cast(ministry_name_as_sent as varchar)') }} as ministry_name_key,
        cast(is_interministerial as boolean) as is_interministerial,
        cast(starts_on as date) as starts_on,
        cast(planned_duration_years as decimal(18, 14)) as planned_duration_years,
        cast(phase_as_sent as varchar) as phase_as_sent,
        cast(planned_cost_eur as decimal(18, 2)) as planned_cost_eur,
        cast(cost_bracket as varchar) as cost_bracket,
        cast(functional_area as varchar) as functional_area,
        cast(programmes as varchar) as programmes,
        cast(published_on as date) as published_on,
        cast(coalesce(is_withheld, false) as boolean) as is_withheld
    from source

)

select * from renamed
