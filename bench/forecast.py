"""A backtest of demand models, beside rivals: `./run bench forecast [--products N] [--days N] [--data FILE] …`.

A shop's daily sales are simulated (counts whose mean has a level of its product's own, the weekday's profile, a season
and a slow drift; a third of the products begins late), or taken from --data. Then millrace and each rival forecast the
days of four folds from rolling origins, fitted again for each, out of the same Parquet file; all are scored on products
that are 56 days old, the day ahead and the whole week. `--products 30490 --days 1941 --rivals ''` has the shape of the
M5 competition. Also written to build/bench/forecast.json.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb
from stream import BUILD, CHECKOUT, measure

RIVALS = {"mlforecast": "mlforecast_lightgbm.py", "statsforecast": "statsforecast_models.py"}
NAMES = {
    "millrace": "millrace backtest",
    "mlforecast": "mlforecast, LightGBM",
    "statsforecast": "statsforecast",
}
FOLDS, HORIZON = 4, 7
HEADS = ["s", "CPU s", "peak MB", "RMSE 1", "WAPE 1", "RMSE 7", "WAPE 7", "bias 7"]

# hash() of DuckDB is the same in every run; two uniform numbers a product and day make a count of the wished mean.
SALES = """copy (
with product as (
  select i as number, (1 + hash(i, 5) % 2000) / 100.0 as price,
    exp(ln(0.6) + 1.2 * sqrt(-2 * ln(share(hash(i, 1)))) * cos(2 * pi() * share(hash(i, 2)))) as level,
    case when hash(i, 3) % 3 = 0 then (hash(i, 4) % {half})::int else 0 end as first
  from range({products}) t(i)
),
expected as (
  select product.*, j::int as day,
    level * [0.85, 0.8, 0.8, 0.85, 1.0, 1.35, 1.35][1 + j % 7] * (1 + 0.25 * sin(2 * pi() * (j / 365.25) + number % 7))
      * exp(0.5 * sin(j / 97.0 + number % 31)) as mean,
    share(hash(number, j, 7)) as u, share(hash(number, j, 8)) as v
  from product, range({days}) r(j) where j >= first
),
sold as (
  select *, case when u < exp(-mean) then 0
    else greatest(1, round(mean / (1 - exp(-mean)) * (0.5 - 0.5 * ln(v)))) end as units
  from expected
)
select date '2020-01-06' + day as event_date, 'P' || lpad(number::varchar, 5, '0') as product_id,
  'D' || (number % 7) as category, units::double as daily_quantity, (units * price)::double as daily_revenue,
  ceil(units / 2) as daily_orders, price as avg_price
from sold where units > 0
) to '{out}' (format parquet)"""

SCORES = """
with truth as (select product_id, event_date, sum(daily_quantity) as units from read_parquet('{sales}') group by all),
first as (select product_id, min(event_date) as day from truth group by all),
cell as (
  select f.*, coalesce(t.units, 0) as units, date_diff('day', f.origin_date, f.date) as horizon
  from read_parquet('{found}') f join first on first.product_id = f.product_id and first.day + 56 <= f.origin_date
  left join truth t on t.product_id = f.product_id and t.event_date = f.date
  {where}
)
select count(*), sqrt(avg((y_hat - units) ** 2)), sum(abs(y_hat - units)) / sum(units), sum(y_hat - units) / sum(units)
from cell {horizon}"""


def scores(sales: Path, found: Path, is_millrace: bool) -> dict:
    where = "where f.span = 1" if is_millrace else ""
    result = {}
    for name, horizon in (("next_day", "where horizon = 1"), ("week", "")):
        query = SCORES.format(sales=sales, found=found, where=where, horizon=horizon)
        cells, rmse, wape, bias = duckdb.sql(query).fetchone()
        result[name] = {"cells": cells, "rmse": rmse, "wape": wape, "bias": bias}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=3000)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--data", type=Path, help="daily sales as one Parquet file, instead of simulated ones")
    parser.add_argument("--model", default="ensemble", help="of millrace")
    parser.add_argument("--rivals", default="mlforecast,statsforecast", help="of these two; empty: none")
    parser.add_argument("--work", help="a folder for all that is written; default: a temporary one")
    flags = parser.parse_args()
    rivals = [name for name in flags.rivals.split(",") if name]
    if unknown := set(rivals) - set(RIVALS):
        parser.error(f"--rivals: expected mlforecast or statsforecast, found: {', '.join(sorted(unknown))}")
    work = Path(tempfile.mkdtemp(prefix="millrace-bench-", dir=flags.work))
    try:
        report = run(flags, rivals, work)
    finally:
        shutil.rmtree(work)
    (CHECKOUT / "build/bench").mkdir(parents=True, exist_ok=True)
    (CHECKOUT / "build/bench/forecast.json").write_text(json.dumps(report, indent=1) + "\n")


def run(flags, rivals: list[str], work: Path) -> dict:
    sales = flags.data
    if sales is None:
        sales = work / "daily_sales.parquet"
        print(f"writing {flags.products} products × {flags.days} days to {sales}", file=sys.stderr)
        duckdb.sql("create macro share(number) as (number + 1) / 18446744073709551617.0")
        duckdb.sql(SALES.format(products=flags.products, days=flags.days, half=max(1, flags.days // 2), out=sales))
    rows, products = duckdb.sql(f"select count(*), count(distinct product_id) from '{sales}'").fetchone()
    environment = {"PYTHONPATH": str(CHECKOUT / ".deps/forecasters"), "OMP_WAIT_POLICY": "PASSIVE"}
    results = []
    for name in ["millrace", *rivals]:
        print(f"running {NAMES[name]}", file=sys.stderr)
        out = work / f"{name}.parquet"
        if name == "millrace":
            command = [str(BUILD / "millrace"), "backtest", "--data", str(sales), "--data-dir", str(work),
                       "--model", flags.model, "--out", str(out)]  # fmt: skip
        else:
            rival = str(CHECKOUT / "bench/rivals" / RIVALS[name])
            command = [sys.executable, rival, str(sales), str(out), str(FOLDS), str(HORIZON)]
        results.append({"name": name} | measure(command, environment) | scores(sales, out, name == "millrace"))
    print(f"\n{products:,} products, {rows:,} days with a sale, {FOLDS} folds of {HORIZON} days")
    print(f"{'':24}" + "".join(f"{head:>9}" for head in HEADS))
    for result in results:
        day, week = result["next_day"], result["week"]
        print(f"{NAMES[result['name']]:24} {result['seconds']:>8.1f} {result['cpu_seconds']:>8.1f} "
              f"{result['peak_rss_bytes'] / 1e6:>8.0f} {day['rmse']:>8.3f} {day['wape']:>8.1%} {week['rmse']:>8.3f} "
              f"{week['wape']:>8.1%} {week['bias']:>+8.1%}")  # fmt: skip
    return {"products": products, "rows": rows, "results": results}


if __name__ == "__main__":
    main()
