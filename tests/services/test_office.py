"""The owner of a data folder: its lock, its two ways of life, and what becomes of failures."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from schemas import read_plan, wire_time
from services.errors import Unavailable
from services.lock import FolderLock, Held
from services.office import Office
from streams.errors import TerminalError, TransientError
from streams.figures import Question
from streams.plans import adoption
from tests.offices import Clock, Standing, office_on
from tests.plans import changed, limited
from tests.services.test_submit import incident
from tests.wire import raw

QUESTION = Question("incidents", by=("station",))


def until(done: Callable[[], Any], what: str) -> None:
    """Waits for what another thread does."""
    end = monotonic() + 30
    while not done():
        assert monotonic() < end, f"never: {what}"
        sleep(0.02)


def counted(office: Office) -> int:
    return sum(row["incidents"] for row in office.answer(QUESTION).dicts())


class TestLock:
    def test_the_second_is_told_who_has_it(self, tmp_path: Path) -> None:
        lock = FolderLock(tmp_path)
        with pytest.raises(Held, match=rf"{os.getpid()}\b") as told:
            FolderLock(tmp_path)
        assert str(tmp_path) in str(told.value)
        assert "--data" in str(told.value), "says what to do"
        assert (tmp_path / "lock").read_text() == str(os.getpid()), "who asks in vain leaves the name alone"
        lock.release()
        FolderLock(tmp_path).release()

    def test_another_process_is_told_too_and_a_dead_one_holds_nothing(self, tmp_path: Path) -> None:
        code = """import sys; from pathlib import Path; from services.lock import FolderLock
