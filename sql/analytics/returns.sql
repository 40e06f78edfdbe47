-- Which products come back?
-- parameters: as_of, days = 90, category, limit = 50
-- columns:
--   product_id, category: with a return in the last days, the costliest first
--   name: the catalog's, empty where it has none
--   units, revenue: ordered in the last days
--   returned_units, returned_revenue: of returns in the last days, also of what was ordered before
--   return_rate_pct: returned_units of units, empty where nothing was ordered
--   shop_return_rate_pct: of all products together, to compare with
with product as (
  select product_id, category, sum(daily_quantity) as units, sum(daily_revenue) as revenue,
    sum(returned_quantity) as returned_units, sum(returned_revenue) as returned_revenue
  from daily_sales
  where event_date > days_after($as_of, -$days) and event_date <= $as_of
    and ($category is null or category = $category)
  group by product_id, category
),
compared as (
  select *, ratio(sum(returned_units) over (), sum(units) over ()) as shop_rate
  from product
)
select compared.product_id, compared.category, catalog.name, whole(units) as units, money(revenue) as revenue,
  whole(returned_units) as returned_units, money(returned_revenue) as returned_revenue,
  round(ratio(returned_units, units) * 100, 2) as return_rate_pct,
  round(shop_rate * 100, 2) as shop_return_rate_pct
from compared
left join product_catalog catalog on catalog.product_id = compared.product_id
where returned_units > 0
order by returned_revenue desc, compared.product_id, compared.category
limit $limit
