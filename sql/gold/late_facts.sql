-- The late records that count: those whose key stands neither in silver nor in an earlier late record of their
-- partition. The key is the event_id, else (user_id, product_id, event_time, event_type). Silver is the larger side of
-- both joins and is never kept in memory as a whole.
with in_silver as (
  select late.log_partition, late.log_offset
  from silver_late_events late
  join silver_cleaned_events silver
    on silver.log_partition = late.log_partition and silver.event_id = late.event_id
  union all
  select late.log_partition, late.log_offset
  from silver_late_events late
  join silver_cleaned_events silver
    on silver.log_partition = late.log_partition and silver.event_time = late.event_time
      and silver.user_id = late.user_id and silver.product_id = late.product_id
      and silver.event_type = late.event_type
  where late.event_id is null and silver.event_id is null
),
counted as (
  select late.*,
    row_number() over (
      partition by late.log_partition, late.event_id,
        case when late.event_id is null then late.event_time end,
        case when late.event_id is null then late.user_id end,
        case when late.event_id is null then late.product_id end,
        case when late.event_id is null then late.event_type end
      order by late.log_offset) as nth
  from silver_late_events late
  left join (select distinct log_partition, log_offset from in_silver) known
    on known.log_partition = late.log_partition and known.log_offset = late.log_offset
  where known.log_offset is null
)
select local_day(event_time) as event_date, product_id, category, user_id, event_type, price,
  whole(quantity) as quantity
from counted
where nth = 1
