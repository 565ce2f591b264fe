-- One row an award of a table that counts: whether what it grants is its own number, SIRET or SIREN.
select
    award.award_id,
    receipt.ministry_code,
    receipt.period,
    receipt.receipt_id,
    receipt.file_name,
    award.row_number,
    cast(0 as bigint) as expected,
    cast(
        case
            when
                award.awarded_eur >= 10000
                and cast(cast(award.awarded_eur as bigint) as varchar) in (
                    ltrim(regexp_replace(award.award_id, '\D', '', 'g'), '0'),
                    ltrim(award.beneficiary_siret, '0'),
                    ltrim(left(award.beneficiary_siret, 9), '0')
                )
                and award.awarded_eur = floor(award.awarded_eur)
                then award.awarded_eur * 100
            else 0
        end as bigint
    ) as actual,
    coalesce(award.sheet, 'unique') as sheet,
    receipt.ministry_code || '/' || award.award_id || '/' || receipt.period as subject
from raw.awards as award
inner join raw.receipts as receipt on award.receipt_id = receipt.receipt_id
where award.is_counted
