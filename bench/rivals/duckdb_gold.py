"""Gold by plain DuckDB: `duckdb_gold.py LAKE OUT`, the same SQL over all days at once, in folders by day.

Nothing is incremental, nothing is replaced atomically, and nobody may write to the lake meanwhile.
"""

import sys
from pathlib import Path

import duckdb

SQL = Path(__file__).resolve().parents[2] / "sql"
TABLES = ["daily_sales", "historical_streaming_joined", "customer_daily", "basket_daily", "category_revenue"]
NO_LATE = "select *, null::boolean as id_was_in_silver from silver_cleaned_events where false"
HISTORY = """create view history_sale_lines as select null::date as event_date, null::timestamp as sold_at,
    null::varchar as event_type, null::varchar as product_id, null::varchar as description, null::bigint as quantity,
    null::decimal(18,4) as price, null::varchar as invoice, null::varchar as user_id, null::varchar as time_zone
    where false"""


def text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def main(lake: Path, out: Path):
    spilled = {"memory_limit": "2GB", "threads": 2, "temp_directory": str(out / "spilled")}
    connection = duckdb.connect(config=spilled)
    run = connection.execute
    run("set timezone = 'UTC'; set variable time_zone = 'UTC'")
    run(text("dialect/duckdb"))
    run("create macro rule_category(description) as null")
    read = "read_parquet('{}/**/*.parquet', hive_types = {{'event_date': date}}, union_by_name = {})"
    run(f"create view silver_cleaned_events as from {read.format(lake / 'silver/cleaned_events', False)}")
    late = lake / "silver/late_events"
    run("create view silver_late_events as "
        + (f"from {read.format(late, True)}" if late.exists() else f"{NO_LATE}"))  # fmt: skip
    run(HISTORY)
    run("create table product_catalog(product_id varchar, category varchar)")
    run("create table product_categories as " + text("gold/product_categories"))
    first, last = run("select min(event_date), max(event_date) from silver_cleaned_events").fetchone()
    run(f"set variable first_day = date '{first}'; set variable last_day = date '{last}'")
    run("create table silver_days as select distinct event_date as silver_day from silver_cleaned_events")
    run("create table ids_in_silver as " + text("gold/ids_in_silver"))
    run("create table late_ids as " + text("gold/late_ids"))
    run("create table late_facts as " + text("gold/late_facts"))
    run("create view facts as " + text("gold/facts"))
    run("create table order_facts as " + text("gold/order_facts"))
    run("create table category_days as " + text("gold/category_days"))
    run("create table category_revenue as from category_days where false")
    run("create table computed_days as select distinct event_date from category_days")
    run("create table days as from computed_days")
    for table in TABLES:
        run(f"""copy ({text("gold/" + table)}) to '{out}/{table}' (format parquet, compression zstd,
            partition_by (event_date), write_partition_columns true)""")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
