-- The rows of a product catalog (given_products, all texts), as numbers and texts, and why a row is none: the first
-- reason that holds. Of rows with the same product the first counts.
select given.row,
  case when given.product_id is null then 'no_product_id'
    when row_number() over (partition by given.product_id order by given.row) > 1 then 'repeated_product_id'
    when length(given.category) > 80 then 'bad_category'
    when given.cost is not null and coalesce(try_cast(given.cost as decimal(18,4)), -1) < 0 then 'bad_cost'
    when given.lead_time_days is not null and coalesce(try_cast(given.lead_time_days as integer), -1) < 0
      then 'bad_lead_time_days'
    when given.stock is not null and try_cast(given.stock as bigint) is null then 'bad_stock'
  end as defect,
  given.product_id, given.name, given.category, try_cast(given.cost as decimal(18,4)) as cost,
  try_cast(given.lead_time_days as integer) as lead_time_days, try_cast(given.stock as bigint) as stock
from given_products given
