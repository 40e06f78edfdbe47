-- How much is in a basket?
-- parameters: as_of, days = 28
-- columns:
--   event_date: a day with an order whose number is known (order_id, or history's invoice), the newest first
--   baskets: orders by their numbers
--   lines, units, revenue: in them
--   lines_per_basket, units_per_basket, revenue_per_basket: means
--   single_line_pct: baskets with one line
select event_date, baskets, lines, units, revenue,
  round(ratio(lines, baskets), 4) as lines_per_basket,
  round(ratio(units, baskets), 4) as units_per_basket,
  round(ratio(revenue, baskets), 4) as revenue_per_basket,
  round(ratio(single_line_baskets, baskets) * 100, 2) as single_line_pct
from basket_daily
where event_date > days_after($as_of, -$days) and event_date <= $as_of
order by event_date desc
