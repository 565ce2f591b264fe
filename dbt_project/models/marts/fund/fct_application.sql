-- Of each dossier the version that counts; a deleted one has none. Which version counts is chosen with the manifest.
with counted as (

    select receipt_id
    from {{ ref('stg_landing__file_tables') }}
    where
        table_name = 'applications'
        and is_counted

),

applications as (

    select applications.*
    from {{ ref('stg_applications__applications') }} as applications
    inner join counted on applications.receipt_id = counted.receipt_id

),

costs as (

    select
        receipt_id,
        count(*) as cost_item_count,
        {{ sum_eur('cost_eur') }} as cost_items_eur
    from {{ ref('stg_applications__cost_items') }}
    group by receipt_id

),

receptions as (

    select
        applications.dossier_number,
        count(*) as version_count
    from {{ ref('stg_applications__applications') }} as applications
    group by applications.dossier_number

)

select
    applications.dossier_number,
    applications.state,
    applications.filed_on,
    applications.construction_on,
    applications.review_on,
    applications.decided_on,
    applications.modified_on,
    applications.line_code,
    applications.call_name,
    {{ name_key('applications.call_name') }} as call_key,
    applications.project_name,
    applications.beneficiary_siret,
    applications.beneficiary_name,
    applications.department_code,
    applications.region_code,
    applications.starts_on,
    applications.agent_count,
    applications.is_cofinanced,
    applications.total_cost_eur,
    applications.requested_eur,
    applications.awarded_eur,
    costs.cost_items_eur,
    applications.attachment_count,
    applications.data_nature,
    receptions.version_count,
    applications.receipt_id,
    applications.lineage_key,
    coalesce(costs.cost_item_count, 0) as cost_item_count
from applications
left join costs on applications.receipt_id = costs.receipt_id
left join receptions on applications.dossier_number = receptions.dossier_number
order by applications.dossier_number nulls last
