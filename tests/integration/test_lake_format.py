"""The lake as other readers see it: columns, folders, compression, commit records (CONTRACT.md, "The lake")."""

import json
import time
import urllib.parse
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shop import BRONZE, LATE, QUARANTINE, SILVER, TABLES, WINDOW_S, Shop, event, needs_judge, wait_until

TIME, MONEY, SUM = pa.timestamp("us", tz="UTC"), pa.decimal128(18, 4), pa.decimal128(38, 4)
AT = {"log_partition": pa.int32(), "log_offset": pa.int64()}
AS_RECEIVED = ["event_time", "user_id", "product_id", "category", "price", "quantity", "event_type"]
CLEANED = AT | {
    "event_time": TIME,
    "user_id": pa.string(),
    "product_id": pa.string(),
    "price": MONEY,
    "quantity": pa.int32(),
    "event_type": pa.string(),
    "revenue": MONEY,
    "event_id": pa.string(),
    "order_id": pa.string(),
    "session_id": pa.string(),
}
WINDOW = {
    "window_start": TIME,
    "window_end": TIME,
    "product_id": pa.string(),
    "category": pa.string(),
    "revenue": SUM,
    "orders": pa.int64(),
    "units": pa.int64(),
    "price_sum": SUM,
    "views": pa.int64(),
    "carts": pa.int64(),
    "returns": pa.int64(),
    "returned_units": pa.int64(),
    "returned_revenue": SUM,
}
COLUMNS = {
    BRONZE: AT
    | {"log_time": TIME, "key": pa.binary(), "headers": None, "ingest_time": TIME}  # headers: of any type
    | dict.fromkeys(AS_RECEIVED, pa.string())
    | {"extra": pa.string(), "raw": pa.binary(), "raw_bytes": pa.int64(), "outcome": pa.string()},
    SILVER: CLEANED,
    LATE: CLEANED | {"category": pa.string(), "id_was_in_silver": pa.bool_()},  # added later
    QUARANTINE: AT | {"ingest_time": TIME, "field": pa.string(), "raw": pa.binary()},
    "windows/product_5m": WINDOW,
    "windows/product_1h": WINDOW,
}
FOLDERS = {
    BRONZE: ["event_date"],
    SILVER: ["event_date", "category"],
    LATE: ["event_date"],
    QUARANTINE: ["ingest_date", "reason"],
    "windows/product_5m": ["event_date"],
    "windows/product_1h": ["event_date"],
}
NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"


@pytest.fixture(scope="module")
def hostile_shop(tmp_path_factory):
    """A lake with rows in every table, for tests that only read."""
    shop = Shop(tmp_path_factory.mktemp("hostile") / "shop")
    shop.make_log(8_000, seed=3, profile="hostile")
    shop.stream_once(stream_commit_records=1_000)
    return shop


def plain_type(of_column: pa.DataType) -> pa.DataType:
    """A dictionary is a way to store values, not another type."""
    return of_column.value_type if pa.types.is_dictionary(of_column) else of_column


def folder_values(shop, table, path) -> list[tuple[str, str]]:
    return [tuple(part.split("=", 1)) for part in path.relative_to(shop.lake / table).parent.parts]


@needs_judge
@pytest.mark.parametrize("table", TABLES)
def test_columns_and_types(hostile_shop, table):
    files = hostile_shop.files(table)
    assert files
    for path in files:
        found = {field.name: plain_type(field.type) for field in pq.read_schema(path)}
        assert found == {
            name: found.get(name) if wanted is None else wanted for name, wanted in COLUMNS[table].items()
        }, path
        assert [name for name, _ in folder_values(hostile_shop, table, path)] == FOLDERS[table], path


@needs_judge
def test_files_are_zstd_and_carry_the_format_version(hostile_shop):
    for table in TABLES:
        for path in hostile_shop.files(table):
            footer = pq.read_metadata(path)
            codecs = {
                footer.row_group(group).column(column).compression
                for group in range(footer.num_row_groups)
                for column in range(footer.num_columns)
            }
            assert codecs == {"ZSTD"}, path
            assert footer.num_rows > 0, path
            assert int(footer.metadata[b"format_version"]) >= 1, path


