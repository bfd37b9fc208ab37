"""Events of tests on their way: from dicts to records, back from a log, and the few words most of them share."""

import json
from collections.abc import Iterable
from typing import Any

from schemas import TOPIC_OF, Plan, parse
from streams.lift import stamp_of
from streams.log import Log, NewRecord, Positions, Record
from streams.rules import Alert, event_of

Event = dict[str, Any]


def raw(event: Event) -> bytes:
    """The bytes of an event; its models' own JSON where the keys are in their order."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def record(event: Event) -> NewRecord:
    """A record nobody vouches for."""
    return NewRecord(TOPIC_OF[event["type"]], event["subject"], raw(event))


def held(log: Log, positions: Positions, limit: int = 1_000) -> list[Record]:
    """All records at or after the positions, read as readers do: from after the last record of each partition."""
    at, out = dict(positions), list[Record]()
    while found := log.read(at, limit):
        assert len(found) <= limit
        assert all(r.offset >= at.get((r.topic, r.partition), 0) for r in found), "read before where it was asked"
        out += found
        at |= {(r.topic, r.partition): r.offset + 1 for r in found}
    return out


def records(events: Iterable[Event]) -> list[NewRecord]:
    return [record(event) for event in events]


def alert_record(alert: Alert, plan: Plan) -> NewRecord:
    """An alert as the sweep says it."""
    return record({**event_of(alert, plan.zone), "actor": "rules", "recordedtime": "2026-02-10T01:30:00.000000Z"})


def stamped(event: Event) -> NewRecord:
    """A record as submit hands it to the log."""
    parsed = parse(raw(event))
    new = record(event)
    return NewRecord(new.topic, new.key, parsed.lifted or new.value, stamp_of(parsed.event, parsed.digest))


def event(  # an envelope has as many words
    id_: str,
    kind: str,
    subject: str,
    data: Event,
    *,
    recorded: str = "2026-01-18T12:55:37.481290Z",
    time: str = "2026-01-18T20:41:00+08:00",
    source: str = "/county/110",
) -> Event:
    """An event in its model's order of keys; `data` must be in its own."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": time,
        "dataversion": 1,
        "data": data,
        "actor": "tester",
        "recordedtime": recorded,
    }
