"""train and predict: from daily sales to stored models and forecasts."""

import json
import math
import random
import shutil
from datetime import date, timedelta

import duckdb
import pytest
from shop import event

FIRST, DAYS = date(2023, 1, 2), 120  # a Monday
LAST = FIRST + timedelta(DAYS - 1)
PRODUCTS = [f"P{n:02}" for n in range(12)]
QUICK = {"ml_rounds": 15}
PREDICTIONS = "gold/demand_predictions"


def write_sales(path, seed=5):
    """Daily sales with a closed Sunday, a busy Friday and products of different sizes; the last begins late."""
    rng = random.Random(seed)
    rows = []
    for number in range(DAYS):
        day = FIRST + timedelta(number)
        if day.weekday() == 6:
            continue
        for size, product in enumerate(PRODUCTS):
            if product == PRODUCTS[-1] and number < DAYS - 5:
                continue
            mean = (size + 1) * (2 if day.weekday() == 4 else 1)
            units = sum(rng.random() < 0.5 for _ in range(2 * mean))
            if units:
                rows.append(f"(date '{day}', '{product}', 'C{size % 3}', {units}, {units * 2.5}, {units}, 2.5)")
    names = "event_date, product_id, category, daily_quantity, daily_revenue, daily_orders, avg_price"
    duckdb.sql(f"copy (select * from (values {', '.join(rows)}) t({names})) to '{path}' (format parquet)")


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "daily_sales.parquet"
    write_sales(path)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory, sales):
    """A data folder with both models; copied by the tests that change it."""
    from shop import Shop

    shop = Shop(tmp_path_factory.mktemp("trained") / "shop")
    shop.run("train", "--data", sales, "--json", **QUICK)
    return shop


@pytest.fixture
def shop_with_models(shop, trained):
    shutil.copytree(trained.data / "models", shop.data / "models")
    return shop


def test_train_stores_models_with_what_they_were_made_from(trained):
    for name in ("linear_regression", "xgboost", "ensemble"):
        folder = trained.data / "models" / name / "1"
        metadata = json.loads((folder / "metadata.json").read_text())
        assert metadata["data"]["first_day"] == str(FIRST)
        assert metadata["data"]["last_day"] == str(LAST)
        assert metadata["data"]["products"] == len(PRODUCTS)
        assert metadata["git_revision"] and metadata["options"]["features"] and metadata["parameters"]
        for horizon in ("next_day", "next_week"):
            assert {"mae", "rmse", "r2"} <= set(metadata["metrics"][horizon])
    assert (trained.data / "models/champion").read_text().strip() in ("linear_regression/1", "xgboost/1", "ensemble/1")


def test_the_models_beat_seasonal_naive(shop, sales):
    report = shop.run("train", "--data", sales, "--json", **QUICK).document
    for model in report["models"]:
        for horizon in ("next_day", "next_week"):
            assert model["metrics"][horizon]["rmse"] < report["seasonal_naive"][horizon]["rmse"], report
    again = shop.run("train", "--data", sales, "--model", "xgboost", "--json", **QUICK).document
    assert again["models"][0]["version"] == 2