@needs_judge
def test_folders_are_percent_encoded_and_null_has_its_name(hostile_shop):
    folders = {
        value
        for table in TABLES
        for path in hostile_shop.files(table)
        for name, value in folder_values(hostile_shop, table, path)
        if value != NULL_FOLDER
    }
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.%")
    for folder in folders:
        assert set(folder) <= allowed and folder.upper().count("%") * 3 <= len(folder), folder
        assert urllib.parse.quote(urllib.parse.unquote_to_bytes(folder), safe="-_.").replace("~", "%7E") == folder
    assert {"Home%20%26%20Garden", "Toys%2FGames", "Caf%C3%A9%3DBar", "100%25%20Wool", "Unknown"} <= folders
    bronze_dates = {
        value for path in hostile_shop.files(BRONZE) for _, value in folder_values(hostile_shop, BRONZE, path)
    }
    assert NULL_FOLDER in bronze_dates


def test_a_category_of_dots_stays_inside_its_table(shop):
    """`..` needs no escape by the rule of bytes, and must yet not climb out: category=.. is a plain name."""
    shop.append(0, event(category=".."), event(category=".", user_id="U2"), event(category="_x", user_id="U3"))
    shop.stream_once()
    assert [row[0] for row in shop.query(SILVER, "select category from t order by log_offset")] == ["..", ".", "_x"]


def test_no_category_is_read_as_null(shop):
    """DuckDB reads the folder names NULL (in any case) and __HIVE_DEFAULT_PARTITION__ as null unless a byte of them
    is escaped; these are categories that a shop may have."""
    categories = ["NULL", "null", "Null", "__HIVE_DEFAULT_PARTITION__", "nil", "true", "1"]
    shop.append(0, *[event(category=category, user_id=category) for category in categories])
    shop.stream_once()
    assert [row[0] for row in shop.query(SILVER, "select category from t order by log_offset")] == categories


@needs_judge
def test_every_record_stands_once_in_bronze_and_once_elsewhere(hostile_shop):
    shop = hostile_shop
    outcomes = dict(shop.query(BRONZE, "select outcome, count(*) from t group by all"))
    assert sum(outcomes.values()) == len(shop.all_records())
    assert outcomes["silver"] == shop.count(SILVER)
    assert outcomes["late"] == shop.count(LATE)
    reasons = dict(shop.query(QUARANTINE, "select reason, count(*) from t group by all"))
    assert reasons == {name: n for name, n in outcomes.items() if name not in ("silver", "late", "duplicate")}
    assert outcomes["duplicate"] > 0 and len(reasons) >= 8, outcomes


@needs_judge
def test_commit_records_name_exactly_the_files_on_disk(hostile_shop):
    shop = hostile_shop
    named = Counter(file["path"] for commit in shop.commits() for file in commit["add"])
    removed = Counter(file["path"] for commit in shop.commits() for file in commit.get("remove", []))
    on_disk = Counter(path.relative_to(shop.lake).as_posix() for table in TABLES for path in shop.files(table))
    assert named - removed == on_disk


@needs_judge
def test_commit_records_join_and_keep_the_conservation_law(hostile_shop):
    shop = hostile_shop
    for partition in shop.partitions():
        end, totals = 0, Counter()
        folder = shop.lake / "_commits" / shop.topic / str(partition)
        for sequence, path in enumerate(sorted(folder.glob("*.json"))):
            commit = json.loads(path.read_bytes())
            assert path.name == f"{sequence:020d}.json"
            assert commit["format_version"] >= 1
            assert commit["from"] == end
            assert sum(commit["counts"].values()) == commit["to"] - commit["from"]
            totals.update(commit["counts"])
            assert commit["totals"] == totals
            end = commit["to"]
        assert end == len(shop.records(partition))
        by_outcome = f"select outcome, count(*) from t where log_partition = {partition} group by all"
        assert totals == dict(shop.query(BRONZE, by_outcome))


