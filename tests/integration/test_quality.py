"""Rules about the data: measured behind each batch, stored, and told by the exit code."""

import json

import pytest
from shop import CHECKOUT, event

RULES = """
every order has a basket:
  {check: completeness, table: silver_cleaned_events, column: order_id, at_least: 90%, days: 3}
prices are sane:
  {check: range, table: silver_cleaned_events, column: price, max: 100, severity: fail, days: 3}
days stand once:
  {check: uniqueness, table: daily_sales, columns: [event_date, product_id, category], severity: fail}
"""
USUAL = CHECKOUT / "configs/quality.yaml"


@pytest.fixture
def ruled(shop):
    (shop.folder / "rules.yaml").write_text(RULES)
    shop.append(0, event(order_id="B1"), event(user_id="U2"), event(event_time="2024-01-17T10:00:00Z", price="500"))
    shop.stream_once()
    return shop


def test_results_are_told_and_stored(ruled):
    done = ruled.run("batch", "--json", quality_rules="rules.yaml").document
    assert [(rule["rule"], rule["severity"], rule["value"], rule["passed"]) for rule in done["quality"]] == [
        ("every order has a basket", "warn", 50.0, False),
        ("prices are sane", "fail", 0.0, True),
        ("days stand once", "fail", 0.0, True),
    ]
    text = ruled.run("batch", quality_rules="rules.yaml").out
    assert "quality: 2 of 3 rules hold" in text
    assert "warning: every order has a basket: 50, expected at least 90" in text
    stored = json.loads(ruled.run("sql", "select rule, passed from quality_results order by rule", "--json").out)
    assert [row["passed"] for row in stored] == [True, False, True]


def test_a_broken_rule_that_fails_ends_with_exit_code_3(ruled):
    ruled.append(0, event(event_time="2024-01-19T10:00:00Z"))
    ruled.stream_once()
    broken = ruled.run("batch", code=3, quality_rules="rules.yaml")  # the last complete day is the 18th
    assert "FAIL: prices are sane: 1, expected at most 0" in broken.out
    days = json.loads(ruled.run("sql", "select distinct as_of_date from quality_results", "--json").out)
    assert days == [{"as_of_date": "2024-01-18"}]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("a rule: {check: beauty, table: daily_sales}", "completeness"),
        ("a rule: [check]", "expected a name and a map"),
        ("a rule: {check: freshness, table: daily_sale}", "did you mean daily_sales?"),
        ("a rule: {check: freshness, table: daily_sales, table: daily_sales}", "a key stands twice"),
    ],
)
def test_what_is_no_rule_is_said(ruled, rules, words):
    (ruled.folder / "rules.yaml").write_text(rules)
    refused = ruled.run("batch", code=2, quality_rules="rules.yaml").err
    assert words in refused
    assert "rules.yaml" in refused or "a rule" in refused


def test_the_usual_rules_hold_for_a_shop_as_it_should_be(shop):
    shop.produce(3_000, "--seed", 4)
    shop.stream_once()
    shop.run("batch", quality_rules=USUAL)


def test_no_file_of_rules(ruled):
    assert ruled.run("batch", "--json").document["quality"] == []
    assert "nowhere.yaml" in ruled.run("batch", code=1, quality_rules="nowhere.yaml").err
