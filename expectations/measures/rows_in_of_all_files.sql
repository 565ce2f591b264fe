-- One row: all rows read, from the parser's own counts, against what the mart of received files accounts for.
select
    'all' as subject,
    cast(coalesce((select sum(file_table.rows_in) from raw.file_tables as file_table), 0) as bigint) as expected,
    cast(
        coalesce(
            (
                select sum(coalesce(received.rows_accepted, 0) + coalesce(received.rows_rejected, 0))
                from quality.received_files as received
            ),
            0
        ) as bigint
    ) as actual
