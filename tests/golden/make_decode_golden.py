#!/usr/bin/env python3
"""Write decode.tsv: records, and what an independent judge makes of each. src/event/decode_golden_test.cc reads it.

    make_decode_golden.py --judge check_lake.py > decode.tsv

The judge is the conformance tool check_lake.py, which was written from CONTRACT.md alone and in another language; its
`decode` is all that is used. A line is tab-separated: the record, the outcome (`valid`, or the reason), the seven
fields of bronze as received, then the event: time in µs, user_id, product_id, category, price, quantity, event_type,
event_id, order_id, session_id. Texts stand behind `=`, a missing one is `-`, what is neither a string nor a number in
JSON is `json`. Bytes outside of printable ASCII, and the backslash, are `\\xHH`. The clock reads 12:00 on the day of
the example.
"""

import argparse
import importlib.util
import json
import random
import sys
import types
from decimal import localcontext

LATEST_US = 1_705_320_900_000_000  # 2024-01-15T12:15:00Z: the clock and 15 minutes

EXAMPLE = {
    "event_time": '"2024-01-15T10:30:00.000Z"',
    "user_id": '"U1234"',
    "product_id": '"P001"',
    "category": '"Electronics"',
    "price": '"299.99"',
    "quantity": '"2"',
    "event_type": '"order_created"',
}
IDS = [
    '"x"', '""', '" "', '"\\u0000"', "7", "-0", "0", "1.0", "1e3", "-17", "9" * 40, "true", "false", "{}", "[]",
    '["x"]', "null", None, '"é"', '"' + "i" * 256 + '"', '"' + "i" * 257 + '"', '"' + "é" * 128 + '"',
    '"' + "é" * 128 + 'x"', "1" * 256, "1" * 257,
]
NUMBERS = [
    "0", "-0", "1", "-1", "2", "2.0", "2.5", "0.2e1", "20e-1", "1e0", "1E+2", "1e-7", "1e6", "1e7", "1000000",
    "1000001", "-0.00001", "0.00005", "0.00004999", "12.34565", "12.345649999", "9999999999.99994",
    "9999999999.99995", "99999999.9999", "99999999.99995", "100000000", "10000000000", "1e10", "1e18", "1e400",
    "1e999", "1e-999", "0e999", "1e1000", "0e1000", "0e-1000", "1" * 64, "1" * 65, "0." + "1" * 62, "0." + "1" * 63,
    "1." + "0" * 61 + "1", "1." + "0" * 62, "1." + "0" * 63,
]
NUMBER_TEXTS = [
    "", " 1", "1 ", "+1", ".5", "5.", "1e", "1e+", "1.e1", "01", "007.50", "00", "NaN", "inf", "Infinity", "abc",
    "12,50", "0x10", "--1", "-", "1_000", "1.2.3", "١", "1e٣", "$5", "0" * 64, "0" * 65, "1e0000000000999",
    "1e-0000000000999",
]
JSON_VALUES = [
    "true", "false", "{}", "[]", "[1]", '{"a":1}', "null", None,
]
TIMES = [
    "2024-01-15T10:30:00", "2024-01-15 10:30:00", "2024-01-15T10:30:00Z", "2024-01-15T10:30:00.5Z",
    "2024-01-15T10:30:00.123456789Z", "2024-01-15T10:30:00.1234567890Z", "2024-01-15T10:30:00.Z",
    "2024-01-15T10:30:00+01:30", "2024-01-15T10:30:00-0130", "2024-01-15T10:30:00+2359",
    "2024-01-15T10:30:00-23:59", "2024-01-15T10:30:00+24:00", "2024-01-15T10:30:00+23:60", "2024-01-15T10:30:00+01",
    "2024-01-15T10:30:00+1:00", "2024-01-15T10:30:00 Z", "2024-01-15T10:30:00z", "2024-01-15t10:30:00Z",
    "2024-01-15_10:30:00Z", "2024-01-15T10:30Z", "2024-01-15", "20240115T103000Z", "2024-02-29T00:00:00Z",
    "2023-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2023-04-31T00:00:00Z",
    "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z", "2024-01-15T24:00:00Z",
    "2024-01-14T23:59:60Z", "2024-01-15T10:60:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:59:59+01:00", "1969-12-31T23:00:00-01:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-01:00", "2024-01-15T12:15:00Z", "2024-01-15T12:15:00.000001Z", "2024-01-15T13:15:00+01:00",
    "2024-01-15T13:15:00.000001+01:00", "", "yesterday", " 2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z ",
    "1705312200000", "٢٠٢٤-01-15T10:30:00Z",
]
TYPES = [
    "order_created", "product_viewed", "add_to_cart", "order_returned", "", "purchase", "ORDER_CREATED",
    "order_created ",
]
CATEGORIES = [
    "", "Unknown", "c" * 80, "c" * 81, "é" * 40, "é" * 40 + "x", "a=b/c?d#e%20", "..", " ", "日本語", "\u0080",
    "\u2028",
]
CATEGORY_JSON = [
    '"tab\\there"', '"nul\\u0000"', '"del\\u007f"', '"us\\u001f"', "5", "1.5",
]
NOTES = [
    "01", "1.", ".5", "1e", "-", "+1", "1e999", "tru", "nullx", "True", "NaN", "Infinity", "-Infinity", "'x'",
    '"\\x"', '"\\u12g4"', '"\\ud800"', '"\\udc00"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"',
    '"\\ud800\\ud800\\udc00"', '{"\\ud800":1}', '["\\ud800x"]', '"\t"', '"a"b', '"a":1}', '"a":"b"', "[1,2,,3]",
    "[1,]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', "[1 2]", "[1:2]", "[}", "{]", "[" * 63 + "]" * 63,
    "[" * 64 + "]" * 64, '{"k":' * 63 + "0" + "}" * 63, '{"k":' * 64 + "0" + "}" * 64,
    '[{"k":' * 31 + "[]" + "}]" * 31, '[{"k":' * 31 + "[[]]" + "}]" * 31, '{"price":1,"price":2}', '"\x7f"', "//",
    "/**/1", "1 /**/",
]


