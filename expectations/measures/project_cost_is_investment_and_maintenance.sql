-- One row a followed project: its full cost against investment and two years of maintenance, where both are given.
select
    ministry_code,
    project_name,
    cast(
        100 * coalesce(investment_eur + maintenance_two_years_eur, current_cost_eur, 0) as bigint
    ) as expected,
    cast(100 * coalesce(current_cost_eur, investment_eur + maintenance_two_years_eur, 0) as bigint) as actual,
    ministry_code || '/' || project_name as subject
from project.project_follow_up
