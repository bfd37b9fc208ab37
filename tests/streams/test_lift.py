"""Records to archive rows: whose word is taken, what is read again, and that nothing is ever dropped."""

import gc
import random
from pathlib import Path

import pytest

from schemas import TOPIC_OF, parse
from streams.lift import SCHEMA, archive_columns, fingerprint, stamp_of
from streams.log import Record, Stamp
from tests.poison import POISON
from tests.schemas.samples import EVENT_NAMES, fresh, raw

Row = dict[str, object]


def of(name: str, stamp: Stamp | None = None, value: bytes | None = None) -> Record:
    """The record of an example where it belongs, with or without somebody's word for it."""
    event = fresh(name)
    return Record(TOPIC_OF[event["type"]], 2, 7, 11, event["subject"], raw(name) if value is None else value, stamp)


def row(record: Record) -> Row:
    return {name: column[0] for name, column in archive_columns([record]).items()}


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_an_example(name: str) -> None:
    """Where it is, its bytes as they came, and the form that SQL reads where they are not in it."""
    parsed, event = parse(raw(name)), fresh(name)
    assert row(of(name)) == {
        "topic": TOPIC_OF[event["type"]], "part": 2, "off": 7, "appended": 11, "ok": 1, "reason": "", "detail": "",
        "key": event["subject"], "raw": raw(name), "lifted": parsed.lifted,
    }  # fmt: skip
    own = row(of(name, value=parsed.lifted))
    assert (own["raw"], own["lifted"]) == (parsed.lifted, b"")


def test_a_word_of_this_program_is_taken() -> None:
    """What submit has checked is not read again: the bytes are not even looked at."""
    parsed = parse(raw("incident.reported.v1"))
    stamp = stamp_of(parsed.event, parsed.digest)
    assert stamp == (parsed.event.id, parsed.event.recordedtime, parsed.digest, SCHEMA)
    found = row(of("incident.reported.v1", stamp, b"never looked at"))
    assert (found["ok"], found["raw"], found["lifted"]) == (1, b"never looked at", b"")


def test_a_word_of_another_program_is_not() -> None:
    """Other models may have meant something else: the bytes decide, whatever the stamp says."""
    parsed = parse(raw("incident.reported.v1"))
    stamp = stamp_of(parsed.event, parsed.digest)._replace(schema="of yesterday")
    assert row(of("incident.reported.v1", stamp)) == row(of("incident.reported.v1"))
    bad = row(of("incident.reported.v1", stamp, b"{"))
    assert (bad["ok"], bad["reason"], bad["raw"]) == (0, "not_json", b"{")


def test_models_in_a_folder_of_their_own_are_part_of_the_schema(tmp_path: Path) -> None:
    """Else a changed model there would leave words of an older program in force."""
    (tmp_path / "events").mkdir()
    (tmp_path / "wire.py").write_text("a = 1")
    (tmp_path / "events" / "matter.py").write_text("b = 1")
    before = fingerprint(tmp_path)
    assert before == fingerprint(tmp_path)
    (tmp_path / "events" / "matter.py").write_text("b = 2")
    changed = fingerprint(tmp_path)
    (tmp_path / "events" / "matter.py").rename(tmp_path / "matter.py")
    assert len({before, changed, fingerprint(tmp_path)}) == 3


def test_in_the_wrong_place() -> None:
    """The key decides the partition and the topic the table: an event elsewhere would miss its own history."""
    record = of("incident.reported.v1")
    for moved, reason in ((record._replace(key="x"), "wrong_key"), (record._replace(topic="registry"), "wrong_topic")):
        found = row(moved)
        assert (found["ok"], found["reason"]) == (0, reason)
        assert fresh("incident.reported.v1")["subject"] in str(found["detail"]) or "incidents" in str(found["detail"])
        assert found["raw"] == raw("incident.reported.v1")


def test_a_batch_keeps_its_order_and_drops_nothing() -> None:
    """Good and bad mixed; the collector is as it was before."""
    rng = random.Random(2)
    records = [Record("incidents", 0, 0, 0, "jq-1", value) for _, value, _ in POISON]
    records += [of(name) for name in EVENT_NAMES]
    rng.shuffle(records)
    records = [r._replace(offset=n) for n, r in enumerate(records)]
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        columns = archive_columns(records)
        assert gc.isenabled() is enabled
        gc.enable()
        assert columns["off"] == tuple(range(len(records)))
        assert columns["raw"] == tuple(r.value for r in records)
        assert sum(columns["ok"]) == len(EVENT_NAMES)
        assert [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)] == [
            row(r) for r in records
        ]
