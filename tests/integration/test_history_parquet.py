"""batch --historical-csv with Parquet: the same rows give the same gold as the CSV, whatever types a column has."""

import duckdb
import pytest

GOLD = ["daily_sales", "category_revenue", "historical_streaming_joined", "customer_daily", "basket_daily"]
HISTORY = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,RED BAG,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536366,85123A,RED BAG,1,2010-12-02 09:00:00,2.5,,France
C536367,71053,"A ""LAMP"", WHITE",-3,2010-12-02 10:15:00,3.39,17850,United Kingdom
536368,71053,"A ""LAMP"", WHITE",2,2010-12-08 12:00:00,4,17851,United Kingdom
536369,,NO CODE,2,2010-12-08 12:00:00,3.39,17851,United Kingdom
536370,71053,NO PRICE,2,2010-12-08 12:00:00,,17851,United Kingdom
"""
REJECTED = {"no_product_id": {"rows": 1}, "bad_price": {"rows": 1}}

# How a column may be stored: by a database, by a data frame (numbers with gaps are doubles there, NaN is a gap).
TYPES = {
    "texts": "select * from t",
    "database": """select InvoiceNo, StockCode, Description, Quantity::integer as Quantity,
        InvoiceDate::timestamp as InvoiceDate, UnitPrice::decimal(12,3) as UnitPrice, CustomerID::bigint as CustomerID,
        Country from t""",
    "data frame": """select InvoiceNo, StockCode, Description, Quantity::bigint as Quantity,
        InvoiceDate::timestamp_ns as InvoiceDate, coalesce(UnitPrice::double, 'nan'::double) as UnitPrice,
        CustomerID::double as CustomerID, Country from t""",
    "instants": """select * replace (timezone('UTC', InvoiceDate::timestamp) as InvoiceDate,
        UnitPrice::float as UnitPrice) from t""",
}


def gold(shop):
    return {table: shop.query(f"gold/{table}", "select * from t order by all") for table in GOLD}


@pytest.mark.parametrize("types", TYPES)
def test_parquet_gives_the_gold_of_the_same_csv(make_shop, tmp_path, types):
    csv = tmp_path / "history.csv"
    csv.write_text(HISTORY)
    by_csv = make_shop("by csv")
    by_csv.run("batch", "--historical-csv", csv)

    parquet = tmp_path / "it's history.parquet"
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute(f"create table t as from read_csv('{csv}', all_varchar = true)")
    connection.execute(f"copy ({TYPES[types]}) to '{str(parquet).replace(chr(39), chr(39) * 2)}' (format parquet)")
    by_parquet = make_shop("by parquet")
    history = by_parquet.run("batch", "--historical-csv", parquet, "--json").document["history"][0]
    assert history["rows"] == 6
    assert {reason: {"rows": found["rows"]} for reason, found in history["rejected_by_reason"].items()} == REJECTED
    assert gold(by_parquet) == gold(by_csv)
    assert by_parquet.run("batch", "--historical-csv", parquet, "--json").document["history"][0]["known"]


def test_a_parquet_file_without_the_columns_is_refused(shop, tmp_path):
    parquet = tmp_path / "other.parquet"
    duckdb.sql(f"copy (select 1 as StockCod, 2 as Quantity) to '{parquet}' (format parquet)")
    refused = shop.run("batch", "--historical-csv", parquet, code=2)
    assert "InvoiceNo" in refused.err and str(parquet) in refused.err


def test_a_damaged_parquet_file_is_refused(shop, tmp_path):
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"PAR1 and then nothing that makes sense")
    refused = shop.run("batch", "--historical-csv", damaged, code=2)
    assert str(damaged) in refused.err
