select
    findings.receipt_id,
    receipts.file_name,
    receipts.ministry_code,
    receipts.period,
    findings.control_id,
    findings.subject,
    findings.difference,
    findings.sentence,
    findings.can_be_accepted,
    decisions.decision,
    decisions.who as decided_by,
    decisions.reason as decision_reason,
    cast(decisions.decided_at_utc as date) as decided_on,
    receipts.status = 'pending' as is_waiting
from {{ ref('stg_landing__file_findings') }} as findings
inner join {{ ref('stg_landing__receipts') }} as receipts on findings.receipt_id = receipts.receipt_id
left join {{ ref('stg_landing__file_decisions') }} as decisions on findings.receipt_id = decisions.receipt_id
order by findings.receipt_id nulls last, findings.control_id nulls last, findings.subject nulls last
