-- What happened on the days from first_day() to last_day(): one row for each sale line of history, each event of silver
-- and each late record that counts.
select 'historical' as source, local_day_of_clock(line.sold_at, line.time_zone) as event_date, line.product_id,
  coalesce(product.category, 'Unknown') as category, line.user_id, line.event_type, line.price, line.quantity,
  line.invoice as order_id
from history_sale_lines line
left join product_categories product on product.product_id = line.product_id
where line.event_date between days_after(first_day(), -1) and days_after(last_day(), 1)
  and local_day_of_clock(line.sold_at, line.time_zone) between first_day() and last_day()
union all
select 'streaming' as source, local_day(event_time) as event_date, product_id, category, user_id, event_type, price,
  whole(quantity) as quantity, order_id
from silver_cleaned_events
where event_date between utc_day(begin_of(first_day())) and utc_day(end_of(last_day()))
  and event_time between begin_of(first_day()) and end_of(last_day())
union all
select 'streaming' as source, event_date, product_id, category, user_id, event_type, price, quantity,
  order_id
from late_facts
