"""The embedded log: what produce writes, what consume reads (CONTRACT.md, "The embedded log")."""

import json
import signal
import time

import pytest
from shop import QUARANTINE, event, murmur2, needs_judge, wait_until


def key_of(record: bytes) -> bytes:
    product = json.loads(record)["product_id"]
    return str(product).encode()


@pytest.mark.parametrize(
    ("key", "hash_of_kafka"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_our_own_murmur2_is_that_of_kafka(key, hash_of_kafka):
    """The expected values stand in Kafka's UtilsTest."""
    assert murmur2(key) == hash_of_kafka & 0xFFFFFFFF


def test_produce_writes_json_records_where_kafka_would(shop):
    shop.produce(3_000, "--seed", 5)
    assert shop.partitions() == [0, 1, 2]
    assert len(shop.all_records()) >= 3_000
    for partition in shop.partitions():
        assert shop.segments(partition)[0].name == f"{0:020d}.ndjson"
        assert shop.records(partition)
        for record in shop.records(partition):
            if is_sound(record):
                assert (murmur2(key_of(record)) & 0x7FFFFFFF) % 3 == partition, record


def is_sound(record: bytes) -> bool:
    """The simulator also writes bad records, at a set rate."""
    try:
        return isinstance(json.loads(record).get("product_id"), (str, int))
    except (ValueError, AttributeError):
        return False


def test_most_simulated_records_are_good(shop):
    shop.produce(5_000, "--seed", 5)
    sound = [json.loads(record) for record in shop.all_records() if is_sound(record)]
    assert len(sound) > 4_500
    assert {record.get("event_type") for record in sound} >= {"product_viewed", "add_to_cart", "order_created"}


def test_the_same_seed_gives_the_same_bytes(make_shop):
    logs = []
    for name, seed in [("one", 5), ("two", 5), ("other", 6)]:
        shop = make_shop(name)
        shop.produce(2_000, "--seed", seed)
        logs.append([shop.records(partition) for partition in shop.partitions()])
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]


def test_rate_and_delay_set_the_pace(shop):
    def seconds_of(*flags):
        begin = time.monotonic()
        shop.run("produce", *flags)
        return time.monotonic() - begin

    assert 1.5 < seconds_of("--events", 400, "--rate", 200) < 20
    assert 0.7 < seconds_of("--events", 5, "--delay", 0.2) < 20


def test_several_producers_at_once_lose_nothing(make_shop):
    alone = []
    for seed in range(4):
        shop = make_shop(f"alone_{seed}")
        shop.produce(3_000, "--seed", seed)
        alone += shop.all_records()
    together = make_shop("together")
    commands = [together.running("produce", "--events", 3_000, "--delay", 0, "--seed", seed) for seed in range(4)]
    producers = [command.__enter__() for command in commands]
    for producer in producers:
        done = producer.finish()
        assert done.code == 0, done
    assert sorted(together.all_records()) == sorted(alone)


@needs_judge
def test_a_torn_line_is_closed_by_the_next_producer_and_ends_in_quarantine(shop):
    shop.produce(500, "--seed", 1)
    for partition in shop.partitions():
        with open(shop.segments(partition)[-1], "ab") as file:
            file.write(b'{"event_time":"2024-')
    before = len(shop.all_records())
    shop.produce(500, "--seed", 2)
    torn = [record for record in shop.all_records() if record == b'{"event_time":"2024-']
    assert len(torn) == 3, "each torn line is a record of its own"
    assert len(shop.all_records()) >= before + 500 + 3
    shop.stream_once()
    reasons = shop.query(QUARANTINE, 'select reason from t where raw = \'{"event_time":"2024-\'::blob')
    assert reasons == [("malformed_json",)] * 3
    shop.judge()


@needs_judge
def test_killed_producers_leave_a_log_that_can_be_used(shop, rng):
    for _ in range(5):
        with shop.running("produce", "--events", 1_000_000, "--delay", 0, "--seed", rng.randrange(1 << 30)) as producer:
            wait_until(lambda: producer.is_alive() and list(shop.log.rglob("*.ndjson")), "it writes")
            time.sleep(rng.uniform(0, 0.05))
            producer.kill()
    shop.produce(100, "--seed", 1)
    sound = [record for record in shop.all_records() if is_sound(record)]
    assert sound
    shop.stream_once()
    shop.judge()


def test_ctrl_c_ends_produce_with_whole_lines(shop):
    with shop.running("produce", "--events", 1_000_000, "--rate", 20_000, "--seed", 3) as producer:
        wait_until(lambda: list(shop.log.rglob("*.ndjson")) and shop.all_records(), "it writes")
        done = producer.stop(signal.SIGINT)
    assert done.code == 130, done
    for partition in shop.partitions():
        assert all(segment.read_bytes()[-1:] in (b"\n", b"") for segment in shop.segments(partition))


# --- consume


def test_consume_prints_the_log_from_its_beginning(shop):
    shop.produce(1_000, "--seed", 5)
    count = len(shop.all_records())
    done = shop.run("consume", "--from-beginning", "--max", count)
    printed = done.out.encode().split(b"\n")
    assert printed.pop() == b""
    assert sorted(printed) == sorted(shop.all_records())
    for partition in shop.partitions():
        ours = set(shop.records(partition))
        in_order = list(dict.fromkeys(record for record in printed if record in ours))
        assert in_order == list(dict.fromkeys(shop.records(partition))), "a partition's records stay in order"


def test_consume_stops_after_max(shop):
    shop.produce(100, "--seed", 5)
    assert len(shop.run("consume", "--from-beginning", "--max", 7).out.splitlines()) == 7


@needs_judge
def test_consume_to_log_gives_equal_bytes(make_shop):
    shop, copy = make_shop("shop"), make_shop("copy")
    shop.make_log(5_000, seed=4, profile="hostile")
    count = len(shop.all_records())
    shop.run("consume", "--from-beginning", "--max", count, "--to-log", copy.log)
    assert copy.partitions() == shop.partitions()
    for partition in shop.partitions():
        assert copy.records(partition) == shop.records(partition)
    copy.stream_once()
    copy.judge()


def test_consume_waits_and_prints_new_records_in_time(shop):
    shop.append(0, event(user_id="U-old"))
    with shop.running("consume") as consumer:
        latest, deadline = 0, time.monotonic() + 10
        while not consumer.out_lines() and time.monotonic() < deadline:
            latest += 1
            shop.append(latest % 3, event(user_id=f"U-{latest}"))
            time.sleep(0.25)
        assert consumer.out_lines(), "no new record was printed"
        wait_until(lambda: any(f'"U-{latest}"' in line for line in consumer.out_lines()), "the newest is printed", 3)
        shop.append(0, event(user_id="U-last"))
        wait_until(lambda: any('"U-last"' in line for line in consumer.out_lines()), "one more, at once", 3)
        assert not any("U-old" in line for line in consumer.out_lines()), "without --from-beginning only what is new"
        assert consumer.stop(signal.SIGINT).code == 130


def test_an_unfinished_line_is_not_yet_a_record(shop):
    shop.append(0, event(user_id="U-whole"))
    whole = event(user_id="U-torn")
    with open(shop.segments(0)[-1], "ab") as segment:
        segment.write(whole[:30])
    with shop.running("consume", "--from-beginning") as consumer:
        wait_until(lambda: consumer.out_lines(), "the whole record is printed")
        time.sleep(0.5)
        assert consumer.out_lines() == [event(user_id="U-whole").decode()]
        with open(shop.segments(0)[-1], "ab") as segment:
            segment.write(whole[30:] + b"\n")
        wait_until(lambda: len(consumer.out_lines()) == 2, "the finished record is printed", 3)
        assert consumer.out_lines()[1] == whole.decode()


# --- produce --replay


def test_replay_of_ndjson_appends_the_same_records(shop, tmp_path):
    records = [event(product_id=f"P{i:03d}", user_id=f"U{i}") for i in range(200)]
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join(records) + b"\n")
    shop.run("produce", "--replay", file, "--speed", "max")
    assert sorted(shop.all_records()) == sorted(records)
    for partition in shop.partitions():
        assert all((murmur2(key_of(record)) & 0x7FFFFFFF) % 3 == partition for record in shop.records(partition))


def test_replay_speed_follows_the_events_times(shop, tmp_path):
    """Three events over two minutes, 60 times as fast: two seconds."""
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"".join(event(event_time=f"2024-01-15T10:0{minute}:00Z") + b"\n" for minute in range(3)))
    begin = time.monotonic()
    shop.run("produce", "--replay", file, "--speed", 60)
    assert 1.5 < time.monotonic() - begin < 20
    assert len(shop.all_records()) == 3


def test_replay_of_a_missing_file_is_an_error_in_words(shop):
    done = shop.run("produce", "--replay", "no_such_file.ndjson", code=1)
    assert "no_such_file.ndjson" in done.err
