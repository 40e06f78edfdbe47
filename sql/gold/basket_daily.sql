-- A day's baskets: order lines with one order number (order_id, or history's invoice). Lines without one are in none.
select event_date, count(*) as baskets, whole(sum(lines)) as lines, whole(sum(units)) as units,
  money(sum(revenue)) as revenue, count(*) filter (where lines = 1) as single_line_baskets
from (
  select event_date, source, order_id, count(*) as lines, sum(quantity) as units,
    sum(money(price * quantity)) as revenue
  from order_facts
  where event_type = 'order_created' and order_id is not null
  group by event_date, source, order_id
)
group by event_date
order by event_date
