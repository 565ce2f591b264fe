-- One row an award and period: by how much what is committed or paid for it fell, where its sheet does not say why.
with falls as (

    select
        lineage_key,
        ministry_code,
        award_id,
        period,
        greatest(-committed_in_period_eur, -paid_in_period_eur, 0) as fall_eur
    from fund.fct_execution

),

said as (

    select falls.lineage_key
    from falls
    inner join raw.execution as execution
        on
            falls.lineage_key
            = execution.receipt_id
            || '/execution/'
            || coalesce(execution.sheet, '')
            || '/'
            || coalesce(cast(execution.row_number as varchar), '')
    where falls.fall_eur > 0 and trim(coalesce(execution.comment, '')) <> ''

)

select
    falls.award_id,
    falls.ministry_code,
    falls.period,
    cast(0 as bigint) as expected,
    cast(case when said.lineage_key is null then falls.fall_eur * 100 else 0 end as bigint) as actual,
    falls.ministry_code || '/' || falls.award_id || '/' || falls.period as subject
from falls
left join said on falls.lineage_key = said.lineage_key
