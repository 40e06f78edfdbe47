-- What the SQL of the other folders needs and engines say differently, in the words of DuckDB. Another engine gets a
-- file with the same names. The shop's time zone is the variable time_zone.

-- The shop's calendar day of an instant.
create or replace macro local_day(instant) as
  cast(timezone(getvariable('time_zone'), instant) as date);

-- The shop's calendar day of a wall clock's time, which may be another zone's.
create or replace macro local_day_of_clock(clock, zone) as
  case when zone is null then cast(clock as date)
       else cast(timezone(getvariable('time_zone'), timezone(zone, clock)) as date) end;

create or replace macro money(amount) as cast(amount as decimal(38,4));
create or replace macro whole(number) as cast(number as bigint);
create or replace macro ratio(part, base) as cast(part as double) / nullif(cast(base as double), 0);

-- A day so many days later, or earlier.
create or replace macro days_after(day, days) as cast(day + cast(days as integer) as date);
create or replace macro hours_after(instant, hours) as instant + to_hours(cast(hours as bigint));

-- Whole days, or calendar months, from one day to a later one.
create or replace macro days_from(first, later) as cast(later as date) - cast(first as date);
create or replace macro months_from(first, later) as date_diff('month', first, later);

-- The first day of a day's month.
create or replace macro month_of(day) as cast(date_trunc('month', day) as date);

-- Whether a pattern (RE2) stands in a text, whatever the case of its letters.
create or replace macro has_pattern(text, pattern) as regexp_matches(lower(text), pattern);
