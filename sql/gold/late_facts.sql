-- The late records that count, of the days from first_day() to last_day(): those whose key stands neither in silver nor
-- in an earlier late record of their partition. The key is the event_id (late_ids.sql), else (user_id, product_id,
-- event_time, event_type): as that holds the time, only the same days' silver is looked at.
with late as (
  select *
  from silver_late_events
  where event_date between utc_day(begin_of(first_day())) and utc_day(end_of(last_day()))
    and event_time between begin_of(first_day()) and end_of(last_day())
),
in_silver as (
  select distinct late.log_partition, late.log_offset
  from late
  join silver_cleaned_events silver
    on silver.log_partition = late.log_partition and silver.event_time = late.event_time
      and silver.user_id = late.user_id and silver.product_id = late.product_id
      and silver.event_type = late.event_type
  where late.event_id is null and silver.event_id is null
    and silver.event_date between utc_day(begin_of(first_day())) and utc_day(end_of(last_day()))
),
without_id as (
  select late.*,
    row_number() over (
      partition by late.log_partition, late.event_time, late.user_id, late.product_id, late.event_type
      order by late.log_offset) as nth
  from late
  left join in_silver on in_silver.log_partition = late.log_partition and in_silver.log_offset = late.log_offset
  where late.event_id is null and in_silver.log_offset is null
)
select local_day(event_time) as event_date, product_id, category, user_id, event_type, price,
  whole(quantity) as quantity, order_id
from without_id
where nth = 1
union all
select local_day(late.event_time) as event_date, late.product_id, late.category, late.user_id, late.event_type,
  late.price, whole(late.quantity) as quantity, late.order_id
from late
join late_ids on late_ids.log_partition = late.log_partition and late_ids.log_offset = late.log_offset
