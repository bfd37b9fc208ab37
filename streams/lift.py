"""Records to archive rows: validate, lift, and say why where that is not possible. Pure.

In: one batch of log records. Out: the columns of `archive`, one row per record, nothing dropped: a bad record has
ok = 0 with a stable reason. A record whose stamp names this very schema was checked by submit and is not read again.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import schemas
from schemas import TOPIC_OF, Event, Invalid, content_digest, parse
from schemas.own import Said, read_own_event
from schemas.tuples import made
from streams.interpreter import no_collection
from streams.log import Record, Stamp

COLUMNS = (
    "topic", "part", "off", "appended", "ok", "reason", "detail",
    "key", "event_id", "source", "type", "time", "digest", "recorded", "raw", "lifted",
)  # fmt: skip
_NOTHING = ("", "", "", "", bytes(32), "", b"")  # of who says it, for a bad record


def _fingerprint(files: Iterable[Path]) -> str:
    """The schema's identity: any change to the code that judges events makes old stamps void."""
    total = sha256()
    for file in sorted(files):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]


SCHEMA = _fingerprint(Path(schemas.__file__).parent.glob("*.py"))


def archive_row(record: Record) -> tuple[Any, ...]:
    """The archive row of a record, in the order of `COLUMNS`."""
    return tuple(column[0] for column in archive_columns([record]).values())


def stamp_of(event: Event, digest: bytes) -> Stamp:
    """What this program has established about an event's bytes."""
    return made(Stamp, (event.id, event.source, event.type, event.time, event.recordedtime, digest, SCHEMA))


def archive_columns(records: Sequence[Record]) -> dict[str, Sequence[Any]]:
    """All rows of a batch as columns, the shape warehouses take."""
    with no_collection():
        topic, part, off, appended, key, raw, stamps = zip(*records, strict=True)
        vouched = all(stamp is not None and stamp.schema == SCHEMA for stamp in stamps)
        said = _vouched(stamps) if vouched else tuple(zip(*map(_established, records), strict=True))
        ok, reason, detail, event_id, source, type_, time, digest, recorded, lifted = said
    columns = (topic, part, off, appended, ok, reason, detail, key, event_id, source, type_, time, digest, recorded)
    return dict(zip(COLUMNS, (*columns, raw, lifted), strict=True))


def _established(record: Record) -> tuple[Any, ...]:
    """What a row says beside the record itself."""
    if record.stamp is not None and record.stamp.schema == SCHEMA:
        event_id, source, type_, time, recorded, digest, _ = record.stamp
        return (1, "", "", event_id, source, type_, time, digest, recorded, b"")
    try:
        said, lifted = _said(record.value)
        if TOPIC_OF[said.type] != record.topic:
            raise Invalid("wrong_topic", f"{said.type} 应在 / belongs to {TOPIC_OF[said.type]}")
        if said.subject != record.key:
            raise Invalid("wrong_key", f"键须为 subject / the key must be the subject {said.subject!r}")
    except Invalid as bad:
        return (0, bad.reason, bad.detail, *_NOTHING)
    digest = content_digest(lifted or record.value)
    return (1, "", "", said.id, said.source, said.type, said.time, digest, said.recordedtime, lifted)


def _said(raw: bytes) -> tuple[Said, bytes]:
    """What a record says, and its own JSON where the bytes are something else. Raises `Invalid`."""
    said = read_own_event(raw)
    if said is not None:
        return said, b""
    event, _, lifted = parse(raw)
    return event, lifted


def _vouched(stamps: Sequence[Stamp]) -> tuple[Sequence[Any], ...]:
    """The same by column, of records that submit has checked already: nothing is looked at one by one."""
    event_id, source, type_, time, recorded, digest, _ = zip(*stamps, strict=True)
    good, empty, lifted = [1] * len(stamps), [""] * len(stamps), [b""] * len(stamps)
    return (good, empty, empty, event_id, source, type_, time, digest, recorded, lifted)
