"""Records to archive rows: validate, lift, and say why where that is not possible. Pure.

In: one batch of log records. Out: the columns of `archive`, one row per record, nothing dropped: a bad record has
ok = 0 with a stable reason. A record whose stamp names this very schema was checked by submit and is not read again.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import schemas
from schemas import TOPIC_OF, Event, Invalid, parse
from schemas.tuples import made
from streams.interpreter import no_collection
from streams.log import Record, Stamp

COLUMNS = (
    "topic", "part", "off", "appended", "ok", "reason", "detail",
    "key", "event_id", "source", "type", "time", "digest", "recorded", "raw", "lifted",
)  # fmt: skip
_NO_DIGEST = bytes(32)


def _fingerprint(files: Iterable[Path]) -> str:
    """The schema's identity: any change to the code that judges events makes old stamps void."""
    total = sha256()
    for file in sorted(files):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]


SCHEMA = _fingerprint(Path(schemas.__file__).parent.glob("*.py"))


def archive_row(record: Record) -> tuple[Any, ...]:
    """The archive row of a record, in the order of `COLUMNS`."""
    place = (record.topic, record.partition, record.offset, record.appended)
    stamp, lifted = record.stamp, b""
    if stamp is None or stamp.schema != SCHEMA:
        try:
            stamp, lifted = _judged(record)
        except Invalid as bad:
            nothing = ("", "", "", "", _NO_DIGEST, "")
            return (*place, 0, bad.reason, bad.detail, record.key, *nothing, record.value, b"")
    said = (stamp.event_id, stamp.source, stamp.type, stamp.time, stamp.digest, stamp.recorded)
    return (*place, 1, "", "", record.key, *said, record.value, lifted)


def stamp_of(event: Event, digest: bytes) -> Stamp:
    """What this program has established about an event's bytes."""
    return made(Stamp, (event.id, event.source, event.type, event.time, event.recordedtime, digest, SCHEMA))


def _judged(record: Record) -> tuple[Stamp, bytes]:
    parsed = parse(record.value)
    event = parsed.event
    if TOPIC_OF[event.type] != record.topic:
        raise Invalid("wrong_topic", f"{event.type} 应在 / belongs to {TOPIC_OF[event.type]}")
    if event.subject != record.key:
        raise Invalid("wrong_key", f"键须为 subject / the key must be the subject {event.subject!r}")
    return stamp_of(event, parsed.digest), parsed.lifted


def archive_columns(records: Sequence[Record]) -> dict[str, Sequence[Any]]:
    """All rows of a batch as columns, the shape warehouses take."""
    with no_collection():
        stamps = [r.stamp for r in records if r.stamp is not None and r.stamp.schema == SCHEMA]
        if len(stamps) == len(records):
            return _vouched(records, stamps)
        rows = [archive_row(r) for r in records]
        return dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))


def _vouched(records: Sequence[Record], stamps: Sequence[Stamp]) -> dict[str, Sequence[Any]]:
    """The columns of records that submit has checked already: nothing is looked at one by one."""
    topic, part, off, appended, key, raw, _ = zip(*records, strict=True)
    event_id, source, type_, time, recorded, digest, _ = zip(*stamps, strict=True)
    good, empty, lifted = [1] * len(records), [""] * len(records), [b""] * len(records)
    said = (key, event_id, source, type_, time, digest, recorded, raw, lifted)
    return dict(zip(COLUMNS, (topic, part, off, appended, good, empty, empty, *said), strict=True))
