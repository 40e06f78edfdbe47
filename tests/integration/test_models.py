"""models: what is stored, who is champion and why, and another one in its place."""

import json

import duckdb
import pytest
from http_receiver import receiving
from test_forecast import LAST, PREDICTIONS, QUICK, sales, shop_with_models, trained  # noqa: F401  (fixtures)


def listed(shop):
    return {entry["model"]: entry for entry in shop.run("models", "--json").document["models"]}


def history(shop):
    return shop.run("models", "history", "--json").document["promotions"]


def test_each_model_is_listed_and_one_is_champion(shop_with_models):  # noqa: F811
    shop = shop_with_models
    models = listed(shop)
    assert set(models) == {"ensemble/1", "linear_regression/1", "xgboost/1"}
    champion = (shop.data / "models/champion").read_text().strip()
    assert [name for name, entry in models.items() if entry["champion"]] == [champion]
    for entry in models.values():
        assert entry["products"] == 12 and entry["skill"] > 0 and entry["rmse"] > 0
    text = shop.run("models").out
    assert f"* {champion}" in " ".join(text.split())


def test_an_empty_registry_says_what_to_do(shop):
    assert "millrace train" in shop.run("models").out
    assert shop.run("models", "history", "--json").document == {"promotions": []}
    assert "millrace train" in shop.run("models", "rollback", code=1).err


def test_a_damaged_model_is_listed_as_such(shop_with_models):  # noqa: F811
    shop = shop_with_models
    (shop.data / "models/xgboost/1/metadata.json").write_text("{}")
    assert "metadata.json" in listed(shop)["xgboost/1"]["error"]
    assert "error" not in listed(shop)["ensemble/1"]


def test_promotion_and_rollback_are_noted_and_predict_follows(shop_with_models, sales):  # noqa: F811
    shop = shop_with_models
    [first] = history(shop)
    assert first["reason"] == "the first champion" and first["replaced"] is None
    champion = first["champion"]
    other = next(name for name in listed(shop) if name != champion)
    assert shop.run("models", "promote", "--model", other, "--json").document == {"champion": other}
    predicted = shop.run("predict", "--data", sales, "--json").document
    assert f"{predicted['model_name']}/{predicted['model_version']}" == other
    assert shop.run("models", "rollback", "--json").document == {"champion": champion}
    assert "no other champion" in shop.run("models", "rollback", code=1).err
    assert [entry["champion"] for entry in history(shop)] == [champion, other, champion]
    assert [entry["reason"] for entry in history(shop)[1:]] == ["promoted by hand", "rolled back"]
    assert "rolled back" in shop.run("models", "history").out


def test_a_lesser_model_is_stored_but_not_champion(shop_with_models, sales):  # noqa: F811
    shop = shop_with_models
    before = history(shop)
    report = shop.run("train", "--data", sales, "--model", "zero", "--json", **QUICK).document
    assert report["champion"] == before[-1]["champion"]
    assert "stays" in report["decision"] and report["paired_test"]["p_value"] > 0.05
    assert "zero/1" in listed(shop) and history(shop) == before


def test_a_better_model_takes_over_by_a_paired_test(shop, sales):  # noqa: F811
    shop.run("train", "--data", sales, "--model", "zero", **QUICK)
    report = shop.run("train", "--data", sales, "--model", "moving_average", "--json", **QUICK).document
    assert report["champion"] == "moving_average/1" and report["paired_test"]["p_value"] < 0.05
    last = history(shop)[-1]
    assert last["replaced"] == "zero/1" and last["evidence"]["test"] == report["paired_test"]


def test_two_versions_predict_side_by_side(shop_with_models, sales):  # noqa: F811
    shop = shop_with_models
    run = shop.run("predict", "--data", sales, "--model", "xgboost,linear_regression/1", "--json").document
    assert [entry["model_name"] for entry in run["runs"]] == ["xgboost", "linear_regression"]
    names = shop.query(PREDICTIONS, "select model_name, count(*) from t group by all order by all")
    assert names == [("linear_regression", 12), ("xgboost", 12)]
    assert "twice" in shop.run("predict", "--data", sales, "--model", "xgboost,xgboost/1", code=2).err


def test_a_stale_champion_is_an_alert(shop_with_models, sales, tmp_path):  # noqa: F811
    shop = shop_with_models
    fresh = shop.run("models", "check", "--data", sales, "--json")
    assert fresh.document["stale"] is False and fresh.document["age_days"] == 0 and "alert" not in fresh.err
    assert fresh.document["inputs"] and fresh.document["wape_then"] > 0
    later = tmp_path / "later.parquet"
    duckdb.sql(
        f"copy (select * from '{sales}' union all select * replace (event_date + 28 as event_date) from '{sales}' "
        f"where event_date > date '{LAST}' - 28) to '{later}' (format parquet)"
    )
    with receiving() as (receiver, address):
        run = shop.run("models", "check", "--data", later, "--json", ml_age_days_max=20, alerts_webhook=address)
    assert run.document["stale"] is True and run.document["age_days"] == 28
    assert run.document["wape_now"] > 0 and run.document["seasonal_naive_now"] > 0
    assert "20 are allowed" in run.document["reasons"][0] and "model_stale" in run.err
    [(_, posted)] = receiver.posts
    assert posted["alert"] == "model_stale" and "train again" in posted["text"]
    assert "stale" in shop.run("models", "check", "--data", later, ml_age_days_max=20).out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["models", "remove"], 2, "rollback"),
        (["models", "promote"], 2, "--model"),
        (["models", "promote", "--model", "xgboost/9"], 1, "xgboost/9"),
        (["models", "promote", "--model", "../xgboost"], 2, "small letters"),
    ],
)
def test_what_is_wrong_is_said(shop_with_models, arguments, code, words):  # noqa: F811
    assert words in shop_with_models.run(*arguments, code=code).err
    assert json.loads(shop_with_models.run("models", "--json").out)["models"]
