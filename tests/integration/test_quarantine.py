"""quarantine: rejected records are listed, shown, and appended again once the rule or the data was mended."""

import json

import pytest
from shop import QUARANTINE, SILVER, event

BAD = [
    event(event_type="wishlist", user_id="U1", product_id="P1"),
    event(event_type="wishlist", user_id="U2", product_id="P2"),
    event(price="-1", user_id="U3"),
    b'{"torn',
    b"\xff\xfe not text",
]


@pytest.fixture
def rejected(shop):
    shop.append(0, event(), *BAD)
    shop.stream_once()
    return shop


def listed(shop, *flags):
    rows = json.loads(shop.run("quarantine", "list", *flags, "--format", "json").out)
    return {(row["reason"], row["field"]): row["records"] for row in rows}


def test_list_counts_by_reason_and_field(rejected):
    assert listed(rejected) == {
        ("unknown_event_type", "event_type"): 2,
        ("malformed_json", None): 2,
        ("bad_price", "price"): 1,
    }
    assert listed(rejected, "--reason", "bad_price") == {("bad_price", "price"): 1}
    assert listed(rejected, "--since", "9999-01-01") == {}
    assert len(listed(rejected, "--since", "2024-01-01")) == 3


def test_show_prints_the_records(rejected):
    rows = json.loads(rejected.run("quarantine", "show", "--json").out)
    assert [row["log_offset"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["record"].encode() for row in rows[:4]] == BAD[:4]
    assert rows[4]["record"] == "\\xFF\\xFE not text"
    assert len(json.loads(rejected.run("quarantine", "show", "--limit", 2, "--json").out)) == 2


def test_replay_after_a_rule_was_changed(rejected):
    enabled = {"stream_event_types": "wishlist"}
    done = rejected.run("quarantine", "replay", "--reason", "unknown_event_type", "--json").document
    assert done == {"replayed": 2, "replayed_before": 0, "too_large": 0}
    rejected.stream_once(**enabled)
    sold = rejected.query(SILVER, "select user_id, event_type from t where event_type = 'wishlist' order by 1")
    assert sold == [("U1", "wishlist"), ("U2", "wishlist")]
    again = rejected.run("quarantine", "replay", "--reason", "unknown_event_type", "--json").document
    assert again == {"replayed": 0, "replayed_before": 2, "too_large": 0}


def test_what_is_still_bad_comes_back_and_can_be_replayed_again(rejected):
    assert rejected.run("quarantine", "replay", "--json").document["replayed"] == len(BAD)
    rejected.stream_once()
    assert rejected.count(QUARANTINE) == 2 * len(BAD)
    assert rejected.run("quarantine", "replay", "--json").document == {
        "replayed": len(BAD),
        "replayed_before": len(BAD),
        "too_large": 0,
    }


def test_a_replayed_record_goes_to_the_partition_of_its_product(shop):
    shop.produce(200, "--seed", 1, "--bad-rate", 0, "--late-rate", 0)
    shop.stream_once()
    before = {number: len(shop.records(number)) for number in shop.partitions()}
    product = json.loads(shop.records(1)[0])["product_id"]
    shop.append(0, event(product_id=product, price="x"))
    shop.stream_once()
    shop.run("quarantine", "replay", "--reason", "bad_price")
    assert len(shop.records(1)) == before[1] + 1


def test_a_record_that_was_cut_is_not_replayed(shop):
    shop.append(0, event(user_id="U" * (1 << 20)))
    shop.stream_once()
    assert shop.run("quarantine", "replay", "--json").document == {"replayed": 0, "replayed_before": 0, "too_large": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["purge"], "list, show or replay"),
        (["list", "--reason", "silver"], "--reason"),
        (["list", "--since", "monday"], "--since"),
        ([], "action"),
    ],
)
def test_wrong_usage(rejected, arguments, words):
    assert words in rejected.run("quarantine", *arguments, code=2).err
