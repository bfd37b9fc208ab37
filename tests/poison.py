"""Records that must be refused, each with its stable reason word: one list for the parser and the pump.

Each one is refused in the event form and in the submission form alike. Plain data; importing it costs 6 MB.
"""

import json
from typing import Any

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "poison-1",
    "source": "/county/110",
    "type": "incident.reported",
    "subject": "jq-1",
    "time": "2026-01-18T20:41:00+08:00",
    "dataversion": 1,
    "data": {
        "occurred_at": "2026-01-18T16:05:00+08:00",
        "station": "ps-1",
        "category": "m39",
        "loss_fen": 2360000,
        "stage": "completed",
    },
    "actor": "office-01",
    "recordedtime": "2026-01-18T12:55:37.481290Z",
}
_LIMIT = 1_048_576


def _with(path: str, value: object, base: dict[str, Any] = GOOD) -> bytes:
    """A good event with one value changed; an Ellipsis takes the field away."""
    event = json.loads(json.dumps(base))
    *way, last = path.split("/")
    target = event
    for step in way:
        target = target[step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return json.dumps(event, ensure_ascii=False).encode()


def _text(old: str, new: str) -> bytes:
    """A good event with a piece of its text replaced: for what `json.dumps` would never write."""
    text = json.dumps(GOOD)
    if old not in text:
        raise ValueError(old)
    return text.replace(old, new, 1).encode()


def _of(kind: str, data: object) -> bytes:
    return json.dumps(GOOD | {"type": kind, "data": data}).encode()


def _nested(depth: int, inner: str = "1") -> bytes:
    return _text('"stage"', f'"x": {"[" * depth}{inner}{"]" * depth}, "stage"')


_V0 = GOOD | {
    "dataversion": 0,
    "data": {k: v for k, v in GOOD["data"].items() if k not in ("loss_fen", "stage")} | {"loss_yuan": "1.00"},
}
_WHOLE = json.dumps(GOOD).encode()

_NOBODY = dict.fromkeys(("action", "audience", "community", "collector"), "x") | {"method": "paper_slip"}

_NOT_JSON = (
    ("empty", b""),
    ("blank", b" \n"),
    ("truncated", _WHOLE[:-20]),
    ("binary", b"\x89PNG\r\n\x1a\n\x00\x00"),
    ("bom", b"\xef\xbb\xbf" + _WHOLE),
    ("utf-16", json.dumps(GOOD).encode("utf-16")),
    ("gb18030", json.dumps(GOOD | {"source": "县公安局"}, ensure_ascii=False).encode("gb18030")),
    ("overlong utf-8", _WHOLE.replace(b"ps-1", b"\xc0\xaf")),
    ("encoded surrogate", _WHOLE.replace(b"ps-1", b"\xed\xa0\x80")),
    ("lone high surrogate", _text("ps-1", "\\ud83d")),
    ("lone low surrogate", _text("ps-1", "\\udc00")),
    ("surrogate in a key", _text('"stage"', '"\\ud800": 1, "stage"')),
    ("raw control character", _text("ps-1", "ps\n1")),
    ("raw NUL", _text("ps-1", "ps\0")),
    ("NUL after the end", _WHOLE + b"\0"),
    ("NaN", _text("2360000", "NaN")),
    ("Infinity", _text("2360000", "Infinity")),
    ("-Infinity", _text("2360000", "-Infinity")),
    ("NaN in an unknown field", _text('"stage"', '"x": NaN, "stage"')),
    ("array", b"[" + _WHOLE + b"]"),
    ("text", json.dumps(json.dumps(GOOD)).encode()),
    ("number", b"1"),
    ("null", b"null"),
    ("two events", _WHOLE + _WHOLE),
    ("trailing comma", _WHOLE[:-1] + b",}"),
    ("single quotes", str(GOOD).encode()),
    ("leading zero", _text("2360000", "02360000")),
    ("hexadecimal", _text("2360000", "0x10")),
    ("nested 250 deep", _nested(250)),
    ("nested 800 deep around NUL", _nested(800, '"\\u0000"')),
    ("nested 100000 deep", _nested(100_000)),
    ("brackets only", b"[" * 100_000),
    ("type nested 900 deep", _text('"incident.reported"', "[" * 900 + "]" * 900)),
    ("5000 digits", _text("2360000", "1" + "0" * 5000)),
)
_TOO_LARGE = (
    ("5 MB", _WHOLE + b" " * 5_000_000),
    ("one byte too many", _WHOLE + b" " * (_LIMIT + 1 - len(_WHOLE))),
    ("5 MB of one field", _with("data/station", "s" * 5_000_000)),
)
_DUPLICATE = (
    ("duplicate key, same value", _text('"id":', '"id": "poison-1", "id":')),
    ("duplicate key, other value", _text('"id":', '"id": "other", "id":')),
    ("duplicate key, escaped", _text('"id":', '"\\u0069d": "other", "id":')),
    ("duplicate key in data", _text('"loss_fen":', '"loss_fen": 1, "loss_fen":')),
    ("duplicate data", _text('"data":', '"data": {}, "data":')),
    (
        "duplicate key in a list",
        _of("roster.amended", {"valid_from": "2026-01-01", "add": [{"ref": "RR"}]}).replace(
            b'"RR"', b'"p1", "ref": "p2"'
        ),
    ),
    (
        "duplicate key in version 0",
        json.dumps(_V0).replace('"loss_yuan":', '"loss_yuan": "1", "loss_yuan":').encode(),
    ),
)
_NUL = (
    ("NUL in the id", _text("poison-1", "poison\\u0000")),
    ("NUL in data", _text("ps-1", "\\u0000ps-1")),
    ("NUL in a key", _text('"stage"', '"a\\u0000": 1, "stage"')),
    ("NUL after a backslash", _text("ps-1", "\\\\\\u0000")),
)
_TYPE = (
    ("no type", _with("type", ...)),
    ("type null", _with("type", None)),
    ("type number", _with("type", 1)),
    ("type list", _with("type", ["incident.reported"])),
    ("type unknown", _with("type", "incident.imagined")),
    ("type in capitals", _with("type", "Incident.Reported")),
    ("type as a Python path", _with("type", "schemas.incidents.IncidentReported")),
    ("empty object", b"{}"),
)
_VERSION = (
    ("version 2", _with("dataversion", 2)),
    ("version 2^64", _with("dataversion", 2**64)),
    ("version -1", _with("dataversion", -1)),
    ("version -10^4000", _text('"dataversion": 1', '"dataversion": -1' + "0" * 4000)),
    ("version text", _with("dataversion", "1")),
    ("version float", _with("dataversion", 1.0)),
    ("version true", _with("dataversion", True)),
    ("version null", _with("dataversion", None)),
    ("version 0 of a type that had none", _with("dataversion", 0, GOOD | {"type": "action.voided"})),
)
_TIMES = (
    ("space separator", "2026-01-18 20:41:00+08:00"),
    ("no separator", "2026-01-1820:41:00+08:00"),
    ("no offset", "2026-01-18T20:41:00"),
    ("lower t", "2026-01-18t20:41:00+08:00"),
    ("lower z", "2026-01-18T20:41:00z"),
    ("hour 24", "2026-01-18T24:00:00+08:00"),
    ("minute 60", "2026-01-18T20:60:00+08:00"),
    ("second 60", "2026-01-18T23:59:60Z"),
    ("no seconds", "2026-01-18T20:41+08:00"),
    ("fraction of 3", "2026-01-18T20:41:00.123+08:00"),
    ("fraction of 9", "2026-01-18T20:41:00.123456789+08:00"),
    ("empty fraction", "2026-01-18T20:41:00.+08:00"),
    ("comma fraction", "2026-01-18T20:41:00,123456+08:00"),
    ("offset without colon", "2026-01-18T20:41:00+0800"),
    ("offset of hours", "2026-01-18T20:41:00+08"),
    ("offset +15:00", "2026-01-18T20:41:00+15:00"),
    ("offset with seconds", "2026-01-18T20:41:00+08:00:00"),
    ("offset with a minus sign", "2026-01-18T20:41:00\u221208:00"),
    ("zone name", "2026-01-18T20:41:00[Asia/Shanghai]"),
    ("basic form", "20260118T204100Z"),
    ("week date", "2026-W03-7T20:41:00+08:00"),
    ("ordinal date", "2026-018T20:41:00+08:00"),
    ("date only", "2026-01-18"),
    ("month 13", "2026-13-18T20:41:00+08:00"),
    ("month 0", "2026-00-18T20:41:00+08:00"),
    ("day 0", "2026-01-00T20:41:00+08:00"),
    ("31 April", "2026-04-31T20:41:00+08:00"),
    ("29 February of 2026", "2026-02-29T20:41:00+08:00"),
    ("30 February of 2024", "2024-02-30T20:41:00+08:00"),
    ("year 9999", "9999-12-31T23:59:59Z"),
    ("year 2100", "2100-01-01T00:00:00Z"),
    ("29 February of 2100", "2100-02-29T00:00:00Z"),
    ("year 1989", "1989-12-31T23:59:59Z"),
    ("year 1899", "1899-12-31T23:59:59Z"),
    ("year 0000", "0000-01-01T00:00:00Z"),
    ("five-digit year", "+12026-01-18T20:41:00Z"),
    ("two-digit year", "26-01-18T20:41:00Z"),
    ("slashes", "2026/01/18T20:41:00Z"),
    ("full-width digits", "2026-01-18T20:4１:00Z"),
    ("Arabic digits", "2026-01-18T20:4\u0661:00Z"),
    ("space before", " 2026-01-18T20:41:00Z"),
    ("newline after", "2026-01-18T20:41:00Z\n"),
    ("empty time", ""),
    ("unix text", "1768740060"),
    ("unix number", 1768740060),
    ("unix float", 1768740060.5),
    ("time null", None),
)
_DAYS = (
    *("2026-1-5", "20260105", "2026-01-05T00:00:00Z", "2026-02-29", "9999-12-31", "1899-12-31"),
    *("2026-W03-7", "2026-01-0５", 20260105),
)
_AMOUNTS = (
    ("float", 1.5),
    ("float of a whole", 1.0),
    ("text for a number", "100"),
    ("true for a number", True),
    ("negative", -1),
    ("2^63", 2**63),
    ("2^64", 2**64),
    ("-2^63 - 1", -(2**63) - 1),
    ("one over the limit", 10**15 + 1),
    ("amount null", None),
    ("amount list", [100]),
)
_YUAN = (
    *("12.345", "1.0000000000000000000000000000000000001", "一千", "１２", "12,800.50", "12_800", "-1"),
    *("NaN", "1e5000", "1e999999", "", None, True, {"a": [1]}, ...),
)
_FIELDS = (
    *((f"time: {name}", _with("time", value)) for name, value in _TIMES),
    *(
        (f"{path}: {name}", _with(path, value))
        for path in ("data/occurred_at", "recordedtime")
        for name, value in _TIMES
        if value is not None and str(value)[:4] in ("9999", "1899", "1768")
    ),
    *(
        (f"day {day!r}", _of("occasion.counted", {"kind": "k", "day": day, "occasions": 1, "given": 1}))
        for day in _DAYS
    ),
    *((f"loss: {name}", _with("data/loss_fen", value)) for name, value in _AMOUNTS),
    ("loss: exponent", _text("2360000", "1e2")),
    ("loss: 1e999", _text("2360000", "1e999")),
    *((f"yuan {value!r}", _with("data/loss_yuan", value, _V0)) for value in _YUAN),
    ("version 0, data a list", json.dumps(_V0 | {"data": []}).encode()),
    ("no data", _with("data", ...)),
    ("data null", _with("data", None)),
    ("data list", _with("data", [])),
    ("data text", _with("data", "{}")),
    ("no id", _with("id", ...)),
    ("id empty", _with("id", "")),
    ("id of 65", _with("id", "i" * 65)),
    ("id number", _with("id", 7)),
    ("no subject", _with("subject", ...)),
    ("subject empty", _with("subject", "")),
    ("no source", _with("source", ...)),
    ("specversion 0.3", _with("specversion", "0.3")),
    ("specversion number", _with("specversion", 1.0)),
    ("unknown envelope field", _with("partitionkey", "x")),
    ("unknown data field", _with("data/loss", 1)),
    ("unknown field, 1e999", _text('"stage"', '"x": 1e999, "stage"')),
    ("nested 190 deep", _nested(190)),
    (
        "a Python name for a field",
        _of("play.logged", {"from_": GOOD["time"], "until": GOOD["time"], "clip": "c"}),
    ),
    ("no stage", _with("data/stage", ...)),
    ("unknown stage", _with("data/stage", "prevented")),
    ("actor empty", _with("actor", "")),
    ("text for a truth", _of("incident.withdrawn", {"withdrawn": "false"})),
    ("number for a truth", _of("incident.withdrawn", {"withdrawn": 1})),
    ("moved nowhere", _of("incident.moved", {})),
    ("receipt of nobody", _of("receipt.signed", _NOBODY | {"explained_in_person": True})),
    (
        "hash in capitals",
        _of("plan.adopted", {"version": "1", "sha256": "A" * 64, "valid_from": "2026-01-01"}),
    ),
    ("object for a list", _of("roster.amended", {"valid_from": "2026-01-01", "add": {}})),
    ("number in a list", _of("roster.amended", {"valid_from": "2026-01-01", "remove": [1]})),
)

POISON: tuple[tuple[str, bytes, str], ...] = tuple(
    (name, raw, reason)
    for reason, cases in (
        ("not_json", _NOT_JSON),
        ("too_large", _TOO_LARGE),
        ("duplicate_key", _DUPLICATE),
        ("nul_character", _NUL),
        ("unknown_type", _TYPE),
        ("unknown_version", _VERSION),
        ("invalid_field", _FIELDS),
    )
    for name, raw in cases
)
