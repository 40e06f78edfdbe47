"""analytics about revenue, orders and forecasts: against rows that are worked out from the sources by plain loops."""

from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest
from sale_lines import CATEGORIES, FIRST, LAST, agree, ask, days_up_to, percent, rounded
from shop import event


def test_queries_are_listed_with_their_questions(shop):
    listed = {row["name"]: row["question"] for row in shop.run("analytics", "--json").document}
    assert {"daily_revenue", "category_growth", "demand_vs_actual", "top_selling_products", "funnel"} <= set(listed)
    assert all(question.endswith("?") for question in listed.values())


@pytest.mark.parametrize(("last", "count", "category"), [(LAST, 28, None), (LAST - timedelta(9), 10, "Toys")])
def test_daily_revenue(sold, source, last, count, category):
    products = [p for p, c in CATEGORIES.items() if category in (None, c)]
    flags = ["--as-of", last, "--days", count] + (["--category", category] if category else [])
    expected = []
    for day in sorted(days_up_to(last, count), reverse=True):
        if not any(d == day and p in products for d, p, *_ in source.lines):
            continue
        revenue, orders = source.total("revenue", {day}, products), source.total("orders", {day}, products)
        week_before = day - timedelta(7)
        traded = any(d == week_before and p in products for d, p, *_ in source.lines)
        before = source.total("revenue", {week_before}, products)
        expected.append(
            {
                "event_date": str(day),
                "revenue": revenue,
                "orders": orders,
                "units": source.total("units", {day}, products),
                "returned_revenue": source.total("revenue", {day}, products, "order_returned"),
                "revenue_per_order": rounded(revenue / orders, 4) if orders else None,
                "mean_revenue_7_days": rounded(source.total("revenue", days_up_to(day, 7), products) / 7, 4),
                "week_before_revenue": before if traded else None,
                "change_pct": percent(revenue - before, before) if traded else None,
            }
        )
    agree(ask(sold, "daily_revenue", *flags), expected)


@pytest.mark.parametrize(("last", "count"), [(LAST, 28), (LAST, 7), (FIRST + timedelta(3), 3)])
def test_category_growth(sold, source, last, count):
    now, before = days_up_to(last, count), days_up_to(last - timedelta(count), count)
    rows, all_revenue = [], source.total("revenue", now)
    for category in sorted(set(CATEGORIES.values())):
        products = [p for p, c in CATEGORIES.items() if c == category]
        if source.total("orders", now | before, products) == 0:
            continue
        revenue, previous = source.total("revenue", now, products), source.total("revenue", before, products)
        rows.append(
            {
                "category": category,
                "revenue": revenue,
                "units": source.total("units", now, products),
                "share_pct": percent(revenue, all_revenue),
                "previous_revenue": previous,
                "growth": revenue - previous,
                "growth_pct": percent(revenue - previous, previous),
            }
        )
    rows.sort(key=lambda row: (-row["growth"], row["category"]))
    agree(ask(sold, "category_growth", "--as-of", last, "--days", count), rows)


@pytest.mark.parametrize(("last", "count", "limit"), [(LAST, 28, 20), (LAST, 7, 3), (FIRST + timedelta(2), 2, 20)])
def test_top_selling_products(sold, source, last, count, limit):
    now, before = days_up_to(last, count), days_up_to(last - timedelta(count), count)
    previous = {p: source.total("revenue", before, [p]) for p in CATEGORIES if source.total("orders", before, [p])}
    ranks = {p: n for n, p in enumerate(sorted(previous, key=lambda p: (-previous[p], p)), 1)}
    sold_now = [p for p in CATEGORIES if source.total("orders", now, [p])]
    all_revenue = source.total("revenue", now)
    rows = []
    for product in sorted(sold_now, key=lambda p: (-source.total("revenue", now, [p]), p)):
        revenue = source.total("revenue", now, [product])
        rows.append(
            {
                "rank": len(rows) + 1,
                "product_id": product,
                "category": CATEGORIES[product],
                "name": None,
                "revenue": revenue,
                "units": source.total("units", now, [product]),
                "orders": source.total("orders", now, [product]),
                "share_pct": percent(revenue, all_revenue),
                "previous_rank": ranks.get(product),
                "revenue_change_pct": percent(revenue - previous[product], previous[product])
                if product in previous
                else None,
            }
        )
    found = ask(sold, "top_selling_products", "--as-of", last, "--days", count, "--limit", limit)
    agree(found, rows[:limit])


