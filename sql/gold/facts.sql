-- What happened on the days in question (the table days): one row for each sale line of history, each event of silver
-- and each late record that counts. The folders of silver are UTC days, of which a shop's day touches up to three.
select 'historical' as source, local_day_of_clock(line.sold_at, line.time_zone) as event_date, line.product_id,
  coalesce(product.category, 'Unknown') as category, line.user_id, line.event_type, line.price, line.quantity
from history_sale_lines line
left join product_categories product on product.product_id = line.product_id
where line.event_date between (select days_after(min(event_date), -1) from days)
    and (select days_after(max(event_date), 1) from days)
  and local_day_of_clock(line.sold_at, line.time_zone) in (select event_date from days)
union all
select 'streaming' as source, local_day(event_time) as event_date, product_id, category, user_id, event_type, price,
  whole(quantity) as quantity
from silver_cleaned_events
where event_date between (select days_after(min(event_date), -1) from days)
    and (select days_after(max(event_date), 1) from days)
  and local_day(event_time) in (select event_date from days)
union all
select 'streaming' as source, event_date, product_id, category, user_id, event_type, price, quantity
from late_facts
where event_date in (select event_date from days)
