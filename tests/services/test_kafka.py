"""Kafka: a real broker, written to, read from, killed, and lied to."""

import re
import signal
import time

import pytest
from kafka_broker import PASSWORD
from shop import BRONZE, CHECKOUT, FULL, Shop, event, needs_judge

COUNT = 30_000


@pytest.fixture
def kafka_shop(broker, tmp_path, request):
    """A shop whose topic is its own."""
    topic = f"events_{request.node.name.replace('[', '_').replace(']', '')}"[:200]
    shop = Shop(tmp_path / "shop", topic=topic)
    shop.settings = {"kafka_bootstrap_servers": broker.address, "kafka_topic": topic, "stream_source": "kafka"}
    return shop


def fill(shop, *flags, events=COUNT, seed=5):
    return shop.run("produce", "--events", events, "--rate", "max", "--seed", seed, "--create-topic", "--json", *flags,
                    **shop.settings).document  # fmt: skip


def copy_to_log(shop):
    """The topic as an embedded log, where the judges look for it."""
    shop.run("consume", "--once", "--from-beginning", "--to-log", shop.log, **shop.settings)


@needs_judge
def test_what_is_produced_is_streamed_exactly_once(kafka_shop):
    written = fill(kafka_shop, "--duplicate-rate", "0.01", "--bad-rate", "0.01")
    assert written["records"] == COUNT
    done = kafka_shop.stream_once("--json", **kafka_shop.settings).document
    assert done["records"] == COUNT and done["outcomes"]["duplicate"] > 0
    copy_to_log(kafka_shop)
    assert sum(len(kafka_shop.records(p)) for p in kafka_shop.partitions()) == COUNT
    kafka_shop.judge()
    again = kafka_shop.stream_once("--json", **kafka_shop.settings).document
    assert again["records"] == 0


def test_keys_times_and_bytes_are_kept(kafka_shop):
    begin = time.time()
    fill(kafka_shop, events=300)
    kafka_shop.stream_once(**kafka_shop.settings)
    rows = kafka_shop.query(BRONZE, "select log_time, key, product_id, headers from t")
    assert len(rows) == 300
    for log_time, key, product, headers in rows:
        assert begin - 60 < log_time.timestamp() < time.time() + 60
        assert key is not None and headers is None
        assert product is None or key.decode() == product


def test_a_rebuild_keeps_what_the_broker_said(kafka_shop):
    fill(kafka_shop, events=2_000)
    kafka_shop.stream_once(**kafka_shop.settings)
    query = "select log_partition, log_offset, log_time, key, headers, outcome from t order by all"
    before = kafka_shop.query(BRONZE, query)
    kafka_shop.run("rebuild", **kafka_shop.settings)
    assert kafka_shop.query(BRONZE, query) == before
    assert kafka_shop.stream_once("--json", **kafka_shop.settings).document["records"] == 0


def test_the_brokers_own_tools_show_the_lag(kafka_shop, broker):
    fill(kafka_shop, events=2_000)
    group = f"group-{kafka_shop.topic}"
    kafka_shop.stream_once("--group", group, **kafka_shop.settings)
    assert broker.lag_of(group) == {0: 0, 1: 0, 2: 0}
    fill(kafka_shop, events=1_000, seed=6)
    assert sum(broker.lag_of(group).values()) == 1_000


def test_a_key_lands_where_the_embedded_log_puts_it(kafka_shop, make_shop):
    fill(kafka_shop, events=2_000)
    copy_to_log(kafka_shop)
    other = make_shop("embedded")
    other.run("produce", "--events", 2_000, "--rate", "max", "--seed", 5)
    assert [kafka_shop.records(p) for p in range(3)] == [other.records(p) for p in range(3)]


