-- One row a scope and one for the whole: the mart against the reference figure, whichever of the two lacks one.
select
    reference_figure.label_fr as scope_label,
    cast(coalesce(reference_figure.amount_eur, 0) * 100 as bigint) as expected,
    cast(coalesce(overview.envelope_eur, 0) * 100 as bigint) as actual,
    coalesce(reference_figure.scope, overview.scope) as subject
from reference.envelopes as reference_figure
full outer join fund.fund_overview as overview on reference_figure.scope = overview.scope
