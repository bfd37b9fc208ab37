"""What the models read and what the warehouse's facts hold, compared field by field.

In: records as bytes. Out: a line for every field on which the two readers differ. The expectation comes from the
models alone: each field of an event has a column, each column that the event does not set is NULL or empty.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from schemas import TOPIC_OF, Event, Parsed, instant
from streams.facts import write_rare
from streams.lift import archive_columns
from streams.log import Record
from streams.warehouse import Warehouse
from tests.schemas.samples import EVENT_NAMES, at, changed, fresh, packed, parsed, paths, shuffled, with_nulls
from tests.wire import raw as compact

Row = dict[str, Any]
# The table of each family of types, and its column for the subject.
TABLES = {
    "incident": ("incident_facts", "incident"),
    "zero_report": ("zero_report_facts", "owner"),
    "alert": ("alert_facts", "alert"),
    "receipt": ("receipt_facts", "receipt"),
    "action": ("action_facts", "action"),
    "play": ("play_facts", "screen"),
    "occasion": ("occasion_facts", "owner"),
    "roster": ("roster_facts", "roster"),
    "registry": ("registry_facts", "subject"),
}
# Fields that are called otherwise in facts; all others keep their name.
NAMES = {
    "occurred_at": "occurred", "reported_at": "reported", "filed_at": "filed", "residence_community": "community",
    "into": "merged_into", "add": "members", "remove": "removed",
}  # fmt: skip
PLAN_NAMES = {"version": "plan_version"}
MOMENTS = {"occurred_at", "reported_at", "filed_at", "from", "until"}
DAYS = {"valid_from", "day"}
TIMES = {
    "incident.reported": "reported",
    "incident.case_filed": "filed",
    "action.recorded": "time",
    "receipt.signed": "signed",
}
SAID = ("event_id", "source", "type", "time", "recorded", "digest")  # what the archive reads from the bytes
EMPTY: Row = {"missing": [], "days_off": [], "days_on": [], "topics": [], "members": [], "removed": [], "evidence": ""}


def family(kind: str) -> str:
    word = kind.split(".", 1)[0]
    return word if word in TABLES else "registry"


def expected(found: Parsed) -> Row:
    """What the fact of an event sets, in the words of the facts."""
    event = found.event
    data: Row = json.loads(event.model_dump_json(by_alias=True))["data"]
    names = PLAN_NAMES if event.type == "plan.adopted" else NAMES
    sets = {names.get(name, name): _value(name, value) for name, value in data.items() if value is not None}
    if event.type in TIMES:
        sets[TIMES[event.type]] = instant(event.time)
    if event.type == "source.checked":  # it holds of no day: the register's key is never NULL
        sets["valid_from"] = date(1970, 1, 1)
    if event.type == "incident.reported":  # a report without a community says that there is none
        sets = {"community": "", "work_community": ""} | sets
    said: Row = {"event_id": event.id, "digest": found.digest, "type": event.type, "source": event.source}
    if event.sourcetime is not None:
        said["sourcetime"] = instant(event.sourcetime)
    return said | {"recorded": instant(event.recordedtime)} | sets


def _value(name: str, value: Any) -> Any:
    if name in MOMENTS and "T" in value:
        return instant(value)
    if name in DAYS | MOMENTS:
        return date.fromisoformat(value)
    if name in ("days_off", "days_on"):
        return [date.fromisoformat(day) for day in value]
    if name in ("members", "add"):
        return [{part: member[part] or "" for part in ("ref", "household", "community")} for member in value]
    return value


def disagreements(warehouse: Warehouse, raws: list[bytes]) -> list[str]:
    """Stores the records, all of them good, and tells where a fact is not what the models read."""
    store(warehouse, raws)
    said = {row["event_id"]: row for row in warehouse.query(f"SELECT {', '.join(SAID)} FROM archive FINAL").dicts()}
    facts = {table: fact_rows(warehouse, table) for table, _ in TABLES.values()}
    columns = {table: _columns(warehouse, table) for table in facts}
    out: list[str] = []
    for value in raws:
        found = parsed(value)
        assert found is not None
        event = found.event
        table, key = TABLES[family(event.type)]
        want = dict.fromkeys(columns[table]) | {c: EMPTY[c] for c in columns[table] if c in EMPTY}
        want |= expected(found) | {key: event.subject}
        got = facts[table].pop(event.id, {})
        out += _differing(event, want, got)
        whole = (event.id, event.source, event.type, event.time, event.recordedtime, found.digest)
        out += _differing(event, dict(zip(SAID, whole, strict=True)), said[event.id])
    return out + [f"{table}: {id_} 没有事件 / has no event" for table, rows in facts.items() for id_ in rows]


def _differing(event: Event, want: Row, got: Row) -> Iterator[str]:
    for name in ("evidence", "plan"):  # kept as JSON text
        if isinstance(got.get(name), str) and got[name]:
            got = got | {name: json.loads(got[name])}
    for name in want.keys() | got.keys():
        if name not in got or name not in want or want[name] != got[name]:
            yield f"{event.type} {event.id} {name}: {want.get(name, '?')!r} != {got.get(name, '?')!r}"


def store(warehouse: Warehouse, raws: list[bytes]) -> None:
    """Steps 2 and 3 of the pump, for records that name their topic and key themselves."""
    warehouse.insert("archive", archive_columns([_record(value, n) for n, value in enumerate(raws)]))
    write_rare(warehouse, "1")


def _record(value: bytes, offset: int) -> Record:
    said = json.loads(value)
    return Record(TOPIC_OF[said["type"]], 0, offset, 0, said["subject"], value)


def fact_rows(warehouse: Warehouse, table: str) -> dict[str, Row]:
    rows = warehouse.query(f"SELECT * FROM {table} FINAL").dicts()
    assert len({row["event_id"] for row in rows}) == len(rows)
    return {row["event_id"]: row for row in rows}


def _columns(warehouse: Warehouse, table: str) -> list[str]:
    return [str(row["name"]) for row in warehouse.query(f"DESCRIBE TABLE {table}").dicts()]


_TEXTS = ("0", "null", " ", "'\"\\/\b\t", ',"actor":"', "军水\u2028🙂é", "x" * 64, "\\N", "\x7f\x01")
_NUMBERS = (0, 2**32, 2**53 - 1, 10**15, True, False)
_MOMENTS = (
    "1990-01-01T00:00:00+14:00", "1990-01-01T00:00:00Z", "2099-12-31T23:59:59.999999-14:00", "2026-02-28T23:59:59Z",
    "2024-02-29T23:59:59.000001+08:00", "2026-01-01T00:00:00+05:45", "2026-01-01T00:00:00.999999-00:00",
    "2026-01-01T00:00:00.000000+08:00", "2026-12-31T16:00:00.100000Z",
)  # fmt: skip
_DAYS = ("1990-01-01", "2024-02-29", "2099-12-31")


def good_events() -> Iterator[dict[str, Any]]:
    """Every example, and each of its fields replaced by every value at the edges that the models take."""
    number = 0
    for name in EVENT_NAMES:
        example = fresh(name)
        candidates = [example, with_nulls(example)]
        for path in paths(example):
            if path[0] not in ("id", "type", "specversion"):
                values: tuple[Any, ...] = (*_TEXTS, *_NUMBERS, *_MOMENTS, *_DAYS, [], None, ...)
                candidates += [changed(example, path, v) for v in values if v is ... or v != at(example, path)]
        candidates += [example | {"id": text[:50]} for text in _TEXTS]
        candidates += [example | {"sourcetime": moment} for moment in _MOMENTS]
        if name.startswith("incident.time_corrected"):
            candidates += [
                example | {"data": {field: moment}} for moment in _MOMENTS for field in ("reported_at", "filed_at")
            ]
        for event in candidates:
            number += 1
            whole = event | {"id": f"{event['id']}-{number}"[-64:]}
            if parsed(packed(whole)) is not None:
                yield whole


def in_two_forms(events: Iterator[dict[str, Any]], rng: Any) -> list[bytes]:
    """Every second as the models write it, the others with other spaces, escapes and order."""
    out = []
    for number, event in enumerate(events):
        value = compact(event)
        out.append(value if number % 2 else json.dumps(shuffled(event, rng), indent=1).encode())
    return out
