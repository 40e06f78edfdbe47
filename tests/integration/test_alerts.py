"""Anomaly alerts: hours that are not like those of the weeks before, each incident told once."""

import json

import pytest
from http_receiver import receiving
from shop import event

WEEKS = 5
QUIET = ["--duplicate-rate", 0, "--late-rate", 0, "--bad-rate", 0, "--speed", "max"]


def days(shop, start, count, daily_events):
    shop.run("produce", "--start", f"{start}T00:00:00Z", "--days", count, "--daily-events", daily_events,
             "--products", 20, "--seed", 1, *QUIET)  # fmt: skip
    shop.stream_once()


@pytest.fixture
def calm_shop(shop):
    """Five weeks, the last day of which is 2024-02-04; all hours of a simulated day but the last are full."""
    days(shop, "2024-01-01", 7 * WEEKS, 20_000)
    return shop


def alerts_of(shop, **settings):
    return shop.run("batch", "--json", **settings).document["alerts"]


def test_a_calm_shop_raises_none(calm_shop):
    assert alerts_of(calm_shop) == []


def test_a_day_almost_without_orders_is_one_incident(calm_shop):
    alerts_of(calm_shop)
    days(calm_shop, "2024-02-05", 1, 500)
    with receiving() as (receiver, address):
        hook = {"alerts_webhook": f"{address}/hooks/SECRET"}
        told = alerts_of(calm_shop, **hook)
        names = {alert["alert"] for alert in told}
        assert "orders_low" in names
        assert len(told) == len(names), "one of each"
        posted = [document for path, document in receiver.posts]
        assert sorted(posted, key=json.dumps) == sorted(told, key=json.dumps)
        [orders] = [alert for alert in told if alert["alert"] == "orders_low"]
        assert "2024-02-05" in orders["first_hour"] and orders["hours"] >= 10
        assert orders["observed"] < orders["expected_low"] < orders["expected_high"]
        assert orders["text"].startswith("orders too low since 2024-02-05T")

        assert alerts_of(calm_shop, **hook) == [], "told once"
        days(calm_shop, "2024-02-06", 1, 500)
        again = alerts_of(calm_shop, **hook)
        assert "orders_low" not in {alert["alert"] for alert in again}, "the same incident goes on"
        assert len(receiver.posts) == len(told) + len(again)
    stored = calm_shop.query("gold/alerts", "select direction, hours from t where metric = 'orders'")
    assert len(stored) == 1 and stored[0][0] == "low" and stored[0][1] > orders["hours"]
    shown = json.loads(calm_shop.run("sql", "select metric, first_hour from alerts", "--json").out)
    assert "orders" in {row["metric"] for row in shown}


def test_the_log_says_it_where_no_webhook_is_set_or_none_answers(calm_shop):
    days(calm_shop, "2024-02-05", 1, 500)
    done = calm_shop.run("batch", alerts_webhook="http://127.0.0.1:1/SECRET")
    assert "ALERT orders too low since" in done.out
    assert "warning alert name=orders_low" in done.err
    assert "an alert was not delivered" in done.err and "SECRET" not in done.err


def test_a_hook_that_is_no_address_is_refused(shop):
    refused = shop.run("batch", code=2, alerts_webhook="hooks.example.com")
    assert "MILLRACE_ALERTS_WEBHOOK" in refused.err and "http://" in refused.err


def test_history_alone_has_no_hours(shop):
    history = shop.folder / "history.csv"
    history.write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,P1,x,1,2024-01-01 10:00,1.00,,\n"
    )
    assert shop.run("batch", "--historical-csv", history, "--json").document["alerts"] == []


def test_a_shop_of_one_day_expects_nothing_yet(shop):
    shop.append(0, event())
    shop.stream_once()
    assert alerts_of(shop) == []
