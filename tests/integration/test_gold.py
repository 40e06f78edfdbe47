"""batch: gold against the judge (check_gold.py), which recomputes it from history and silver by other SQL."""

import gzip
import os
import signal
import subprocess
import sys
import time

import pytest
from shop import CHECKOUT, SHARED, event

GOLD = ["daily_sales", "category_revenue", "historical_streaming_joined", "customer_daily", "basket_daily"]
RETAIL = SHARED / "data/online_retail.csv.gz"
CATEGORIES = {"history_categories": CHECKOUT / "configs/categories.yaml"}

needs_judge = pytest.mark.skipif(
    not (SHARED / "conformance/check_gold.py").exists(),
    reason=f"the judge (conformance/check_gold.py) is not in {SHARED}",
)
needs_retail = pytest.mark.skipif(not RETAIL.exists(), reason=f"Online Retail is not in {SHARED}/data")

HISTORY = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,RED BAG,6,12/1/2010 8:26,2.55,17850,United Kingdom
536366,85123A,RED BAG,1,12/2/2010 9:00,2.50,,France
C536367,71053,"A ""LAMP"", WHITE",-3,12/2/2010 10:15,3.39,17850,United Kingdom
536368,71053,"A ""LAMP"", WHITE",2,12/8/2010 12:00,3.39,17851,United Kingdom
"""


def judge(shop, history=None):
    command = [sys.executable, SHARED / "conformance/check_gold.py", "--lake", shop.lake]
    if history is not None:
        command += ["--historical-csv", history]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"the judge of {shop.data} disagrees:\n{done.stdout[-6000:]}{done.stderr[-3000:]}"


def gold(shop) -> dict[str, list]:
    return {table: shop.query(f"gold/{table}", "select * from t order by all") for table in GOLD}


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    """Online Retail as a plain CSV."""
    path = tmp_path_factory.mktemp("retail") / "retail.csv"
    path.write_bytes(gzip.decompress(RETAIL.read_bytes()))
    return path


@needs_judge
@needs_retail
def test_gold_of_online_retail(shop, retail):
    done = shop.run("batch", "--historical-csv", retail, "--json", **CATEGORIES).document
    judge(shop, retail)
    assert done["history"][0]["rows"] == 541_909
    assert done["history"][0]["rejected_by_reason"] == {"bad_price": {"rows": 2, "first_line": 299_985}}
    assert done["as_of"] == "2011-12-09"
    named, all_ = shop.query(
        "gold/daily_sales", "select sum(daily_revenue) filter (where category <> 'Unknown'), sum(daily_revenue) from t"
    )[0]
    assert named >= all_ * 8 / 10, "the rules name a category for most of the revenue"
    several = "select product_id from t group by 1 having count(distinct category) > 1"
    assert shop.query("gold/daily_sales", several) == [], "one category for a product"


@needs_judge
@needs_retail
def test_latin_1_with_carriage_returns_and_gzip_give_the_same_gold(make_shop, retail, tmp_path):
    lines = retail.read_bytes().split(b"\n")[:60_000]
    plain = tmp_path / "part.csv"
    plain.write_bytes(b"\n".join(lines) + b"\n")
    with_accents = plain.read_text(encoding="utf-8", errors="replace").replace("HEART", "CŒUR").replace("Œ", "É")
    latin = tmp_path / "latin.csv"
    latin.write_bytes(with_accents.replace("\n", "\r\n").encode("latin-1", errors="replace"))
    zipped = tmp_path / "part.csv.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    results = {}
    for path in (plain, latin, zipped):
        shop = make_shop(f"shop of {path.name}")
        shop.run("batch", "--historical-csv", path)
        judge(shop, plain)
        results[path.name] = gold(shop)
    assert results["part.csv"] == results["part.csv.gz"] == results["latin.csv"]


@needs_judge
@pytest.mark.parametrize(
    ("profile", "seed"), [("clean", 1), ("mixed", 2), ("mixed", 3), ("hostile", 4), ("hostile", 5)]
)
def test_gold_of_a_stream(shop, profile, seed):
    shop.make_log(20_000, seed, profile)
    shop.stream_once()
    shop.run("batch")
    judge(shop)


@needs_judge
def test_gold_of_history_and_a_stream_together_and_day_by_day(shop):
    history = shop.folder / "history.csv"
    history.write_text(HISTORY)
    shop.make_log(8_000, seed=6, profile="hostile")
    shop.run("batch", "--historical-csv", history)
    judge(shop, history)
    shop.stream_once()
    shop.run("batch")
    judge(shop, history)
    of_history = event(product_id="71053", event_time="2010-12-02T23:59:59Z")
    shop.append(0, of_history, event(event_time="2010-12-03T00:00:00Z"))
    shop.stream_once()
    assert shop.run("batch", "--json").document["days_computed"] >= 1
    judge(shop, history)
    before = gold(shop)
    assert shop.run("batch", "--json").document["days_computed"] == 0
    shop.run("batch", "--full")
    assert gold(shop) == before


@needs_judge
def test_late_events_count_once(shop):
    on_time = event(event_time="2024-01-15T20:00:00Z", user_id="U0")
    late = event(event_time="2024-01-15T10:00:00Z", user_id="U1", event_id="E1", price="5.00")
    same_id = event(user_id="U2", event_id="E2", price="9")
    shop.append(0, event(user_id="U2", event_id="E2"), on_time, late, late, same_id)
    shop.stream_once()
    shop.run("batch")
    judge(shop)
    assert shop.query("gold/daily_sales", "select daily_orders, daily_revenue::varchar from t") == [(3, "25.0000")]


def test_the_same_file_twice_changes_nothing_and_a_corrected_one_replaces_it(shop):
    history = shop.folder / "history.csv"
    history.write_text(HISTORY)
    shop.run("batch", "--historical-csv", history)
    before = gold(shop)
    again = shop.run("batch", "--historical-csv", history, "--json").document
    assert again["history"][0]["known"] and again["days_computed"] == 0
    assert gold(shop) == before
    history.write_text(HISTORY.replace(",6,", ",7,"))
    shop.run("batch", "--historical-csv", history)
    sold = shop.query("gold/daily_sales", "select daily_quantity from t where event_date = '2010-12-01'")
    assert sold == [(7,)]


def test_compaction_is_no_new_input(shop):
    shop.make_log(events=2_000, seed=3)
    shop.stream_once(stream_commit_records=100, stream_files_max=0)
    first = shop.run("batch", "--json").document
    assert first["days_computed"] > 0
    before = gold(shop)
    shop.run("compact")
    again = shop.run("batch", "--json").document
    assert again["days_computed"] == 0
    assert again["days"] == first["days"]
    assert gold(shop) == before
    shop.run("rebuild")
    assert shop.run("batch", "--json").document["days_computed"] == first["days"]
    assert gold(shop) == before


def test_rejected_rows_are_told_by_reason_and_line(shop):
    history = shop.folder / "history.csv"
    history.write_text(HISTORY + "1,P1,x,0,12/1/2010 8:26,1.0,,\n2,,x,1,12/1/2010 8:26,1.0,,\n3,P1,x,1,soon,1.0,,\n")
    done = shop.run("batch", "--historical-csv", history)
    for words in ("7 rows, 3 rejected", "bad_quantity", "no_product_id", "line 8"):
        assert words in done.out, done
    nothing = shop.folder / "nothing.csv"
    nothing.write_text(HISTORY.splitlines()[0] + "\n1,P1,x,0,12/1/2010 8:26,1.0,,\n")
    shop.run("batch", "--historical-csv", nothing, code=3)


def test_batch_says_what_it_lacks(shop):
    assert "produce" in shop.run("batch", code=1).err
    assert "engine spark" in shop.run("batch", "--engine", "spark", code=2).err
    assert "--from" in shop.run("batch", "--from", "yesterday", code=2).err
    assert "no-such.csv" in shop.run("batch", "--historical-csv", "no-such.csv", code=1).err
    history = shop.folder / "history.csv"
    history.write_text(HISTORY)
    zone = shop.run("batch", "--historical-csv", history, code=2, shop_time_zone="Europe/Entenhausen")
    assert "Entenhausen" in zone.err


@needs_judge
def test_gold_is_right_after_kills_at_random_moments(shop, rng):
    shop.make_log(20_000, seed=7)
    shop.stream_once()
    history = shop.folder / "history.csv"
    history.write_text(HISTORY)
    began = time.monotonic()
    shop.run("batch", "--historical-csv", history)
    whole_run_s = time.monotonic() - began
    for _ in range(10):
        with shop.running("batch", "--full", "--historical-csv", history) as batch:
            time.sleep(rng.uniform(0, whole_run_s))
            batch.kill()
        if rng.random() < 0.3:
            (shop.lake / "gold/_manifest.json").unlink(missing_ok=True)
    shop.run("batch")
    judge(shop, history)
    assert not (shop.lake / "_staging/gold").exists()
    spilled = shop.lake / "_spill"
    assert os.listdir(spilled) == []


def test_a_stopped_batch_ends_cleanly(shop):
    shop.produce(20_000, "--seed", 8)
    shop.stream_once()
    with shop.running("batch", "--full") as batch:
        time.sleep(0.05)
        done = batch.stop(signal.SIGINT)
    assert done.code in (0, 130, -signal.SIGINT), done
    shop.run("batch")
