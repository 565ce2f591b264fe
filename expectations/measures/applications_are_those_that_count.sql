-- One row a dossier of which a version counts: how often the mart has it, against the accepted row of that version.
with counted as (

    select
        application.dossier_number,
        count(*) as versions
    from raw.applications as application
    inner join raw.file_tables as file_table
        on
            application.receipt_id = file_table.receipt_id
            and file_table.table_name = 'applications'
            and file_table.is_counted
    group by application.dossier_number

),

kept as (

    select
        dossier_number,
        count(*) as versions
    from fund.fct_application
    group by dossier_number

)

select
    cast(coalesce(counted.versions, 0) as bigint) as expected,
    cast(coalesce(kept.versions, 0) as bigint) as actual,
    coalesce(counted.dossier_number, kept.dossier_number) as subject
from counted
full outer join kept on counted.dossier_number = kept.dossier_number
