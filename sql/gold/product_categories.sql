-- The one category of each product of history: the catalog's, else by the rules (rule_category, made from the shop's
-- file of rules) on the product's most frequent description, of equally frequent ones the first by the alphabet; else
-- Unknown.
with described as (
  select product_id, description, count(*) as times
  from history_sale_lines
  where description is not null
  group by product_id, description
),
usual as (
  select product_id, description
  from (select *, row_number() over (partition by product_id order by times desc, description) as nth from described)
  where nth = 1
)
select product.product_id, coalesce(catalog.category, rule_category(usual.description), 'Unknown') as category
from (select distinct product_id from history_sale_lines) product
left join usual on usual.product_id = product.product_id
left join product_catalog catalog on catalog.product_id = product.product_id
