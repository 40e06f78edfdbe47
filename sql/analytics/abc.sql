-- Which few products bring most of the revenue?
-- parameters: as_of, days = 365, category, limit = 1000
-- columns:
--   rank: by revenue of the last days, 1 is the best
--   product_id, category: of several categories the one that sold last
--   name: the catalog's, empty where it has none
--   revenue, units: of the last days
--   share_pct: of the revenue of all products that were asked for
--   cumulative_pct: of this product and all better ones together
--   class: A up to the product that fills 80 % of the revenue, B up to the one that fills 95 %, C the rest
with product as (
  select product_id, max_by(category, event_date) as category, sum(daily_revenue) as revenue,
    sum(daily_quantity) as units
  from daily_sales
  where event_date > days_after($as_of, -$days) and event_date <= $as_of
    and ($category is null or category = $category) and daily_orders > 0
  group by product_id
),
ranked as (
  select *, row_number() over (order by revenue desc, product_id) as rank,
    sum(revenue) over () as total,
    sum(revenue) over (order by revenue desc, product_id rows unbounded preceding) as cumulative
  from product
)
select rank, ranked.product_id, ranked.category, catalog.name, revenue, whole(units) as units,
  round(ratio(revenue, total) * 100, 2) as share_pct,
  round(ratio(cumulative, total) * 100, 2) as cumulative_pct,
  case when (cumulative - revenue) * 100 < total * 80 then 'A'
    when (cumulative - revenue) * 100 < total * 95 then 'B' else 'C' end as class
from ranked
left join product_catalog catalog on catalog.product_id = ranked.product_id
order by rank
limit $limit
