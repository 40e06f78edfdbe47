"""What goes wrong in the world: signals, read-only folders, full disks, damaged logs, two programs at once. Each ends
with clear words and the right exit code, and nothing is lost: after the cure the judge agrees."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from shop import BRONZE, TABLES, event, needs_judge, wait_until

pytestmark = needs_judge

SMALL = {"stream_commit_records": 200}


def states_of(folder) -> dict[str, tuple]:
    """Every file below a folder, with what shows that it was not written again."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns, path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- Signals


@pytest.mark.parametrize("flags", [["--once"], ["--checkpoint-interval", "200ms"]], ids=["once", "continuous"])
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_loses_nothing(shop, sent, code, flags):
    shop.make_log(15_000, seed=5)
    with shop.running("stream", *flags, **SMALL) as stream:
        wait_until(lambda: shop.progress() > 1_000, "it is in the middle of the work")
        begin = time.monotonic()
        done = stream.stop(sent)
        assert time.monotonic() - begin < 2
    assert done.code == code, done
    between = shop.progress()
    assert between < 14_000, "it had finished before the signal came"
    shop.stream_once()
    assert shop.progress() > between
    shop.judge()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_stream_that_waits_for_records(shop, sent, code):
    shop.append(0, event())
    with shop.running("stream", "--checkpoint-interval", "200ms") as stream:
        wait_until(lambda: shop.count(BRONZE) == 1, "the record is committed")
        time.sleep(0.3)
        begin = time.monotonic()
        done = stream.stop(sent)
        assert time.monotonic() - begin < 2
    assert done.code == code, done


# --- An existing data folder


def test_a_second_run_adds_nothing(shop):
    shop.make_log(6_000, seed=5, profile="hostile")
    shop.stream_once()
    before, files = shop.contents(), states_of(shop.lake)
    shop.stream_once()
    assert states_of(shop.lake) == files
    assert shop.contents() == before
    shop.judge()


# --- A read-only folder


@contextmanager
def read_only(folder):
    """Permissions do not bind root, a read-only mount does."""
    if os.geteuid() != 0:
        modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")]}
        for path, mode in modes.items():
            path.chmod(mode & ~0o222)
        try:
            yield
        finally:
            for path, mode in modes.items():
                path.chmod(mode)
        return
    mount("--bind", folder, folder)
    try:
        mount("-o", "remount,bind,ro", folder)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"this machine does not let us mount: {done.stderr.strip()}")


def test_a_read_only_data_folder_without_a_lake(shop):
    shop.make_log(3_000, seed=5)
    with read_only(shop.data):
        done = shop.run("stream", "--once", code=1)
        assert re.search("read-only|permission denied", done.err, re.IGNORECASE), done
        assert str(shop.lake) in done.err, "it names what it could not write"
    shop.stream_once()
    shop.judge()


def test_a_read_only_data_folder_with_a_lake(shop):
    shop.make_log(3_000, seed=5)
    shop.stream_once()
    shop.append(0, event())
    with read_only(shop.data):
        done = shop.run("stream", "--once", code=1)
        assert re.search("read-only|permission denied", done.err, re.IGNORECASE), done
        shop.run("status")
        assert shop.run("consume", "--from-beginning", "--max", 10).out.count("\n") == 10
    shop.stream_once()
    shop.judge()


def test_produce_into_a_read_only_folder(shop):
    shop.produce(100)
    records = shop.all_records()
    with read_only(shop.data):
        done = shop.run("produce", "--events", 100, "--delay", 0, code=1)
        assert re.search("read-only|permission denied", done.err, re.IGNORECASE), done
    assert shop.all_records() == records


# --- A full disk


@contextmanager
def small_disk(folder, size):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small tmpfs to fill")
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield lambda larger: mount("-o", f"remount,size={larger}", folder)
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("commit_records", [500, 1_000_000], ids=["small_commits", "one_commit"])
def test_a_full_disk_under_the_lake(shop, commit_records):
    shop.make_log(30_000, seed=5)
    with small_disk(shop.lake, "1m") as resize:
        done = shop.run("stream", "--once", code=1, stream_commit_records=commit_records)
        assert "no space left" in done.err.lower(), done
        rows = shop.query(BRONZE, "select count(*), count(distinct (log_partition, log_offset)) from t")
        assert not rows or rows[0][0] == rows[0][1], "what readers see is whole and stands once"

        again = shop.run("stream", "--once", code=1, stream_commit_records=commit_records)
        assert "no space left" in again.err.lower(), again

        resize("400m")
        shop.stream_once(stream_commit_records=commit_records)
        shop.judge()
        left = {path for path in shop.lake.rglob("*.parquet") if shop.lake / "_trash" not in path.parents}
        assert left == {path for table in TABLES for path in shop.files(table)}


