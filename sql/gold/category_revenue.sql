-- A category's day beside the day before and the same day of the week before, on the days of the table days. Days that
-- were not computed anew (the table computed_days has those that were) come from the table as it stands.
with known as (
  select event_date, category, category_revenue, category_quantity, category_orders, unique_products, unique_customers
  from category_days
  union all
  select event_date, category, category_revenue, category_quantity, category_orders, unique_products, unique_customers
  from category_revenue
  where event_date not in (select event_date from computed_days)
)
select today.event_date, today.category, today.category_revenue, today.category_quantity, today.category_orders,
  today.unique_products, today.unique_customers,
  day_before.category_revenue as prev_day_revenue,
  ratio(today.category_revenue - day_before.category_revenue, day_before.category_revenue) * 100 as revenue_growth_pct,
  week_before.category_revenue as prev_week_revenue,
  ratio(today.category_revenue - week_before.category_revenue, week_before.category_revenue) * 100
    as revenue_growth_wow_pct
from known today
left join known day_before
  on day_before.category = today.category and day_before.event_date = days_after(today.event_date, -1)
left join known week_before
  on week_before.category = today.category and week_before.event_date = days_after(today.event_date, -7)
where today.event_date in (select event_date from days)
order by today.event_date, today.category
