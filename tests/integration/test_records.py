"""Every rule of a record at its edge, and records that nobody thought of: the judge works out their outcome too."""

import json

import pytest
from record_edges import AMOUNTS, GOOD, LATER_TIMES, PIECES, POOLS, RECORDS, REPEATED, TIMES_OF_DAY
from shop import BRONZE, FULL, event, needs_judge

pytestmark = needs_judge


def run_and_judge(shop, records: list[bytes]):
    """One partition has the records in the order given, the other backwards."""
    shop.append(0, *records)
    shop.append(1, *reversed(records))
    shop.stream_once("--threads", 2)
    shop.judge()
    assert shop.count(BRONZE) == 2 * len(records)


def test_whole_records(shop):
    run_and_judge(shop, RECORDS)


def test_each_value_of_each_field_alone(shop):
    """The user tells the records apart, so that they are no duplicates."""
    pairs = [(field, value) for field, values in POOLS.items() for value in values]
    pairs += [("event_time", value) for value in LATER_TIMES]
    records = []
    for field, value in pairs:
        record = json.loads(event(user_id=f"{field}-{len(records)}")) | {field: value}
        records.append(json.dumps(record, ensure_ascii=len(records) % 2 == 0).encode())
    run_and_judge(shop, records)


def test_fields_that_are_absent(shop):
    names = list(json.loads(event()))
    run_and_judge(shop, [event(**{name: None, other: None}) for name in names for other in names])


def test_amounts_at_their_limit(shop):
    run_and_judge(shop, [event(price=price, quantity=units, user_id=f"{price}*{units}") for price, units in AMOUNTS])


def test_sizes_at_the_limit(shop):
    limit = 1 << 20

    def of_size(size):
        record = event(user_id=str(size), note="")
        return record[:-2] + b"x" * (size - len(record)) + b'"}'

    sound = [of_size(limit + more) for more in (-1, 0, 1, limit)]
    assert [len(record) - limit for record in sound] == [-1, 0, 1, limit]
    run_and_judge(shop, sound + [b"y" * (limit + 1), b" " * (limit + 1), b"[" * limit, b"[" * (limit + 1)])


def test_late_records_and_the_high_mark(shop):
    """Exactly two hours behind is in time; a microsecond more is late; late and bad ones do not raise the mark."""
    records = [event(event_time=f"2024-01-15T{time}Z", user_id=f"U{i}") for i, time in enumerate(TIMES_OF_DAY)]
    records.insert(3, event(event_time="2024-01-16T00:00:00Z", price="-1"))
    records.insert(5, event(event_time="2099-01-16T00:00:00Z"))
    run_and_judge(shop, records)


def test_duplicates_by_id_and_by_key(shop):
    run_and_judge(shop, REPEATED + REPEATED)


def test_the_thousand_and_first_category(shop):
    """Late and repeated records bring categories too; bad ones do not."""
    latest = "2024-01-15T23:00:00Z"
    ways = [{}, {"event_time": latest}, {"event_time": latest, "user_id": "same"}, {"price": "bad"}]
    records = [event(event_time=latest)]
    for i in range(1_100):
        records.append(event(**({"category": f"C{i}", "user_id": f"U{i}"} | ways[i % len(ways)])))
    run_and_judge(shop, records + records)


def random_record(rng) -> bytes:
    """Fields of all kinds in any order and any JSON spelling; about half of the records are good."""
    fields = {}
    for name, pool in POOLS.items():
        if name in GOOD or rng.random() < 0.2:
            fields[name] = rng.choice(GOOD.get(name, pool) if rng.random() < 0.93 else pool)
    names = list(fields)
    rng.shuffle(names)
    return json.dumps(
        {name: fields[name] for name in names},
        ensure_ascii=rng.random() < 0.5,
        separators=rng.choice([(",", ":"), (", ", ": "), (" , ", " :\t")]),
    ).encode()


def mutate(rng, record: bytes) -> bytes:
    """Changes, removes, doubles or puts in a few bytes, once or twice."""
    text = bytearray(record)
    for _ in range(rng.choice([1, 1, 2])):
        at = rng.randrange(len(text) + 1)
        match rng.randrange(4):
            case 0:
                text[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del text[at : at + rng.randrange(1, 9)]
            case 2:
                text[at:at] = text[at : at + rng.randrange(1, 30)]
            case _:
                text[at:at] = rng.choice(PIECES)
    return bytes(text).replace(b"\n", b" ")


@pytest.mark.parametrize("kind", ["composed", "mutated"])
def test_random_records(shop, rng, kind):
    count = 50_000 if FULL else 6_000
    records = [random_record(rng) for _ in range(count)]
    if kind == "mutated":
        records = [mutate(rng, record) for record in records]
    run_and_judge(shop, records)
    outcomes = dict(shop.query(BRONZE, "select outcome, count(*) from t group by all"))
    print(outcomes)
    # One mutated time may raise the high mark so far that most good records after it are late.
    good = sum(outcomes.get(outcome, 0) for outcome in ("silver", "late", "duplicate"))
    assert good > 100
    assert len(outcomes) >= 10
