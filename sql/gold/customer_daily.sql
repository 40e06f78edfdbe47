-- A known customer's day. A return counts as one, whatever its quantity.
select event_date, user_id,
  count(*) filter (where event_type = 'order_created') as orders,
  whole(coalesce(sum(quantity) filter (where event_type = 'order_created'), 0)) as units,
  coalesce(sum(money(price * quantity)) filter (where event_type = 'order_created'), money(0)) as revenue,
  count(*) filter (where event_type = 'order_returned') as "returns"
from order_facts
where user_id is not null
group by event_date, user_id
order by event_date, user_id
