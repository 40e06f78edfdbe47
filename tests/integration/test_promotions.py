"""Planned promotions: forecasts know the prices to come, and say where the plan is none."""

import csv
import math
import random
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FIRST = date(2024, 1, 1)
DAYS = 240
PRODUCTS = 12
HEAD = "product_id,first_day,last_day,price,known_since\n"


def is_promoted(product, day):
    return (day + 11 * product) % 40 < 6


@pytest.fixture(scope="module")
def promoted_sales(tmp_path_factory):
    """Products whose demand goes with 1 / price², and which are promoted for six days in forty."""
    rng = random.Random(5)
    rows = []
    for product in range(PRODUCTS):
        for day in range(DAYS):
            price = 7.5 if is_promoted(product, day) else 10.0
            mean = (6 + product) * (10 / price) ** 2
            units = max(0, round(rng.gauss(mean, math.sqrt(mean))))
            if units:
                rows.append((FIRST + timedelta(day), f"P{product:02}", float(units), units * price, units, price))
    names = ["event_date", "product_id", "daily_quantity", "daily_revenue", "daily_orders", "avg_price"]
    path = tmp_path_factory.mktemp("promoted") / "sales.parquet"
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows)), strict=True))), path)
    return path


@pytest.fixture(scope="module")
def plan(promoted_sales):
    path = promoted_sales.with_name("plan.csv")
    with path.open("w") as file:
        file.write(HEAD)
        for product in range(PRODUCTS):
            for day in range(DAYS + 14):
                if is_promoted(product, day) and (day == 0 or not is_promoted(product, day - 1)):
                    first = FIRST + timedelta(day)
                    announced = first - timedelta(7)
                    last = first + timedelta(5)
                    csv.writer(file, lineterminator="\n").writerow([f"P{product:02}", first, last, 7.5, announced])
    return path


def wape_of_week(shop, *arguments):
    done = shop.run("backtest", "--json", "--model", "moving_average", *arguments).document
    return done["scores"]["days"]["wape"]


def test_a_forecast_that_knows_the_plan_is_better(shop, promoted_sales, plan):
    without = wape_of_week(shop, "--data", promoted_sales)
    planned = wape_of_week(shop, "--data", promoted_sales, "--promotions", plan)
    assert planned < 0.85 * without


def test_a_promotion_that_is_announced_later_changes_no_earlier_forecast(shop, promoted_sales, plan, tmp_path):
    late = tmp_path / "late.csv"
    # One more, for days that the backtest forecasts, known when they are over.
    over = FIRST + timedelta(DAYS + 10)
    late.write_text(plan.read_text() + f"P03,{FIRST + timedelta(DAYS - 9)},{FIRST + timedelta(DAYS - 1)},2.0,{over}\n")
    known, unknown = tmp_path / "known.csv", tmp_path / "unknown.csv"
    for promotions, out in ((plan, known), (late, unknown)):
        shop.run("backtest", "--model", "moving_average", "--data", promoted_sales, "--promotions", promotions,
                 "--out", out)  # fmt: skip
    assert known.read_bytes() == unknown.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("product_id,first_day,price\nP01,2024-01-01,3\n", "has no last_day"),
        (HEAD + "P01,2024-01-01,2024-01-03,3,\nP01,soon,2024-01-03,3,\n", "row 2"),
        (HEAD + "P01,2024-01-05,2024-01-03,3,\n", "row 1"),
        (HEAD + "P01,2024-01-01,2024-01-03,-3,\n", "row 1"),
        (HEAD + "P01,2024-01-01,2024-01-03,3,yesterday\n", "row 1"),
    ],
)
def test_what_is_no_plan_is_said(shop, promoted_sales, tmp_path, text, words):
    path = tmp_path / "plan.csv"
    path.write_text(text)
    done = shop.run("backtest", "--model", "moving_average", "--data", promoted_sales, "--promotions", path, code=2)
    assert words in done.err and "plan.csv" in done.err


def test_a_file_that_is_not_there_is_said(shop, promoted_sales, tmp_path):
    done = shop.run("backtest", "--data", promoted_sales, "--promotions", tmp_path / "none.csv", code=1)
    assert "none.csv" in done.err
