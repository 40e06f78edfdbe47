-- Of the customers who came in a month, how many order again in later ones?
-- parameters: as_of, days = 365
-- columns:
--   cohort: the first day of the month of their first order; cohorts that began in the last days
--   month: how many months later, 0 is the cohort's own; up to that of the last day, which may not be over
--   customers: known ones in the cohort
--   active: of them, with an order in that month
--   retention_pct: active of customers
--   revenue: of their orders in that month
with monthly as (
  select user_id, month_of(event_date) as month, sum(revenue) as revenue
  from customer_daily
  where orders > 0 and event_date <= $as_of
  group by user_id, month_of(event_date)
),
activity as (
  select cohort, months_from(cohort, month) as month, count(*) as active, sum(revenue) as revenue
  from (select *, first_value(month) over (partition by user_id order by month) as cohort from monthly)
  where cohort >= month_of(days_after($as_of, -$days))
  group by cohort, months_from(cohort, month)
)
select activity.cohort, activity.month, cohorts.active as customers, activity.active,
  round(ratio(activity.active, cohorts.active) * 100, 2) as retention_pct, money(activity.revenue) as revenue
from activity
join activity cohorts on cohorts.cohort = activity.cohort and cohorts.month = 0
order by activity.cohort, activity.month
