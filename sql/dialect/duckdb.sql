-- What the SQL of the other folders needs and engines say differently, in the words of DuckDB. Another engine gets a
-- file with the same names. The shop's time zone is the variable time_zone.

-- The shop's calendar day of an instant. Of UTC by the clock's count alone, since a calendar costs ten times that.
create or replace macro local_day(instant) as
  case when getvariable('time_zone') = 'UTC' then date '1970-01-01' + cast(epoch_us(instant) // 86400000000 as integer)
       else cast(timezone(getvariable('time_zone'), instant) as date) end;

-- What the shop's clock shows at an instant.
create or replace macro local_clock(instant) as timezone(getvariable('time_zone'), instant);

-- A day so many days later, or earlier.
create or replace macro days_after(day, days) as cast(day + cast(days as integer) as date);

-- The first and the last instant of the shop's day.
create or replace macro begin_of(day) as timezone(getvariable('time_zone'), cast(day as timestamp));
create or replace macro end_of(day) as begin_of(days_after(day, 1)) - to_microseconds(1);

-- The UTC day of an instant: the lake's folders.
create or replace macro utc_day(instant) as cast(timezone('UTC', instant) as date);

-- The days that are computed: a run without gaps.
create or replace macro first_day() as getvariable('first_day');
create or replace macro last_day() as getvariable('last_day');

-- The shop's calendar day of a wall clock's time, which may be another zone's.
create or replace macro local_day_of_clock(clock, zone) as
  case when zone is null then cast(clock as date)
       else cast(timezone(getvariable('time_zone'), timezone(zone, clock)) as date) end;

create or replace macro money(amount) as cast(amount as decimal(38,4));
create or replace macro whole(number) as cast(number as bigint);
create or replace macro ratio(part, base) as cast(part as double) / nullif(cast(base as double), 0);

-- An instant so many hours later.
create or replace macro hours_after(instant, hours) as instant + to_hours(cast(hours as bigint));

-- Whole days, or calendar months, from one day to a later one.
create or replace macro days_from(first, later) as cast(later as date) - cast(first as date);
create or replace macro months_from(first, later) as date_diff('month', first, later);

-- The first day of a day's month.
create or replace macro month_of(day) as cast(date_trunc('month', day) as date);

-- Whether a pattern (RE2) stands in a text, whatever the case of its letters.
create or replace macro has_pattern(text, pattern) as regexp_matches(lower(text), pattern);
