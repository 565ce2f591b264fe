-- One row an edition whose file counts: what was found in it, 0 where the publication before had the very same of the
-- same file: that was accepted then.
select
    findings.edition_month,
    findings.file_name,
    findings.rows_in,
    findings.rejected_row_count,
    findings.unread_cost_count,
    findings.unknown_phase_count,
    findings.unresolved_ministry_count,
    cast(0 as bigint) as expected,
    cast(findings.rejected_cost_eur * 100 as bigint) as rejected_cents,
    cast(case when earlier.edition_month is null then findings.finding_count else 0 end as bigint) as actual,
    strftime(findings.edition_month, '%Y-%m') as subject,
    coalesce(' (« ' || findings.unread_cost_example || ' »)', '') as unread_cost_label,
    coalesce(' (« ' || findings.unknown_phase_example || ' »)', '') as unknown_phase_label,
    coalesce(' (« ' || findings.unresolved_ministry_example || ' »)', '') as unresolved_ministry_label,
    case
        when findings.has_headline then 'son chiffre de synthèse est connu'
        else 'aucun chiffre de synthèse n''est connu pour la comparer'
    end as headline_label
from quality.edition_findings as findings
left join before.edition_findings as earlier
    on
        findings.edition_month = earlier.edition_month
        and findings.receipt_id = earlier.receipt_id
        and findings.rejected_row_count = earlier.rejected_row_count
        and findings.rejected_cost_eur = earlier.rejected_cost_eur
        and findings.unread_cost_count = earlier.unread_cost_count
        and findings.unknown_phase_count = earlier.unknown_phase_count
        and findings.unresolved_ministry_count = earlier.unresolved_ministry_count
        and findings.has_headline = earlier.has_headline
