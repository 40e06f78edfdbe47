-- The shop's hours up to $until, without gaps: what was ordered and seen in each, and which hour of the week it is.
-- parameters: until (the end of the last full hour), hours (how many)
with grid as (
  select unnest(range($until - to_hours($hours), $until, to_hours(1))) as hour
),
sums as (
  select window_start as hour, sum(revenue) as revenue, sum(orders) as orders, sum(views) as views
  from windows_product_1h
  where event_date between utc_day($until - to_hours($hours)) and utc_day($until)
  group by window_start
)
select grid.hour, cast(isodow(local_clock(grid.hour)) * 24 + hour(local_clock(grid.hour)) as bigint) as hour_of_week,
  cast(coalesce(sums.revenue, 0) as double) as revenue, whole(coalesce(sums.orders, 0)) as orders,
  whole(coalesce(sums.views, 0)) as views
from grid
left join sums on sums.hour = grid.hour
where grid.hour >= (select min(hour) from sums)
order by grid.hour
