"""rebuild: silver and windows again from bronze; whole, or of some days."""

import shutil
import time

import pytest
from shop import BRONZE, LATE, QUARANTINE, SILVER, TABLES, WINDOW_S, event, needs_judge, wait_until


def everything(shop) -> dict[str, list]:
    """The lake's contents, and when its records were received."""
    received = shop.query(BRONZE, "select log_partition, log_offset, ingest_time from t order by all")
    return shop.contents() | {"received": received}


def decided(shop) -> dict[str, list]:
    """Everything but what was known of late ids when they came, which a rebuild of some days does not find out."""
    late = shop.query(LATE, "select * exclude (id_was_in_silver) from t order by log_partition, log_offset")
    return everything(shop) | {LATE: late}


def paths(shop, *tables) -> set:
    return {path for table in tables for path in shop.files(table)}


def day_of(path) -> str:
    return next(part for part in path.parts if part.startswith("event_date=")).removeprefix("event_date=")


def counted(shop, *flags, **settings):
    return sum(entry["silver"] for entry in shop.run("rebuild", *flags, "--json", **settings).document)


@needs_judge
@pytest.mark.parametrize("profile", ["mixed", "hostile"])
def test_whole_makes_the_same_again_and_streaming_goes_on(make_shop, rng, profile):
    source, shop = make_shop("source"), make_shop("shop")
    source.make_log(events=3_000, seed=rng.randrange(1000), profile=profile)
    left = {partition: source.records(partition) for partition in source.partitions()}
    for _ in range(2):  # received at two times
        for partition, records in left.items():
            shop.append(partition, *records[: len(records) // 3])
            del records[: len(records) // 3]
        shop.stream_once(stream_commit_records=200, stream_batch_records=rng.choice([1, 7, 8192]))
    before, old = everything(shop), paths(shop, *TABLES)
    assert counted(shop) == len(before[SILVER])
    assert everything(shop) == before
    assert not old & paths(shop, *TABLES)
    for partition, records in left.items():
        shop.append(partition, *records)
    shop.stream_once(stream_commit_records=300)
    shop.judge()
    status = shop.run("status", "--json").document
    assert all(partition["conserved"] for partition in status["partitions"])


@needs_judge
def test_whole_mends_a_lake_without_silver_and_without_states(shop, rng):
    shop.make_log(events=2_000, seed=rng.randrange(1000))
    shop.stream_once(stream_commit_records=300)
    before = everything(shop)
    for table in (SILVER, LATE, *WINDOW_S):
        shutil.rmtree(shop.lake / table, ignore_errors=True)
    for state in (shop.lake / "_commits").rglob("*.state"):
        state.write_bytes(b"damaged")
    assert "rebuild" in shop.stream_once(code=1).err
    shop.run("rebuild")
    assert everything(shop) == before
    shop.judge()
    shop.append(0, event(user_id="later"))
    shop.stream_once()
    shop.judge()


def test_whole_decides_anew_where_settings_changed(make_shop, rng):
    shop, fresh = make_shop("shop"), make_shop("fresh")
    changed = {"stream_allowed_lateness": "20m", "stream_event_types": "wishlist", "stream_max_categories": 3}
    shop.make_log(events=2_000, seed=rng.randrange(1000))
    shop.append(0, event(event_type="wishlist"), event(event_type="wishlist", user_id="U2"))
    fresh.copy_log(shop)
    shop.stream_once()
    fresh.stream_once(**changed)
    assert shop.contents() != fresh.contents()
    shop.run("rebuild", **changed)
    rebuilt, expected = shop.contents(), fresh.contents()
    for contents in (rebuilt, expected):  # what was accepted before is remembered by its fields, not by its bytes
        contents[QUARANTINE] = [row[:3] + row[4:] for row in contents[QUARANTINE]]
    assert rebuilt == expected


@needs_judge
def test_days_are_mended_and_other_days_left_alone(shop, rng):
    shop.make_log(events=3_000, seed=rng.randrange(1000))
    shop.stream_once(stream_commit_records=400)
    before = decided(shop)
    days = sorted({day_of(path) for path in shop.files(SILVER)})
    day = days[len(days) // 2]
    made = (SILVER, LATE, *WINDOW_S)
    old = paths(shop, *made)
    for path in old:
        if day_of(path) == day:
            path.unlink()
    assert decided(shop) != before
    shop.run("rebuild", "--from", day, "--to", day)
    assert decided(shop) == before
    assert paths(shop, *made) & old == {path for path in old if day_of(path) != day}
    shop.judge()
    text = shop.run("rebuild", "--from", days[-1]).out
    assert "partition 0: " in text
    assert decided(shop) == before
    shop.judge()


@needs_judge
def test_days_with_open_windows(shop):
    """What waits in the state for its window's end is neither lost nor counted twice."""
    days = ["2024-01-15", "2024-01-16"]
    shop.append(0, *(event(event_time=f"{day}T{hour:02}:10:00Z") for day in days for hour in (0, 12, 23)))
    with shop.running("stream") as stream:
        wait_until(lambda: shop.lake.exists() and stream.is_alive(), "a lake")
        time.sleep(0.2)
        stream.stop()
    assert shop.count(BRONZE) == 6
    assert shop.count("windows/product_1h") < 6, "there shall be open windows"
    for from_day, to_day in [(days[0], days[0]), (days[1], days[1]), (days[0], days[1])]:
        shop.run("rebuild", "--from", from_day, "--to", to_day)
        shop.append(0, event(event_time="2024-01-16T23:20:00Z", user_id=f"{from_day}{to_day}"))
        shop.stream_once()
        shop.judge()


def test_days_by_other_settings_are_refused(shop):
    shop.append(0, event(currency="EUR"), event(currency="EUR", user_id="U2"))
    shop.stream_once()
    before = everything(shop)
    refused = shop.run("rebuild", "--from", "2024-01-01", code=2, shop_currency="USD")
    assert "wrong_currency" in refused.err
    assert "record 0" in refused.err
    assert everything(shop) == before


def test_of_a_lake_that_another_process_writes_is_refused(shop):
    shop.append(0, event())
    with shop.running("stream", stream_checkpoint_interval="50ms"):
        wait_until(lambda: shop.commit_paths(), "a commit")
        assert "another process writes this lake" in shop.run("rebuild", code=1).err
    shop.run("rebuild")


def test_a_record_that_bronze_lacks_is_named_and_nothing_changes(shop):
    shop.append(0, event(), event(event_time="2024-01-16T10:30:00Z"), event(event_time="2024-01-17T10:30:00Z"))
    shop.append(0, b"{")
    shop.stream_once()
    before = shop.contents()
    lost = next(path for path in shop.files(BRONZE) if day_of(path) == "2024-01-16")
    content = lost.read_bytes()
    shutil.copy(next(path for path in shop.files(BRONZE) if day_of(path) == "2024-01-15"), lost)
    assert "record 0 of partition 0 stands twice" in shop.run("rebuild", code=1).err
    lost.write_bytes(content)
    assert shop.contents() == before
    shop.run("rebuild")
    assert shop.contents() == before


def test_says_what_it_cannot_rebuild(shop):
    assert "no lake of topic" in shop.run("rebuild", code=1).err
    shop.append(0, event())
    shop.stream_once()
    assert "--from: expected a day" in shop.run("rebuild", "--from", "yesterday", code=2).err
    assert "--to" in shop.run("rebuild", "--from", "2024-01-02", "--to", "2024-01-01", code=2).err
    shop.run("rebuild", "--to", "1999-01-01")
    assert shop.count(SILVER) == 1


@needs_judge
def test_killed_at_any_moment_it_is_as_before_or_done(shop, rng):
    shop.make_log(events=4_000, seed=rng.randrange(1000))
    shop.stream_once()
    before = decided(shop)
    started = time.monotonic()
    shop.run("rebuild")
    takes = time.monotonic() - started
    for _ in range(8):
        flags = rng.choice([(), ("--from", "2024-01-01")])
        with shop.running("rebuild", *flags) as rebuild:
            time.sleep(rng.random() * takes * 1.2)
            rebuild.kill()
        shop.stream_once()
        assert decided(shop) == before
    shop.judge()
