-- One row a fact and dimension, whatever is empty: rows of the fact whose key the dimension does not have.
with relations (subject, fact_label, dimension_label) as (
    values
    ('application/line', 'Dossiers de candidature', 'ligne du fonds'),
    ('award/beneficiary', 'Subventions', 'bénéficiaire'),
    ('award/call', 'Subventions', 'guichet ou appel à projets'),
    ('award/line', 'Subventions', 'ligne du fonds'),
    ('award/ministry', 'Subventions', 'ministère'),
    ('award/territory', 'Subventions', 'territoire'),
    ('execution/award', 'Exécutions', 'subvention'),
    ('follow-up/project', 'Suivis de projets', 'projet'),
    ('project-edition/edition', 'Projets des éditions', 'édition'),
    ('project-edition/project', 'Projets des éditions', 'projet'),
    ('watchlist/project', 'Projets signalés', 'projet')
),

orphans as (

    select
        'application/line' as subject,
        fact.dossier_number as example
    from fund.fct_application as fact
    left join fund.dim_fund_line as dimension on fact.line_code = dimension.fund_line_key
    where fact.line_code is not null and dimension.fund_line_key is null

    union all

    select
        'award/beneficiary' as subject,
        fact.award_id as example
    from fund.fct_award as fact
    left join shared.dim_beneficiary as dimension on fact.beneficiary_siret = dimension.beneficiary_siret
    where fact.beneficiary_siret is not null and dimension.beneficiary_siret is null

    union all

    select
        'award/call' as subject,
        fact.award_id as example
    from fund.fct_award as fact
    left join fund.dim_call as dimension on fact.call_key = dimension.call_key
    where fact.call_key is not null and dimension.call_key is null

    union all

    select
        'award/line' as subject,
        fact.award_id as example
    from fund.fct_award as fact
    left join fund.dim_fund_line as dimension on fact.fund_line_key = dimension.fund_line_key
    where dimension.fund_line_key is null

    union all

    select
        'award/ministry' as subject,
        fact.award_id as example
    from fund.fct_award as fact
    left join shared.dim_ministry as dimension on fact.ministry_code = dimension.ministry_code
    where dimension.ministry_code is null

    union all

    select
        'award/territory' as subject,
        fact.award_id as example
    from fund.fct_award as fact
    left join shared.dim_territory as dimension on fact.territory_key = dimension.territory_key
    where fact.territory_key is not null and dimension.territory_key is null

    union all

    select
        'execution/award' as subject,
        fact.award_id as example
    from fund.fct_execution as fact
    left join fund.fct_award as dimension
        on fact.ministry_code = dimension.ministry_code and fact.award_id = dimension.award_id
    where not fact.is_withdrawn and fact.is_latest_period and dimension.award_id is null

    union all

    select
        'follow-up/project' as subject,
        fact.project_name as example
    from project.project_follow_up as fact
    left join project.dim_project as dimension on fact.project_key = dimension.project_key
    where dimension.project_key is null

    union all

    select
        'project-edition/edition' as subject,
        fact.project_name as example
    from project.fct_project_edition as fact
    left join project.dim_edition as dimension on fact.edition_month = dimension.edition_month
    where dimension.edition_month is null

    union all

    select
        'project-edition/project' as subject,
        fact.project_name as example
    from project.fct_project_edition as fact
    left join project.dim_project as dimension on fact.project_key = dimension.project_key
    where dimension.project_key is null

    union all

    select
        'watchlist/project' as subject,
        fact.project_name as example
    from project.project_watchlist as fact
    left join project.dim_project as dimension on fact.project_key = dimension.project_key
    where dimension.project_key is null

)

select
    relations.subject,
    relations.fact_label,
    relations.dimension_label,
    cast(0 as bigint) as expected,
    count(orphans.subject) as actual,
    coalesce(min(orphans.example), '') as example
from relations
left join orphans on relations.subject = orphans.subject
group by relations.subject, relations.fact_label, relations.dimension_label
