"""The pump: when a round is played, and when everything is built at once instead."""

import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import sleep
from typing import Any

import pytest

from schemas import Plan
from streams import pump as module
from streams import rounds
from streams.errors import TransientError
from streams.facts import has_rare
from streams.lift import archive_columns
from streams.log import NewRecord, Partition
from streams.progress import Progress, read_progress, write_progress
from streams.pump import Pump
from streams.warehouse import Params, Warehouse
from tests.memory_log import MemoryLog
from tests.offices import Standing
from tests.properties.programs import empty
from tests.schemas.samples import fresh
from tests.streams.folders import filled
from tests.wire import Event, event, record, records, stamped

pytestmark = pytest.mark.chdb
WAITING = 20


@pytest.fixture
def pump(shared: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Pump:
    monkeypatch.setattr(module, "REBUILD_ABOVE", WAITING)
    return filled(shared, plan)


def place(n: int) -> dict[str, object]:
    return event(
        f"new{n}", "place.registered", f"t{n}", {"level": "township", "name": "镇", "valid_from": "2025-01-01"}
    )


@pytest.mark.parametrize(("number", "rounds"), [(WAITING, 1), (WAITING + 1, 0)])
def test_many_rows_are_built_at_once(pump: Pump, number: int, rounds: int) -> None:
    before = pump.counts.rounds
    pump.log.append(records([place(n) for n in range(number)]))
    pump.drain()
    assert pump.counts.rounds - before == rounds
    assert pump.progress.marts_next == pump.progress.facts_next
    assert pump.warehouse.query("SELECT count() FROM place FINAL WHERE startsWith(code, 't')").rows[0][0] >= number


def test_offsets_far_apart_are_few_rows(shared: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets of the embedded log are one sequence over all partitions: those of a quiet one are far apart."""
    monkeypatch.setattr(module, "REBUILD_ABOVE", WAITING)
    empty(shared)
    log = MemoryLog(gap=WAITING)
    log.append(records([place(n) for n in range(3)]))
    pump = Pump(log, shared, plan)
    pump.drain()
    assert max(pump.progress.facts_next.values()) > WAITING
    assert pump.counts.rounds == 1


def test_a_rival_makes_the_version_grow(shared: Warehouse, plan: Plan) -> None:
    """Somebody said the id earlier, of another incident: the fold of the first changes although no fact of it came, and
    whoever folded it before must lose."""
    empty(shared)
    log = MemoryLog()
    pump = Pump(log, shared, plan)
    said = fresh("incident.reported.v1")
    at = "SELECT max(v), sum(incidents) FROM incident_place FINAL WHERE incident = 'first'"
    log.append(records([said | {"subject": "first", "recordedtime": "2026-01-18T12:55:37Z"}]))
    pump.drain()
    ((version, counted),) = shared.query(at).rows
    log.append(records([said | {"subject": "second", "recordedtime": "2026-01-18T12:55:36Z"}]))
    pump.drain()
    assert counted > 0
    ((grown, left),) = shared.query(at).rows
    assert left == 0, "the id was said of the second before"
    assert grown > version


def test_a_rival_of_another_topic_is_found(shared: Warehouse, plan: Plan) -> None:
    """An incident is said under the id of a receipt, and earlier: nothing speaks of publicity in that round, and the
    receipt counts no longer."""
    empty(shared)
    log = MemoryLog()
    pump = Pump(log, shared, plan)
    said, other = fresh("receipt.signed.v1"), fresh("incident.reported.v1")
    at = f"SELECT count(), max(v) FROM contact FINAL WHERE receipt = '{said['subject']}'"
    log.append(records([said | {"recordedtime": "2026-01-18T12:55:37Z"}]))
    pump.drain()
    ((places, version),) = shared.query(at).rows
    log.append(records([other | {"id": said["id"], "recordedtime": "2026-01-18T12:55:36Z"}]))
    pump.drain()
    assert places > 0
    ((_, grown),) = shared.query(at).rows
    assert grown > version


@dataclass
class Listening(Standing):
    """Keeps what it was asked to run."""

    inner: Warehouse
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.inner)

    def run(self, sql: str, params: Params | None = None) -> None:
        self.heard.append(sql)
        super().run(sql, params)


SPOKEN = {
    "incident.reported.v1": {"round_incident"},
    "receipt.signed.v1": {"round_receipt", "round_action"},
    "zero_report.filed.v1": {"rare_record", "round_incident"},
    "alert.raised.v1": {"rare_record"},
    "community.assigned.v1": {"rare_record", "assignment"},
}


@pytest.mark.parametrize("example", SPOKEN)
def test_of_what_no_row_speaks_nothing_is_asked(shared: Warehouse, plan: Plan, example: str) -> None:
    """To plan what finds nothing takes time too: most small rounds speak of one family."""
    empty(shared)
    log, warehouse = MemoryLog(), Listening(shared)
    log.append(records([fresh(example)]))
    Pump(log, warehouse, plan).drain()
    said = [sql.split() for sql in warehouse.heard]
    filled = {re.sub(r"\{.*\}\.", "", words[2]) for words in said if words[0] == "INSERT"}
    asked = {"rare_record", "assignment", *(f"round_{name}" for name in ("incident", "receipt", "action", "rival"))}
    assert filled & asked == SPOKEN[example]


@pytest.mark.parametrize("example", SPOKEN)
@pytest.mark.parametrize("made", [record, stamped])
def test_a_batch_says_whether_rare_families_are_in_it(made: Callable[[Event], NewRecord], example: str) -> None:
    """Of records that submit vouched for and of those that are read; what is rejected makes no fact."""
    log, often = MemoryLog(), fresh("incident.reported.v1") | {"id": "often"}
    log.append([made(fresh(example))])
    columns = archive_columns(log.records())
    assert columns["ok"] == [1]
    assert has_rare(columns) == ("rare_record" in SPOKEN[example])
    assert not has_rare({**columns, "ok": [0]})
    log.append([made(often)])
    assert has_rare(archive_columns(log.records())) == ("rare_record" in SPOKEN[example])


def test_live_both_places_are_remembered_at_once(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    """A position takes two writes to disk that wait for it, and the round follows at once."""
    stop, said = threading.Event(), list[Progress]()

    def written(warehouse: Warehouse, progress: Progress, places: Collection[Partition] | None = None) -> None:
        said.append(progress)
        write_progress(warehouse, progress, places)
        stop.set()

    monkeypatch.setattr(module, "write_progress", written)
    pump.log.append(records([place(1)]))
    pump.live(stop, threading.Event(), 0.1)
    assert [one.facts_next == one.marts_next for one in said] == [True]
    assert read_progress(pump.warehouse) == pump.progress


def test_a_batch_is_not_read_again_for_a_round_that_fails(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all that was read while rounds fail would be, by whoever goes on after this process."""
    stop, known = threading.Event(), list[bool]()

    def failing(*_: object) -> None:
        known.append(read_progress(pump.warehouse).facts_next == pump.progress.facts_next)
        if len(known) == 2:
            stop.set()
        raise TransientError("no memory")

    monkeypatch.setattr(module, "play_round", failing)
    pump.log.append(records([place(1)]))
    with pytest.raises(TransientError, match="no memory"):
        pump.live(stop, threading.Event(), 0.1)
    assert known[:2] == [False, True]


def test_before_everything_is_built_it_is_known_where_to_go_on(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    """That may take minutes, and a batch would be read again for it."""
    known: list[Progress] = []
    monkeypatch.setattr(pump, "build", lambda: known.append(read_progress(pump.warehouse)))
    pump.log.append(records([place(n) for n in range(WAITING + 1)]))
    pump.take()
    assert pump.round()
    assert [one.facts_next for one in known] == [pump.progress.facts_next]


@pytest.mark.parametrize(("held", "ended"), [(6, 5), (4, 4), (3, 3)])
def test_a_load_leaves_its_parts_until_it_ends(
    pump: Pump, monkeypatch: pytest.MonkeyPatch, held: int, ended: int
) -> None:
    """Five batches of one record; merges wait for the end, or for so many of them as would be too many parts."""
    seen, told = list[int](), list[int]()
    inner = pump.warehouse.loading

    @contextmanager
    def loading() -> Iterator[None]:
        with inner():
            yield
            told.append(seen[-1])
            with pytest.raises(TransientError, match="ancel"):
                pump.warehouse.run("OPTIMIZE TABLE archive FINAL")

    monkeypatch.setattr(module, "UNMERGED", held)
    monkeypatch.setattr(pump, "batch", 1)
    monkeypatch.setattr(pump.warehouse, "loading", loading)
    pump.log.append(records([place(9)]))
    assert pump.bulk(seen.append) == 1
    assert told == [], "one batch is no load"
    pump.log.append(records([place(n) for n in range(5)]))
    assert pump.bulk(seen.append) == 5
    assert told == [ended]
    pump.warehouse.run("OPTIMIZE TABLE archive FINAL")


@pytest.mark.parametrize(("below", "parts"), [(rounds.MERGED_BELOW, 1), (1, 3)])
def test_what_a_bulk_load_left_in_parts_is_merged(
    pump: Pump, monkeypatch: pytest.MonkeyPatch, below: int, parts: int
) -> None:
    """Three loads, three parts, one after the build; a table that is too large stays as it is."""
    monkeypatch.setattr(rounds, "MERGED_BELOW", below)
    of = "SELECT active_parts FROM system.tables WHERE database = currentDatabase() AND name = 'archive'"
    pump.warehouse.run("OPTIMIZE TABLE archive FINAL")
    for n in range(2):
        pump.log.append(records([place(n)]))
        pump.take()
    assert pump.warehouse.query(of).rows == [(3,)]
    pump.build()
    assert pump.warehouse.query(of).rows == [(parts,)]


@pytest.mark.parametrize("long", ["insert", "round"])
def test_who_is_late_reads_beside_it(shared: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch, long: str) -> None:
    """An insert or a round that takes longer than a cycle: while the next one goes on, what arrived is read and
    validated already. Every record is kept once all the same."""
    empty(shared)
    log, stop, stages = MemoryLog(), threading.Event(), list[str]()
    pump = Pump(log, shared, plan, stage=stages.append)
    insert, arriving = shared.insert, iter(range(1, 99))

    def take_long(what: str) -> None:
        if what == long:
            stages.append("begins")
            log.append(records([place(number := next(arriving))]))
            sleep(0.3)
            stages.append("ends")
            if number == 4:
                stop.set()

    def inserted(table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        if table == "archive":
            take_long("insert")
        insert(table, columns)

    def played(*words: Any) -> None:
        take_long("round")
        rounds.play_round(*words)

    log.append(records([place(0)]))
    with monkeypatch.context() as patch:
        patch.setattr(shared, "insert", inserted)
        patch.setattr(module, "play_round", played)
        pump.live(stop, threading.Event(), 0.1)
    beside = [one.partition(" ends")[0] for one in " ".join(stages).split("begins")[1:5]]
    assert [" validate" in one for one in beside] == [False, True, True, True]
    pump.drain()
    there = len(log.records())
    assert shared.query("SELECT count(), uniqExact(off) FROM archive").rows == [(there, there)]
    assert pump.progress.marts_next == pump.progress.facts_next