@needs_judge
def test_kill_at_random_moments(kafka_shop, rng, broker):
    """The stream is killed, the broker, or both; a million events with MILLRACE_TEST_FULL=1."""
    events, kills = (1_000_000, 40) if FULL else (30_000, 6)
    fill(kafka_shop, events=events)
    quick = {"stream_commit_records": events // 15, "stream_batch_records": 100}
    for number in range(kills):
        with kafka_shop.running("stream", **quick, **kafka_shop.settings) as stream:
            time.sleep(rng.uniform(0.05, 1.0))
            if number % 3 == 2:
                broker.stop(signal.SIGKILL)
                if rng.random() < 0.5:
                    stream.kill()
                broker.start()
                time.sleep(rng.uniform(0.05, 1.0))
            stream.kill()
    kafka_shop.stream_once(timeout_s=300, **quick, **kafka_shop.settings)
    copy_to_log(kafka_shop)
    assert sum(len(kafka_shop.records(partition)) for partition in range(3)) == events
    kafka_shop.judge()


@needs_judge
def test_the_broker_restarts_under_the_stream(kafka_shop, broker):
    fill(kafka_shop, events=5_000)
    with kafka_shop.running("stream", "--checkpoint-interval", "200ms", **kafka_shop.settings) as stream:
        wait_for(lambda: kafka_shop.count(BRONZE) == 5_000)
        broker.stop(signal.SIGKILL)
        broker.start()
        fill(kafka_shop, events=5_000, seed=6)
        wait_for(lambda: kafka_shop.count(BRONZE) == 10_000)
        assert stream.stop().code == 143
    kafka_shop.stream_once(**kafka_shop.settings)  # emits the open windows
    copy_to_log(kafka_shop)
    kafka_shop.judge()


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it did not come within {seconds} s"
        time.sleep(0.2)


def test_a_topic_that_was_made_anew_is_told(kafka_shop, broker):
    fill(kafka_shop, events=3_000)
    kafka_shop.stream_once(**kafka_shop.settings)
    broker.topics("--delete", "--topic", kafka_shop.topic)
    wait_for(lambda: kafka_shop.topic not in broker.topics("--list").split())
    fill(kafka_shop, events=100, seed=8)
    done = kafka_shop.stream_once(code=1, **kafka_shop.settings)
    assert "fewer records than were committed" in done.err
    fill(kafka_shop, events=6_000, seed=9)
    done = kafka_shop.stream_once(code=1, **kafka_shop.settings)
    assert "not the one that was committed" in done.err


def test_records_that_retention_took_are_told(kafka_shop, broker):
    fill(kafka_shop, events=3_000)
    kafka_shop.stream_once(**kafka_shop.settings)
    fill(kafka_shop, events=3_000, seed=6)
    committed = [commit["to"] for commit in kafka_shop.commits() if commit["partition"] == 1][-1]
    broker.delete_records(kafka_shop.topic, 1, committed + 10)
    done = kafka_shop.stream_once(code=1, **kafka_shop.settings)
    assert f"offsets {committed} to {committed + 9}" in done.err and "partition 1" in done.err


def test_what_is_not_there_is_said_in_time(shop, broker):
    begin = time.monotonic()
    flags = {"kafka_bootstrap_servers": broker.address, "stream_source": "kafka", "kafka_topic": "nowhere"}
    for command in (["stream", "--once"], ["consume", "--once"], ["produce", "--events", "1"]):
        done = shop.run(*command, code=1, **flags)
        assert "there is no topic nowhere" in done.err
    assert time.monotonic() - begin < 30
    done = shop.run("stream", "--once", code=1, **flags | {"kafka_bootstrap_servers": "127.0.0.1:9"})
    assert "127.0.0.1:9" in done.err and "Connection refused" in done.err
    assert time.monotonic() - begin < 60


def test_properties_are_checked_and_never_shown(shop, broker):
    flags = {"kafka_bootstrap_servers": broker.address, "stream_source": "kafka"}
    done = shop.run("stream", "--once", code=2, **flags, kafka_properties="sasl.pasword=hunter2")
    assert "sasl.pasword" in done.err and "hunter2" not in done.err
    done = shop.run("stream", "--once", code=2, **flags, kafka_properties="socket.timeout.ms=hunter2")
    assert "socket.timeout.ms" in done.err and "hunter2" not in done.err


def test_odd_records(kafka_shop, broker):
    fill(kafka_shop, events=10)
    # Tombstones, empty values, newlines and keys that are not the product's go through the broker's own producer.
    lines = ["a\tNULL", "b\t", "NULL\t{}", "c\t" + event(product_id="P1").decode(), "d\tno json at all"]
    broker.produce(kafka_shop.topic, lines)
    done = kafka_shop.stream_once("--json", **kafka_shop.settings).document
    assert done["records"] == 15
    kept = kafka_shop.query(BRONZE, "select key, raw_bytes, outcome from t where key in ('a', 'b', 'c', 'd')")
    by_key = {key.decode(): (size, outcome) for key, size, outcome in kept}
    assert by_key["a"] == (0, "malformed_json") and by_key["b"] == (0, "malformed_json")
    assert by_key["c"][1] in ("silver", "late") and by_key["d"][1] == "malformed_json"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_tls_and_a_password(kafka_shop, broker, tmp_path, mechanism):
    fill(kafka_shop, events=500)
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    properties = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": mechanism,
        "sasl.username": "shop",
        "sasl.password": f"file:{password}",
        "ssl.ca.location": broker.folder / "ca.pem",
    }

    def settings():
        text = ",".join(f"{name}={value}" for name, value in properties.items())
        return kafka_shop.settings | {"kafka_bootstrap_servers": broker.secure_address, "kafka_properties": text}

    kafka_shop.run("produce", "--events", 500, "--rate", "max", "--seed", 6, **settings())
    done = kafka_shop.stream_once("--json", logging_level="debug", **settings())
    assert done.document["records"] == 1_000
    assert PASSWORD not in done.out + done.err

    password.write_text("guessed")
    begin = time.monotonic()
    done = kafka_shop.stream_once(code=1, **settings())
    assert "Authentication failed" in done.err or "invalid credentials" in done.err
    assert "guessed" not in done.err and time.monotonic() - begin < 30

    password.write_text(PASSWORD)
    del properties["ssl.ca.location"]  # the system's authorities do not know this broker
    done = kafka_shop.stream_once(code=1, **settings())
    assert "certificate verify failed" in done.err


def test_the_commands_of_the_how_to(kafka_shop, broker):
    page = (CHECKOUT / "docs/how-to.md").read_text()
    commands = re.findall(r"^```sh kafka\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0].splitlines()
    assert len(commands) == 3
    for command in commands:
        _, *words = command.replace("localhost:9092", broker.address).split()
        kafka_shop.run(*words, kafka_topic=kafka_shop.topic)
    assert kafka_shop.count(BRONZE) == 1_000


@needs_judge
def test_a_paused_process_that_comes_back_writes_nothing(kafka_shop):
    fill(kafka_shop, events=5_000)
    with kafka_shop.running("stream", "--checkpoint-interval", "200ms", **kafka_shop.settings) as paused:
        wait_for(lambda: kafka_shop.count(BRONZE) == 5_000)
        paused.process.send_signal(signal.SIGSTOP)
        fill(kafka_shop, events=5_000, seed=6)
        kafka_shop.stream_once(**kafka_shop.settings)
        before = kafka_shop.commit_paths()
        paused.process.send_signal(signal.SIGCONT)
        wait_for(lambda: not paused.is_alive())
        done = paused.finish()
        assert done.code == 1 and "another" in done.err
    assert kafka_shop.commit_paths() == before
    copy_to_log(kafka_shop)
    kafka_shop.judge()
