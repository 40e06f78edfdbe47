"""Gold by Spark 3.5: `spark_gold.py LAKE OUT`, silver's days at once, written in folders by day.

It keeps less than millrace does: late records are left out, nothing is incremental, and a table is not replaced
atomically.
"""

import sys

from pyspark.sql import SparkSession

DAILY_SALES = """select event_date, product_id, category,
  coalesce(sum(amount) filter (where is_order), 0) as daily_revenue,
  coalesce(sum(quantity) filter (where is_order), 0) as daily_quantity, count_if(is_order) as daily_orders,
  avg(cast(price as double)) filter (where is_order) as avg_price, max(price) filter (where is_order) as max_price,
  count(distinct user_id) filter (where is_order) as unique_customers,
  count_if(event_type = 'product_viewed') as daily_views, count_if(event_type = 'add_to_cart') as daily_carts,
  coalesce(sum(quantity) filter (where is_return), 0) as returned_quantity,
  coalesce(sum(amount) filter (where is_return), 0) as returned_revenue
from facts group by event_date, product_id, category"""
JOINED = """select event_date, product_id, category, sum(amount) as streaming_revenue,
  sum(quantity) as streaming_quantity from facts where is_order group by event_date, product_id, category"""
CUSTOMERS = """select event_date, user_id, count_if(is_order) as orders,
  coalesce(sum(quantity) filter (where is_order), 0) as units,
  coalesce(sum(amount) filter (where is_order), 0) as revenue, count_if(is_return) as returns
from facts where is_order or is_return group by event_date, user_id"""
BASKETS = """select event_date, count(*) as baskets, sum(lines) as lines, sum(units) as units, sum(revenue) as revenue,
  count_if(lines = 1) as single_line_baskets
from (select event_date, order_id, count(*) as lines, sum(quantity) as units, sum(amount) as revenue from facts
  where is_order and order_id is not null group by event_date, order_id) group by event_date"""
CATEGORY_DAYS = """select event_date, category, sum(amount) as category_revenue, sum(quantity) as category_quantity,
  count(*) as category_orders, count(distinct product_id) as unique_products,
  count(distinct user_id) as unique_customers from facts where is_order group by event_date, category"""
CATEGORIES = """select today.*, day_before.category_revenue as prev_day_revenue,
  week_before.category_revenue as prev_week_revenue
from category_days today
left join category_days day_before
  on day_before.category = today.category and day_before.event_date = date_sub(today.event_date, 1)
left join category_days week_before
  on week_before.category = today.category and week_before.event_date = date_sub(today.event_date, 7)"""


def main(lake: str, out: str):
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.compression.codec", "zstd")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark.read.parquet(f"{lake}/silver/cleaned_events").selectExpr(
        "*",
        "event_type = 'order_created' as is_order",
        "event_type = 'order_returned' as is_return",
        "cast(price * quantity as decimal(28,4)) as amount",
    ).createOrReplaceTempView("facts")
    category_days = spark.sql(CATEGORY_DAYS).cache()
    category_days.createOrReplaceTempView("category_days")
    for name, sql in (
        ("daily_sales", DAILY_SALES),
        ("historical_streaming_joined", JOINED),
        ("customer_daily", CUSTOMERS),
        ("basket_daily", BASKETS),
        ("category_revenue", CATEGORIES),
    ):
        spark.sql(sql).repartition("event_date").write.partitionBy("event_date").parquet(f"{out}/{name}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
