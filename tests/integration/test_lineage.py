"""Lineage: OpenLineage run events of batch, train and predict, to a file or an address."""

import json
import re

import pytest
from http_receiver import receiving

GOLD = ["daily_sales", "category_revenue", "historical_streaming_joined", "customer_daily", "basket_daily"]
RULES = """
sold:
  check: completeness
  table: daily_sales
  columns: product_id
  at_least: 100
  severity: fail
"""


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.csv"
    rows = [f"{10_000 + day},P1,A LAMP,{1 + day % 3},2024-01-{day:02} 10:00,2.50,U1,France" for day in range(1, 29)]
    rows += [f"{20_000 + day},P1,A LAMP,{1 + day % 4},2024-02-{day:02} 10:00,2.50,U1,France" for day in range(1, 29)]
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def events_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def check_form(event):
    """What the specification wants of each run event."""
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", event["run"]["runId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", event["eventTime"])
    assert event["producer"].startswith("urn:millrace:")
    assert event["schemaURL"].endswith("/OpenLineage.json#/$defs/RunEvent")
    assert event["job"]["facets"]["jobType"]["integration"] == "MILLRACE"
    for data_set in event["inputs"] + event["outputs"]:
        assert data_set["namespace"] == "file" and data_set["name"].startswith("/")
        for kind in ("facets", "inputFacets", "outputFacets"):
            for facet in data_set.get(kind, {}).values():
                assert facet["_producer"] == event["producer"] and facet["_schemaURL"].startswith("https://")


def test_a_day_of_jobs_is_told_to_a_file(shop, history, tmp_path):
    events = tmp_path / "lineage" / "events.ndjson"
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    told = {"lineage_to": events, "lineage_namespace": "my shop", "quality_rules": rules}
    shop.run("batch", "--historical-csv", history, **told)
    shop.run("train", "--model", "seasonal_naive", **told)
    shop.run("predict", "--model", "seasonal_naive", **told)
    found = events_of(events)
    for event in found:
        check_form(event)
        assert event["job"]["namespace"] == "my shop"
    jobs = [(event["job"]["name"], event["eventType"]) for event in found]
    assert jobs == [(job, type) for job in ("batch", "train", "predict") for type in ("START", "COMPLETE")]
    assert len({event["run"]["runId"] for event in found}) == 3

    batch, train, predict = found[1::2]
    outputs = {data_set["name"]: data_set for data_set in batch["outputs"]}
    assert set(outputs) == {str(shop.lake / "gold" / table) for table in GOLD}
    daily = outputs[str(shop.lake / "gold/daily_sales")]
    assert {"name": "daily_revenue", "type": "DECIMAL(38,4)"} in daily["facets"]["schema"]["fields"]
    assert daily["outputFacets"]["outputStatistics"]["fileCount"] == 56
    inputs = {data_set["name"]: data_set for data_set in batch["inputs"]}
    assert str(history) in inputs and str(shop.lake / "history/sale_lines") in inputs
    asserted = inputs[str(shop.lake / "gold/daily_sales")]["inputFacets"]["dataQualityAssertions"]
    assert asserted["assertions"] == [{"assertion": "sold", "success": True, "column": "product_id"}]

    assert [data_set["name"] for data_set in train["inputs"]] == [str(shop.lake / "gold/daily_sales")]
    assert [data_set["name"] for data_set in train["outputs"]] == [str(shop.data / "models/seasonal_naive/1")]
    assert [data_set["name"] for data_set in predict["outputs"]] == [str(shop.lake / "gold/demand_predictions")]
    assert predict["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 1


def test_a_run_that_fails_is_told_with_its_reason(shop, tmp_path):
    events = tmp_path / "events.ndjson"
    shop.run("predict", code=1, lineage_to=events)
    start, end = events_of(events)
    assert (start["eventType"], end["eventType"]) == ("START", "FAIL")
    assert end["run"]["facets"]["errorMessage"]["message"]
    assert start["run"]["runId"] == end["run"]["runId"]


def test_events_are_posted_and_posted_again_where_the_server_stumbles(shop, history):
    with receiving(statuses=[503]) as (receiver, address):
        shop.run("batch", "--historical-csv", history, lineage_to=f"{address}/api/v1/lineage")
    assert [path for path, _ in receiver.posts] == ["/api/v1/lineage"] * 3
    assert [event["eventType"] for _, event in receiver.posts] == ["START", "START", "COMPLETE"]
    assert receiver.posts[0] == receiver.posts[1]


def test_a_batch_does_not_depend_on_who_watches_it(shop, history):
    with receiving(statuses=[400, 400]) as (receiver, address):
        done = shop.run("batch", "--historical-csv", history, lineage_to=f"{address}/SECRET")
    assert len(receiver.posts) == 2, "a refusal stands"
    assert done.err.count("lineage was not told") == 2 and "status 400" in done.err
    assert "SECRET" not in done.err


def test_nobody_listens(shop, history):
    done = shop.run("batch", "--historical-csv", history, lineage_to="http://127.0.0.1:1/SECRET")
    assert "did not take a request" in done.err and "SECRET" not in done.err
