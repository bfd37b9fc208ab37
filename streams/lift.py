"""Records to archive rows: validate, lift, and say why where that is not possible. Pure.

In: one batch of log records. Out: the columns of `archive`, one row per record, nothing dropped: a bad record has
ok = 0 with a stable reason. A record whose stamp names this very schema was checked by submit and is not read again.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import schemas
from schemas import TOPIC_OF, Event, Invalid, parse
from schemas.own import Said, read_own_event
from schemas.tuples import made
from streams.interpreter import no_collection
from streams.log import Record, Stamp

# What else the table has, the engine reads from the bytes.
COLUMNS = ("topic", "part", "off", "appended", "ok", "reason", "detail", "key", "raw", "lifted")


def fingerprint(folder: Path) -> str:
    """The schema's identity: any change to the code that judges events makes old stamps void."""
    total = sha256()
    for file in sorted(folder.rglob("*.py")):
        total.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:16]


SCHEMA = fingerprint(Path(schemas.__file__).parent)


def stamp_of(event: Event, digest: bytes) -> Stamp:
    """What this program has established about an event's bytes."""
    return made(Stamp, (event.id, event.recordedtime, digest, SCHEMA))


def archive_columns(records: Sequence[Record]) -> dict[str, Sequence[Any]]:
    """All rows of a batch as columns, the shape warehouses take."""
    ok, reason, detail, lifted = [1] * len(records), [""] * len(records), [""] * len(records), [b""] * len(records)
    with no_collection():
        topic, part, off, appended, key, raw, stamps = zip(*records, strict=True)
        for at, (place, subject, value, stamp) in enumerate(zip(topic, key, raw, stamps, strict=True)):
            if stamp is not None and stamp.schema == SCHEMA:
                continue
            try:
                lifted[at] = _lifted(place, subject, value)
            except Invalid as bad:
                ok[at], reason[at], detail[at] = 0, bad.reason, bad.detail
    return dict(zip(COLUMNS, (topic, part, off, appended, ok, reason, detail, key, raw, lifted), strict=True))


def _lifted(topic: str, key: str, raw: bytes) -> bytes:
    """A record's own JSON, empty where its bytes are that already. Raises `Invalid`."""
    said: Said | None = read_own_event(raw)
    lifted = b""
    if said is None:
        said, _, lifted = parse(raw)
    if TOPIC_OF[said.type] != topic:
        raise Invalid("wrong_topic", f"{said.type} 应在 / belongs to {TOPIC_OF[said.type]}")
    if said.subject != key:
        raise Invalid("wrong_key", f"键须为 subject / the key must be the subject {said.subject!r}")
    return lifted
