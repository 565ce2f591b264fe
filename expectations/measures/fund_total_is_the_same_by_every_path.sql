-- One row a path and figure: the fund's total by each way to add it up, against its overview.
with last_month as (

    select max(as_of_month) as as_of_month
    from fund.fund_history

),

paths as (

    select
        'ministry' as path_code,
        'par ministère' as path_label,
        sum(awarded_eur) as awarded_eur,
        sum(committed_eur) as committed_eur,
        sum(paid_eur) as paid_eur
    from fund.ministry_execution

    union all

    select
        'territory' as path_code,
        'par territoire' as path_label,
        sum(awarded_eur) as awarded_eur,
        sum(committed_eur) as committed_eur,
        sum(paid_eur) as paid_eur
    from fund.territory_execution

    union all

    select
        'period' as path_code,
        'par période' as path_label,
        sum(awarded_in_period_eur) as awarded_eur,
        sum(committed_in_period_eur) as committed_eur,
        sum(paid_in_period_eur) as paid_eur
    from fund.period_execution

    union all

    select
        'execution' as path_code,
        'par dernière exécution' as path_label,
        sum(awarded_eur) as awarded_eur,
        sum(committed_eur) as committed_eur,
        sum(paid_eur) as paid_eur
    from fund.fct_execution
    where is_latest_period

    union all

    select
        'history' as path_code,
        'au dernier mois de l''historique' as path_label,
        sum(history.awarded_eur) as awarded_eur,
        sum(history.committed_eur) as committed_eur,
        sum(history.paid_eur) as paid_eur
    from fund.fund_history as history
    inner join last_month on history.as_of_month = last_month.as_of_month

    union all

    select
        'consolidated' as path_code,
        'dans la vue des deux actions' as path_label,
        sum(awarded_eur) as awarded_eur,
        sum(committed_eur) as committed_eur,
        sum(paid_eur) as paid_eur
    from project.consolidated_overview

),

figures (figure, figure_label) as (values ('awarded', 'accordés'), ('committed', 'engagés'), ('paid', 'payés')),

risks as (

    select
        subject,
        figure,
        list(int_money_at_risk__by_subject) as at_risk
    from intermediate.int_money_at_risk__by_subject
    group by subject, figure

)

select
    paths.path_label,
    figures.figure_label,
    risks.at_risk,
    cast(
        100
        * case figures.figure
            when 'awarded' then overview.awarded_eur when 'committed' then overview.committed_eur else overview.paid_eur
        end as bigint
    ) as expected,
    cast(
        100
        * coalesce(
            case figures.figure
                when 'awarded' then paths.awarded_eur when 'committed' then paths.committed_eur else paths.paid_eur
            end,
            0
        ) as bigint
    ) as actual,
    paths.path_code || '/' || figures.figure as subject
from paths
cross join figures
cross join fund.fund_overview as overview
left join risks on overview.scope = risks.subject and figures.figure = risks.figure
where overview.scope = 'whole'
