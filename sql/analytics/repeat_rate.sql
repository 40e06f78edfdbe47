-- How many of a month's customers have ordered before?
-- parameters: as_of, days = 365
-- columns:
--   month: its first day, the newest first; months that touch the last days, and the last one may not be over
--   customers: known ones with an order in the month
--   new_customers: of them, those whose first order it was
--   returning_customers: those who ordered in an earlier month
--   repeat_pct: returning_customers of customers
--   revenue: of the orders of all of them
--   returning_revenue_pct: the share of the returning ones
with monthly as (
  select user_id, month_of(event_date) as month, sum(revenue) as revenue
  from customer_daily
  where orders > 0 and event_date <= $as_of
  group by user_id, month_of(event_date)
),
known as (
  select *, first_value(month) over (partition by user_id order by month) as first_month
  from monthly
)
select month, count(*) as customers,
  count(*) filter (where first_month = month) as new_customers,
  count(*) filter (where first_month < month) as returning_customers,
  round(ratio(count(*) filter (where first_month < month), count(*)) * 100, 2) as repeat_pct,
  money(sum(revenue)) as revenue,
  round(ratio(sum(revenue) filter (where first_month < month), sum(revenue)) * 100, 2) as returning_revenue_pct
from known
where month >= month_of(days_after($as_of, -$days))
group by month
order by month desc