def test_a_full_disk_under_the_log(shop):
    with small_disk(shop.log, "1m") as resize:
        done = shop.run("produce", "--events", 50_000, "--delay", 0, "--seed", 1, code=1)
        assert "no space left" in done.err.lower(), done
        before = [shop.records(partition) for partition in shop.partitions()]
        resize("100m")
        shop.produce(1_000, "--seed", 2)
        for partition, records in zip(shop.partitions(), before, strict=True):
            assert shop.records(partition)[: len(records)] == records
        shop.stream_once()
        shop.judge()


# --- A log that is not what was committed


def damaged(how):
    def cut_short(text: bytes) -> bytes:
        return b"".join(text.splitlines(keepends=True)[:-3])

    def changed(text: bytes) -> bytes:
        return text[:-20] + bytes([text[-20] ^ 1]) + text[-19:]

    return {"cut_short": cut_short, "changed": changed, "emptied": lambda text: b""}[how]


@pytest.mark.parametrize("has_grown", [False, True], ids=["alone", "and_then_grown"])
@pytest.mark.parametrize("how", ["cut_short", "changed", "emptied"])
def test_a_damaged_log_stops_the_stream(shop, how, has_grown):
    shop.make_log(3_000, seed=5, profile="clean")
    shop.stream_once()
    before, segment = shop.contents(), shop.segments(1)[-1]
    sound = segment.read_bytes()
    segment.write_bytes(damaged(how)(sound))
    if has_grown:
        shop.append(1, event(), event(user_id="U2"))
    done = shop.run("stream", "--once", code=1)
    assert "corrupt" in done.err.lower() or "log" in done.err.lower(), done
    assert f"{shop.topic}/1" in done.err, f"it names the partition\n{done}"
    assert shop.contents() == before

    segment.write_bytes(sound)
    shop.append(1, event())
    shop.stream_once()
    shop.judge()


def test_a_log_that_is_gone_after_a_commit_stops_the_stream(shop):
    shop.make_log(3_000, seed=5, profile="clean")
    shop.stream_once()
    aside = shop.folder / "aside"
    shutil.move(shop.partition_folder(1), aside)
    done = shop.run("stream", "--once", code=1)
    assert f"{shop.topic}/1" in done.err, done
    shutil.move(aside, shop.partition_folder(1))
    shop.stream_once()
    shop.judge()


# --- Two at once


def test_two_streams_on_one_data_folder_double_nothing(shop):
    shop.make_log(10_000, seed=5)
    flags = ("--checkpoint-interval", "200ms")
    with shop.running("stream", *flags, **SMALL) as one, shop.running("stream", *flags, **SMALL) as two:
        wait_until(lambda: shop.progress() > 5_000 or not (one.is_alive() or two.is_alive()), "they work", 60)
        ends = [stream.stop() for stream in (one, two)]
    for end in ends:
        assert end.code == 143 or (end.code == 1 and end.err), end
    shop.stream_once(**SMALL)
    shop.judge()


def test_two_stream_once_at_the_same_moment_double_nothing(shop):
    shop.make_log(10_000, seed=5)
    with shop.running("stream", "--once", **SMALL) as one, shop.running("stream", "--once", **SMALL) as two:
        ends = [one.finish(), two.finish()]
    for end in ends:
        assert end.code == 0 or (end.code == 1 and end.err), end
    shop.stream_once(**SMALL)
    shop.judge()


# --- What is not there


def test_an_unknown_topic(shop):
    shop.append(0, event())
    done = shop.run("stream", "--once", "--topic", "no_such_topic", code=1)
    assert "no_such_topic" in done.err, done
    assert not shop.lake.exists() or not list(shop.lake.rglob("*.parquet"))


def test_a_missing_log_folder(shop):
    done = shop.run("stream", "--once", code=1)
    assert str(shop.log) in done.err, done


def test_a_data_folder_that_is_a_file(shop):
    shutil.rmtree(shop.data)
    shop.data.write_text("not a folder")
    for command in (["stream", "--once"], ["produce", "--events", 1, "--delay", 0], ["status"]):
        done = shop.run(*command, code=1)
        assert str(shop.data) in done.err, done


def test_a_published_file_that_was_deleted_is_no_reason_to_double_the_others(shop):
    """Someone deletes a file of the lake by hand: later runs neither crash nor write anything twice."""
    shop.make_log(3_000, seed=5, profile="clean")
    shop.stream_once()
    shop.files(BRONZE)[0].unlink()
    shop.append(0, event())
    done = subprocess.run(
        shop.command("stream", "--once"), cwd=shop.folder, env=shop.environment({}), capture_output=True
    )
    assert done.returncode in (0, 1), done
    rows = shop.query(BRONZE, "select count(*), count(distinct (log_partition, log_offset)) from t")
    assert rows[0][0] == rows[0][1]
