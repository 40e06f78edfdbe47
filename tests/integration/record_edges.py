"""Values and records at the edge of each rule of CONTRACT.md, "The event": good ones, and their bad neighbours."""

from shop import event

# Tables, not one value a line:
# fmt: off

GOOD_TIMES = [
    "2024-01-15T10:30:00Z", "2024-01-15 10:30:00", "2024-01-15T10:30:00.1", "2024-01-15T10:30:00.123456789Z",
    "2024-01-15T16:00:00+05:30", "2024-01-15T02:30:00-0800", "2024-01-15T10:30:00.5+0000",
]
TIMES = [
    *GOOD_TIMES,
    "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00+00:01", "1969-12-31T23:59:00-00:01",
    "2024-01-15T10:30:00+23:59",
    "2024-01-15T10:30:00+24:00", "2024-01-15T10:30:00+0060", "2024-01-15T10:30:00+5:30", "2024-01-15T10:30:00+05",
    "2024-01-15T10:30:00 Z", "2024-01-15T10:30:00.Z", "2024-01-15T10:30:00,5Z", "2024-01-15T10:30Z",
    "2024-01-15T24:00:00Z", "2024-01-15T10:60:00Z", "2024-01-15T10:30:60Z", "2023-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z", "2024-00-10T00:00:00Z", "2024-13-10T00:00:00Z", "2024-04-31T00:00:00Z",
    "2024-01-00T00:00:00Z", "24-01-15T10:30:00Z", "+2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z ",
    "2024-01-15T10:30:00Z\n", "2024-01-15t10:30:00Z", "2024-01-15T10:30:00.0000000001Z", "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-00:01", "2099-01-01T00:00:00Z", "２０２４-01-15T10:30:00Z", "", 1705312200, None, True, [], {},
]
# Good times too, but those before are late after them.
LATER_TIMES = ["2024-02-29T23:59:59Z", "2024-01-15T10:30:00-23:59"]
GOOD_PRICES = [
    "0", "12.34", "1e2", 5, 12.5, "00012.5", "-0", "-0.00", "0.00005", "0.000049999", "1E+2", "1e-999",
    "9999999999.99994",
]
PRICES = [
    *GOOD_PRICES, "9999999999.99995", "9999999999.999949999", "9.99999999999949999e9", "10000000000", "-0.0001",
    "-0.00004", "-1e-999", "1e999", "1e1000", "1e-1000", "0e999", "0e-999", "0e1000", "-0e5", "1" * 64, "0" * 63 + "1",
    "0" * 64 + "1", "0." + "9" * 62, "0." + "9" * 63, "1.", ".5", "+1", "1e", "1e+", "e1", "--1", "1_0", "1,5", " 1",
    "1 ", "0x1", "NaN", "Infinity", "１", "", None, False, [], {},
]
GOOD_QUANTITIES = ["1", 2, "2.0", 2.0, "1e6", "10e-1", "0100", "2.000e0", "0.5e1", "1000000.000"]
QUANTITIES = [
    *GOOD_QUANTITIES, "1000001", "1e7", "0", "0.0", "-1", "-0", "1.5", "0.9999999999999999999999",
    "1.0000000000000000000001", "1e-1", "5e-999", "1e999", "1" + "0" * 63, "1." + "0" * 62, "1." + "0" * 63, "1e", "",
    "one", None, True, [2], {},
]
GOOD_IDS = ["U1", "ü", "é" * 128, "x" * 256, 7, -7, -0, 10**40, " ", "a\tb", "\x00", "\U0001f600", "7"]
IDS = [*GOOD_IDS, "é" * 128 + "x", "x" * 257, "", 1.5, 1e300, True, None, [], {}]
GOOD_TYPES = ["order_created", "product_viewed", "add_to_cart", "order_returned"]
TYPES = [*GOOD_TYPES, "Order_created", "order_created ", "", "order_cancelled", 1, None, ["order_created"]]
GOOD_CATEGORIES = [
    "Books", None, "", "c" * 80, "é" * 40, "日本語", "a/b=c&d%20e", "..", ".", "_hidden", "~", "\x80", "\ufffd",
    "\u2028", "Unknown",
]
CATEGORIES = [*GOOD_CATEGORIES, "c" * 81, "é" * 40 + "x", "\t", "\x7f", "\x00", "\x1f", 5, False, [], {}]
OPTIONAL_IDS = [*IDS, None, None]
POOLS = {
    "event_time": TIMES, "user_id": IDS, "product_id": IDS, "event_type": TYPES, "price": PRICES,
    "quantity": QUANTITIES, "category": CATEGORIES, "event_id": OPTIONAL_IDS, "order_id": OPTIONAL_IDS,
    "session_id": OPTIONAL_IDS,
}
GOOD = {
    "event_time": GOOD_TIMES, "user_id": GOOD_IDS, "product_id": GOOD_IDS, "event_type": GOOD_TYPES,
    "price": GOOD_PRICES, "quantity": GOOD_QUANTITIES, "category": GOOD_CATEGORIES,
}

