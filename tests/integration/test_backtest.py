"""backtest: rolling origins on a file of daily sales, and the forecasts that it writes."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import duckdb
import pytest
from shop import CHECKOUT, SHARED
from test_forecast import LAST, PRODUCTS, QUICK, write_sales

FOLDS = [LAST - timedelta(days) for days in (28, 21, 14, 7)]
JUDGED = len(PRODUCTS) - 1  # the last is first sold five days before the end
COLUMNS = ["origin_date", "date", "product_id", "y_hat", "p10", "p50", "p90", "span", "model"]
RETAIL = SHARED / "data/online_retail.csv.gz"
JUDGE = SHARED / "conformance/score_forecast.py"


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "daily_sales.parquet"
    write_sales(path)
    return path


def rows_of(path):
    read = "read_csv" if path.suffix == ".csv" else "read_parquet"
    return duckdb.sql(f"select * from {read}('{path}') order by origin_date, date, product_id, span").fetchall()


MODELS = ["seasonal_naive", "moving_average", "tsb", "linear_regression", "xgboost", "ensemble"]


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_judged_and_written(shop, sales, tmp_path, model):
    out = tmp_path / "forecasts.parquet"
    flags = ["--data", sales, "--model", model, "--daily-origins", "--out", out, "--json"]
    report = shop.run("backtest", *flags, **QUICK).document
    assert report["folds"] == [str(day) for day in FOLDS]
    assert report["out"]["rows"] == 4 * JUDGED * (7 + 1 + 6)
    assert report["scores"]["days"]["cells"] == 4 * JUDGED * 7
    assert report["scores"]["next_day"]["cells"] == 28 * JUDGED
    assert set(report["scores"]["by_category"]) == {"C0", "C1", "C2"}
    assert report["scores"]["days"]["wape"] < 1.2 * report["seasonal_naive"]["days"]["wape"]

    columns = [name for name, *_ in duckdb.sql(f"describe from '{out}'").fetchall()]
    assert columns == COLUMNS
    rows = rows_of(out)
    assert len({row[:3] + (row[7],) for row in rows}) == len(rows) == report["out"]["rows"]
    for origin, day, product, mean, p10, p50, p90, span, name in rows:
        assert origin < day <= LAST and product in PRODUCTS[:-1] and name == model
        assert 0 <= p10 <= p50 <= p90 and mean >= 0
        assert span == 1 or (span == 7 and origin in FOLDS and day == origin + timedelta(1))


def test_csv_holds_the_same_and_another_run_too(shop, sales, tmp_path):
    flags = ["--data", sales, "--model", "xgboost", "--folds", 2, "--horizon", 3]
    parquet, csv = tmp_path / "a.parquet", tmp_path / "a.csv"
    shop.run("backtest", *flags, "--out", parquet, **QUICK)
    csv.write_text("a file that stood there")
    shop.run("backtest", *flags, "--out", csv, **QUICK)
    single = [[*row[:3], *(pytest.approx(value) for value in row[3:7]), *row[7:]] for row in rows_of(parquet)]
    assert [list(row) for row in rows_of(csv)] == single
    assert len(single) == 2 * JUDGED * 3, "no totals of three days"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.csv", "a.parquet"]


def test_the_table_says_how_good_it_was(shop, sales):
    out = shop.run("backtest", "--data", sales, "--model", "moving_average").out
    for words in ("4 folds", "next day", "week's total", "volume class A", "seasonal naive", "RMSSE"):
        assert words in out


def test_wrong_use_is_refused_in_words(shop, sales):
    data = ["--data", sales]
    assert "moving_average" in shop.run("backtest", *data, "--model", "moving_avrage", code=2).err
    assert "1 to 7 days" in shop.run("backtest", *data, "--horizon", 8, code=2).err
    assert "too little sales history" in shop.run("backtest", *data, "--folds", 20, code=2).err
    assert "batch" in shop.run("backtest", code=1).err


@pytest.mark.skipif(not (JUDGE.exists() and RETAIL.exists()), reason=f"the judge or Online Retail is not in {SHARED}")
def test_the_judge_scores_the_file(shop, tmp_path):
    shop.run("batch", "--historical-csv", RETAIL)
    out = tmp_path / "f.parquet"
    scores = shop.run("backtest", "--model", "moving_average", "--daily-origins", "--out", out, "--json").document
    judged = tmp_path / "scores.json"
    command = [sys.executable, JUDGE, "--pred", out, "--json", judged]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    a_fold = scores["scores"]["days"]["cells"] // 4  # as the judge counts them
    assert f"| moving_average | {a_fold} |" in done.stdout


@pytest.mark.skipif(not os.environ.get("MILLRACE_TEST_FULL"), reason="takes minutes; MILLRACE_TEST_FULL=1 runs it")
@pytest.mark.skipif(not (JUDGE.exists() and RETAIL.exists()), reason=f"the judge or Online Retail is not in {SHARED}")
def test_the_default_model_forecasts_online_retail_as_well_as_the_best_open_blend(shop, tmp_path):
    """The figures of the best mix of open libraries on the same folds, or better ones."""
    shop.run("batch", "--historical-csv", RETAIL, history_categories=CHECKOUT / "configs/categories.yaml")
    out = tmp_path / "f.parquet"
    shop.run("backtest", "--daily-origins", "--out", out, timeout_s=1200)
    figures = {}
    for name, flags in (("all", []), ("paid", ["--paid-only"])):
        command = [sys.executable, JUDGE, "--pred", out, *flags]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        figures[name] = tables_of(done.stdout)
    day, total = figures["all"]["next_day"], figures["all"]["next_week_sum"]
    assert figures["paid"]["next_day"]["RMSE"] <= 27.0 and figures["paid"]["next_week"]["RMSE"] <= 27.1
    assert day["WAPE"] <= 92.1 and abs(day["bias"]) <= 6 and day["WAPE_p50"] <= 80.5 and day["wQL"] <= 0.595
    assert 78 <= day["cover_sold"] <= 84 and day["above90"] <= 8
    assert total["WAPE"] <= 58.5 and total["wQL"] <= 0.413


def tables_of(report):
    """Of the judge's report, for each target over all products: the figures of the one model."""
    tables = {}
    for target, head, values in re.findall(
        r"^### (\w+), all .*\n\n(\|.*)\n\|[-:| ]+\n(\|.*)$", report, re.MULTILINE
    ):
        cells = zip(head.split("|")[2:-1], values.split("|")[2:-1], strict=True)
        known = {name.strip(): value.strip().rstrip("%") for name, value in cells}
        tables[target] = {name: float(value) for name, value in known.items() if re.match(r"-?\d", value)}
    return tables
