"""Rejected records through the way again: as they are, after an upgrade, or repaired.

In: conditions on the `rejected` figure, or repaired records. Out: a row per record, what became of it. A record that
is an event keeps what it said, its stamp too; one without a stamp is a submission and gets today's. Nothing is ever
taken out of the archive: the rejected record stays, the new one counts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas import TOPIC_OF, Invalid, instant, parse
from services.office import Office
from streams.archive import read_archive
from streams.figures import Question
from streams.lift import stamp_of
from streams.log import NewRecord


def redrive(office: Office, request: Mapping[str, Any], told: Any) -> Iterator[dict[str, Any]]:
    repaired = request.get("repaired")
    found = (
        [(text.encode(errors="surrogatepass"), {"line": n}) for n, text in enumerate(repaired, 1)]
        if repaired is not None
        else []
    )
    if repaired is None:
        found = list(_rejected(office, request.get("where", {})))
    for done, (raw, place) in enumerate(found, 1):
        yield place | _again(office, raw, request.get("actor") or "office")
        told(done, len(found))


def _rejected(office: Office, where: Mapping[str, Any]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Bad records that match; not the conflicts among them, which are sound and simply came second."""
    rows = office.answer(Question("rejected", {k: tuple(v) for k, v in where.items()})).dicts()
    for row in rows:
        (there, *_) = read_archive(office.warehouse, (row["topic"], row["part"]), row["off"], 1)
        if not there.ok:
            place = {"topic": row["topic"], "partition": row["part"], "offset": row["off"]}
            yield there.record.value, place


def _again(office: Office, raw: bytes, actor: str) -> dict[str, Any]:
    try:
        parsed = parse(raw)
    except Invalid as bad:
        (answer,) = office.submit([raw], actor)
        if answer.status == "rejected":
            return {"status": "rejected", "reason": bad.reason, "detail": bad.detail}
        return {"id": answer.id, "status": answer.status}
    event = parsed.event
    if instant(event.recordedtime) > office.now():
        detail = f"知悉时刻在将来 / recordedtime is in the future: {event.recordedtime}"
        return {"id": event.id, "status": "rejected", "reason": "future_recordedtime", "detail": detail}
    stamp = stamp_of(event, parsed.digest) if not parsed.lifted else None
    (kept,) = office.append([NewRecord(TOPIC_OF[event.type], event.subject, raw, stamp)])
    return {"id": event.id, "status": kept.status}
