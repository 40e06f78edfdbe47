-- Where did prices change, and what did it do to sales?
-- parameters: as_of, days = 28, category, limit = 50
-- columns:
--   event_date: a day on which a product's mean price differs by 5 % or more from the day it was sold before
--   product_id, category: what was sold
--   name: the catalog's, empty where it has none
--   price_before, price: mean prices of the two days
--   price_change_pct: by how many percent it rose
--   units_per_day_before: ordered in the seven days before, days without an order counted as 0
--   units_per_day_after: in the seven days that begin with this one, or as many as are complete
--   units_change_pct: against before, empty where nothing was sold then
--   revenue_per_day_before, revenue_per_day_after: likewise
with priced as (
  select event_date, product_id, category, avg_price as price,
    lag(avg_price) over (partition by product_id, category order by event_date) as price_before
  from daily_sales
  where daily_orders > 0 and event_date <= $as_of and ($category is null or category = $category)
),
changed as (
  select *
  from priced
  where event_date > days_after($as_of, -$days) and abs(ratio(price - price_before, price_before)) >= 0.05
),
around as (
  select changed.event_date, changed.product_id, changed.category, changed.price, changed.price_before,
    coalesce(sum(daily_quantity) filter (where sales.event_date < changed.event_date), 0) as units_before,
    coalesce(sum(daily_quantity) filter (where sales.event_date >= changed.event_date), 0) as units_after,
    coalesce(sum(daily_revenue) filter (where sales.event_date < changed.event_date), 0) as revenue_before,
    coalesce(sum(daily_revenue) filter (where sales.event_date >= changed.event_date), 0) as revenue_after,
    least(7, 1 + days_from(changed.event_date, $as_of)) as days_after_it
  from changed
  join daily_sales sales on sales.product_id = changed.product_id and sales.category = changed.category
    and sales.event_date between days_after(changed.event_date, -7) and days_after(changed.event_date, 6)
    and sales.event_date <= $as_of
  group by changed.event_date, changed.product_id, changed.category, changed.price, changed.price_before
)
select event_date, around.product_id, around.category, catalog.name,
  round(price_before, 4) as price_before, round(price, 4) as price,
  round(ratio(price - price_before, price_before) * 100, 2) as price_change_pct,
  round(ratio(units_before, 7), 4) as units_per_day_before,
  round(ratio(units_after, days_after_it), 4) as units_per_day_after,
  round((ratio(ratio(units_after, days_after_it), ratio(units_before, 7)) - 1) * 100, 2) as units_change_pct,
  round(ratio(revenue_before, 7), 4) as revenue_per_day_before,
  round(ratio(revenue_after, days_after_it), 4) as revenue_per_day_after
from around
left join product_catalog catalog on catalog.product_id = around.product_id
order by event_date desc, abs(ratio(price - price_before, price_before)) desc, around.product_id,
  around.category
limit $limit
