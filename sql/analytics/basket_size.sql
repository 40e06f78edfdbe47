-- How much is in a basket?
-- parameters: as_of, days = 28
-- columns:
--   event_date: a day with an order whose number is known (order_id, or history's invoice), the newest first
--   baskets: orders by their numbers
--   lines, units, revenue: in them; late records are left out
--   lines_per_basket, units_per_basket, revenue_per_basket: means
--   single_line_pct: baskets with one line
with lines as (
  select local_day(event_time) as event_date, order_id as basket, quantity, revenue
  from silver_cleaned_events
  where event_type = 'order_created' and order_id is not null
    and event_date between days_after($as_of, -$days - 1) and days_after($as_of, 1)
  union all
  select local_day_of_clock(sold_at, time_zone) as event_date, invoice as basket, quantity,
    money(price * quantity) as revenue
  from history_sale_lines
  where event_type = 'order_created' and invoice is not null
    and event_date between days_after($as_of, -$days - 1) and days_after($as_of, 1)
),
baskets as (
  select event_date, basket, count(*) as lines, sum(quantity) as units, sum(revenue) as revenue
  from lines
  where event_date > days_after($as_of, -$days) and event_date <= $as_of
  group by event_date, basket
)
select event_date, count(*) as baskets, whole(sum(lines)) as lines, whole(sum(units)) as units,
  money(sum(revenue)) as revenue,
  round(ratio(sum(lines), count(*)), 4) as lines_per_basket,
  round(ratio(sum(units), count(*)), 4) as units_per_basket,
  round(ratio(sum(revenue), count(*)), 4) as revenue_per_basket,
  round(ratio(count(*) filter (where lines = 1), count(*)) * 100, 2) as single_line_pct
from baskets
group by event_date
order by event_date desc