def test_demand_vs_actual(sold, source):
    """Predictions of two days by two models, some of them older ones for the same day."""
    day, rows = LAST - timedelta(1), []
    predictions = []  # as_of, date, product, horizon, model, version, mean, p10, p90
    for product, mean in (("P1", 9.0), ("P3", 2.5), ("P5", 1.25)):
        predictions.append((day - timedelta(3), day, product, "next_week", "xgboost", 1, 100.0, 0.0, 200.0))
        predictions.append((day - timedelta(1), day, product, "next_week", "xgboost", 2, mean, 1.0, 12.0))
        predictions.append((day - timedelta(1), day, product, "next_day", "xgboost", 2, mean + 1, 0.0, 3.0))
        predictions.append((day - timedelta(1), day, product, "next_day", "ensemble", 1, mean + 2, 1.0, 4.0))
        predictions.append((LAST, LAST + timedelta(1), product, "next_day", "xgboost", 2, 7.0, 0.0, 3.0))
    for as_of, when, product, horizon, model, version, mean, p10, p90 in predictions:
        rows.append(
            f"('{as_of}'::date, '{when}'::date, '{product}', '{CATEGORIES[product]}', {mean}::double, {p10}::double, "
            f"{mean}::double, {p90}::double, '{horizon}', '{model}', {version}::bigint, now()::timestamptz)"
        )
    names = "as_of_date, prediction_date, product_id, category, predicted_demand, p10, p50, p90, prediction_horizon"
    folder = sold.lake / "gold/demand_predictions"
    duckdb.sql(
        f"copy (select * from (values {', '.join(rows)}) t({names}, model_name, model_version, created_at)) "
        f"to '{folder}' (format parquet, partition_by (as_of_date))"
    )
    expected = []
    for product, mean in (("P1", 9.0), ("P3", 2.5), ("P5", 1.25)):
        actual = source.total("units", {day}, [product])
        for horizon, model, value, p10, p90 in (
            ("next_day", "ensemble/1", mean + 2, 1.0, 4.0),
            ("next_day", "xgboost/2", mean + 1, 0.0, 3.0),
            ("next_week", "xgboost/2", mean, 1.0, 12.0),
        ):
            expected.append(
                {
                    "prediction_date": str(day),
                    "product_id": product,
                    "category": CATEGORIES[product],
                    "name": None,
                    "prediction_horizon": horizon,
                    "as_of_date": str(day - timedelta(1)),
                    "model": model,
                    "predicted": value,
                    "p10": p10,
                    "p90": p90,
                    "actual": actual,
                    "error": value - actual,
                    "within": p10 <= actual <= p90,
                }
            )
    by = ("product_id", "prediction_horizon", "model")
    expected.sort(key=lambda r: (-max(r["actual"], r["predicted"]), *(r[name] for name in by)))
    agree(ask(sold, "demand_vs_actual"), expected)


def test_funnel(shop):
    counts = {"Books": (7, 3, 2), "Toys": (4, 0, 0), "Lamps": (0, 1, 1)}
    records, user = [], 0
    for category, numbers in counts.items():
        for kind, number in zip(("product_viewed", "add_to_cart", "order_created"), numbers, strict=True):
            for _ in range(number):
                user += 1
                records.append(event(category=category, event_type=kind, user_id=f"U{user}"))
    shop.append(0, *records, event(category="Books", event_time="2024-01-17T10:00:00Z", event_type="product_viewed"))
    shop.stream_once()
    shop.run("batch")
    expected = [
        {
            "category": category,
            "views": views,
            "carts": carts,
            "orders": orders,
            "cart_per_view_pct": percent(carts, views),
            "order_per_cart_pct": percent(orders, carts),
            "order_per_view_pct": percent(orders, views),
        }
        for category, (views, carts, orders) in counts.items()
    ]
    agree(ask(shop, "funnel"), expected)  # the last complete day is the 16th


