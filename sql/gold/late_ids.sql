-- The late records with an event_id that count: the first of those with an id that stands nowhere in silver. What the
-- partition knew when a record came says of earlier silver whether it holds the id; the table ids_in_silver says it of
-- the rest.
with late as (
  select late.log_partition, late.log_offset, late.event_time,
    row_number() over (partition by late.log_partition, late.event_id order by late.log_offset) as nth,
    bool_or(coalesce(late.id_was_in_silver, false) or found.event_id is not null)
      over (partition by late.log_partition, late.event_id) as in_silver
  from silver_late_events late
  left join ids_in_silver found
    on found.log_partition = late.log_partition and found.event_id = late.event_id
  where late.event_id is not null
)
select log_partition, log_offset, local_day(event_time) as event_date
from late
where nth = 1 and not in_silver
