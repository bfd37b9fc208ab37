"""What is said later in one submission wins, in every way in: the trial behind it had 13 of 20 right."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import instant, wire_time
from services.commands import COMMANDS
from services.office import Office, Rebuilding
from streams import migrations
from streams.figures import Question
from streams.lift import archive_columns
from streams.log_sqlite import SqliteLog
from streams.marks import PENDING, REBUILD, mark
from streams.progress import Progress, write_progress
from streams.stamps import WrongClock
from streams.warehouse import Warehouse
from tests.offices import Clock, Standing, office_on
from tests.wire import event, raw, stamped

pytestmark = pytest.mark.chdb
EPOCH = "SELECT value FROM definition FINAL WHERE name = 'epoch'"
T0 = "2026-02-01T00:00:00Z"
PLACED: dict[str, Any] = {
    "occurred_at": T0, "station": "s0", "category": "other", "loss_fen": 0, "stage": "completed"
}  # fmt: skip


def hashed(*what: object) -> str:
    """An id whose order says nothing of when it was said."""
    return str(uuid5(NAMESPACE_OID, str(what)))


def said(event_id: str, type_: str, subject: str, data: dict[str, Any]) -> bytes:
    """A submission: without the stamps that submit gives."""
    whole = event(event_id, type_, subject, data, time=T0)
    return raw({k: v for k, v in whole.items() if k not in ("actor", "recordedtime")})


@pytest.fixture
def office(tmp_path: Path, new_database: Callable[[], Warehouse]) -> Office:
    return office_on(tmp_path / "data", Standing(new_database()), Clock())


def test_three_changes_of_twenty_in_one_request(office: Office) -> None:
    """The last of each wins: ids are hashes, so among equal stamps chance would decide."""
    lines = [said(f"r{n}", "incident.reported", f"i{n}", PLACED) for n in range(20)]
    for station, loss in (("s2", 100), ("s3", 200), ("s1", 5_000_000)):
        for n in range(20):
            lines += [
                said(hashed(n, station), "incident.moved", f"i{n}", {"station": station}),
                said(hashed(n, loss), "incident.loss_corrected", f"i{n}", {"loss_fen": loss}),
            ]
    answers = office.submit(lines, "desk")
    assert {a.status for a in answers} == {"accepted"}
    stamps = [instant(a.recordedtime) for a in answers]
    assert stamps == sorted(set(stamps))
    office.settle()
    rows = office.answer(Question("incidents", by=("station",))).dicts()
    assert [(r["station"], r["incidents"], r["loss_fen"]) for r in rows] == [("s1", 20, 100_000_000)]
    office.close()


DAY = "2026-01-01"
VERDICTS = ("accepted", "queried", "rejected")
# What may be said again and again of a thing: the type, what it says, and the figure and columns in which that is read.
WAYS: Mapping[str, tuple[str, str, Callable[[int], dict[str, Any]], str, str, str]] = {
    "station": ("incident.moved", "i", lambda v: {"station": f"s{v}"}, "incident", "incident", "station"),
    "loss": ("incident.loss_corrected", "i", lambda v: {"loss_fen": v}, "incident", "incident", "loss_fen"),
    "gone": ("incident.withdrawn", "i", lambda v: {"withdrawn": v == 1}, "incident", "incident", "withdrawn"),
    "verdict": ("receipt.reviewed", "k", lambda v: {"verdict": VERDICTS[v]}, "receipt", "receipt", "verdict"),
    "home": (
        "community.assigned", "c", lambda v: {"station": f"s{v}", "township": "t", "valid_from": DAY},
        "assignment", "community", "station",
    ),
    "people": (
        "population.recorded", "c", lambda v: {"valid_from": DAY, "pop_actual": v}, "population", "community",
        "pop_actual",
    ),
}  # fmt: skip
Change = tuple[str, int, int, bool]
CHANGES = st.lists(
    st.tuples(st.sampled_from(sorted(WAYS)), st.integers(0, 1), st.integers(0, 2), st.booleans()), max_size=14
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_any_changes_cut_into_any_requests_end_at_the_last_said(
    changes: list[Change], tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], Warehouse]
) -> None:
    check_changes(changes, tmp_path_factory.mktemp("order"), Standing(new_database()))


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_any_changes_for_long(
    changes: list[Change], tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], Warehouse]
) -> None:
    check_changes(changes, tmp_path_factory.mktemp("order"), Standing(new_database()))


def check_changes(changes: list[Change], folder: Path, database: Standing) -> None:
    """The boolean cuts the list: another request begins there, and, in every third, another process."""
    clock = Clock()
    office = office_on(folder / "data", database, clock)
    batch = [said(f"r{n}", "incident.reported", f"i{n}", PLACED) for n in range(2)]
    last: dict[tuple[str, str], Any] = {}
    for number, (way, n, value, cut) in enumerate(changes):
        type_, word, data, _, _, _ = WAYS[way]
        batch.append(said(hashed(number), type_, f"{word}{n}", data(value)))
        last[way, f"{word}{n}"] = next(iter(v for k, v in data(value).items() if k != "valid_from"))
        if cut:
            office.submit(batch, "desk")
            batch = []
        if cut and number % 3 == 0:
            office.close()
            clock.moment -= timedelta(minutes=1)  # a clock set back a little loses nothing
            office = office_on(folder / "data", database, clock)
    office.submit(batch, "desk")
    office.settle()
    for (way, subject), value in last.items():
        *_, figure, key, column = WAYS[way]
        (found,) = [r[column] for r in office.answer(Question(figure)).dicts() if r[key] == subject]
        assert found == value, (way, subject)
    office.close()


def test_a_clock_that_jumped_is_confirmed_and_the_word_is_kept(
    tmp_path: Path, new_database: Callable[[], Warehouse]
) -> None:
    clock, database = Clock(), Standing(new_database())
    office = office_on(tmp_path / "data", database, clock)
    office.submit([said("r1", "incident.reported", "i1", PLACED)], "desk")
    clock.moment += timedelta(days=40)
    with pytest.raises(WrongClock, match="40 天"):
        office.submit([said("r2", "incident.reported", "i2", PLACED)], "desk")
    assert list(COMMANDS["confirm_clock"](office, {}, lambda done, total: None))
    office.close()
    office = office_on(tmp_path / "data", database, clock)
    (answer,) = office.submit([said("r2", "incident.reported", "i2", PLACED)], "desk")
    assert answer.status == "accepted"
    clock.moment += timedelta(days=40)
    with pytest.raises(WrongClock):
        office.submit([said("r3", "incident.reported", "i3", PLACED)], "desk")
    office.close()


def test_a_redriven_event_may_not_be_of_the_future(office: Office) -> None:
    """Its stamp is kept, and would decide for ever who wins."""
    late = event("x1", "incident.reported", "i1", PLACED, time=T0, recorded=wire_time(office.now() + timedelta(days=1)))
    rows = list(COMMANDS["redrive"](office, {"repaired": [raw(late).decode()]}, lambda done, total: None))
    assert [(r["status"], r["reason"]) for r in rows] == [("rejected", "future_recordedtime")]
    office.close()


class TestRebuildPending:
    """A migration that changes a fold: no figure is answered before everything was made anew."""

    def test_a_command_does_it_first(self, tmp_path: Path, new_database: Callable[[], Warehouse]) -> None:
        clock, database = Clock(), Standing(new_database())
        office = office_on(tmp_path / "data", database, clock)
        office.submit([said("r1", "incident.reported", "i1", PLACED)], "desk")
        office.settle()
        office.close()
        epoch = int(database.query(EPOCH).rows[0][0])
        database.run("ALTER TABLE incident_facts UPDATE station = 'old form' WHERE 1 SETTINGS mutations_sync = 1")
        mark(database, REBUILD, PENDING)
        office = office_on(tmp_path / "data", database, clock)
        assert waits(office)
        (row,) = office.answer(Question("incidents", by=("station",))).dicts()
        assert (row["station"], row["incidents"]) == ("s0", 1)
        assert not waits(office)
        facts = database.query("SELECT station, source FROM incident_facts FINAL").rows
        assert facts == [("s0", "/county/110")]
        office.close()
        assert int(database.query(EPOCH).rows[0][0]) == epoch + 1
        again = office_on(tmp_path / "data", database, clock)
        assert not waits(again)
        again.close()

    def test_a_folder_of_the_version_before(
        self, tmp_path: Path, new_database: Callable[[], Warehouse], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its facts do not say who said them; after the first question they do, and figures are as they were."""
        clock, database = Clock(), Standing(new_database())
        before = [m for m in migrations.shipped() if m.number <= 14]
        with monkeypatch.context() as older:
            older.setattr(migrations, "shipped", lambda: before)
            migrations.migrate(database)
        log = SqliteLog(folder_of(tmp_path) / "log.db", clock.micro)
        log.append([stamped(event(f"r{n}", "incident.reported", f"i{n}", PLACED)) for n in range(5)])
        kept = log.read({}, 100)
        database.insert("archive", archive_columns(kept))
        write_progress(database, Progress({}, {}, 1).stored(log.ends()))
        log.close()
        assert database.query("SELECT count() FROM incident_facts").rows == [(5,)]
        office = office_on(tmp_path / "data", database, clock)
        assert waits(office)
        (row,) = office.answer(Question("incidents", by=("station",))).dicts()
        assert (row["station"], row["incidents"]) == ("s0", 5)
        assert database.query("SELECT DISTINCT source FROM incident_facts").rows == [("/county/110",)]
        office.close()

    def test_whoever_serves_says_how_far_it_is(self, tmp_path: Path, new_database: Callable[[], Warehouse]) -> None:
        """Submissions are taken meanwhile; figures come by themselves when it is done."""
        clock, database = Clock(), Held(new_database())
        office = office_on(tmp_path / "data", database, clock)
        office.submit([said("r1", "incident.reported", "i1", PLACED)], "desk")
        office.settle()
        office.close()
        mark(database, REBUILD, PENDING)
        office = office_on(tmp_path / "data", database, clock)
        database.go.clear()
        errors: list[Exception] = []
        office.go_live(errors.append)
        with pytest.raises(Rebuilding, match="正在重建"):
            office.answer(Question("incidents"))
        (answer,) = office.submit([said("r2", "incident.reported", "i2", PLACED)], "desk")
        assert answer.status == "accepted"
        assert waits(office)
        database.go.set()
        until(lambda: not waits(office))
        until(lambda: office.answer(Question("incidents")).dicts()[0]["incidents"] == 2)
        office.close()
        assert errors == []


class Held(Standing):
    """A rebuild waits before it makes the tables anew, until `go` is set."""

    def __init__(self, inner: Warehouse) -> None:
        super().__init__(inner)
        self.go = Event()
        self.go.set()

    def sibling(self, database: str) -> Warehouse:
        assert self.go.wait(60)
        return super().sibling(database)


def waits(office: Office) -> bool:
    return office.rebuilding is not None


def folder_of(path: Path) -> Path:
    folder = path / "data"
    folder.mkdir()
    return folder


def until(true: Callable[[], bool]) -> None:
    """The limit only ends a hang."""
    pause = Event()
    for _ in range(6_000):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("it never came")
