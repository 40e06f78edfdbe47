-- How much does the shop sell each day, and is that more than a week before?
-- parameters: as_of, days = 28, category
-- columns:
--   event_date: a day with an order or a return, the newest first
--   revenue, orders, units: of orders
--   returned_revenue: of returns on that day
--   revenue_per_order: revenue / orders; history counts sale lines as orders
--   mean_revenue_7_days: of the seven days that end with this one, days without a sale counted as 0
--   week_before_revenue: of the same weekday a week before, empty where nothing was sold
--   change_pct: by how many percent revenue differs from it
with day as (
  select event_date, sum(daily_revenue) as revenue, sum(daily_orders) as orders, sum(daily_quantity) as units,
    sum(returned_revenue) as returned_revenue
  from daily_sales
  where event_date between days_after($as_of, -$days - 6) and $as_of
    and ($category is null or category = $category)
  group by event_date
)
select today.event_date, today.revenue, whole(today.orders) as orders, whole(today.units) as units,
  today.returned_revenue, round(ratio(today.revenue, today.orders), 4) as revenue_per_order,
  round(ratio((select sum(near.revenue) from day near
    where near.event_date between days_after(today.event_date, -6) and today.event_date), 7), 4) as mean_revenue_7_days,
  week_before.revenue as week_before_revenue,
  round(ratio(today.revenue - week_before.revenue, week_before.revenue) * 100, 2) as change_pct
from day today
left join day week_before on week_before.event_date = days_after(today.event_date, -7)
where today.event_date > days_after($as_of, -$days)
order by today.event_date desc
