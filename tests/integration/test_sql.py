"""sql: questions about all tables by name, and nothing but questions."""

import csv
import io
import json
import signal
import time

import pytest
from shop import event


@pytest.fixture
def sold(shop):
    order = event(category="Möbel", price="12.3400", quantity="2")
    shop.append(0, order, event(user_id="U2", event_type="add_to_cart"))
    shop.stream_once()
    shop.run("batch")
    return shop


def test_every_table_has_a_name(sold):
    names = {row["name"] for row in json.loads(sold.run("sql", "show tables", "--format", "json").out)}
    assert {"bronze_events", "silver_cleaned_events", "windows_product_5m", "category_1h", "daily_sales"} <= names
    for name in names:
        sold.run("sql", f"select * from {name} limit 1")


def test_formats(sold):
    query = "select category, revenue, null as none from silver_cleaned_events where event_type = 'order_created'"
    assert sold.run("sql", query).out == "category  revenue  none\nMöbel     24.6800     -\n"
    rows = list(csv.reader(io.StringIO(sold.run("sql", query, "--format", "csv").out)))
    assert rows == [["category", "revenue", "none"], ["Möbel", "24.6800", ""]]
    assert json.loads(sold.run("sql", query, "--json").out) == [{"category": "Möbel", "revenue": 24.68, "none": None}]
    assert "24.6800" in sold.run("sql", query, "--json").out, "all digits"


def test_before_there_is_anything(shop):
    assert shop.run("sql", "select count(*) as n from daily_sales").out == "n\n0\n"
    assert not shop.lake.exists(), "looking changes nothing"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("selec 1", 'at or near "selec"'),
        ("select * from daily_sale", "daily_sales"),
        ("select 1; select 2", "one SQL statement"),
        ("create table t (a int)", "only a query"),
        ("copy (select 1) to 'x.csv'", "disabled"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
        ("attach 'x.db'", "only a query"),
        ("", "no SQL statement"),
    ],
)
def test_what_is_no_question_is_refused(sold, query, words):
    done = sold.run("sql", query, code=2)
    assert words in done.err and done.out == "", done
    assert not list(sold.folder.glob("x.*"))


def test_ctrl_c_ends_a_long_query(sold):
    with sold.running("sql", "select count(*) from range(1000000000000) r(i) where hash(i) = 1") as query:
        time.sleep(0.5)
        began = time.monotonic()
        done = query.stop(signal.SIGINT)
    assert done.code == 130, done
    assert time.monotonic() - began < 5


def test_settings_reach_the_engine(sold):
    query = "select current_setting('threads')::varchar as threads, current_setting('memory_limit') as memory"
    row = json.loads(sold.run("sql", query, "--json", warehouse_threads=3, warehouse_memory="512MiB").out)[0]
    assert row == {"threads": "3", "memory": "512.0 MiB"}
