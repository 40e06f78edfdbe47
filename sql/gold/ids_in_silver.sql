-- The event_ids of late records that silver holds, by the silver day that holds them, of the days in the table
-- silver_days.
select distinct silver.event_date as silver_day, silver.log_partition, silver.event_id
from silver_cleaned_events silver
join (select distinct log_partition, event_id from silver_late_events where event_id is not null) late
  on late.log_partition = silver.log_partition and late.event_id = silver.event_id
where silver.event_date in (select silver_day from silver_days)
