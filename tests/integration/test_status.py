"""status: what a partition's log and lake hold, and how far apart they are."""

from shop import BRONZE, TABLES, event, needs_judge


def by(rows: list[dict], *names) -> dict:
    return {tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]: row for row in rows}


def partitions_of(shop) -> dict:
    return by(shop.run("status", "--json").document["partitions"], "partition")


@needs_judge
def test_status_after_a_run_agrees_with_log_and_lake(shop):
    shop.make_log(6_000, seed=3, profile="hostile")
    shop.stream_once()
    status = shop.run("status", "--json").document

    partitions = by(status["partitions"], "partition")
    assert sorted(partitions) == shop.partitions()
    for number, partition in partitions.items():
        assert partition["end_offset"] == partition["committed_offset"] == len(shop.records(number))
        assert partition["lag"] == 0
        assert partition["conserved"] is True
        counted = dict(
            shop.query(BRONZE, f"select outcome, count(*) from t where log_partition = {number} group by all")
        )
        assert {name: n for name, n in partition["outcomes"].items() if n} == counted

    tables = by(status["tables"], "table")
    assert sorted(tables) == sorted(TABLES)
    for name, table in tables.items():
        files = shop.files(name)
        assert table["files"] == len(files)
        assert table["rows"] == shop.count(name)
        assert table["bytes"] == sum(path.stat().st_size for path in files)


def test_status_shows_the_lag_and_the_high_mark(shop):
    shop.append(0, event(event_time="2024-01-15T12:00:00Z"), event(event_time="2024-01-15T11:00:00Z"))
    shop.stream_once()
    shop.append(0, event(user_id="U2"), event(user_id="U3"))
    shop.append(1, event())
    partitions = partitions_of(shop)
    assert [partitions[0][name] for name in ("end_offset", "committed_offset", "lag")] == [4, 2, 2]
    assert partitions[0]["high_mark"].startswith("2024-01-15T12:00:00")
    assert partitions[0]["watermark"]["product_5m"].startswith("2024-01-15T11:50:00")
    assert partitions[0]["watermark"]["product_1h"].startswith("2024-01-15T10:00:00")
    assert partitions[1]["watermark"] == {"product_5m": None, "product_1h": None}
    assert [partitions[1][name] for name in ("end_offset", "committed_offset", "lag")] == [1, 0, 1]
    assert partitions[1]["high_mark"] is None


def test_status_shows_gold_and_the_champion(shop):
    history = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    history += "".join(f"1,A,x,{day % 5 + 1},2024-01-{day:02} 10:00,2.5,,\n" for day in range(1, 32))
    history += "".join(f"1,A,x,{day % 5 + 1},2024-02-{day:02} 10:00,2.5,,\n" for day in range(1, 21))
    (shop.folder / "history.csv").write_text(history)
    shop.run("batch", "--historical-csv", "history.csv")
    status = shop.run("status", "--json").document
    assert status["gold"]["as_of"] == "2024-02-20"
    files = {table["table"]: table["files"] for table in status["gold"]["tables"]}
    assert files["gold/daily_sales"] == 51 and files["history/sale_lines"] == 1
    assert status["champion"] is None
    shop.run("train", "--model", "linear_regression")
    assert shop.run("status", "--json").document["champion"] == "linear_regression/1"
    text = shop.run("status").out
    assert "gold is complete up to 2024-02-20" in text and "linear_regression/1" in text


def test_status_before_the_first_run(shop):
    shop.append(0, event())
    assert [partitions_of(shop)[0][name] for name in ("end_offset", "committed_offset", "lag")] == [1, 0, 1]
    assert not shop.lake.exists(), "looking changes nothing"


def test_status_of_nothing(shop):
    done = shop.run("status", "--json", code=1)
    assert str(shop.data) in done.err, done


@needs_judge
def test_status_while_a_stream_runs(shop):
    shop.make_log(20_000, seed=3)
    with shop.running("stream", "--checkpoint-interval", "200ms", stream_commit_records=200) as stream:
        committed = []
        while not committed or committed[-1] < 20_000:
            assert stream.is_alive()
            committed.append(sum(partition["committed_offset"] for partition in partitions_of(shop).values()))
        assert committed == sorted(committed)


@needs_judge
def test_status_in_words(shop):
    shop.make_log(3_000, seed=3, profile="hostile")
    shop.stream_once()
    words = shop.run("status").out
    for table in TABLES:
        assert table in words
    assert "malformed_json" in words
