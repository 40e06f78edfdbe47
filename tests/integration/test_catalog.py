"""The shop's catalog: imported by batch, joined where products are shown, and first where history needs a category."""

import gzip
import json

import duckdb
import pytest
from shop import event

CATALOG = """sku_note,product_id,name,category,cost,lead_time_days,stock
x,P1,"Lamp, red",Lamps,2.50,7,12
,P2,Book,,,,
,P1,Again,Books,1,1,1
,,No id,,,,
,P3,Dear,Toys,-1,,
,P4,Slow,Toys,1,soon,
,P5,Much,Toys,1,1,many
,P6,Vase,Lamps,0.3333,0,-3
"""
HISTORY = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,P1,a book,2,2024-01-14 10:00,3.00,U1,
2,P2,a book,1,2024-01-14 10:00,4.00,U1,
"""


@pytest.fixture
def stocked(shop):
    (shop.folder / "catalog.csv").write_text(CATALOG)
    (shop.folder / "history.csv").write_text(HISTORY)
    (shop.folder / "rules.yaml").write_text("Books: [book]\n")
    return shop


def batch(shop, *flags, **settings):
    return shop.run("batch", *flags, "--json", history_categories="rules.yaml", **settings)


def rows(shop, sql):
    return json.loads(shop.run("sql", sql, "--json").out)


def test_import_counts_what_is_no_product(stocked):
    done = batch(stocked, "--historical-csv", "history.csv", "--catalog", "catalog.csv").document["catalog"]
    assert done == {
        "products": 3,
        "rejected_by_reason": {
            "bad_cost": {"rows": 1, "first_row": 5},
            "bad_lead_time_days": {"rows": 1, "first_row": 6},
            "bad_stock": {"rows": 1, "first_row": 7},
            "no_product_id": {"rows": 1, "first_row": 4},
            "repeated_product_id": {"rows": 1, "first_row": 3},
        },
        "unknown_columns": ["sku_note"],
    }
    assert rows(stocked, "select * from product_catalog order by product_id") == [
        {"product_id": "P1", "name": "Lamp, red", "category": "Lamps", "cost": 2.5, "lead_time_days": 7, "stock": 12},
        {"product_id": "P2", "name": "Book", "category": None, "cost": None, "lead_time_days": None, "stock": None},
        {"product_id": "P6", "name": "Vase", "category": "Lamps", "cost": 0.3333, "lead_time_days": 0, "stock": -3},
    ]
    text = stocked.run("batch", "--catalog", "catalog.csv").out
    assert "catalog: 3 products" in text
    assert "sku_note" in text


def test_its_category_comes_before_the_rules_and_days_are_computed_again(stocked):
    batch(stocked, "--historical-csv", "history.csv")
    categories = "select product_id, category from daily_sales order by product_id"
    assert rows(stocked, categories) == [
        {"product_id": "P1", "category": "Books"},
        {"product_id": "P2", "category": "Books"},
    ]
    assert batch(stocked, history_catalog="catalog.csv").document["days_computed"] == 1
    assert rows(stocked, categories) == [
        {"product_id": "P1", "category": "Lamps"},
        {"product_id": "P2", "category": "Books"},
    ]
    assert batch(stocked, history_catalog="catalog.csv").document["days_computed"] == 0


def test_names_stand_beside_products(stocked):
    batch(stocked, "--historical-csv", "history.csv", "--catalog", "catalog.csv")
    for query in ("top_selling_products", "abc", "slow_movers"):
        found = json.loads(stocked.run("analytics", query, "--json").out)
        assert {row["product_id"]: row["name"] for row in found} == {"P1": "Lamp, red", "P2": "Book"}
    assert {row["stock"] for row in found} == {12, None}


def test_events_keep_their_category_and_get_a_name(stocked):
    stocked.append(0, event(product_id="P1", category="Garden"), event(event_time="2024-01-17T10:00:00Z"))
    stocked.stream_once()
    batch(stocked, "--catalog", "catalog.csv")
    (row,) = json.loads(stocked.run("analytics", "top_selling_products", "--json").out)
    assert (row["category"], row["name"]) == ("Garden", "Lamp, red")


def test_other_kinds_of_files(stocked):
    (stocked.folder / "catalog.csv.gz").write_bytes(gzip.compress(CATALOG.encode()))
    duckdb.sql(f"copy (select 'P9' as product_id, 4 as stock) to '{stocked.folder / 'catalog.parquet'}'")
    batch(stocked, "--historical-csv", "history.csv", "--catalog", "catalog.csv.gz")
    assert len(rows(stocked, "select * from product_catalog")) == 3
    batch(stocked, "--catalog", "catalog.parquet")
    assert rows(stocked, "select product_id, stock, name from product_catalog") == [
        {"product_id": "P9", "stock": 4, "name": None}
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("produkt_id,name\nP1,a\n", "needs a column product_id (did you mean the column produkt_id?)"),
        ("product_id,cost\nP1,-1\n,2\n", "no product in the catalog"),
        (None, "could not read the catalog"),
    ],
)
def test_what_is_no_catalog_changes_nothing(stocked, content, words):
    batch(stocked, "--historical-csv", "history.csv", "--catalog", "catalog.csv")
    if content is not None:
        (stocked.folder / "other.csv").write_text(content)
    refused = stocked.run("batch", "--catalog", "other.csv", code=1 if content is None else 2)
    assert words in refused.err
    assert "other.csv" in refused.err
    assert len(rows(stocked, "select * from product_catalog")) == 3
