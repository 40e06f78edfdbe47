"""The stream's work once, as plain batch SQL on DuckDB: `duckdb_batch.py LOG_TOPIC_FOLDER OUT`.

Records become bronze, silver (valid, without duplicates), and both windows, as Parquet in Hive folders. It keeps less
than millrace does: no late events, no reasons field by field, nothing that survives a crash half way.
"""

import sys
from pathlib import Path

import duckdb

FIELDS = ["event_time", "user_id", "product_id", "category", "price", "quantity", "event_type"]
TYPES = "'product_viewed', 'add_to_cart', 'order_created', 'order_returned'"


def main(log: Path, out: Path):
    files = [str(path) for path in sorted(log.glob("*/*.ndjson"))]
    connection = duckdb.connect(str(out / "work.duckdb"), config={"memory_limit": "8GB", "threads": 2})
    run = connection.execute
    columns = ", ".join(f"{field}: 'varchar'" for field in FIELDS)
    run(f"""create table records as select *, try_cast(event_time as timestamptz) as time,
        try_cast(price as decimal(18,4)) as amount, try_cast(quantity as integer) as units
        from read_ndjson({files!r}, columns = {{{columns}}}, ignore_errors = true)""")
    valid = f"time is not null and amount >= 0 and units >= 1 and event_type in ({TYPES}) and user_id <> ''"
    run(f"""copy (select * exclude (time, amount, units), time::date as event_date,
        if({valid}, 'silver', 'rejected') as outcome from records)
        to '{out}/bronze' (format parquet, compression zstd, partition_by (event_date))""")
    run(f"""create table events as select distinct on (time, user_id, product_id, event_type)
        time, user_id, product_id, category, amount as price, units as quantity, event_type,
        (amount * units)::decimal(18,4) as revenue, time::date as event_date from records where {valid}""")
    run(f"""copy events to '{out}/silver'
        (format parquet, compression zstd, partition_by (event_date, category))""")
    for name, width in (("product_5m", "5 minutes"), ("product_1h", "1 hour")):
        run(f"""copy (select time_bucket(interval '{width}', time) as window_start, product_id, category,
            sum(revenue) filter (event_type = 'order_created') as revenue,
            count(*) filter (event_type = 'order_created') as orders,
            sum(quantity) filter (event_type = 'order_created') as units,
            sum(price) filter (event_type = 'order_created') as price_sum,
            count(*) filter (event_type = 'product_viewed') as views,
            count(*) filter (event_type = 'add_to_cart') as carts,
            count(*) filter (event_type = 'order_returned') as "returns",
            window_start::date as event_date from events group by all)
            to '{out}/{name}' (format parquet, compression zstd, partition_by (event_date))""")
    connection.close()
    (out / "work.duckdb").unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