@pytest.mark.parametrize(("query", "minutes"), [("order_volume_5m", 5), ("order_volume_1h", 60)])
def test_order_volume(shop, query, minutes):
    orders = {"2024-01-08T10:00:00Z": 2, "2024-01-15T10:01:00Z": 3, "2024-01-15T10:59:00Z": 1}
    records = []
    for when, number in orders.items():
        records += [event(event_time=when, user_id=f"{when}{n}", price="2", quantity="3") for n in range(number)]
    records.append(event(event_time="2024-01-15T10:02:00Z", event_type="product_viewed"))
    records.append(event(event_time="2024-01-15T10:03:00Z", event_type="order_returned"))
    shop.append(0, *records, event(event_time="2024-01-17T10:00:00Z"))
    shop.stream_once()
    shop.run("batch")

    def row(start, number, views, returns, before):
        return {
            "window_start": f"2024-01-{start}",
            "orders": number,
            "units": number * 3,
            "revenue": Decimal(number * 6),
            "views": views,
            "carts": 0,
            "returns": returns,
            "week_before_orders": before,
            "change_pct": None if before is None else percent(number - before, before),
        }

    found = ask(shop, query, "--as-of", "2024-01-15", "--days", 3)
    for shown in found:
        shown["window_start"] = shown["window_start"][:16].replace("T", " ")
    if minutes == 60:
        expected = [row("15 10:00", 4, 1, 1, 2)]
    else:
        expected = [row("15 10:55", 1, 0, 0, None), row("15 10:00", 3, 1, 1, 2)]
    agree(found, expected)


def test_forecast_accuracy(sold, source):
    day = LAST - timedelta(1)
    means = {"P1": 9.0, "P3": 2.5, "P4": 6.0}
    rows = [
        f"('{day - timedelta(1)}'::date, '{day}'::date, '{product}', 'x', {mean}::double, 1.0::double, {mean}::double, "
        f"8.0::double, 'next_day', 'xgboost', 2::bigint, now()::timestamptz)"
        for product, mean in means.items()
    ]
    names = "as_of_date, prediction_date, product_id, category, predicted_demand, p10, p50, p90, prediction_horizon"
    duckdb.sql(
        f"copy (select * from (values {', '.join(rows)}) t({names}, model_name, model_version, created_at)) "
        f"to '{sold.lake / 'gold/demand_predictions'}' (format parquet, partition_by (as_of_date))"
    )
    actual = {p: source.total("units", {day}, [p]) for p in means}
    before = {p: source.total("units", {day - timedelta(7)}, [p]) for p in means}
    whole = sum(actual.values())
    expected = {
        "prediction_date": str(day),
        "prediction_horizon": "next_day",
        "model": "xgboost/2",
        "products": 3,
        "predicted": sum(means.values()),
        "actual": whole,
        "wape_pct": sum(abs(means[p] - actual[p]) for p in means) / whole * 100,
        "bias_pct": (sum(means.values()) - whole) / whole * 100,
        "within_pct": sum(1 <= actual[p] <= 8 for p in means) / 3 * 100,
        "week_before_wape_pct": sum(abs(before[p] - actual[p]) for p in means) / whole * 100,
    }
    agree(ask(sold, "forecast_accuracy"), [expected])
    agree(ask(sold, "forecast_accuracy", "--as-of", day - timedelta(1)), [])


def test_the_default_is_the_last_complete_day(shop):
    shop.append(0, event(), event(event_time="2024-01-17T01:00:00Z", user_id="U2"))
    shop.stream_once()
    assert shop.run("batch", "--json").document["as_of"] == "2024-01-15", "the watermark is two hours behind"
    assert [row["event_date"] for row in ask(shop, "daily_revenue")] == ["2024-01-15"]
    assert len(ask(shop, "daily_revenue", "--as-of", "2024-01-17")) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["daily_revenu"], "daily_revenue"),
        (["daily_revenue", "--limit", "3"], "--limit"),
        (["daily_revenue", "--as-of", "today"], "--as-of"),
        (["daily_revenue", "--days", "0"], "--days"),
        (["daily_revenue", "--format", "xml"], "--format"),
        (["daily_revenue", "--engine", "spark"], "--engine"),
    ],
)
def test_wrong_usage(sold, arguments, words):
    assert words in sold.run("analytics", *arguments, code=2).err


def test_before_the_first_batch(shop):
    assert "millrace batch" in shop.run("analytics", "daily_revenue", code=1).err
