"""sql: questions about all tables by name, and nothing but questions."""

import csv
import io
import json
import signal
import subprocess
import time
from decimal import Decimal

import duckdb
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


def test_parquet_goes_to_standard_output(sold):
    query = "select category, revenue, event_time from silver_cleaned_events order by user_id"
    command = sold.command("sql", query + ";", "--format", "parquet")
    done = subprocess.run(command, cwd=sold.folder, env=sold.environment({}), capture_output=True, check=True)
    file = sold.folder / "rows.parquet"
    file.write_bytes(done.stdout)
    assert duckdb.sql(f"select category, revenue from '{file}'").fetchall() == [
        ("Möbel", Decimal("24.6800")),
        ("Books", Decimal("10.0000")),
    ]
    assert "at or near" in sold.run("sql", "selec 1", "--format", "parquet", code=2).err
    assert not list((sold.lake / "_spill").iterdir())


def test_a_table_is_cut_where_it_is_too_long_for_a_person(sold):
    query = "select range as n from range(1500)"
    table = sold.run("sql", query)
    assert len(table.out.splitlines()) == 1001
    assert "--limit 0" in table.err
    assert len(sold.run("sql", query, "--limit", 0).out.splitlines()) == 1501
    assert len(sold.run("sql", query, "--format", "csv").out.splitlines()) == 1501
    few = sold.run("sql", query, "--json", "--limit", 3)
    assert few.document == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert "--limit 0" in few.err
    assert sold.run("sql", "select 1 as n", "--limit", 1).err == ""


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
