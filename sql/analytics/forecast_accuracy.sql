-- Do the forecasts get better or worse?
-- parameters: as_of, days = 28, category
-- columns:
--   prediction_date: a day that was forecast and is complete, the newest first
--   prediction_horizon: next_day or next_week; of several forecasts of a day the last before it
--   model: its name and version; one row for each that made such a forecast, so that two can be compared
--   products: that were forecast
--   predicted, actual: units of all of them together
--   wape_pct: absolute errors of the products together, in percent of actual
--   bias_pct: predicted less actual, in percent of actual
--   within_pct: products whose actual lies from p10 to p90; about 80 is right
--   week_before_wape_pct: what it would have been with the sales of a week before as the forecast
with forecast as (
  select *, max(as_of_date) over (partition by prediction_date, product_id, prediction_horizon) as last_as_of
  from demand_predictions
  where prediction_date > days_after($as_of, -$days) and prediction_date <= $as_of
    and ($category is null or category = $category)
),
sold as (
  select event_date, product_id, sum(daily_quantity) as units
  from daily_sales
  where event_date > days_after($as_of, -$days - 7) and event_date <= $as_of
  group by event_date, product_id
),
compared as (
  select forecast.prediction_date, forecast.prediction_horizon,
    concat(forecast.model_name, '/', forecast.model_version) as model, forecast.predicted_demand as predicted,
    coalesce(sold.units, 0) as actual, coalesce(week_before.units, 0) as before,
    coalesce(sold.units, 0) between forecast.p10 and forecast.p90 as within
  from forecast
  left join sold on sold.event_date = forecast.prediction_date and sold.product_id = forecast.product_id
  left join sold week_before on week_before.event_date = days_after(forecast.prediction_date, -7)
    and week_before.product_id = forecast.product_id
  where forecast.as_of_date = forecast.last_as_of
)
select prediction_date, prediction_horizon, model, count(*) as products, round(sum(predicted), 4) as predicted,
  whole(sum(actual)) as actual,
  round(ratio(sum(abs(predicted - actual)), sum(actual)) * 100, 2) as wape_pct,
  round(ratio(sum(predicted - actual), sum(actual)) * 100, 2) as bias_pct,
  round(ratio(count(*) filter (where within), count(*)) * 100, 2) as within_pct,
  round(ratio(sum(abs(before - actual)), sum(actual)) * 100, 2) as week_before_wape_pct
from compared
group by prediction_date, prediction_horizon, model
order by prediction_date desc, prediction_horizon, model
