with source as (

    select * from {{ source('submissions', 'project_follow_up') }}

),

renamed as (

    select
        cast(receipt_id as varchar) as receipt_id,
        cast(sheet as varchar) as sheet,
        cast(row_number as bigint) as row_number,
        {{ lineage_key('project_follow_up') }} as lineage_key,
        cast(project_name as varchar) as project_name,
        cast(phase as varchar) as phase,
        cast(starts_on as date) as starts_on,
        cast(initial_cost_eur as decimal(18, 2)) as initial_cost_eur,
        cast(current_cost_eur as decimal(18, 2)) as current_cost_eur,
        cast(investment_eur as decimal(18, 2)) as investment_eur,
        cast(maintenance_two_years_eur as decimal(18, 2)) as maintenance_two_years_eur,
        cast(initial_duration_months as integer) as initial_duration_months,
        cast(current_duration_months as integer) as current_duration_months,
        cast(has_dinum_opinion as boolean) as has_dinum_opinion,
        cast(opinion_on as date) as opinion_on,
        cast(is_rebaselined as boolean) as is_rebaselined,
        cast(rebaselined_on as date) as rebaselined_on,
        cast(rebaselined_cost_eur as decimal(18, 2)) as rebaselined_cost_eur,
        cast(rebaselined_duration_months as integer) as rebaselined_duration_months,
        cast(comment as varchar) as comment
    from source

)

select * from renamed
