"""Sale lines made from a seed, and their sums by plain loops: what the analytics queries are held against."""

import json
import random
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest

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
