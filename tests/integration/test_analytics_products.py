"""analytics about products: against rows that are worked out from the sources by plain loops."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sale_lines import CATEGORIES, DAYS, FIRST, LAST, agree, ask, days_up_to, percent
from shop import event


def sold_in(source, days, products=CATEGORIES):
    """Units and revenue by product."""
    return {p: (source.total("units", days, [p]), source.total("revenue", days, [p])) for p in products}


@pytest.mark.parametrize(("last", "count", "category"), [(LAST, 365, None), (LAST, 20, None), (LAST, 30, "Toys")])
def test_abc(sold, source, last, count, category):
    days = days_up_to(last, count)
    products = [p for p, c in CATEGORIES.items() if category in (None, c) and source.total("orders", days, [p])]
    totals = sold_in(source, days, products)
    whole, cumulative, rows = sum(revenue for _, revenue in totals.values()), Decimal(0), []
    for product in sorted(products, key=lambda p: (-totals[p][1], p)):
        units, revenue = totals[product]
        share_before = cumulative / whole
        cumulative += revenue
        rows.append(
            {
                "rank": len(rows) + 1,
                "product_id": product,
                "category": CATEGORIES[product],
                "name": None,
                "revenue": revenue,
                "units": units,
                "share_pct": percent(revenue, whole),
                "cumulative_pct": percent(cumulative, whole),
                "class": "A" if share_before < Decimal("0.8") else "B" if share_before < Decimal("0.95") else "C",
            }
        )
    flags = ["--category", category] if category else []
    agree(ask(sold, "abc", "--as-of", last, "--days", count, *flags), rows)


@pytest.mark.parametrize(("last", "count"), [(LAST, 90), (LAST - timedelta(5), 12)])
def test_returns(sold, source, last, count):
    days = days_up_to(last, count)
    all_units, all_returned = source.total("units", days), source.total("units", days, kind="order_returned")
    rows = []
    for product in CATEGORIES:
        returned = source.total("units", days, [product], "order_returned")
        if returned:
            units = source.total("units", days, [product])
            rows.append(
                {
                    "product_id": product,
                    "category": CATEGORIES[product],
                    "name": None,
                    "units": units,
                    "revenue": source.total("revenue", days, [product]),
                    "returned_units": returned,
                    "returned_revenue": source.total("revenue", days, [product], "order_returned"),
                    "return_rate_pct": percent(returned, units),
                    "shop_return_rate_pct": percent(all_returned, all_units),
                }
            )
    rows.sort(key=lambda row: (-row["returned_revenue"], row["product_id"]))
    agree(ask(sold, "returns", "--as-of", last, "--days", count), rows)


@pytest.mark.parametrize(("last", "count"), [(LAST, 28), (LAST, 5)])
def test_slow_movers(sold, source, last, count):
    now, before = days_up_to(last, count), days_up_to(last - timedelta(count), count)
    rows = []
    for product in CATEGORIES:
        units, previous = source.total("units", now, [product]), source.total("units", before, [product])
        last_sold = max(d for d, p, kind, *_ in source.lines if (p, kind) == (product, "order_created") and d <= last)
        rows.append(
            {
                "product_id": product,
                "category": CATEGORIES[product],
                "name": None,
                "stock": None,
                "units": units,
                "previous_units": previous,
                "change_pct": percent(units - previous, previous),
                "last_sold": str(last_sold),
                "days_without_sale": (last - last_sold).days,
                "all_units": source.total("units", days_up_to(last, DAYS), [product]),
            }
        )
    rows.sort(key=lambda row: (row["units"], row["last_sold"], row["product_id"]))
    agree(ask(sold, "slow_movers", "--as-of", last, "--days", count, "--limit", 3), rows[:3])


def test_price_changes(shop):
    """Two products at steady prices, of which one becomes cheaper and is bought more."""
    text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    for number in range(20):
        day = FIRST + timedelta(number)
        price, quantity = (10, 2) if number < 12 else (8, 5)
        text += f"A{number},P1,a thing,{quantity},{day} 10:00,{price},,\n"
        text += f"B{number},P2,a thing,3,{day} 10:00,{10 + number % 2 * 0.2},,\n"  # 2 % are no change
    (shop.folder / "history.csv").write_text(text)
    shop.run("batch", "--historical-csv", "history.csv")
    change = {
        "event_date": str(FIRST + timedelta(12)),
        "product_id": "P1",
        "category": "Unknown",
        "name": None,
        "price_before": 10.0,
        "price": 8.0,
        "price_change_pct": -20.0,
        "units_per_day_before": 2.0,
        "units_per_day_after": 5.0,
        "units_change_pct": 150.0,
        "revenue_per_day_before": 20.0,
        "revenue_per_day_after": 40.0,
    }
    agree(ask(shop, "price_changes"), [change])
    agree(ask(shop, "price_changes", "--as-of", FIRST + timedelta(13)), [change])
    assert ask(shop, "price_changes", "--days", 7) == [], "it was eight days ago"
    assert ask(shop, "price_changes", "--as-of", FIRST + timedelta(11)) == []


def test_product_funnel(shop):
    counts = {"P1": (8, 4, 2), "P2": (4, 0, 0), "P3": (0, 0, 1)}
    records = []
    for product, numbers in counts.items():
        for kind, number in zip(("product_viewed", "add_to_cart", "order_created"), numbers, strict=True):
            records += [event(product_id=product, event_type=kind, user_id=f"{kind}{n}") for n in range(number)]
    shop.append(0, *records, event(event_time="2024-01-17T10:00:00Z", event_type="product_viewed"))
    shop.stream_once()
    shop.run("batch")
    expected = [
        {
            "product_id": product,
            "category": "Books",
            "name": None,
            "views": views,
            "carts": carts,
            "orders": orders,
            "cart_per_view_pct": percent(carts, views),
            "order_per_cart_pct": percent(orders, carts),
            "order_per_view_pct": percent(orders, views),
            "shop_order_per_view_pct": 25.0,
        }
        for product, (views, carts, orders) in counts.items()
    ]
    agree(ask(shop, "product_funnel"), expected)
