-- How well did the forecasts meet what was sold?
-- parameters: as_of, days = 28, category, limit = 100
-- columns:
--   prediction_date: a day that was forecast and is complete, the newest first
--   product_id, category: as forecast; of a day the products that sold or were expected to sell most come first
--   name: the catalog's, empty where it has none
--   prediction_horizon: next_day or next_week
--   as_of_date: when the forecast was made; of several the last before the day
--   model: its name and version; one row for each that made such a forecast on that day, so that two can be compared
--   predicted, p10, p90: units
--   actual: units ordered
--   error: predicted less actual
--   within: whether actual lies from p10 to p90
with forecast as (
  select *, max(as_of_date) over (partition by prediction_date, product_id, prediction_horizon) as last_as_of
  from demand_predictions
  where prediction_date > days_after($as_of, -$days) and prediction_date <= $as_of
    and ($category is null or category = $category)
),
sold as (
  select event_date, product_id, sum(daily_quantity) as units
  from daily_sales
  where event_date > days_after($as_of, -$days) and event_date <= $as_of
  group by event_date, product_id
)
select forecast.prediction_date, forecast.product_id, forecast.category, catalog.name, forecast.prediction_horizon,
  forecast.as_of_date, forecast.model_name || '/' || forecast.model_version as model,
  round(forecast.predicted_demand, 3) as predicted, round(forecast.p10, 3) as p10, round(forecast.p90, 3) as p90,
  whole(coalesce(sold.units, 0)) as actual,
  round(forecast.predicted_demand - coalesce(sold.units, 0), 3) as error,
  coalesce(sold.units, 0) between forecast.p10 and forecast.p90 as within
from forecast
left join sold on sold.event_date = forecast.prediction_date and sold.product_id = forecast.product_id
left join product_catalog catalog on catalog.product_id = forecast.product_id
where forecast.as_of_date = forecast.last_as_of
order by forecast.prediction_date desc, greatest(coalesce(sold.units, 0), forecast.predicted_demand) desc,
  forecast.product_id, forecast.prediction_horizon, model
limit $limit
