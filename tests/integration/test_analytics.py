"""analytics: every query against rows that this file works out from the sources by plain loops."""

import json
import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import duckdb
import pytest
from shop import event

FIRST, DAYS = date(2024, 1, 1), 75
LAST = FIRST + timedelta(DAYS - 1)
CATEGORIES = {"P1": "Books", "P2": "Books", "P3": "Toys", "P4": "Toys", "P5": "Lamps"}
RULES = "Books: [book]\nToys: [toy]\nLamps: [lamp]\n"


class Source:
    """Sale lines and events, and their sums by day and product."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.lines = []  # (day, product, type, quantity, price)
        for number in range(DAYS):
            day = FIRST + timedelta(number)
            for product in CATEGORIES:
                if product == "P5" and number > 60:
                    continue  # it is not sold any more
                for _ in range(rng.randrange(4)):
                    kind = "order_returned" if rng.random() < 0.15 else "order_created"
                    price = Decimal(rng.randrange(100, 5000)) / 100
                    self.lines.append((day, product, kind, rng.randrange(1, 9), price))

    def history(self) -> str:
        text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        for number, (day, product, kind, quantity, price) in enumerate(self.lines):
            sign = "-" if kind == "order_returned" else ""
            word = CATEGORIES[product].lower().removesuffix("s")
            text += f"{number},{product},a {word},{sign}{quantity},{day} 10:00,{price},C{number % 7},\n"
        return text

    def total(self, what, days, products=CATEGORIES, kind="order_created"):
        total = Decimal(0) if what == "revenue" else 0
        for day, product, line_kind, quantity, price in self.lines:
            if day in days and product in products and line_kind == kind:
                total += {"revenue": price * quantity, "units": quantity, "orders": 1}[what]
        return total


def days_up_to(last, count):
    return {last - timedelta(n) for n in range(count)}


def rounded(number, digits):
    return float(Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN))


def percent(part, base, digits=2):
    return None if base == 0 else rounded(Decimal(part) / Decimal(base) * 100, digits)


def ask(shop, *arguments):
    return json.loads(shop.run("analytics", *arguments, "--format", "json").out)


def agree(found, expected):
    """Rows are equal; ratios to the last digit that is printed."""
    assert len(found) == len(expected), (len(found), len(expected))
    for found_row, expected_row in zip(found, expected, strict=True):
        assert list(found_row) == list(expected_row)
        for name, value in expected_row.items():
            if isinstance(value, Decimal):
                value = float(value)
            if isinstance(value, float):
                assert found_row[name] == pytest.approx(value, abs=0.0101 if name.endswith("pct") else 0.000101), name
            else:
                assert found_row[name] == value, (name, found_row, expected_row)


@pytest.fixture(scope="module")
def source():
    return Source(seed=11)


@pytest.fixture
def sold(shop, source):
    (shop.folder / "history.csv").write_text(source.history())
    (shop.folder / "rules.yaml").write_text(RULES)
    shop.run("batch", "--historical-csv", "history.csv", history_categories="rules.yaml")
    return shop


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
        for horizon, value, p10, p90 in (("next_day", mean + 1, 0.0, 3.0), ("next_week", mean, 1.0, 12.0)):
            expected.append(
                {
                    "prediction_date": str(day),
                    "product_id": product,
                    "category": CATEGORIES[product],
                    "prediction_horizon": horizon,
                    "as_of_date": str(day - timedelta(1)),
                    "model": "xgboost/2",
                    "predicted": value,
                    "p10": p10,
                    "p90": p90,
                    "actual": actual,
                    "error": value - actual,
                    "within": p10 <= actual <= p90,
                }
            )
    expected.sort(key=lambda r: (-max(r["actual"], r["predicted"]), r["product_id"], r["prediction_horizon"]))
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
