"""Demand by statsforecast: `statsforecast_models.py SALES OUT FOLDS HORIZON`, days of daily sales as Parquet.

Its mean of a seasonal window (eight weeks, weekday by weekday) and its TSB, half each, fitted again for each fold. Its
automatic models take about a second for three series on one core: thousands of products do not end. Writes
origin_date, date, product_id, y_hat.
"""

import sys
from pathlib import Path

import duckdb
import pandas as pd
from mlforecast_lightgbm import dense
from statsforecast import StatsForecast
from statsforecast.models import TSB, SeasonalWindowAverage


def main(sales: Path, out: Path, folds: int, horizon: int):
    frame = dense(sales)
    frame["unique_id"] = frame["unique_id"].astype(str)
    last = frame["ds"].max()
    found = []
    for fold in range(folds, 0, -1):
        origin = last - pd.Timedelta(days=fold * horizon)
        known = frame[frame["ds"] <= origin]
        known = known[known.groupby("unique_id")["ds"].transform("size") >= 56]  # the window needs as many
        models = [SeasonalWindowAverage(season_length=7, window_size=8), TSB(alpha_d=0.1, alpha_p=0.1)]
        ahead = StatsForecast(models=models, freq="D", n_jobs=2).forecast(df=known, h=horizon)
        ahead["origin_date"] = origin
        ahead["y_hat"] = (ahead["SeasWA"] + ahead["TSB"]) / 2
        found.append(ahead.rename(columns={"unique_id": "product_id", "ds": "date"}))
    result = pd.concat(found)
    duckdb.sql(
        f"copy (select origin_date::date as origin_date, date::date as date, product_id, greatest(y_hat, 0) as y_hat "
        f"from result) to '{out}' (format parquet)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
