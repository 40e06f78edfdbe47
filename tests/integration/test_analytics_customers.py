"""analytics about customers and baskets: against rows that are worked out from the sources by plain loops."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from sale_lines import LAST, agree, ask, percent
from shop import event


def customer_months(source, last):
    """Of each customer: the months of orders, with their revenue."""
    months = defaultdict(lambda: defaultdict(Decimal))
    for number, (day, _, kind, quantity, price) in enumerate(source.lines):
        if kind == "order_created" and day <= last:
            months[f"C{number % 7}" if number % 5 else f"D{number}"][day.replace(day=1)] += price * quantity
    return months


@pytest.fixture
def known_customers(shop, source):
    """Some come again and again, others once."""
    text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    for number, (day, product, kind, quantity, price) in enumerate(source.lines):
        sign = "-" if kind == "order_returned" else ""
        customer = f"C{number % 7}" if number % 5 else f"D{number}"
        text += f"{number},{product},a thing,{sign}{quantity},{day} 10:00,{price},{customer},\n"
    (shop.folder / "history.csv").write_text(text)
    shop.run("batch", "--historical-csv", "history.csv")
    return shop


@pytest.mark.parametrize(("last", "count"), [(LAST, 365), (LAST - timedelta(20), 30)])
def test_cohort_retention(known_customers, source, last, count):
    cohorts = defaultdict(lambda: defaultdict(lambda: [0, Decimal(0)]))
    for months in customer_months(source, last).values():
        for month, revenue in months.items():
            active = cohorts[min(months)][month]
            active[0] += 1
            active[1] += revenue
    earliest = (last - timedelta(count)).replace(day=1)
    rows = [
        {
            "cohort": str(cohort),
            "month": (month.year - cohort.year) * 12 + month.month - cohort.month,
            "customers": months[cohort][0],
            "active": active,
            "retention_pct": percent(active, months[cohort][0]),
            "revenue": revenue,
        }
        for cohort, months in sorted(cohorts.items())
        for month, (active, revenue) in sorted(months.items())
        if cohort >= earliest
    ]
    assert len(rows) > 2
    agree(ask(known_customers, "cohort_retention", "--as-of", last, "--days", count), rows)


@pytest.mark.parametrize(("last", "count"), [(LAST, 365), (LAST, 40)])
def test_repeat_rate(known_customers, source, last, count):
    found = defaultdict(lambda: [0, 0, Decimal(0), Decimal(0)])
    for months in customer_months(source, last).values():
        for month, revenue in months.items():
            comes_again = month > min(months)
            row = found[month]
            row[0] += 1
            row[1] += comes_again
            row[2] += revenue
            row[3] += revenue if comes_again else 0
    earliest = (last - timedelta(count)).replace(day=1)
    rows = [
        {
            "month": str(month),
            "customers": customers,
            "new_customers": customers - again,
            "returning_customers": again,
            "repeat_pct": percent(again, customers),
            "revenue": revenue,
            "returning_revenue_pct": percent(again_revenue, revenue) if again else None,
        }
        for month, (customers, again, revenue, again_revenue) in sorted(found.items(), reverse=True)
        if month >= earliest
    ]
    agree(ask(known_customers, "repeat_rate", "--as-of", last, "--days", count), rows)


def test_basket_size(shop):
    def order(basket, day="15", **fields):
        return event(order_id=basket, event_time=f"2024-01-{day}T10:00:00Z", **fields)

    shop.append(
        0,
        order("B1", product_id="P1", quantity="2", price="10"),
        order("B1", product_id="P2", quantity="1", price="5"),
        order("B2", product_id="P1", quantity="4", price="10", user_id="U2"),
        order(None, product_id="P1", user_id="no basket"),
        order("B1", product_id="P1", event_type="order_returned"),
        order("B9", product_id="P1", day="17"),
    )
    shop.stream_once()
    history = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    history += "7,P1,a thing,1,2024-01-14 10:00,3.00,,\n7,P2,a thing,1,2024-01-14 10:00,4.00,,\n"
    (shop.folder / "history.csv").write_text(history)
    shop.run("batch", "--historical-csv", "history.csv")
    of_15th = {
        "event_date": "2024-01-15",
        "baskets": 2,
        "lines": 3,
        "units": 7,
        "revenue": Decimal(65),
        "lines_per_basket": 1.5,
        "units_per_basket": 3.5,
        "revenue_per_basket": 32.5,
        "single_line_pct": 50.0,
    }
    of_14th = {
        "event_date": "2024-01-14",
        "baskets": 1,
        "lines": 2,
        "units": 2,
        "revenue": Decimal(7),
        "lines_per_basket": 2.0,
        "units_per_basket": 2.0,
        "revenue_per_basket": 7.0,
        "single_line_pct": 0.0,
    }
    agree(ask(shop, "basket_size"), [of_15th, of_14th])
    agree(ask(shop, "basket_size", "--days", 1, "--as-of", "2024-01-15"), [of_15th])
