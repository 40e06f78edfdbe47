-- A category's day, for each with an order: what category_revenue compares.
select event_date, category,
  sum(money(price * quantity)) as category_revenue,
  whole(sum(quantity)) as category_quantity,
  count(*) as category_orders,
  count(distinct product_id) as unique_products,
  count(distinct user_id) as unique_customers
from order_facts
where event_type = 'order_created'
group by event_date, category
