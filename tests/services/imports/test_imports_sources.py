"""A file is a statement of its source: files of two sources, repeated and interleaved, end as the plain rule says."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.commands import COMMANDS
from services.imports import KINDS, Job, import_files
from services.imports.mapping import ImportMapping
from services.imports.runner_memory import MemoryRunner
from services.office import Office
from streams.figures import Question
from streams.warehouse import Warehouse
from tests.offices import Clock, Standing, office_on
from tests.services.imports.conftest import Write, refused
from tests.services.imports.importing import INCIDENTS, SIMPLE, counts, rows_of, run

File = tuple[str, dict[str, int]]  # the source, and for each subject its loss
FILES = st.lists(
    st.tuples(st.sampled_from(["x", "y"]), st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 3), min_size=1)),
    max_size=7,
)


def of(source: str) -> ImportMapping:
    return SIMPLE.model_copy(update={"source": source})


def lines(said: dict[str, int]) -> str:
    return "\n".join(["id,station,loss,filed", *(f"{subject},,{loss}," for subject, loss in said.items()), ""])


def plain_rule(files: list[File]) -> dict[str, int]:
    """Each source is held against what it said last; only what is new of it is said, and the last word counts."""
    last: dict[tuple[str, str], int] = {}
    now: dict[str, int] = {}
    for source, said in files:
        for subject, loss in said.items():
            if last.get((source, subject)) != loss:
                now[subject] = loss
            last[source, subject] = loss
    return now


@example(files=[("x", {"a": 1}), ("x", {"a": 2}), ("x", {"a": 1}), ("x", {"a": 2})])
@example(files=[("x", {"a": 1}), ("y", {"a": 1}), ("x", {"a": 2}), ("y", {"a": 1})])
@given(files=FILES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_files(write: Write, files: list[File]) -> None:
    runner = MemoryRunner(refuse=refused)
    for source, said in files:
        path = write(lines(said))
        run(runner, path, mapping=of(source))
        before = len(runner.events)
        assert run(runner, path, mapping=of(source))[0] == counts(len(said), duplicate=len(said))
        assert len(runner.events) == before, "twice is harmless"
    assert {s: runner.values("incident", s)["loss_fen"] for s in plain_rule(files)} == plain_rule(files)


@pytest.fixture
def office(tmp_path: Path, new_database: Callable[[], Warehouse]) -> Iterator[Office]:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    office = office_on(tmp_path / "data", Standing(new_database()), clock)
    yield office
    office.close()


def imported(office: Office, path: Path, mapping: ImportMapping | None) -> tuple[dict[str, int], list[str]]:
    def runner(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return COMMANDS[command](office, body, lambda done, total: None)

    told: list[str] = []
    found = import_files(Job(INCIDENTS, mapping), [path], runner, lambda problem: told.append(problem.reason))
    return rows_of(found), told


def month(office: Office, basis: str = "occurred") -> list[tuple[str, str, int, int]]:
    office.settle()
    rows = office.answer(Question("incidents", by=("month", "station"), basis=basis)).dicts()
    return [(r["month"], r["station"], r["incidents"], r["loss_fen"]) for r in rows]


@pytest.mark.chdb
class TestThroughTheOwner:
    """The same over the log and the facts, with files as people have them."""

    HEAD = "警情编号,发案时间,接警时间,派出所代码,类别,损失金额(元),阶段,更新时间"

    def write(self, write: Write, *rows: str) -> Path:
        return write("\n".join([self.HEAD, *rows, ""]))

    @pytest.fixture(autouse=True)
    def stations(self, office: Office, write: Write) -> None:
        def runner(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
            return COMMANDS[command](office, body, lambda done, total: None)

        path = write("派出所代码,派出所名称,所属乡镇\nP1,城东所,T1\nP2,城西所,T2\n", "stations.csv")
        from_stations = Job(KINDS["stations"])
        assert import_files(from_stations, [path], runner, lambda problem: None).accepted == 2

    def test_a_file_that_was_left_lying_undoes_nothing(self, office: Office, write: Write) -> None:
        old = "K1,2026-01-05 10:00,2026-01-05 11:00,P1,刷单返利,1000,既遂,2026-01-31 18:00"
        new = "K1,2026-01-05 10:00,2026-01-05 11:00,P2,虚假投资理财,250000,既遂,2026-02-28 18:00"
        for row in (old, new):
            assert imported(office, self.write(write, row), None)[0] == counts(1, accepted=1)
        counted, told = imported(office, self.write(write, old), None)
        assert counted == counts(1, stale=1)
        assert any("早于本来源" in text for text in told)
        assert month(office) == [("2026-01", "P2", 1, 25_000_000)]

    def test_a_change_log_in_any_order_ends_at_its_last_update(self, office: Office, write: Write) -> None:
        steps = [("P2", 1, "03-05"), ("P1", 5000, "03-20"), ("P2", 2, "03-06")]  # the newest stands in the middle
        rows = [
            f"K{n},2026-02-01 10:00,2026-02-01 11:00,{station},其他,{loss},既遂,2026-{day} 18:00"
            for station, loss, day in steps for n in range(20)
        ]  # fmt: skip
        counted, told = imported(office, self.write(write, *rows), None)
        assert (counted, told) == (counts(60, accepted=20, duplicate=40), [])
        assert month(office) == [("2026-02", "P1", 20, 10_000_000)]

    def test_a_corrected_time_of_report_moves_the_month_it_was_reported_in(self, office: Office, write: Write) -> None:
        row = "K1,2026-01-31 22:00,{},P1,其他,1000,既遂,"
        for reported, found in (("2026-01-31 23:50", "2026-01"), ("2026-02-02 09:00", "2026-02")):
            assert imported(office, self.write(write, row.format(reported)), None)[0] == counts(1, accepted=1)
            assert [m for m, *_ in month(office, "reported")] == [found]

    def test_a_correction_from_elsewhere_stands(self, office: Office, write: Write) -> None:
        path = self.write(write, "K1,2026-01-31 22:00,2026-01-31 23:50,P1,其他,1000,既遂,")
        imported(office, path, None)
        event = {
            "specversion": "1.0", "id": "by-hand", "source": "desk", "type": "incident.loss_corrected", "subject": "K1",
            "time": "2026-02-01T00:00:00Z", "data": {"loss_fen": 7},
        }  # fmt: skip
        list(COMMANDS["submit"](office, {"events": [event]}, lambda done, total: None))
        assert imported(office, path, None)[0] == counts(1, duplicate=1)
        assert month(office) == [("2026-01", "P1", 1, 7)]
        changed = self.write(write, "K1,2026-01-31 22:00,2026-01-31 23:50,P1,其他,2000,既遂,")
        assert imported(office, changed, None)[0] == counts(1, accepted=1)
        assert month(office) == [("2026-01", "P1", 1, 200_000)]

    @example(files=[("x", {"a": 1}), ("y", {"a": 1}), ("x", {"a": 2}), ("y", {"a": 1}), ("x", {"a": 1})])
    @given(files=FILES)
    @settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_sequence_of_files_of_two_sources(
        self, files: list[File], write: Write, new_database: Callable[[], Warehouse],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:  # fmt: skip
        check_files(files, write, tmp_path_factory.mktemp("sources"), Standing(new_database()))

    @pytest.mark.slow
    @given(files=FILES)
    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_sequence_for_long(
        self, files: list[File], write: Write, new_database: Callable[[], Warehouse],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:  # fmt: skip
        check_files(files, write, tmp_path_factory.mktemp("sources"), Standing(new_database()))


def check_files(files: list[File], write: Write, folder: Path, database: Standing) -> None:
    office = office_on(folder / "data", database, Clock(datetime(2026, 3, 1, tzinfo=UTC)))
    for source, said in files:
        imported(office, write(lines(said)), of(source))
    office.settle()
    rows = office.answer(Question("incident")).dicts()
    assert {r["incident"]: r["loss_fen"] for r in rows} == plain_rule(files)
    office.close()
