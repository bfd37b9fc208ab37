"""The archive read back: the log's own records at their own positions, for export and for a rebuild."""

import pytest

from schemas import TOPIC_OF, Plan
from streams.archive import ArchiveLog, archived
from streams.errors import TerminalError
from streams.log import NewRecord, Record
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.properties.programs import empty
from tests.schemas.samples import EVENT_NAMES, fresh, raw

pytestmark = pytest.mark.chdb


@pytest.fixture(scope="module")
def log(shared: Warehouse, plan: Plan) -> MemoryLog:
    """Offsets with gaps, bytes that are no text, the same record stored twice."""
    empty(shared)
    log = MemoryLog(lambda: 1_700_000_000_000_001, gap=2)
    log.append([NewRecord(TOPIC_OF[(e := fresh(n))["type"]], e["subject"], raw(n)) for n in EVENT_NAMES * 3])
    log.append(
        [NewRecord("publicity", key, value) for key, value in (("", b""), ("军", b"\xff\0"), ("k", b"{" * 900_000))]
    )
    pump = Pump(log, shared, plan, batch=20)
    pump.bulk()
    pump.progress = pump.progress.stored(dict.fromkeys(pump.progress.facts_next, 0))
    pump.bulk()
    return log


def said(records: list[Record]) -> list[Record]:
    return sorted((r._replace(stamp=None) for r in records), key=lambda r: r[:3])


def test_the_same_records_at_the_same_places(shared: Warehouse, log: MemoryLog) -> None:
    again = ArchiveLog(shared)
    assert said(again.read({}, 10_000)) == said(log.records())
    assert again.ends() == {place: end for place, end in log.ends().items() if end}
    for place, end in again.ends().items():
        for at in {0, 1, end // 2, end - 1, end, end + 2}:
            assert again.count(place, at) == log.count(place, at)


def test_read_onwards_in_pieces(shared: Warehouse, log: MemoryLog) -> None:
    """As a pump reads it: from positions on, at most so many, in offset order."""
    again, at, found = ArchiveLog(shared), dict.fromkeys(log.ends(), 0), list[Record]()
    while piece := again.read(at, 7):
        assert len(piece) <= 7
        found += piece
        at |= {(r.topic, r.partition): r.offset + 1 for r in piece}
    assert said(found) == said(log.records())


def test_large_records_are_read_one_after_the_other(
    shared: Warehouse, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few bytes a read may bring: no read has more than one record beyond them, and none is left out."""
    monkeypatch.setattr("streams.log.READ_BYTES", 2_000)
    again, at, found = ArchiveLog(shared), dict.fromkeys(log.ends(), 0), list[Record]()
    while piece := again.read(at, 10_000):
        assert sum(len(r.value) for r in piece[:-1]) < 2 * 2_000
        found += piece
        at |= {(r.topic, r.partition): r.offset + 1 for r in piece}
    assert said(found) == said(log.records())
    assert said([a.record for a in archived(shared, {})]) == said(log.records())


def test_every_record_with_its_judgement(shared: Warehouse, log: MemoryLog) -> None:
    for chunk in (4, 10_000):
        rows = list(archived(shared, {}, chunk))
        assert said([a.record for a in rows]) == said(log.records())
        assert [a.record for a in rows] == said([a.record for a in rows]), "partition by partition"
        assert sum(not a.ok for a in rows) == 3
        assert all(bool(a.reason) != a.ok for a in rows)
    place = ("incidents", 3)
    start = log.ends()[place] // 2
    rest = [a.record for a in archived(shared, {place: start}) if (a.record.topic, a.record.partition) == place]
    assert said(rest) == said([r for r in log.records() if r[:2] == place and r.offset >= start])


def test_it_cannot_be_written(shared: Warehouse, log: MemoryLog) -> None:
    with pytest.raises(TerminalError):
        ArchiveLog(shared).append([NewRecord("incidents", "k", b"v")])