@pytest.mark.parametrize("model", ["champion", "linear_regression", "xgboost/1"])
@pytest.mark.parametrize(("horizon", "days"), [("next_day", 1), ("next_week", 7)])
def test_one_row_for_each_product_and_day(shop_with_models, sales, model, horizon, days):
    shop = shop_with_models
    run = shop.run("predict", "--data", sales, "--model", model, "--horizon", horizon, "--json").document
    rows = run["predictions"]
    expected = {(str(LAST + timedelta(n + 1)), product) for n in range(days) for product in PRODUCTS}
    assert {(row["prediction_date"], row["product_id"]) for row in rows} == expected
    assert len(rows) == len(expected)
    for row in rows:
        values = [row[name] for name in ("p10", "p50", "p90")]
        assert all(math.isfinite(value) and value >= 0 for value in [*values, row["predicted_demand"]]), row
        assert values == sorted(values), row
    stored = shop.query(PREDICTIONS, "select prediction_date::varchar, product_id, predicted_demand from t")
    assert {(day, product): round(demand, 6) for day, product, demand in stored} == {
        (row["prediction_date"], row["product_id"]): round(row["predicted_demand"], 6) for row in rows
    }
    assert shop.query(PREDICTIONS, "select distinct as_of_date::varchar, prediction_horizon from t") == [
        (str(LAST), horizon)
    ]
    sundays = [row["predicted_demand"] for row in rows if date.fromisoformat(row["prediction_date"]).weekday() == 6]
    assert max(sundays, default=0) < 0.5, "the shop is closed on Sundays"


def test_the_same_seed_gives_the_same_numbers(make_shop, sales):
    results = []
    for number, seed in enumerate((3, 3, 4)):
        shop = make_shop(f"shop{number}")
        shop.run("train", "--data", sales, "--model", "xgboost", "--seed", seed, **QUICK)
        run = shop.run("predict", "--data", sales, "--horizon", "next_week", "--json").document
        results.append(run["predictions"])
    assert results[0] == results[1] != results[2]


def test_settings_reach_the_models(shop, sales):
    settings = {"rounds": 3, "rows_max": 1000, "seed": 9, "learning_rate": 0.2, "max_depth": 3, "min_child_weight": 4}
    settings |= {"subsample": 0.5, "colsample": 0.75, "tweedie_variance_power": 1.5, "features": "mean_28,weekday"}
    environment = {f"ml_{name}": value for name, value in settings.items()}
    shop.run("train", "--data", sales, "--model", "xgboost", **environment)
    metadata = json.loads((shop.data / "models/xgboost/1/metadata.json").read_text())
    assert metadata["options"] == settings | {"features": ["mean_28", "weekday"]}
    means = metadata["parameters"]["means"]
    assert metadata["parameters"]["rounds"] == 3 and means["eta"] == "0.2" and means["max_depth"] == "3"
    assert means["colsample_bytree"] == "0.75" and means["tweedie_variance_power"] == "1.5"
    assert len(shop.run("predict", "--data", sales, "--json").document["predictions"]) == len(PRODUCTS)
    wrong = shop.run("train", "--data", sales, code=2, ml_features="mean_28,mean_29").err
    assert "ml.features" in wrong and "mean_29" in wrong


def test_a_run_replaces_its_own_rows_and_no_others(shop_with_models, sales):
    shop = shop_with_models
    for flags in (["--model", "xgboost"], ["--model", "linear_regression"], ["--horizon", "next_week"]):
        shop.run("predict", "--data", sales, *flags)
    counts = "select prediction_horizon, model_name, count(*), max(created_at) from t group by all order by all"
    before = shop.query(PREDICTIONS, counts)
    shop.run("predict", "--data", sales, "--model", "xgboost")
    after = shop.query(PREDICTIONS, counts)
    assert [row[:3] for row in after] == [row[:3] for row in before]
    assert sum(now[3] > then[3] for now, then in zip(after, before, strict=True)) == 1
    earlier = LAST - timedelta(3)
    shop.run("predict", "--data", sales, "--model", "xgboost", "--as-of", earlier)
    assert {day for (day,) in shop.query(PREDICTIONS, "select distinct as_of_date::varchar from t")} == {
        str(LAST),
        str(earlier),
    }


