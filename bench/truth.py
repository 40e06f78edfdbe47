"""How near forecasts come to what chance alone leaves: `./run bench truth [--products N] [--days N] [--seed N] …`.

A shop is simulated whose true demand is known (`produce --truth`), with its plan of promotions (`--promotions`); its
events go through stream and batch, and a backtest of the last four weeks is held against what was sold. Judged are the
products that sell most, on days on which they were in stock. Beside each error stands the one of who knows the true
mean of every product and day, and the one of who does not know the day's chance either (some days are busier for no
reason that could be seen on the evening before): nobody can do better. Also written to build/bench/truth.json.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from stream import BUILD, CHECKOUT

START = "2023-01-02T00:00:00Z"

CELLS = """
create table cell as
with sold as (
  select event_date as date, product_id, sum(daily_quantity) as units
  from read_parquet('{sales}/**/*.parquet') group by all
),
top as (select product_id from sold group by 1 order by sum(units) desc limit {top})
select date_diff('day', f.origin_date, f.date) as horizon, f.y_hat, coalesce(s.units, 0) as units,
  t.expected_demand as mean, t.expected_demand / t.day_chance as knowable, t.discount_percent > 0 as promoted
from read_parquet('{found}') f join top using (product_id)
join read_csv('{truth}') t on t.product_id = f.product_id and t.date = f.date
left join sold s on s.product_id = f.product_id and s.date = f.date
where f.span = 1 and t.in_stock = 1"""

PARTS = {
    "next day": "horizon = 1",
    "next day, in a promotion": "horizon = 1 and promoted",
    "next day, at the list price": "horizon = 1 and not promoted",
    "days of the next week": "true",
}


def run(flags, work: Path) -> dict:
    program = [str(BUILD / "millrace"), "--data-dir", str(work)]
    truth, plan, found = work / "truth.csv", work / "promotions.csv", work / "backtest.parquet"
    steps = [
        ["produce", "--days", str(flags.days), "--daily-events", str(flags.daily_events), "--start", START,
         "--speed", "max", "--seed", str(flags.seed), "--products", str(flags.products), "--truth", str(truth),
         "--promotions", str(plan)],
        ["stream", "--once"],
        ["batch"],
        ["backtest", "--daily-origins", "--model", flags.model, "--promotions", str(plan), "--out", str(found)],
    ]  # fmt: skip
    for step in steps:
        print(f"running {step[0]}", file=sys.stderr)
        subprocess.run([*program, *step], check=True, stdout=subprocess.DEVNULL)
    duckdb.sql(CELLS.format(sales=work / "lake/gold/daily_sales", top=flags.top, found=found, truth=truth))
    results = {}
    for name, where in PARTS.items():
        cells, bias, *errors = duckdb.sql(
            "select count(*), sum(y_hat - units) / sum(units), sum(abs(y_hat - units)) / sum(units), "
            f"sum(abs(knowable - units)) / sum(units), sum(abs(mean - units)) / sum(units) from cell where {where}"
        ).fetchone()
        results[name] = {"cells": cells, "bias": bias} | dict(zip(("wape", "knowable", "true_mean"), errors))
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=200)
    parser.add_argument("--days", type=int, default=500)
    parser.add_argument("--daily-events", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--top", type=int, default=100, help="how many products are judged")
    parser.add_argument("--model", default="ensemble")
    parser.add_argument("--work", help="a folder for all that is written; default: a temporary one")
    flags = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="millrace-bench-", dir=flags.work))
    try:
        results = run(flags, work)
    finally:
        shutil.rmtree(work)
    (CHECKOUT / "build/bench").mkdir(parents=True, exist_ok=True)
    (CHECKOUT / "build/bench/truth.json").write_text(json.dumps(vars(flags) | {"results": results}, indent=1) + "\n")
    print(f"\n{flags.model}, seed {flags.seed}: {flags.products} products, {flags.days} days; the {flags.top} best")
    print(f"{'':30}{'cells':>7}{'bias':>8}{'WAPE':>8}{'knowable':>10}{'ratio':>7}{'true mean':>11}{'ratio':>7}")
    for name, one in results.items():
        print(f"{name:30}{one['cells']:>7}{one['bias']:>+8.1%}{one['wape']:>8.1%}{one['knowable']:>10.1%}"
              f"{one['wape'] / one['knowable']:>7.2f}{one['true_mean']:>11.1%}"
              f"{one['wape'] / one['true_mean']:>7.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
