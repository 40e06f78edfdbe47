-- Which products are looked at and not bought?
-- parameters: as_of, days = 28, category, limit = 50
-- columns:
--   product_id, category: with a view, a cart or an order in the last days, most viewed first
--   name: the catalog's, empty where it has none
--   views, carts, orders: of events; history has orders alone
--   cart_per_view_pct, order_per_cart_pct, order_per_view_pct: conversion, empty where there is nothing to divide by
--   shop_order_per_view_pct: of all products together, to compare with
with product as (
  select product_id, category, sum(daily_views) as views, sum(daily_carts) as carts, sum(daily_orders) as orders
  from daily_sales
  where event_date > days_after($as_of, -$days) and event_date <= $as_of
    and ($category is null or category = $category)
  group by product_id, category
  having sum(daily_views) + sum(daily_carts) + sum(daily_orders) > 0
)
select product.product_id, product.category, catalog.name,
  whole(views) as views, whole(carts) as carts, whole(orders) as orders,
  round(ratio(carts, views) * 100, 2) as cart_per_view_pct,
  round(ratio(orders, carts) * 100, 2) as order_per_cart_pct,
  round(ratio(orders, views) * 100, 2) as order_per_view_pct,
  round(ratio(sum(orders) over (), sum(views) over ()) * 100, 2) as shop_order_per_view_pct
from product
left join product_catalog catalog on catalog.product_id = product.product_id
order by views desc, orders desc, product.product_id, product.category
limit $limit