def test_a_forecast_sees_no_day_after_its_origin(make_shop, trained, sales, tmp_path):
    """The same origin, with the days after it changed out of recognition."""
    earlier = LAST - timedelta(10)
    changed = tmp_path / "changed.parquet"
    duckdb.sql(
        f"copy (select * replace (if(event_date > date '{earlier}', 1000 - daily_quantity, daily_quantity) as "
        f"daily_quantity) from '{sales}') to '{changed}' (format parquet)"
    )
    results = []
    for name, data in (("as it is", sales), ("changed", changed)):
        shop = make_shop(name)
        shutil.copytree(trained.data / "models", shop.data / "models")
        flags = ["--as-of", earlier, "--horizon", "next_week", "--model", "xgboost", "--json"]
        results.append(shop.run("predict", "--data", data, *flags).document["predictions"])
    assert results[0] == results[1]


def test_categories_and_the_shop_are_the_sums_of_products(shop_with_models, sales):
    shop = shop_with_models
    run = shop.run("predict", "--data", sales, "--horizon", "next_week", "--json").document
    sums = {}
    for row in run["predictions"]:
        for category in (row["category"], None):
            key = (row["prediction_date"], category)
            sums[key] = sums.get(key, 0) + row["predicted_demand"]
    found = {(row["prediction_date"], row["category"]): row for row in run["categories"]}
    assert set(found) == set(sums) and len(found) == 7 * 4
    for key, row in found.items():
        assert row["predicted_demand"] == pytest.approx(sums[key], rel=1e-5)
        assert 0 <= row["p10"] <= row["p50"] <= row["p90"]
    stored = shop.query("gold/category_predictions", "select category, sum(predicted_demand) from t group by 1")
    assert dict(stored).keys() == {None, "C0", "C1", "C2"}
    whole = dict(stored)[None]
    assert sum(value for name, value in stored if name) == pytest.approx(whole, rel=1e-5)
    names = shop.run("sql", "select count(*) as n from category_predictions", "--format", "json").document
    assert names == [{"n": 28}]


def test_what_to_buy(shop_with_models, sales):
    shop = shop_with_models
    (shop.folder / "catalog.csv").write_text("product_id,lead_time_days,stock\nP03,14,0\nP04,,100000\n")
    (shop.folder / "history.csv").write_text(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,X,x,1,2023-01-02,1,,\n"
    )
    shop.run("batch", "--historical-csv", "history.csv", "--catalog", "catalog.csv")
    flags = ["predict", "--data", sales, "--model", "moving_average", "--horizon", "next_week", "--json"]
    shop.run("train", "--data", sales, "--model", "moving_average")
    run = shop.run(*flags).document
    rows = {row["product_id"]: row for row in run["reorder_suggestions"]}
    assert set(rows) == set(PRODUCTS)
    for product, row in rows.items():
        week = sum(p["predicted_demand"] for p in run["predictions"] if p["product_id"] == product)
        days = 14 if product == "P03" else 7
        assert row["lead_time_days"] == days and row["service_level"] == 0.95
        assert row["lead_time_demand"] == pytest.approx(week * days / 7, rel=1e-4)
        assert row["reorder_point"] == math.ceil(row["lead_time_demand"] + row["safety_stock"] - 1e-6)
        assert row["safety_stock"] > 0
    last_two_weeks = rows["P05"]["order_quantity"]
    assert last_two_weeks == math.ceil(2 * rows["P05"]["lead_time_demand"] - 1e-6) and rows["P05"]["stock"] is None
    assert rows["P03"]["order_quantity"] > rows["P03"]["reorder_point"] and rows["P03"]["stock"] == 0
    assert rows["P04"]["order_quantity"] == 0 and rows["P04"]["stock"] == 100000
    more = shop.run(*flags, reorder_service_level=0.99, reorder_order_days=7).document["reorder_suggestions"]
    assert all(row["safety_stock"] > rows[row["product_id"]]["safety_stock"] for row in more)
    stored = shop.query("gold/reorder_suggestions", "select product_id, order_quantity from t")
    assert dict(stored) == {row["product_id"]: row["order_quantity"] for row in more}


