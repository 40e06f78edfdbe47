-- How many orders come in each five minutes, against the same time a week before?
-- parameters: as_of, days = 1, category
-- columns:
--   window_start: of the five minutes, the newest first; those with an event that the stream has closed
--   orders, units, revenue: of orders
--   views, carts, returns: of events
--   week_before_orders: of the same five minutes a week before, empty where nothing happened
--   change_pct: by how many percent orders differs from it
with volume as (
  select window_start, sum(orders) as orders, sum(units) as units, sum(revenue) as revenue, sum(views) as views,
    sum(carts) as carts, sum("returns") as "returns"
  from windows_product_5m
  where event_date between days_after($as_of, -$days - 8) and days_after($as_of, 1)
    and ($category is null or category = $category)
  group by window_start
)
select now.window_start, whole(now.orders) as orders, whole(now.units) as units, money(now.revenue) as revenue,
  whole(now.views) as views, whole(now.carts) as carts, whole(now."returns") as "returns",
  whole(week_before.orders) as week_before_orders,
  round(ratio(now.orders - week_before.orders, week_before.orders) * 100, 2) as change_pct
from volume now
left join volume week_before on week_before.window_start = hours_after(now.window_start, -168)
where local_day(now.window_start) > days_after($as_of, -$days) and local_day(now.window_start) <= $as_of
order by now.window_start desc
