with source as (

    select * from {{ source('submissions', 'awards') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        {{ lineage_key('awards') }} as lineage_key,
        cast(award_id as varchar) as award_id,
        cast(coalesce(award_id_as_sent, award_id) as varchar) as award_id_as_sent,
        cast(line_code as varchar) as line_code,
        cast(axis_code as varchar) as axis_code,
        cast(call_name as varchar) as call_name,
        cast(beneficiary_name as varchar) as beneficiary_name,
        cast(beneficiary_siret as varchar) as beneficiary_siret,
        cast(department_code as varchar) as department_code,
        cast(project_name as varchar) as project_name,
        cast(panorama_project_name as varchar) as panorama_project_name,
        cast(awarded_on as date) as awarded_on,
        cast(project_cost_eur as decimal(18, 2)) as project_cost_eur,
        cast(awarded_eur as decimal(18, 2)) as awarded_eur
    from source

)

select * from renamed
