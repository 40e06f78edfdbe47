"""Small files become few, the rows stay the same: after commits by themselves, by `compact`, and beside readers."""

import threading
from collections import Counter

from shop import BRONZE, TABLES, event, needs_judge

PARTITIONS = 3  # of make_log


def files_by_folder(shop) -> Counter:
    return Counter(path.parent.relative_to(shop.lake) for table in TABLES for path in shop.files(table))


@needs_judge
def test_a_stream_of_many_commits_keeps_few_files(shop):
    shop.make_log(events=3_000, seed=5)
    shop.stream_once(stream_commit_records=20, stream_files_max=6)
    shop.judge()
    counts = files_by_folder(shop)
    assert max(counts.values()) <= 6, counts.most_common(3)
    status = shop.run("status", "--json").document
    assert all(partition["conserved"] and partition["commits"] > 40 for partition in status["partitions"])


@needs_judge
def test_compact_merges_what_a_stream_left(shop):
    shop.make_log(events=2_000, seed=6)
    shop.stream_once(stream_commit_records=100, stream_files_max=0)
    contents = shop.contents()
    before = files_by_folder(shop)
    assert max(before.values()) > 12
    one_table = shop.run("compact", "--table", "silver_cleaned_events", "--json").document
    assert [entry["partition"] for entry in one_table] == list(range(PARTITIONS))
    assert all(entry["files_after"] < entry["files_before"] for entry in one_table)
    shop.judge()
    for folder, count in files_by_folder(shop).items():
        silver = str(folder).startswith("silver/cleaned_events")
        assert count <= PARTITIONS if silver else count == before[folder], folder
    text = shop.run("compact").out
    assert "partition 2: " in text
    assert " files became " in text
    assert max(files_by_folder(shop).values()) <= PARTITIONS
    shop.judge()
    assert shop.contents() == contents
    again = shop.run("compact", "--json").document
    assert all(entry["files_after"] == entry["files_before"] for entry in again)
    shop.append(0, event(user_id="later"))
    shop.stream_once()
    shop.judge()


def test_says_what_it_cannot_compact(shop):
    assert "no lake of topic" in shop.run("compact", code=1).err
    shop.append(0, event())
    shop.stream_once()
    assert "silver_cleaned_events" in shop.run("compact", "--table", "daily_sales", code=2).err


@needs_judge
def test_readers_see_every_row_once_while_files_are_merged(shop):
    """Queries run on and on, beside a stream that merges behind each commit and a `compact` that never rests."""
    shop.make_log(events=6_000, seed=8, profile="clean")
    counts, failures = [], []
    done = threading.Event()

    def read():
        query = "select count(*) as found, count(distinct (log_partition, log_offset)) as different from bronze_events"
        rows, different = shop.run("sql", query, "--format", "csv").out.splitlines()[1].split(",")
        assert rows == different
        counts.append(int(rows))

    def compact():
        if shop.commit_paths():
            shop.run("compact")

    def again_and_again(work):
        try:
            while not done.is_set():
                work()
        except Exception as failure:  # of a thread: told by the test
            failures.append(failure)

    threads = [threading.Thread(target=again_and_again, args=(work,)) for work in (read, compact)]
    for thread in threads:
        thread.start()
    try:
        shop.stream_once("--threads", 1, stream_commit_records=10, stream_files_max=4)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    assert len(counts) > 2
    assert counts == sorted(counts), "a row vanished"
    shop.judge()
    assert shop.count(BRONZE) == len(shop.all_records())
