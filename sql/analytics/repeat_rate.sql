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
with first_order as (
  select user_id, month_of(min(event_date)) as first_month
  from customer_daily
  where orders > 0 and event_date <= $as_of
  group by user_id
),
monthly as (
  select month_of(event_date) as month, user_id, sum(revenue) as revenue
  from customer_daily
  where orders > 0 and event_date <= $as_of and event_date >= month_of(days_after($as_of, -$days))
  group by month_of(event_date), user_id
)
select monthly.month, count(*) as customers,
  count(*) filter (where first_month = month) as new_customers,
  count(*) filter (where first_month < month) as returning_customers,
  round(ratio(count(*) filter (where first_month < month), count(*)) * 100, 2) as repeat_pct,
  money(sum(revenue)) as revenue,
  round(ratio(sum(revenue) filter (where first_month < month), sum(revenue)) * 100, 2) as returning_revenue_pct
from monthly
join first_order on first_order.user_id = monthly.user_id
group by monthly.month
order by monthly.month desc
