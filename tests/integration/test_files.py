"""files: the committed files of the tables, as other readers find them."""

import duckdb
import pytest
from shop import LATE, SILVER, TABLES, event


def test_files_are_those_that_the_commits_name(shop):
    shop.append(0, event(), event(user_id="U2", event_time="2024-01-15T20:00:00Z"), event(user_id="U3"))
    shop.stream_once()
    (shop.lake / SILVER / "event_date=2024-01-15" / "category=Books" / "stray.parquet").write_bytes(b"of a crash")
    by_table = shop.run("files", "--json").document
    for table in TABLES:
        committed = {file["path"] for commit in shop.commits() for file in commit["add"] if file["table"] == table}
        assert set(by_table[table.replace("/", "_")]) == {str(shop.lake / path) for path in committed}
    assert len(by_table["silver_late_events"]) == 1
    assert by_table["daily_sales"] == []


@pytest.mark.parametrize("name", [LATE, "silver_late_events"])
def test_one_table_by_its_folder_or_its_name_in_sql(shop, name):
    shop.append(0, event(), event(user_id="U2", event_time="2024-01-15T20:00:00Z"), event(user_id="U3"))
    shop.stream_once()
    lines = shop.run("files", "--table", name).out.splitlines()
    assert lines == [str(path) for path in shop.files(LATE)]


def test_files_of_nothing(shop):
    assert not any(shop.run("files", "--json").document.values())
    assert not shop.lake.exists(), "looking changes nothing"


def test_an_unknown_table_is_answered_with_the_nearest(shop):
    assert "did you mean daily_sales?" in shop.run("files", "--table", "daily_sale", code=2).err


def test_views_for_another_duckdb(shop):
    shop.append(0, event(), event(user_id="U2", event_time="2024-01-15T20:00:00Z"), event(user_id="U3"))
    shop.stream_once()
    shop.run("batch")
    sql = shop.run("files", "--views").out
    with duckdb.connect() as connection:
        connection.sql(sql)
        assert connection.sql("select count(*) from bronze_events").fetchall() == [(3,)]
        assert connection.sql("select user_id from silver_late_events").fetchall() == [("U3",)]
        assert connection.sql("select sum(daily_orders) from daily_sales").fetchall() == [(3,)]
        assert connection.sql("select count(*) from demand_predictions").fetchall() == [(0,)]
        assert connection.sql("select sum(orders) from category_1h").fetchall() == [(2,)]
