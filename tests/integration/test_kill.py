"""kill -9 at random moments loses nothing and doubles nothing."""

import time

from shop import FULL, TABLES, Shop, needs_judge, wait_until

pytestmark = needs_judge

KILLS = 334 if FULL else 17  # in each of three tests: a thousand, or fifty
# Small commits, so that there are many moments to be killed at.
SMALL = {"stream_commit_records": 200}


def kill_at_a_random_moment(shop: Shop, rng) -> int:
    """Kills a stream and returns how far it had come. A third of the kills hit its start and its recovery, the
    others some time after it has committed."""
    before, commits = shop.progress(), rng.randrange(1, 6)
    with shop.running(
        "stream", "--checkpoint-interval", "200ms", "--threads", rng.choice([1, 2, 4]), **SMALL
    ) as stream:
        if rng.random() < 1 / 3:
            time.sleep(rng.uniform(0, 0.15))
        else:
            deadline = time.monotonic() + 2
            while shop.progress() < before + commits * 200 and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.02))
        assert stream.is_alive(), stream.finish()
        stream.kill()
    return shop.progress()


def test_kills_while_it_works_through_a_log(make_shop, rng):
    killed, undisturbed = make_shop("killed"), make_shop("undisturbed")
    killed.make_log(1_500 * KILLS, seed=rng.randrange(1 << 30), profile=rng.choice(["mixed", "hostile"]))
    undisturbed.copy_log(killed)

    marks = [kill_at_a_random_moment(killed, rng) for _ in range(KILLS)]
    assert marks == sorted(marks), "a kill took back what was committed"
    hit = {mark for mark in marks if 0 < mark < 1_400 * KILLS}
    assert len(hit) >= 3, f"too few kills hit the middle of the work: {marks}"
    killed.stream_once(**SMALL)
    print(killed.judge())

    undisturbed.stream_once()
    disturbed, plain = killed.contents(), undisturbed.contents()
    for table in TABLES:
        assert disturbed[table] == plain[table], table


def test_kills_while_a_producer_appends(shop, rng):
    events = 2_000 * KILLS
    with shop.running("produce", "--events", events, "--rate", 5_000, "--seed", rng.randrange(1 << 30)) as producer:
        wait_until(lambda: any((shop.log / shop.topic).rglob("*.ndjson")), "the producer has a log")
        for _ in range(KILLS):
            kill_at_a_random_moment(shop, rng)
        done = producer.finish(timeout_s=events / 5_000 + 60)
        assert done.code == 0, done
    shop.stream_once(**SMALL)
    assert len(shop.all_records()) >= events, "the producer lost events"
    print(shop.judge())


def test_a_kill_during_stream_once_is_mended_by_the_next(shop, rng):
    shop.make_log(1_000 * KILLS, seed=rng.randrange(1 << 30))
    for _ in range(KILLS):
        with shop.running("stream", "--once", **SMALL) as stream:
            time.sleep(rng.uniform(0, 0.3))
            stream.kill()
    shop.stream_once(**SMALL)
    print(shop.judge())
