"""The judge works out record by record what the lake must hold, and finds exactly that: whatever the log contains,
however many threads, however large the batches and the commits."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from shop import FULL, SILVER, event, needs_judge

pytestmark = needs_judge

EVENTS = 20_000 if FULL else 6_000
BATCHES = {"one_record_a_batch": {"stream_batch_records": 1}, "large_batches": {"stream_batch_records": 65_536}}
COMMITS = {
    "large_commits": {},
    "small_commits": {"stream_commit_records": 500},
    "odd_commits": {"stream_commit_records": 333},
}
EVERY_ARRANGEMENT = {
    f"{threads}_threads_{batch}_{commit}": (threads, BATCHES[batch] | COMMITS[commit])
    for threads in (1, 4)
    for batch in BATCHES
    for commit in COMMITS
}
ARRANGEMENTS = {
    name: how
    for name, how in EVERY_ARRANGEMENT.items()
    if FULL or "large_commits" in name or name == "4_threads_large_batches_small_commits"
}


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("profile", ["clean", "mixed", "hostile"])
def test_the_judge_agrees_with_every_arrangement(make_shop, profile, seed):
    """Each in a data folder of its own, whose name says in a failure which it was."""
    log = make_shop("log")
    log.make_log(EVENTS, seed, profile)

    def run(arrangement):
        threads, settings = ARRANGEMENTS[arrangement]
        shop = make_shop(arrangement)
        shop.copy_log(log)
        shop.stream_once("--threads", threads, **settings)
        shop.judge()

    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(run, ARRANGEMENTS))) == len(ARRANGEMENTS)


def test_the_judge_agrees_after_each_run_over_a_growing_log(shop, make_shop):
    """Windows that an earlier run emitted get more rows; the high mark and the dedup keys outlive the runs."""
    whole = make_shop("whole")
    whole.make_log(6_000, seed=11, profile="mixed")
    for step in range(6):
        for partition in whole.partitions():
            records = whole.records(partition)
            shop.append(partition, *records[len(records) * step // 6 : len(records) * (step + 1) // 6])
        shop.stream_once("--threads", 1 + step % 4)
        shop.judge()
    whole.stream_once()
    assert shop.contents() == whole.contents()


def test_the_judge_agrees_on_a_log_of_one_record(shop):
    shop.append(0, event())
    shop.stream_once()
    shop.judge()
    assert shop.count(SILVER) == 1


def test_the_judge_agrees_on_a_log_of_bad_records_alone(shop):
    shop.append(0, b"", b"{}", b"not json", event(price="-1"))
    shop.stream_once()
    shop.judge()


def test_the_judge_agrees_where_the_only_line_is_unfinished(shop):
    shop.append(0, event())
    shop.partition_folder(1).mkdir()
    (shop.partition_folder(1) / f"{0:020d}.ndjson").write_bytes(b'{"event_time": "2024-')
    shop.stream_once()
    shop.judge()