def test_why_a_forecast_is_what_it_is(shop_with_models, sales):
    shop = shop_with_models
    flags = ["predict", "--data", sales, "--model", "ensemble", "--horizon", "next_week"]
    means = {
        row["prediction_date"]: row["predicted_demand"]
        for row in shop.run(*flags, "--json").document["predictions"]
        if row["product_id"] == "P07"
    }
    why = shop.run(*flags, "--explain", "P07", "--json").document
    assert why["product_id"] == "P07" and len(why["explanations"]) == 7
    for day in why["explanations"]:
        assert day["mean"] == pytest.approx(means[day["prediction_date"]], rel=1e-4, abs=1e-4)
        mixed = sum(member["weight"] * member["mean"] for member in day["members"])
        assert mixed == pytest.approx(day["mean"], rel=1e-6)
        boosted = next(member["mean"] for member in day["members"] if member["model"] == "xgboost")
        product = day["start"] * day["base"] * math.prod(reason["factor"] for reason in day["reasons"])
        assert product == pytest.approx(boosted, rel=1e-3, abs=1e-4)
    text = shop.run(*flags, "--explain", "P07").out
    assert "pieces expected" in text and "its level" in text
    assert "P99" in shop.run(*flags, "--explain", "P99", code=1).err
    two = ["predict", "--data", sales, "--model", "ensemble,xgboost", "--explain", "P07"]
    assert "--explain" in shop.run(*two, code=2).err


def test_from_gold(shop):
    rng = random.Random(1)
    history = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    for number in range(80):
        for product in ("A", "B", "C"):
            history += f"1,{product},x,{rng.randrange(1, 9)},{FIRST + timedelta(number)} 10:00,2.5,,\n"
    (shop.folder / "history.csv").write_text(history)
    shop.run("batch", "--historical-csv", "history.csv")
    shop.run("train", **QUICK)
    shop.run("predict")
    [(day, rows)] = shop.query(PREDICTIONS, "select prediction_date::varchar, count(*) from t group by 1")
    assert (day, rows) == (str(FIRST + timedelta(80)), 3)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train"], 1, "millrace batch"),
        (["train", "--data", "none.parquet"], 1, "none.parquet"),
        (["train", "--model", "xgbost"], 1, "millrace batch"),
        (["train", "--target", "revenue"], 2, "--target"),
        (["predict"], 1, "millrace train"),
        (["predict", "--horizon", "next_year"], 2, "--horizon"),
        (["predict", "--as-of", "soon"], 2, "--as-of"),
        (["predict", "--save-bq"], 2, "BigQuery"),
    ],
)
def test_what_is_missing_or_wrong_is_said(shop, arguments, code, words):
    assert words in shop.run(*arguments, code=code).err


def test_wrong_data_and_models_are_said(shop_with_models, sales, tmp_path):
    shop = shop_with_models
    assert "did you mean xgboost" in shop.run("train", "--data", sales, "--model", "xgbost", code=2).err
    other = tmp_path / "other.parquet"
    duckdb.sql(f"copy (select event_date, product_id from '{sales}') to '{other}' (format parquet)")
    assert "daily_quantity" in shop.run("train", "--data", other, code=2).err
    short = tmp_path / "short.parquet"
    duckdb.sql(f"copy (select * from '{sales}' where event_date < date '{FIRST}' + 20) to '{short}' (format parquet)")
    assert "days" in shop.run("train", "--data", short, code=2).err
    model = next((shop.data / "models/xgboost/1").glob("*.ubj"))
    model.write_bytes(model.read_bytes()[:-7])
    assert model.name in shop.run("predict", "--data", sales, "--model", "xgboost", code=1).err
    assert "no_such" in shop.run("predict", "--data", sales, "--model", "no_such", code=1).err


def test_sales_of_the_stream(shop):
    shop.append(0, event(), event(event_time="2024-01-17T01:00:00Z", user_id="U2"))
    shop.stream_once()
    shop.run("batch")
    assert "days" in shop.run("train", code=2).err, "one complete day is no history"