@needs_judge
@pytest.mark.parametrize("table", WINDOW_S)
def test_windows_are_aligned_and_add_up_to_silver(hostile_shop, table):
    width_s = WINDOW_S[table]
    wrong = hostile_shop.query(
        table,
        f"""select * from t where epoch_us(window_start) % {width_s * 1_000_000} <> 0
        or epoch_us(window_end) - epoch_us(window_start) <> {width_s * 1_000_000}
        or strftime(window_start, '%Y-%m-%d') <> event_date""",
    )
    assert not wrong
    sums = hostile_shop.query(
        table,
        """
        select sum(revenue), sum(orders)::bigint, sum(units)::bigint, sum(price_sum), sum(views)::bigint,
               sum(carts)::bigint, sum(returns)::bigint, sum(returned_units)::bigint, sum(returned_revenue) from t""",
    )
    silver = hostile_shop.query(
        SILVER,
        """
        with s as (select *, event_type = 'order_created' as sold, event_type = 'order_returned' as returned from t)
        select sum(revenue) filter (sold), count(*) filter (sold), (sum(quantity) filter (sold))::bigint,
               sum(price) filter (sold), count(*) filter (event_type = 'product_viewed'),
               count(*) filter (event_type = 'add_to_cart'), count(*) filter (returned),
               (sum(quantity) filter (returned))::bigint, sum(revenue) filter (returned) from s""",
    )
    assert sums == silver


@needs_judge
def test_nothing_but_the_tables_is_left(hostile_shop):
    """After --once a plain glob is exact, and no staged file is left behind."""
    parquet = set(hostile_shop.lake.rglob("*.parquet"))
    assert parquet == {path for table in TABLES for path in hostile_shop.files(table)}


def at(minutes: float, product="P001") -> bytes:
    """A record some minutes after noon. Two have different keys when their times differ."""
    seconds = round(minutes * 60)
    return event(
        event_time=f"2024-01-15T{12 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z",
        product_id=product,
    )


def windows_of(shop, table):
    return shop.query(
        table, "select strftime(window_start, '%H:%M'), product_id, sum(units)::int from t group by all order by all"
    )


def test_a_window_appears_when_the_watermark_passes_its_end(shop):
    """In continuous mode, by partition: highest time − 10 min for 5m, − 2 h for 1h."""

    def is_silver(rows):
        return lambda: shop.count(SILVER) == rows

    shop.append(0, at(1), at(4.99))
    shop.append(1)
    with shop.running("stream", "--checkpoint-interval", "200ms") as stream:
        wait_until(is_silver(2), "the first two records are committed")
        shop.append(0, at(14.9))
        shop.append(1, at(30, "P002"))
        wait_until(is_silver(4), "the next two records are committed")
        time.sleep(0.5)
        assert windows_of(shop, "windows/product_5m") == [], "emitted before the watermark of its partition"

        shop.append(0, at(15.1))
        wait_until(
            lambda: windows_of(shop, "windows/product_5m") == [("12:00", "P001", 2)], "its end is passed at 12:15"
        )
        assert windows_of(shop, "windows/product_1h") == []

        shop.append(0, at(2))
        wait_until(
            lambda: windows_of(shop, "windows/product_5m") == [("12:00", "P001", 3)],
            "one more row for the emitted window",
        )

        shop.append(0, at(180.1))
        wait_until(
            lambda: windows_of(shop, "windows/product_1h") == [("12:00", "P001", 5)],
            "the hour's end is passed at 15:00",
        )
        done = stream.stop()
        assert done.code == 143, done
    shop.stream_once()
    assert windows_of(shop, "windows/product_5m") == [
        ("12:00", "P001", 3),
        ("12:10", "P001", 1),
        ("12:15", "P001", 1),
        ("12:30", "P002", 1),
        ("15:00", "P001", 1),
    ]
    assert windows_of(shop, "windows/product_1h") == [("12:00", "P001", 5), ("12:00", "P002", 1), ("15:00", "P001", 1)]


def test_the_commit_interval_is_kept(shop):
    """A commit each second while records trickle in: not one for each record, and none waits much longer."""
    begin = time.monotonic()
    with shop.running("stream", "--checkpoint-interval", "1s") as stream:
        written = 0
        while time.monotonic() < begin + 6:
            shop.append(0, at(written / 60))
            written += 1
            time.sleep(0.05)
        wait_until(lambda: shop.count(SILVER) == written, "the last record is committed", timeout_s=5)
        assert stream.is_alive()
        commits = len(shop.commit_paths())
    assert 2 <= commits <= time.monotonic() - begin + 1
