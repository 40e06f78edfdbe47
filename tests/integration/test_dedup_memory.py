"""Deduplication keys that are too many for memory go to disk, and nothing else changes."""

import time

import pytest
from shop import event, needs_judge, wait_until

SMALL = {"stream_dedup_memory": "64KiB", "stream_batch_records": 100, "stream_commit_records": 300}


def runs(shop) -> list:
    return sorted((shop.lake / "_commits").rglob("*.run"))


@needs_judge
@pytest.mark.parametrize("profile", ["mixed", "hostile"])
def test_the_lake_is_right_and_old_files_go(make_shop, rng, profile):
    source, shop = make_shop("source"), make_shop("shop")
    source.make_log(events=8_000, seed=rng.randrange(1000), profile=profile)
    left = {partition: source.records(partition) for partition in source.partitions()}
    for _ in range(4):  # with starts in between
        for partition, records in left.items():
            shop.append(partition, *records[:800])
            del records[:800]
        shop.stream_once(**SMALL)
        shop.judge()
    for partition, records in left.items():
        shop.append(partition, *records)
    shop.stream_once(**SMALL)
    shop.judge()
    records = shop.commits()
    assert any(record["state"].get("runs") for record in records)
    named = {path for record in records for path in record["state"].get("runs", [])}
    kept = {str(path.relative_to(shop.lake)) for path in runs(shop)}
    assert kept <= named
    assert len(kept) < len(named), "old ones go"
    shop.run("rebuild", **SMALL)
    shop.judge()


@needs_judge
def test_an_event_id_that_comes_again_days_later_is_a_duplicate_all_the_same(shop):
    first = [event(event_id=f"E{i}", user_id=f"U{i}") for i in range(4_000)]
    shop.append(0, *first)
    shop.stream_once(**SMALL)
    assert runs(shop)
    shop.append(0, *(event(event_id=f"E{i}", event_time="2024-01-20T10:30:00Z") for i in range(0, 4_000, 7)))
    shop.stream_once(**SMALL)
    shop.judge()
    (partition,) = shop.run("status", "--json").document["partitions"]
    assert partition["conserved"]


@needs_judge
def test_killed_at_any_moment(shop, rng):
    shop.make_log(events=10_000, seed=rng.randrange(1000))
    for _ in range(12):
        with shop.running("stream", **SMALL, stream_checkpoint_interval="20ms") as stream:
            wait_until(lambda: shop.lake.exists() or not stream.is_alive(), "a lake")
            time.sleep(rng.random() * 0.3)
            stream.kill()
    shop.stream_once(**SMALL)
    shop.judge()


def test_a_damaged_file_of_keys_is_told_and_a_rebuild_mends_it(shop):
    shop.append(0, *(event(event_id=f"E{i}", user_id=f"U{i}") for i in range(4_000)))
    shop.stream_once(**SMALL)
    contents = shop.contents()
    for path in runs(shop):
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2] ^= 1
        path.write_bytes(whole)
    shop.append(0, *(event(event_id=f"E{i}", event_time="2024-01-20T10:30:00Z") for i in range(4_000)))
    told = shop.stream_once(code=1, **SMALL).err
    assert "deduplication keys is damaged" in told
    assert shop.contents() == contents
    shop.run("rebuild")
    assert shop.contents() == contents
    shop.stream_once(**SMALL)
    assert shop.count("silver/cleaned_events") == 4_000
