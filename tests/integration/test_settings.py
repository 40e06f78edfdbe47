"""The configuration: flag > environment > file > default, errors that say where, and an effect for every key."""

import json
import re
import time

import pytest
from shop import BINARY, BRONZE, SILVER, event, needs_judge, wait_until


def write_config(shop, text, name="shop.yaml"):
    path = shop.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("stream:\n  threads: 2\n  commit_recrods: 5\n", 3, "commit_records"),
        ("stream:\n  threads: 2\nstraem:\n  threads: 2\n", 3, "stream"),
        ("# a comment\n\nstream:\n  threads: lots\n", 4, "lots"),
        ("stream:\n  threads: -1\n", 2, "threads"),
        ("stream:\n  allowed_lateness: 2 moons\n", 2, "2 moons"),
        ("stream:\n  threads: [1, 2]\n", 2, "threads"),
        ("stream:\n  threads: 2\n  threads: 3\n", 3, "threads"),
        ("stream: 7\n", 1, "stream"),
        ("stream:\n  threads: 2\n bad indent: {\n", 3, ""),
        ("logging:\n  level: lowd\n", 2, "lowd"),
        ("logging:\n  format: xml\n", 2, "xml"),
    ],
)
def test_a_wrong_configuration_names_file_line_and_key(shop, text, line, words):
    config = write_config(shop, text)
    shop.append(0, event())
    done = shop.run("stream", "--once", "--config", config, code=2)
    assert re.search(rf"{re.escape(str(config))}\D{{1,10}}{line}\b", done.err), done
    assert words in done.err, done
    assert not shop.lake.exists()


def test_an_empty_configuration_is_fine(shop):
    shop.append(0, event())
    shop.run("stream", "--once", "--config", write_config(shop, "# nothing\n"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stream_threads", "lots"),
        ("stream_allowed_lateness", "2 moons"),
        ("stream_commit_records", "-1"),
        ("logging_level", "lowd"),
    ],
)
def test_a_bad_value_in_the_environment_is_named(shop, name, value):
    shop.append(0, event())
    done = shop.run("stream", "--once", code=2, **{name: value})
    assert f"MILLRACE_{name.upper()}" in done.err and value in done.err, done


def topics(shop) -> set[str]:
    return {folder.name for folder in shop.log.iterdir()} if shop.log.exists() else set()


def test_precedence_of_flag_environment_file_and_default(shop):
    produce = ["produce", "--events", "1", "--delay", "0"]
    config = ["--config", str(write_config(shop, "kafka:\n  topic: from_file\n"))]
    shop.run(*produce)
    assert topics(shop) == {"ecommerce_events"}
    shop.run(*produce, *config)
    assert topics(shop) == {"ecommerce_events", "from_file"}
    shop.run(*produce, *config, kafka_topic="from_environment")
    assert topics(shop) == {"ecommerce_events", "from_file", "from_environment"}
    shop.run(*produce, *config, "--topic", "from_flag", kafka_topic="from_environment")
    assert topics(shop) == {"ecommerce_events", "from_file", "from_environment", "from_flag"}


def test_the_default_configuration_file_is_read_where_it_exists(shop):
    write_config(shop, "kafka:\n  topic: from_default_file\n", "configs/config.yaml")
    shop.run("produce", "--events", 1, "--delay", 0)
    assert topics(shop) == {"from_default_file"}


def test_the_default_data_folder_is_data(shop):
    shop.execute([str(BINARY), "produce", "--events", "1", "--delay", "0"])
    assert (shop.folder / "data/log/ecommerce_events").is_dir()


# --- Settings of the rules


def outcomes(shop) -> list:
    return [row[0] for row in shop.query(BRONZE, "select outcome from t order by log_partition, log_offset")]


def test_allowed_lateness_is_a_setting(shop):
    shop.append(
        0,
        event(event_time="2024-01-15T12:00:00Z"),
        event(event_time="2024-01-15T11:29:59Z"),
        event(event_time="2024-01-15T11:30:00Z"),
    )
    shop.stream_once(stream_allowed_lateness="30m")
    assert outcomes(shop) == ["silver", "late", "silver"]


def test_future_tolerance_is_a_setting(shop):
    shop.append(0, event(event_time="2999-01-01T00:00:00Z"), event())
    shop.stream_once(stream_future_tolerance="9000000h")
    assert outcomes(shop) == ["silver", "late"]


def test_max_categories_is_a_setting(shop):
    shop.append(
        0,
        event(category="A", user_id="1"),
        event(category="B", user_id="2"),
        event(category="C", user_id="3"),
        event(category="A", user_id="4"),
    )
    shop.stream_once(stream_max_categories=2)
    assert outcomes(shop) == ["silver", "silver", "bad_category", "silver"]


def test_shop_currency_is_a_setting(shop):
    shop.append(0, event(currency="EUR", user_id="1"), event(currency="USD", user_id="2"), event(user_id="3"))
    shop.stream_once(shop_currency="EUR")
    assert outcomes(shop) == ["silver", "wrong_currency", "silver"]


def test_more_event_types_can_be_enabled(shop):
    shop.append(0, event(event_type="wishlist"), event(event_type="review"), event(event_type="other"), event())
    shop.stream_once(stream_event_types="wishlist,review")
    assert outcomes(shop) == ["silver", "silver", "unknown_event_type", "silver"]


# --- Settings of the log


def test_the_data_folder_is_a_setting(shop):
    config = write_config(shop, "data_dir: elsewhere\n")
    shop.execute([str(BINARY), "produce", "--events", "1", "--delay", "0", "--config", str(config)])
    assert (shop.folder / "elsewhere/log/ecommerce_events").is_dir()


