-- Which products have stopped selling?
-- parameters: as_of, days = 28, category, limit = 50
-- columns:
--   product_id, category: ordered at some time; those with the fewest units in the last days first
--   name: the catalog's, empty where it has none
--   stock: units in stock by the catalog, likewise
--   units: ordered in the last days
--   previous_units: in as many days before them
--   change_pct: against those days, empty where nothing was sold then
--   last_sold: the last day with an order
--   days_without_sale: from then to the last day
--   all_units: ordered in all its life
with product as (
  select product_id, category, max(event_date) as last_sold, sum(daily_quantity) as all_units,
    coalesce(sum(daily_quantity) filter (where event_date > days_after($as_of, -$days)), 0) as units,
    coalesce(sum(daily_quantity) filter (where event_date > days_after($as_of, -2 * $days)
      and event_date <= days_after($as_of, -$days)), 0) as previous_units
  from daily_sales
  where event_date <= $as_of and daily_orders > 0 and ($category is null or category = $category)
  group by product_id, category
)
select product.product_id, product.category, catalog.name, catalog.stock,
  whole(units) as units, whole(previous_units) as previous_units,
  round(ratio(units - previous_units, previous_units) * 100, 2) as change_pct, last_sold,
  days_from(last_sold, $as_of) as days_without_sale, whole(all_units) as all_units
from product
left join product_catalog catalog on catalog.product_id = product.product_id
order by units, last_sold, product.product_id, product.category
limit $limit