def record(changes=(), tail=""):
    fields = {**EXAMPLE, **dict(changes)}
    members = [f'"{name}":{value}' for name, value in fields.items() if value is not None]
    return ("{" + ",".join(members) + tail + "}").encode()


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def values_by_field():
    """All values that are tried for a field, as JSON; None leaves it out."""
    numbers = NUMBERS + [quoted(n) for n in NUMBERS + NUMBER_TEXTS] + JSON_VALUES
    return {
        "event_time": [quoted(t) for t in TIMES] + ["1705312200000", *JSON_VALUES],
        "user_id": IDS,
        "product_id": IDS,
        "event_type": [quoted(t) for t in TYPES] + ["3", *JSON_VALUES, '"order\\u005fcreated"'],
        "price": numbers,
        "quantity": numbers,
        "event_id": IDS,
        "order_id": IDS,
        "session_id": IDS,
        "category": [quoted(c) for c in CATEGORIES] + CATEGORY_JSON + JSON_VALUES,
        "currency": ['"EUR"', "null", "5"],
    }


def records():
    """Each value by itself, everything that may be wrong with a record as a whole, then values drawn at random."""
    values = values_by_field()
    for name, choices in values.items():
        for value in choices:
            yield record([(name, value)])
    for price in ["99999999.9999", "99999999.99994", "99999999.99995", "9999999999.9999"]:
        for quantity in ["1000000", "10000", "10001"]:
            yield record([("price", price), ("quantity", quantity)])
    for note in NOTES:
        yield record(tail=',"note":' + note)
    for name in ["event_time", "event_id", "currency"]:
        yield record(tail=f',"{name}":1,"{name}":null')
    yield record(tail=',"\\u0070rice":1')
    yield record(tail=',"note":1,"note":2')
    example = record()
    yield from [example[:cut] for cut in range(0, len(example), 7)]
    for before in [b"", b" \t\r\n", b"\xef\xbb\xbf", b"x", b"{}", b"[", b"\x00", b"\x0c"]:
        for behind in [b"", b" \t\r\n", b"\r", b"}", b"]", b",", b"x", b"{}", b"\x00", b"\x0c", b"\xc3\xa9", b"\xc3"]:
            yield before + example + behind
    yield from [b"", b" ", b"{}", b"[]", b"null", b"7", b'"x"', b"[{}]", b"\x00", b"{", b"}", b"\xff"]
    yield from [b'{"event_time":null}', "{\u00a0}".encode()]
    overlong, surrogate, too_high = [b"\xc0\xaf", b"\xe0\x80\x80"], b"\xed\xa0\x80", b"\xf4\x90\x80\x80"
    for bad in [*overlong, surrogate, too_high, b"\x80", b"\xff", b"\xc3", b"\xf0\x9f\x98", b"\x1f"]:
        yield example.replace(b"U1234", b"U" + bad)
        yield example[:-1] + b',"' + bad + b'":[]}'
    rng = random.Random(20240115)
    for _ in range(700):
        yield record([(name, rng.choice(values[name])) for name in rng.sample(list(values), rng.randint(2, 4))])


def escaped(data):
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else f"\\x{b:02x}" for b in data)


def shown(value):
    return "-" if value is None else "=" + escaped(str(value).encode("utf-8", "surrogatepass"))


def load_judge(path):
    sys.modules.setdefault("duckdb", types.ModuleType("duckdb"))  # the judge needs it for lakes alone
    spec = importlib.util.spec_from_file_location("judge", path)
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    return judge


def line_of(judge, data):
    reason, fields, event = judge.decode(data, LATEST_US)
    bronze = [None if fields is None else fields.get(name) for name in judge.FIELDS]
    columns = [escaped(data), reason or "valid"]
    columns += ["json" if value is not None and not isinstance(value, str) else shown(value) for value in bronze]
    if event:
        columns += [shown(event[name]) for name in ["event_time", "user_id", "product_id", "category"]]
        columns += [shown(f"{event['price']:.4f}"), shown(event["quantity"]), shown(event["event_type"])]
        columns += [shown(event[name]) for name in judge.OPTIONAL]
    return "\t".join(columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", required=True, help="the conformance tool check_lake.py")
    judge = load_judge(parser.parse_args().judge)
    with localcontext() as context:
        context.prec = 60
        for line in dict.fromkeys(line_of(judge, data) for data in records()):
            print(line)


if __name__ == "__main__":
    main()
