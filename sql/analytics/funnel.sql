-- How many views become carts, and how many carts become orders?
-- parameters: as_of, days = 28, category, limit = 50
-- columns:
--   category: one with a view, a cart or an order in the last days, busiest first
--   views, carts, orders: of events; history has orders alone
--   cart_per_view_pct, order_per_cart_pct, order_per_view_pct: conversion, empty where there is nothing to divide by
select category, whole(sum(daily_views)) as views, whole(sum(daily_carts)) as carts, whole(sum(daily_orders)) as orders,
  round(ratio(sum(daily_carts), sum(daily_views)) * 100, 2) as cart_per_view_pct,
  round(ratio(sum(daily_orders), sum(daily_carts)) * 100, 2) as order_per_cart_pct,
  round(ratio(sum(daily_orders), sum(daily_views)) * 100, 2) as order_per_view_pct
from daily_sales
where event_date > days_after($as_of, -$days) and event_date <= $as_of
  and ($category is null or category = $category)
group by category
having sum(daily_views) + sum(daily_carts) + sum(daily_orders) > 0
order by views desc, orders desc, category
limit $limit
