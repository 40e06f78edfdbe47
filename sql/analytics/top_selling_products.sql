-- Which products bring the most, and do they rise or fall?
-- parameters: as_of, days = 28, category, limit = 20
-- columns:
--   rank: by revenue of the last days, 1 is the best
--   product_id, category: of several categories the one that sold last
--   name: the catalog's, empty where it has none
--   revenue, units, orders: of the last days
--   share_pct: of the revenue of all products that were asked for
--   previous_rank: in as many days before, empty where the product was not sold then
--   revenue_change_pct: against those days
with product as (
  select product_id, max_by(category, event_date) filter (where daily_orders > 0) as category,
    sum(daily_revenue) filter (where event_date > days_after($as_of, -$days)) as revenue,
    sum(daily_quantity) filter (where event_date > days_after($as_of, -$days)) as units,
    sum(daily_orders) filter (where event_date > days_after($as_of, -$days)) as orders,
    sum(daily_revenue) filter (where event_date <= days_after($as_of, -$days)) as previous_revenue
  from daily_sales
  where event_date > days_after($as_of, -2 * $days) and event_date <= $as_of
    and ($category is null or category = $category) and daily_orders > 0
  group by product_id
),
ranked as (
  select *, row_number() over (order by revenue desc nulls last, product_id) as rank,
    case when previous_revenue is not null
      then row_number() over (order by previous_revenue desc nulls last, product_id) end as previous_rank
  from product
)
select rank, ranked.product_id, ranked.category, catalog.name, revenue, whole(units) as units, whole(orders) as orders,
  round(ratio(revenue, sum(revenue) over ()) * 100, 2) as share_pct, previous_rank,
  round(ratio(revenue - previous_revenue, previous_revenue) * 100, 2) as revenue_change_pct
from ranked
left join product_catalog catalog on catalog.product_id = ranked.product_id
where revenue is not null
order by rank
limit $limit
