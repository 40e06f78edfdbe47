"""The stream's work by Spark Structured Streaming: `spark_stream.py LOG_TOPIC_FOLDER OUT`.

Bronze from the log's files, silver from bronze, both windows from silver, each a query with a checkpoint of its own
that ends when it has read what is there; of the arrangements tried this was the fastest. Deduplication looks back two
hours.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

FIELDS = ["event_time", "user_id", "product_id", "category", "price", "quantity", "event_type"]
TYPES = ["product_viewed", "add_to_cart", "order_created", "order_returned"]


def main(log: str, out: str):
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.compression.codec", "zstd")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")

    def write(frame, name, *folders):
        query = (
            frame.writeStream.format("parquet")
            .option("path", f"{out}/{name}")
            .option("checkpointLocation", f"{out}/checkpoints/{name}")
            .partitionBy(*folders)
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()

    schema = ", ".join(f"{field} string" for field in FIELDS)
    records = spark.readStream.schema("value string").option("maxFilesPerTrigger", 2).text(f"{log}/*/*.ndjson")
    fields = records.select("value", f.from_json("value", schema).alias("r")).select("value", "r.*")
    valid = (
        f.col("event_time").cast("timestamp").isNotNull()
        & (f.col("price").cast("decimal(18,4)") >= 0)
        & (f.col("quantity").cast("int") >= 1)
        & f.col("event_type").isin(TYPES)
    )
    bronze = fields.withColumn("event_date", f.to_date(f.col("event_time").cast("timestamp"))).withColumn(
        "outcome", f.when(valid, "silver").otherwise("rejected")
    )
    write(bronze, "bronze", "event_date")

    bronze_schema = spark.read.parquet(f"{out}/bronze").schema
    silver = (
        spark.readStream.schema(bronze_schema)
        .parquet(f"{out}/bronze")
        .where("outcome = 'silver'")
        .select(
            f.col("event_time").cast("timestamp").alias("event_time"),
            "user_id",
            "product_id",
            "category",
            f.col("price").cast("decimal(18,4)").alias("price"),
            f.col("quantity").cast("int").alias("quantity"),
            "event_type",
            "event_date",
        )
        .withColumn("revenue", (f.col("price") * f.col("quantity")).cast("decimal(18,4)"))
        .withWatermark("event_time", "2 hours")
        .dropDuplicatesWithinWatermark(["event_time", "user_id", "product_id", "event_type"])
    )
    write(silver, "silver", "event_date", "category")

    silver_schema = spark.read.parquet(f"{out}/silver").schema
    for name, width, delay in (("product_5m", "5 minutes", "10 minutes"), ("product_1h", "1 hour", "2 hours")):
        is_order = f.col("event_type") == "order_created"
        windows = (
            spark.readStream.schema(silver_schema)
            .parquet(f"{out}/silver")
            .withWatermark("event_time", delay)
            .groupBy(f.window("event_time", width), "product_id", "category")
            .agg(
                f.sum(f.when(is_order, f.col("revenue"))).alias("revenue"),
                f.count(f.when(is_order, 1)).alias("orders"),
                f.sum(f.when(is_order, f.col("quantity"))).alias("units"),
                f.sum(f.when(is_order, f.col("price"))).alias("price_sum"),
                f.count(f.when(f.col("event_type") == "product_viewed", 1)).alias("views"),
                f.count(f.when(f.col("event_type") == "add_to_cart", 1)).alias("carts"),
                f.count(f.when(f.col("event_type") == "order_returned", 1)).alias("returns"),
            )
            .withColumn("window_start", f.col("window.start"))
            .withColumn("event_date", f.to_date("window_start"))
            .drop("window")
        )
        write(windows, name, "event_date")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