# Whole records. The first are a good record without its closing brace, and something after it.
HEAD = event()[:-1]
RECORDS = [
    HEAD + end
    for end in [
        b"}", b" } ", b"}\r", b"\t}\r\t ", b"}\x00", b"}\x0b", b"}{}", b"},", b"", b", }", b',"a":}', b',"a"}',
        b',"a":1,}', b",a:1}", b",'a':1}", b',"a":1/**/}', b',"a":NaN}', b',"a":-Infinity}', b',"a":nul}',
        b',"a":True}', b',"a":01}', b',"a":-01}', b',"a":-}', b',"a":1.}', b',"a":.1}', b',"a":+1}', b',"a":1e}',
        b',"a":1e+}', b',"a":0e0}', b',"a":-0}', b',"a":1E400}', b',"a":0x1}', b',"a":"\\x41"}', b',"a":"\\u12g4"}',
        b',"a":"\\u123"}', b',"a":"\\ud83d\\ude00"}', b',"a":"\\ud83d"}', b',"a":"\\ude00\\ud83d"}',
        b',"a":"\\ud83d\\u0041"}', b',"\\ud83d":1}', b',"a":["\\udfff"]}', b',"a":"\\u0000"}', b',"a":"\x00"}',
        b',"a":"\x1f"}', b',"a":"\x7f"}', b',"a":"\t"}', b',"a":"\xff"}', b',"a":"\xc0\x80"}', b',"a":"\xed\xa0\x80"}',
        b',"a":"\xf4\x90\x80\x80"}', b',"a":"\xf0\x9f\x98\x80"}', b',"a":"\xef\xbf\xbf"}', b',"a":"\xe2\x82"}',
        b',"\xff":1}', b',"a":1,"a":2}', b',"a":{"price":1,"price":2}}', b',"":1,"":2}', b',"price":null}',
        b',"pric\\u0065":1}', b',"currency":"EUR","currency":"EUR"}', b',"currency":"EUR"}', b',"currency":5}',
        b',"event_id":null,"event_id":null}', b',"order_id":-0}', b',"order_id":1e2}', b',"order_id":1E0}',
        b',"a":' + b"[" * 63 + b"]" * 63 + b"}", b',"a":' + b"[" * 64 + b"]" * 64 + b"}",
        b',"a":' + b'{"b":' * 63 + b"1" + b"}" * 64, b',"a":' + b'{"b":' * 64 + b"1" + b"}" * 65,
        b',"a":' + b"[" * 63 + b"{}" + b"]" * 63 + b"}", b',"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b',"a":' + b"[" * 100_000 + b"}", b',"a":[1 2]}', b',"a":[1,]}', b',"a":[,1]}', b',"a":{1:2}}', b',"a":{"b"}}',
        b',"a":[}', b',"a":"\\"}', b',"a":"' + b"\\" * 1001 + b'"}', b',"a":"\\/\\b\\f\\n\\r\\t\\\\\\""}',
        b',"a":' + b"9" * 100_000 + b"}", b',"a":"' + b"z" * 500_000 + b'"}',
    ]
] + [
    b"", b" ", b"\r", b"null", b"true", b"7", b'"text"', b"[]", b"{}", b"{", b"}", b"[" + event() + b"]",
    b"\xef\xbb\xbf" + event(), b"\x00" + event(), b"\x0c" + event(), b" \t\r" + event(), event() + event(),
    event()[1:], b'{"event_time"', b'{"event_time":', b"\\", b'"', b"\xff", b"-", event(currency="EUR"),
    event(session={"a": [1, {"b": None}]}), event(event_id=7), event(event_id="7"),
    event().replace(b'"price"', b'"\\u0070rice"'), event().replace(b'"price"', b'"PRICE"'),
    event().replace(b"10.00", b"1\\u0030.00"), event().replace(b'"order_created"', b'"order\\u005fcreated"'),
    event(event_id="x").replace(b'"x"', b'"\\ud83d\\ude00"'),
]

# (price, quantity): their product must stay below 10^14, and the rounded price below 10^10.
AMOUNTS = [
    ("99999999.9999", "1000000"), ("100000000", "1000000"), ("99999999.99995", "1000000"), ("0", "1000000"),
    ("9999999999.9999", "10000"), ("9999999999.9999", "10001"), ("1e9", "99999"), ("1e9", "100000"),
]

# On one day, one after the other; a record is late when it is more than two hours behind the highest so far.
TIMES_OF_DAY = [
    "12:00:00", "10:00:00", "09:59:59.999999", "09:00:00", "14:00:00", "12:00:00.000001", "11:59:59.999999", "12:00:00",
]

# Equal and almost equal keys, by event_id and without one.
REPEATED = [
    event(), event(event_id="E1"), event(event_id="E1", user_id="another"), event(event_id=""), event(event_id="U1"),
    event(user_id="U1P001"), event(event_time="2024-01-15T10:30:00Z"),
    event(event_time="2024-01-15T11:30:00.0000009+01:00"), event(event_time="2024-01-15T10:30:00.000001Z"),
    event(event_type="add_to_cart"), event(price="11"), event(category="Other"), event(user_id=1), event(user_id="1"),
    event(event_time="2024-01-15T15:00:00Z", user_id="later"), event(), event(event_id="E1"),
    event(event_id="E1", event_time="2024-01-15T15:00:01Z"),
]

# What a mutation puts into a record.
PIECES = rb"""" \ \u00 \ud800 { } [ ] , : e - . 0 null""".split() + [b" ", b"\r", b"\x00", b"\xc3", b"\xed\xa0\x80"]
