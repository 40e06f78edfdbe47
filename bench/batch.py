"""Gold from one lake, beside rivals: `./run bench batch [--days 9] [--daily-events 1100000] [--rivals …]`.

A simulated shop streams into a lake, whose small files are then merged: none of that is measured. Then gold is computed
from all of it by millrace and by each rival, out of the same Parquet; and by millrace for one more day, after each of
them, to see whether that grows with the history. Every named query is asked once. Sums of what all wrote are compared.
Also written to build/bench/batch.json.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
from stream import BUILD, CHECKOUT, measure

RIVALS = {"duckdb": "duckdb_gold.py", "polars": "polars_gold.py", "spark": "spark_gold.py"}
NAMES = {
    "millrace": "millrace batch --full",
    "duckdb": "DuckDB, the same SQL",
    "polars": "Polars",
    "spark": "Spark 3.5",
}
PROGRAM = str(BUILD / "millrace")
START = date(2024, 1, 1)
DAYS_MORE = 2
CHECKED = """select sum(daily_revenue)::decimal(38,4), sum(daily_orders)::bigint, sum(daily_views)::bigint
    from read_parquet('{}/daily_sales/**/*.parquet')"""


def millrace(data: Path, *command: str) -> str:
    done = subprocess.run([PROGRAM, *command, "--data-dir", data], cwd=data, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command} failed with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout


def add_days(data: Path, first: int, days: int, daily_events: int):
    """Simulated days into the log, and from there into the lake."""
    start = f"{START + timedelta(days=first)}T00:00:00Z"
    shop = ["--products", "2000", "--users", "100000", "--late-rate", "0", "--seed", str(first)]
    millrace(data, "produce", "--days", str(days), "--daily-events", str(daily_events), "--start", start, *shop,
             "--speed", "max")  # fmt: skip
    millrace(data, "stream", "--once")
    millrace(data, "compact")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=9)
    parser.add_argument("--daily-events", type=int, default=1_100_000)
    parser.add_argument("--rivals", default="duckdb,polars,spark", help="of duckdb, polars and spark; empty: none")
    parser.add_argument("--lake", type=Path, help="a data folder with a lake, instead of a simulated shop")
    parser.add_argument("--work", help="a folder for all that is written; default: a temporary one")
    flags = parser.parse_args()
    rivals = [name for name in flags.rivals.split(",") if name]
    if unknown := set(rivals) - set(RIVALS):
        parser.error(f"--rivals: expected duckdb, polars or spark, found: {', '.join(sorted(unknown))}")
    work = Path(tempfile.mkdtemp(prefix="millrace-bench-", dir=flags.work))
    try:
        report = run(flags, rivals, work)
    finally:
        shutil.rmtree(work)
    (CHECKOUT / "build/bench").mkdir(parents=True, exist_ok=True)
    (CHECKOUT / "build/bench/batch.json").write_text(json.dumps(report, indent=1) + "\n")


def run(flags, rivals: list[str], work: Path) -> dict:
    data = flags.lake or work / "data"
    if flags.lake is None:
        data.mkdir()
        print(f"writing a lake of {flags.days} days to {data}", file=sys.stderr)
        add_days(data, 0, flags.days, flags.daily_events)
    rows = json.loads(millrace(data, "sql", "select count(*) as n from silver_cleaned_events", "--json"))[0]["n"]
    spark = CHECKOUT / ".deps/pyspark"
    environment = {"PYTHONPATH": f"{spark}:{CHECKOUT / '.deps/polars'}", "SPARK_LOCAL_DIRS": str(work / "spark")}
    results = []
    for name in ["millrace", *rivals]:
        print(f"running {NAMES[name]}", file=sys.stderr)
        out = work / f"out-{name}"
        out.mkdir()
        if name == "millrace":
            results.append(measure([PROGRAM, "batch", "--full", "--data-dir", str(data)], {}))
            sums = duckdb.sql(CHECKED.format(data / "lake/gold")).fetchone()
        else:
            rival = str(CHECKOUT / "bench/rivals" / RIVALS[name])
            results.append(measure([sys.executable, rival, str(data / "lake"), str(out)], environment))
            found = duckdb.sql(CHECKED.format(out)).fetchone()
            assert found == sums or flags.lake, f"{NAMES[name]} computed {found}, millrace {sums}"
        results[-1] |= {"name": name, "rows": int(rows)}
        shutil.rmtree(out)
    print(f"\n{int(rows):,} rows of silver\n{'':24} {'s':>8} {'CPU s':>8} {'peak MB':>8}")
    for result in results:
        print(f"{NAMES[result['name']]:24} {result['seconds']:>8.1f} {result['cpu_seconds']:>8.1f} "
              f"{result['peak_rss_bytes'] / 1e6:>8.0f}")  # fmt: skip

    daily = []
    if flags.lake is None:
        for day in range(DAYS_MORE):
            add_days(data, flags.days + day, 1, flags.daily_events)
            daily.append(measure([PROGRAM, "batch", "--data-dir", str(data)], {}))
            print(f"one more day: {daily[-1]['seconds']:.2f} s, {daily[-1]['peak_rss_bytes'] / 1e6:.0f} MB")
    queries = {}
    for query in json.loads(millrace(data, "analytics", "--json")):
        begin = time.monotonic()
        millrace(data, "analytics", query["name"])
        queries[query["name"]] = round(time.monotonic() - begin, 3)
    slowest = sorted(queries, key=queries.get)[-3:][::-1]
    print("the slowest queries: " + ", ".join(f"{name} {queries[name]:.2f} s" for name in slowest))
    return {"full": results, "one_more_day": daily, "queries": queries}


if __name__ == "__main__":
    main()
