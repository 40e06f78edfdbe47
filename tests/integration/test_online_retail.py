"""A real shop's year through the whole flow: UCI Online Retail, replayed as events through the log.

Daqing Chen, 2015, doi 10.24432/C5BW33, CC BY 4.0. It is not part of the project; where it is absent, this is skipped.
"""

import duckdb
import pytest
from shop import BRONZE, SHARED, SILVER, needs_judge

CSV = SHARED / "data/online_retail.csv.gz"
ROWS = 541_909

pytestmark = [needs_judge, pytest.mark.skipif(not CSV.exists(), reason=f"{CSV} is absent")]

# CONTRACT.md, "Gold": an invoice beginning with C or a negative quantity is a return of |Quantity|, any other row a
# sale. Two rows have a negative price, which no event may have.
SUMS_OF_THE_CSV = f"""
    select if(InvoiceNo like 'C%' or Quantity::int < 0, 'order_returned', 'order_created') as event_type,
           count(*), sum(abs(Quantity::int)), sum(abs(Quantity::int) * UnitPrice::decimal(18, 4))::decimal(38, 4)
    from read_csv('{CSV}', header = true, all_varchar = true)
    where UnitPrice::decimal(18, 4) >= 0
    group by all order by all"""
SUMS_OF_SILVER = """
    select event_type, count(*), sum(quantity), sum(revenue)::decimal(38, 4) from t group by all order by all"""


def test_online_retail_replayed_through_the_log(shop):
    replayed = shop.run("produce", "--replay", CSV, "--speed", "max", "--json", timeout_s=300).document
    rejected = {reason: n for reason, n in replayed["rejected_rows"].items() if n}
    assert rejected == {"bad_price": 2}
    assert replayed["records"] == ROWS - 2

    shop.stream_once(timeout_s=300)
    outcomes = dict(shop.query(BRONZE, "select outcome, count(*) from t group by all"))
    print("records by outcome:", outcomes)
    assert sum(outcomes.values()) == ROWS - 2

    expected = duckdb.sql(SUMS_OF_THE_CSV).fetchall()
    print("event_type, rows, units, revenue:", *expected, sep="\n  ")
    assert shop.query(SILVER, SUMS_OF_SILVER) == expected
    print(shop.judge())
