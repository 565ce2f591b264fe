-- The kind is that of the SIREN's beginning where it says one, else that of the lines that the body is found on.
with mentions as (

    select
        beneficiary_siret,
        beneficiary_name,
        line_code,
        awarded_on as mentioned_on,
        1 as award_count,
        0 as application_count,
        awarded_eur
    from {{ ref('fct_award') }}
    where beneficiary_siret is not null

    union all

    select
        beneficiary_siret,
        beneficiary_name,
        line_code,
        filed_on as mentioned_on,
        0 as award_count,
        1 as application_count,
        cast(null as decimal(18, 2)) as awarded_eur
    from {{ ref('fct_application') }}

),

names as (

    select
        beneficiary_siret,
        beneficiary_name,
        row_number() over (
            partition by beneficiary_siret
            order by mentioned_on desc nulls last, beneficiary_name asc nulls last
        ) as recency
    from mentions
    where beneficiary_name is not null

),

bodies as (

    select
        mentions.beneficiary_siret,
        substring(mentions.beneficiary_siret, 1, 9) as siren,
        count(distinct mentions.beneficiary_name) as name_count,
        min(fund_lines.scope) as first_scope,
        count(distinct fund_lines.scope) as scope_count,
        cast(sum(mentions.application_count) as bigint) as application_count,
        cast(sum(mentions.award_count) as bigint) as award_count,
        {{ sum_eur_or_zero('mentions.awarded_eur') }} as awarded_eur
    from mentions
    inner join {{ ref('fund_lines') }} as fund_lines on mentions.line_code = fund_lines.line_code
    group by mentions.beneficiary_siret

)

select
    bodies.beneficiary_siret,
    bodies.siren,
    names.beneficiary_name,
    bodies.name_count,
    {{ is_siret_valid('bodies.beneficiary_siret') }} as is_siret_valid,
    case
        when prefixes.beneficiary_kind is not null then prefixes.beneficiary_kind
        when bodies.scope_count > 1 then 'unknown'
        when bodies.first_scope = 'territories' then 'local_authority'
        else 'state_or_operator'
    end as beneficiary_kind,
    case
        when prefixes.beneficiary_kind is not null then 'siren'
        when bodies.scope_count = 1 then 'fund_line'
    end as kind_basis,
    bodies.application_count,
    bodies.award_count,
    bodies.awarded_eur
from bodies
left join names
    on
        bodies.beneficiary_siret = names.beneficiary_siret
        and names.recency = 1
left join {{ ref('siren_prefixes') }} as prefixes on substring(bodies.siren, 1, 2) = prefixes.siren_prefix
order by bodies.beneficiary_siret nulls last
