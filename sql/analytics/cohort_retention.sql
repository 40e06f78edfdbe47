-- Of the customers who came in a month, how many order again in later ones?
-- parameters: as_of, days = 365
-- columns:
--   cohort: the first day of the month of their first order; cohorts that began in the last days
--   month: how many months later, 0 is the cohort's own; up to that of the last day, which may not be over
--   customers: known ones in the cohort
--   active: of them, with an order in that month
--   retention_pct: active of customers
--   revenue: of their orders in that month
with first_order as (
  select user_id, month_of(min(event_date)) as cohort
  from customer_daily
  where orders > 0 and event_date <= $as_of
  group by user_id
),
cohorts as (
  select cohort, count(*) as customers
  from first_order
  where cohort >= month_of(days_after($as_of, -$days))
  group by cohort
),
activity as (
  select first_order.cohort, months_from(first_order.cohort, customer.event_date) as month,
    count(distinct customer.user_id) as active, sum(customer.revenue) as revenue
  from customer_daily customer
  join first_order on first_order.user_id = customer.user_id
  where customer.orders > 0 and customer.event_date <= $as_of
    and first_order.cohort >= month_of(days_after($as_of, -$days))
  group by first_order.cohort, months_from(first_order.cohort, customer.event_date)
)
select cohorts.cohort, activity.month, cohorts.customers, activity.active,
  round(ratio(activity.active, cohorts.customers) * 100, 2) as retention_pct, money(activity.revenue) as revenue
from cohorts
join activity on activity.cohort = cohorts.cohort
order by cohorts.cohort, activity.month
