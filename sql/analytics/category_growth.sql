-- Which categories grow, and which shrink?
-- parameters: as_of, days = 28, limit = 50
-- columns:
--   category: one with an order in either period
--   revenue, units: of the last days
--   share_pct: of the revenue of all categories
--   previous_revenue: of as many days before them
--   growth: revenue less previous_revenue
--   growth_pct: the same in percent, empty where nothing was sold before
with period as (
  select category,
    coalesce(sum(category_revenue) filter (where event_date > days_after($as_of, -$days)), 0) as revenue,
    coalesce(sum(category_quantity) filter (where event_date > days_after($as_of, -$days)), 0) as units,
    coalesce(sum(category_revenue) filter (where event_date <= days_after($as_of, -$days)), 0) as previous_revenue
  from category_revenue
  where event_date > days_after($as_of, -2 * $days) and event_date <= $as_of
  group by category
)
select category, money(revenue) as revenue, whole(units) as units,
  round(ratio(revenue, sum(revenue) over ()) * 100, 2) as share_pct,
  money(previous_revenue) as previous_revenue,
  money(revenue - previous_revenue) as growth,
  round(ratio(revenue - previous_revenue, previous_revenue) * 100, 2) as growth_pct
from period
order by growth desc, category
limit $limit
