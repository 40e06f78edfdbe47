-- A product's day.
select event_date, product_id, category,
  coalesce(sum(money(price * quantity)) filter (where event_type = 'order_created'), money(0)) as daily_revenue,
  whole(coalesce(sum(quantity) filter (where event_type = 'order_created'), 0)) as daily_quantity,
  count(*) filter (where event_type = 'order_created') as daily_orders,
  ratio(sum(money(price)) filter (where event_type = 'order_created'),
    count(*) filter (where event_type = 'order_created')) as avg_price,
  money(max(price) filter (where event_type = 'order_created')) as max_price,
  count(distinct user_id) filter (where event_type = 'order_created') as unique_customers,
  count(*) filter (where event_type = 'product_viewed') as daily_views,
  count(*) filter (where event_type = 'add_to_cart') as daily_carts,
  whole(coalesce(sum(quantity) filter (where event_type = 'order_returned'), 0)) as returned_quantity,
  coalesce(sum(money(price * quantity)) filter (where event_type = 'order_returned'), money(0)) as returned_revenue
from facts
group by event_date, product_id, category
order by event_date, product_id, category