lock = FolderLock(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"""
        words = [sys.executable, "-c", code, str(tmp_path)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(Held, match=rf"{holder.pid}\b"):
                FolderLock(tmp_path)
            holder.kill()
        FolderLock(tmp_path).release()

    def test_a_folder_that_cannot_be_one(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(Unavailable, match="file") as told:
            FolderLock(tmp_path / "file")
        assert not isinstance(told.value, Held)

    @pytest.mark.chdb
    def test_an_office_that_fails_to_open_lets_go(self, tmp_path: Path, standing: Standing, clock: Clock) -> None:
        """A definition that the plan contradicts: refused, and the folder is free again."""
        standing.insert("definition", {"name": ["zone", "epoch"], "value": ["Europe/Paris", "0"], "seq": [0, 0]})
        for _ in range(2):
            with pytest.raises(TerminalError, match="Europe/Paris"):
                office_on(tmp_path, standing, clock)


@pytest.mark.chdb
class TestDirect:
    def test_facts_then_marts(self, office: Office) -> None:
        """`catch_up` brings facts, `settle` marts too; the version tells that something moved."""
        before = office.version()
        assert [a.status for a in office.submit([raw(incident("e1"))], "a")] == ["accepted"]
        assert office.version() == before
        office.catch_up()
        assert office.version() != before
        assert office.version().marts == before.marts
        (row,) = office.answer(Question("incident")).dicts()
        assert row["incident"] == "of e1"
        assert counted(office) == 0
        office.settle()
        assert counted(office) == 1
        moved = office.version()
        assert moved != before
        office.settle()
        assert office.version() == moved, "nothing moved"

    def test_the_next_owner_goes_on(self, opened: Callable[[], Office]) -> None:
        """What was accepted and not yet read, and what was read and not yet counted."""
        office = opened()
        office.submit([raw(incident("e1"))], "a")
        office.catch_up()
        office.submit([raw(incident("e2"))], "a")
        office = opened()
        office.settle()
        assert counted(office) == 2
        (again,) = office.submit([raw(incident("e1"))], "a")
        assert again.status == "duplicate"


class Faulty(Standing):
    """A warehouse that fails as often as it is told, when batches are stored."""

    def __init__(self, inner: Standing, *failures: Exception) -> None:
        super().__init__(inner.inner)
        self.failures = list(failures)

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        if table == "archive" and self.failures:
            raise self.failures.pop(0)
        super().insert(table, columns)


@pytest.mark.chdb
class TestLive:
    def test_follows_and_ends_in_peace(self, opened: Callable[[], Office]) -> None:
        """Figures move by themselves; closing finishes what was begun, and nothing was told as an error."""
        office, failed = opened(), list[Exception]()
        office.go_live(failed.append)
        for n in range(2):
            office.submit([raw(incident(f"e{n}"))], "a")
            until(lambda n=n: counted(office) == n + 1, f"{n + 1} incidents")  # type: ignore[misc]
        office.submit([raw(incident("last"))], "a")
        until(lambda: office.answer(Question("incident", {"incident": ("of last",)})).rows, "the last fact")
        office = opened()
        assert counted(office) == 3, "the round was played before the folder was let go"
        assert failed == []

    def test_commands_take_turns_with_the_thread(self, office: Office) -> None:
        failed: list[Exception] = []
        office.go_live(failed.append)
        for n in range(2):
            office.submit([raw(incident(f"e{n}"))], "a")
            office.settle()
            assert counted(office) == n + 1
        assert failed == []

    def test_what_may_pass_is_tried_again(self, tmp_path: Path, standing: Standing, clock: Clock) -> None:
        faulty = Faulty(standing, TransientError("one"), TransientError("two"), TransientError("three"))
        office, failed = office_on(tmp_path, faulty, clock), list[Exception]()
        office.submit([raw(incident("e1"))], "a")
        office.go_live(failed.append)
        until(lambda: counted(office) == 1, "counted in the end")
        office.close()
        assert faulty.failures == []
        assert failed == []

    @pytest.mark.parametrize("error", [TerminalError("no such table"), ValueError("a fault of ours")])
    def test_what_will_not_pass_reaches_the_owner(
        self, tmp_path: Path, standing: Standing, clock: Clock, error: Exception
    ) -> None:
        """The thread ends and says why; what was accepted is safe, and the next owner brings it."""
        office = office_on(tmp_path, Faulty(standing, error), clock)
        told, heard = list[Exception](), threading.Event()

        def ended(what: Exception) -> None:
            told.append(what)
            heard.set()

        office.submit([raw(incident("e1"))], "a")
        office.go_live(ended)
        assert heard.wait(30)
        assert told == [error]
        assert [a.status for a in office.submit([raw(incident("e2"))], "a")] == ["accepted"]
        office.close()
        office = office_on(tmp_path, standing, clock)
        office.settle()
        assert counted(office) == 2
        office.close()

    def test_closing_twice_and_unasked(self, tmp_path: Path, standing: Standing, clock: Clock) -> None:
        """An office that never went live closes as well; the lock is free each time."""
        for live in (False, True):
            office = office_on(tmp_path, standing, clock)
            if live:
                office.go_live(lambda _: None)
            office.close()
            office.close()
            FolderLock(tmp_path).release()


@pytest.mark.chdb
class TestRules:
    def test_an_office_that_lives_adopts_its_plan_and_alerts(
        self, tmp_path: Path, standing: Standing, clock: Clock
    ) -> None:
        """As the leader of a cluster does; one that only answers commands says nothing."""
        plan, failed = read_plan(limited(2, settle=1))[0], list[Exception]()
        office = office_on(tmp_path, standing, clock, plan)
        today = wire_time(clock())
        office.submit([raw(incident(f"e{n}", occurred_at=today)) for n in range(2)], "a")
        office.settle()
        assert office.plans().adopted == ()
        office.go_live(failed.append)
        until(lambda: office.plans().adopted, "a plan is adopted")
        assert office.plan == plan

        def alerts() -> list[dict[str, Any]]:
            clock.moment += timedelta(seconds=1)
            return office.answer(Question("alerts")).dicts()

        until(alerts, "an alert")
        assert {(row["rule"], row["threshold"]) for row in alerts()} == {("high_incidence", 2)}
        office.close()
        assert failed == []
        office = office_on(tmp_path, standing, clock)
        assert office.plan == plan, "the plan in the log, not the one that ships"
        office.close()

    def test_the_plan_of_a_moment_is_the_one_known_then(self, office: Office, clock: Clock) -> None:
        before = clock()
        said = adoption(limited(3), before.date(), "")
        (answer,) = office.submit([raw(said)], "office")
        assert answer.status == "accepted"
        office.catch_up()
        assert office.plan.alerts.incidents_7d == 3
        assert office.plan_at(before).alerts.incidents_7d == 10

    @pytest.mark.parametrize("values", [{"time_zone": "Asia/Urumqi"}, {"id": "another"}])
    def test_a_plan_that_does_not_fit_is_refused(self, office: Office, clock: Clock, values: dict[str, str]) -> None:
        """Days are those of the folder's zone; and it is the plan that the subject names."""
        said = adoption(changed(**values), clock().date()) | {"subject": "county-year"}
        (answer,) = office.submit([raw(said)], "office")
        assert answer.status == "rejected"
        assert next(iter(values.values())) in answer.reason or "Asia/Shanghai" in answer.reason


OPENING = """
import sys
from pathlib import Path
from services.settings import Settings
from services.wiring import open_office
from streams.errors import TerminalError
data = Path(sys.argv[1])
for plan in (None, Path(sys.argv[2])):
    try:
        open_office(Settings(data=data / "one", plan=plan)).close()
        print("opened")
    except TerminalError:
        print("refused")
open_office(Settings(data=data / "two")).close()
print(*(oct(path.stat().st_mode)[-3:] for path in (data / "one", data / "one" / "vault")))
"""


@pytest.mark.chdb
def test_what_was_opened_is_closed_where_the_rest_cannot_be(tmp_path: Path) -> None:
    """A plan that the folder contradicts: everything is let go, or no other folder could be opened after it."""
    plan = (
        files("schemas")
        .joinpath("plans", "county-year.yaml")
        .read_text("utf-8")
        .replace("Asia/Shanghai", "Europe/Paris")
    )
    (tmp_path / "plan.yaml").write_text(plan, "utf-8")
    words = [sys.executable, "-c", OPENING, str(tmp_path), str(tmp_path / "plan.yaml")]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["opened", "refused", "700", "700"]
