"""Demand by mlforecast with LightGBM: `mlforecast_lightgbm.py SALES OUT FOLDS HORIZON`, days of daily sales as Parquet.

One recursive model with Tweedie loss (power 1.5: of those that were tried the best on a shop's sales), 200 trees, lags,
rolling means and the calendar, fitted again for each fold, as millrace backtest does. Writes origin_date, date,
product_id, y_hat.
"""

import sys
from pathlib import Path

import duckdb
import lightgbm
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import ExponentiallyWeightedMean, RollingMean, RollingStd

DENSE = """
with first as (select product_id, min(event_date) as day from read_parquet('{0}') where daily_quantity > 0 group by 1),
days as (select unnest(generate_series((select min(day) from first),
    (select max(event_date) from read_parquet('{0}')), interval 1 day))::date as day)
select f.product_id as unique_id, d.day::timestamp as ds, coalesce(s.units, 0)::float as y
from first f join days d on d.day >= f.day
left join (select product_id, event_date, sum(daily_quantity) as units from read_parquet('{0}') group by all) s
  on s.product_id = f.product_id and s.event_date = d.day
order by 1, 2"""


def dense(sales: Path) -> pd.DataFrame:
    """One row a product and day since its first sale, zeros included."""
    frame = duckdb.sql(DENSE.format(sales)).df()
    frame["unique_id"] = frame["unique_id"].astype("category")
    return frame


def main(sales: Path, out: Path, folds: int, horizon: int):
    frame = dense(sales)
    last = frame["ds"].max()
    found = []
    for fold in range(folds, 0, -1):
        origin = last - pd.Timedelta(days=fold * horizon)
        model = MLForecast(
            models=lightgbm.LGBMRegressor(
                objective="tweedie", tweedie_variance_power=1.5, n_estimators=200, learning_rate=0.07, num_leaves=127,
                min_child_samples=20, subsample=0.8, subsample_freq=1, colsample_bytree=0.6, n_jobs=2, verbosity=-1,
                seed=1,
            ),
            freq="D",
            lags=[1, 2, 3, 7, 14, 28],
            lag_transforms={
                1: [RollingMean(7), RollingMean(14), RollingMean(28), RollingMean(56), RollingStd(28),
                    ExponentiallyWeightedMean(0.1)],
                7: [RollingMean(28)],
            },
            date_features=["dayofweek", "day", "month"],
            num_threads=2,
        )  # fmt: skip
        model.fit(frame[frame["ds"] <= origin], static_features=[], dropna=True)
        ahead = model.predict(horizon)
        ahead["origin_date"] = origin
        found.append(ahead.rename(columns={"unique_id": "product_id", "ds": "date", "LGBMRegressor": "y_hat"}))
    result = pd.concat(found)
    result["product_id"] = result["product_id"].astype(str)
    duckdb.sql(
        f"copy (select origin_date::date as origin_date, date::date as date, product_id, greatest(y_hat, 0) as y_hat "
        f"from result) to '{out}' (format parquet)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
