-- What history and what the stream say was ordered of a product on a day, side by side.
select event_date, product_id, category,
  coalesce(sum(money(price * quantity)) filter (where source = 'historical'), money(0)) as historical_revenue,
  whole(coalesce(sum(quantity) filter (where source = 'historical'), 0)) as historical_quantity,
  coalesce(sum(money(price * quantity)) filter (where source = 'streaming'), money(0)) as streaming_revenue,
  whole(coalesce(sum(quantity) filter (where source = 'streaming'), 0)) as streaming_quantity,
  sum(money(price * quantity)) as total_revenue,
  whole(sum(quantity)) as total_quantity
from order_facts
where event_type = 'order_created'
group by event_date, product_id, category
order by event_date, product_id, category