def test_partitions_are_set_when_a_topic_is_created(shop):
    shop.produce(500, kafka_partitions=5)
    assert shop.partitions() == [0, 1, 2, 3, 4]
    shop.produce(500, kafka_partitions=2)
    assert shop.partitions() == [0, 1, 2, 3, 4], "later it stays as it is"


@needs_judge
def test_a_segment_ends_at_its_size(shop):
    shop.run("produce", "--events", 5_000, "--rate", 5_000, "--seed", 1, log_segment_bytes="64K")
    for partition in shop.partitions():
        segments = shop.segments(partition)
        assert len(segments) >= 3
        first = 0
        for segment in segments:
            text = segment.read_bytes()
            assert segment.name == f"{first:020d}.ndjson"
            assert len(text) < 80 * 1024, "what is appended at once stays in one segment, so it may be a little more"
            assert text.endswith(b"\n") or text == b""
            first += text.count(b"\n")
    shop.stream_once()
    shop.judge()


def test_retention_by_size_removes_whole_old_segments(shop):
    sizes = {"log_segment_bytes": "64K", "log_retention_bytes": "200K"}
    shop.run("produce", "--events", 10_000, "--rate", 5_000, "--seed", 1, **sizes)
    for partition in shop.partitions():
        segments = shop.segments(partition)
        assert int(segments[0].stem) > 0, "the oldest are gone"
        assert sum(segment.stat().st_size for segment in segments) < 400 * 1024
        assert int(segments[-1].stem) - int(segments[0].stem) > 0
    shop.stream_once()
    assert shop.count(BRONZE) == len(shop.all_records())


def test_retention_by_age_removes_whole_old_segments(shop):
    small = {"log_segment_bytes": "64K"}
    shop.produce(3_000, "--seed", 1, **small)
    time.sleep(2)
    shop.produce(3_000, "--seed", 2, log_retention_age="1s", **small)
    for partition in shop.partitions():
        assert int(shop.segments(partition)[0].stem) > 0


# --- Settings of the windows


def window_rows(shop, width) -> int:
    return shop.count(f"windows/product_{width}")


@pytest.mark.parametrize("width", ["5m", "1h"])
def test_a_windows_delay_is_a_setting(shop, width):
    """With no delay a window is emitted as soon as a record behind its end is there."""
    shop.append(0, event(event_time="2024-01-15T10:58:00Z"), event(event_time="2024-01-15T11:00:01Z"))
    with shop.running("stream", "--checkpoint-interval", "100ms", **{f"stream_window_{width}_delay": "0s"}):
        wait_until(lambda: window_rows(shop, width) == 1, "the window is emitted")
        assert window_rows(shop, "1h" if width == "5m" else "5m") == 0


def test_idle_flush_emits_open_windows(shop):
    shop.append(0, event())
    with shop.running("stream", "--checkpoint-interval", "100ms", stream_idle_flush="2s"):
        wait_until(lambda: shop.count(SILVER) == 1, "the record is committed")
        time.sleep(0.5)
        assert window_rows(shop, "5m") == window_rows(shop, "1h") == 0
        wait_until(lambda: window_rows(shop, "5m") == window_rows(shop, "1h") == 1, "the windows are emitted", 5)


def test_the_commit_interval_is_a_setting(shop):
    shop.append(0, event())
    with shop.running("stream", stream_checkpoint_interval="100ms"):
        wait_until(lambda: shop.count(SILVER) == 1, "the record is committed", 3)
    shop.append(0, event(user_id="U2"))
    with shop.running("stream", stream_checkpoint_interval="1h"):
        time.sleep(1.5)
        assert shop.count(SILVER) == 1


def test_commit_records_bounds_a_commit(shop):
    shop.append(0, *[event(user_id=f"U{i}") for i in range(1_000)])
    shop.stream_once(stream_commit_records=100)
    sizes = [commit["to"] - commit["from"] for commit in shop.commits()]
    assert [size for size in sizes if size > 0] == [100] * 10  # the last one, of open windows, has no records


# --- Settings of the history


def test_a_replayed_csv_may_name_its_columns_otherwise(shop):
    lines = ["1,A1,Lamp,2,2024-01-15 10:30,3.50,7,DE", "2,A2,Vase,-1,2024-01-15 10:31,4,8,DE"]
    (shop.folder / "sales.csv").write_text("\n".join(["Bill,SKU,Text,Pieces,When,Price,Client,Land", *lines, ""]))
    columns = "invoice=Bill,product_id=SKU,description=Text,quantity=Pieces,time=When,customer=Client,country=Land"
    shop.run("produce", "--replay", "sales.csv", "--speed", "max", history_columns=f"{columns},price=Price")
    shop.stream_once()
    rows = shop.query(SILVER, "select product_id, event_type, quantity, price::text from t order by product_id")
    assert rows == [("A1", "order_created", 2, "3.5000"), ("A2", "order_returned", 1, "4.0000")]


# --- Settings of the logs


@pytest.mark.parametrize(("flag", "setting"), [("--log-level", "level"), ("--log-format", "format")])
def test_a_flag_beats_the_setting_of_the_logs(shop, flag, setting):
    quiet_or_json = {"level": "error", "format": "json"}[setting]
    shop.append(0, event())
    done = shop.stream_once(
        flag, quiet_or_json, **{f"logging_{setting}": {"level": "debug", "format": "text"}[setting]}
    )
    if setting == "level":
        assert done.err == ""
    else:
        assert all(isinstance(json.loads(line), dict) for line in done.err.splitlines())


def test_the_configuration_file_can_be_named_by_the_environment(shop):
    shop.run("produce", "--events", 1, "--delay", 0, config=write_config(shop, "kafka:\n  topic: named\n"))
    assert topics(shop) == {"named"}
