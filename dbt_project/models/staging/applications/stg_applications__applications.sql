with source as (

    select * from {{ source('applications', 'applications') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        {{ lineage_key('applications') }} as lineage_key,
        cast(dossier_number as varchar) as dossier_number,
        cast(state as varchar) as state,
        cast(filed_on as date) as filed_on,
        cast(construction_on as date) as construction_on,
        cast(review_on as date) as review_on,
        cast(decided_on as date) as decided_on,
        cast(modified_on as date) as modified_on,
        cast(line_code as varchar) as line_code,
        cast(call_name as varchar) as call_name,
        cast(project_name as varchar) as project_name,
        cast(beneficiary_siret as varchar) as beneficiary_siret,
        cast(beneficiary_name as varchar) as beneficiary_name,
        cast(department_code as varchar) as department_code,
        cast(region_code as varchar) as region_code,
        cast(starts_on as date) as starts_on,
        cast(agent_count as bigint) as agent_count,
        cast(is_cofinanced as boolean) as is_cofinanced,
        cast(total_cost_eur as decimal(18, 2)) as total_cost_eur,
        cast(requested_eur as decimal(18, 2)) as requested_eur,
        cast(awarded_eur as decimal(18, 2)) as awarded_eur,
        cast(attachment_count as bigint) as attachment_count,
        cast(data_nature as varchar) as data_nature
    from source

)

select * from renamed
