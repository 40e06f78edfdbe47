"""batch and late records with an event_id: whether one counts may depend on silver of any other day."""

from datetime import datetime, timedelta, timezone

import pytest
from shop import FULL, event
from test_gold import gold, judge, needs_judge

START = datetime(2024, 1, 15, tzinfo=timezone.utc)


def at(day, hour=12, **fields):
    time = START + timedelta(days=day, hours=hour)
    return event(event_time=time.strftime("%Y-%m-%dT%H:%M:%SZ"), **fields)


def orders(shop, day):
    """The day's orders in gold."""
    date = (START + timedelta(days=day)).date()
    sql = f"select coalesce(sum(daily_orders), 0)::int from t where event_date = '{date}'"
    return shop.query("gold/daily_sales", sql)[0][0]


def batch(shop, *flags, **settings):
    return shop.run("batch", *flags, "--json", **settings).document["days_computed"]


@needs_judge
def test_an_id_that_comes_again_in_time_takes_the_late_record_out(shop):
    shop.append(0, at(0), at(5, event_id="new"), at(1, event_id="late one"), at(2, event_id="late two"))
    shop.stream_once()
    assert batch(shop) == 4
    assert (orders(shop, 1), orders(shop, 2)) == (1, 1)
    shop.append(0, at(6, event_id="late one"))
    shop.stream_once()
    assert batch(shop) == 2, "the new day, and the one that the late record is gone from"
    assert (orders(shop, 1), orders(shop, 2)) == (0, 1)
    judge(shop)


@needs_judge
def test_an_id_that_was_in_silver_never_counts(shop):
    shop.append(0, at(0, event_id="first"), at(5))
    shop.stream_once()
    assert batch(shop) == 2
    shop.append(0, at(1, event_id="first"), at(1, event_id="other"), at(1, event_id="other"), at(2, user_id="U2"))
    shop.stream_once()
    assert batch(shop) == 2, "the two days of the late records alone"
    assert (orders(shop, 0), orders(shop, 1), orders(shop, 2)) == (1, 1, 1)
    known = shop.query("silver/late_events", "select event_id, id_was_in_silver from t order by log_offset")
    assert known == [("first", True), ("other", False), ("other", False), (None, None)]
    judge(shop)


@needs_judge
def test_days_with_late_records_are_not_computed_again_when_silver_grows(shop):
    shop.append(0, at(0), at(5), *(at(day, event_id=f"E{day}") for day in range(1, 4)))
    shop.stream_once()
    assert batch(shop) == 5
    for day in range(6, 9):
        shop.append(0, at(day, event_id=f"E{day}"))
        shop.stream_once()
        assert batch(shop) == 1
    judge(shop)


@needs_judge
def test_days_that_were_rebuilt_say_nothing_of_their_ids_and_are_compared(shop):
    shop.append(0, at(0, event_id="first"), at(5), at(1, event_id="first"), at(1, event_id="other"))
    shop.stream_once()
    batch(shop)
    before = gold(shop)
    shop.run("rebuild", "--from", "2024-01-16", "--to", "2024-01-16")
    known = shop.query("silver/late_events", "select id_was_in_silver from t order by log_offset")
    assert known == [(None,), (None,)]
    batch(shop)
    assert gold(shop) == before
    judge(shop)


@needs_judge
@pytest.mark.parametrize("settings", [{}, {"stream_dedup_memory": "64KiB"}], ids=["in memory", "spilled"])
def test_any_order_of_arrivals(shop, rng, settings):
    newest = 3
    for _ in range(8 if FULL else 4):
        for partition in range(3):
            records = []
            for _ in range(rng.randint(0, 40)):
                day = newest if rng.random() < 0.6 else rng.randint(0, newest)
                event_id = f"E{rng.randint(0, 60)}" if rng.random() < 0.7 else None
                records.append(at(day, rng.randint(0, 23), event_id=event_id, user_id=f"U{rng.randint(0, 3)}"))
            shop.append(partition, *records)
        newest += rng.randint(0, 2)
        shop.stream_once(stream_commit_records=rng.randint(1, 30), **settings)
        if rng.random() < 0.3:
            shop.run("compact")
        if rng.random() < 0.3:
            day = (START + timedelta(days=rng.randint(0, newest))).date()
            shop.run("rebuild", "--from", str(day), "--to", str(day))
        if rng.random() < 0.2:
            (shop.lake / "gold/_late_ids.parquet").unlink(missing_ok=True)
        batch(shop)
        judge(shop)
    incremental = gold(shop)
    shop.run("batch", "--full")
    assert gold(shop) == incremental
