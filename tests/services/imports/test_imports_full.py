"""A full export says what its source no longer holds: once, of its days alone, and nothing where it may be no such."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.commands import COMMANDS
from services.imports import InputError, Job, full, import_files
from services.imports.check import read_mapping
from services.imports.known import Runner
from services.imports.runner_memory import MemoryRunner
from services.office import Office
from streams.figures import Question
from streams.warehouse import Warehouse
from tests.offices import Clock, Standing, office_on
from tests.services.imports.conftest import Write
from tests.services.imports.importing import INCIDENTS, never

TEXT = """
source: county-110
id: "{id}"
unregistered: register
where_not: {station: [合计]}
fields:
  occurred_at: {column: at, format: "%Y-%m-%d %H:%M"}
  station: station
  category: {constant: other}
  loss_fen: {column: loss, unit: fen}
  stage: {constant: completed}
full: {field: occurred_at, from: 2026/3/1, until: 2026-03-31}
"""
MAPPING = read_mapping(TEXT, INCIDENTS)
WINDOW = {"field": "occurred_at", "from": "2026-03-01", "until": "2026-03-31"}
MARCH = {"a": "2026-03-01 00:00", "b": "2026-03-15 12:00", "c": "2026-03-31 23:59"}
AROUND = {"before": "2026-02-28 23:59", "after": "2026-04-01 00:00"}


@pytest.fixture(params=["memory", pytest.param("owner", marks=pytest.mark.chdb)])
def runner(request: pytest.FixtureRequest) -> Runner:
    if request.param == "memory":
        return MemoryRunner()
    office: Office = request.getfixturevalue("office")
    return lambda command, body: COMMANDS[command](office, body, lambda done, total: None)


@pytest.fixture
def office(tmp_path: Path, new_database: Callable[[], Warehouse]) -> Iterator[Office]:
    office = office_on(tmp_path / "data", Standing(new_database()), Clock(datetime(2026, 4, 2, tzinfo=UTC)))
    yield office
    office.close()


def lines(*ids: str, loss: int = 100) -> str:
    known = MARCH | AROUND
    return "\n".join(["id,at,station,loss", *(f"{i},{known.get(i, MARCH['b'])},s1,{loss}" for i in ids), ""])


def held(runner: Runner, *files: Path, dry_run: bool = False) -> dict[str, Any]:
    """What the result says of the export. A `source.checked` that its runner refuses would stand in it."""
    found = import_files(Job(INCIDENTS, MAPPING, dry_run=dry_run), files, runner, never)
    said: dict[str, Any] = found.as_dict()["full"]
    assert {name: said.pop(name) for name in WINDOW} == WINDOW
    return said


def lacks(*numbers: str) -> dict[str, Any]:
    return {"missing": len(numbers), "numbers": list(numbers)}


def test_what_is_missing_is_said_and_what_comes_back_is_not(runner: Runner, write: Write) -> None:
    """Both ends of the window are in, the days around it are not."""
    whole, part = write(lines(*MARCH, *AROUND), "whole.csv"), write(lines("b"), "part.csv")
    assert held(runner, whole) == lacks()
    for _ in range(2):
        assert held(runner, part) == lacks("a", "c")
        assert held(runner, whole) == lacks()


def test_files_of_one_command_are_one_export(runner: Runner, write: Write) -> None:
    held(runner, write(lines(*MARCH)))
    assert held(runner, write(lines("a"), "1.csv"), write(lines("b"), "2.csv")) == lacks("c")


def test_a_check_is_said_once(write: Write) -> None:
    """The same file is harmless; what was found once, and again after something else, is said again."""
    runner = MemoryRunner()
    whole, part = write(lines(*MARCH), "whole.csv"), write(lines("b"), "part.csv")
    for path in (whole, whole, part, part, whole, part):
        held(runner, path)
    checks = [e for e in runner.events if e["type"] == "source.checked"]
    assert [e["data"]["missing"] for e in checks] == [[], ["a", "c"], [], ["a", "c"]]
    assert len({e["id"] for e in checks}) == 4
    assert {(e["source"], e["subject"], e["data"]["kind"]) for e in checks} == {
        ("county-110", "county-110", "incidents")
    }
    assert [e["data"]["rows"] for e in checks] == [3, 1, 3, 1]


def test_a_trial_says_nothing(write: Write) -> None:
    runner = MemoryRunner()
    held(runner, write(lines(*MARCH), "whole.csv"))
    before = list(runner.events)
    assert held(runner, write(lines("b"), "part.csv"), dry_run=True) == lacks("a", "c")
    assert runner.events == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lines("b", "") + lines("", "c").partition("\n")[2], "2 行读不出编号"),  # empty ids
        (lines("after"), "没有该来源此期间的任何编号"),
    ],
)
def test_nothing_is_said_of_what_may_be_another_file(runner: Runner, write: Write, text: str, reason: str) -> None:
    held(runner, write(lines(*MARCH), "whole.csv"))
    path = write(text, "odd.csv")
    found = import_files(Job(INCIDENTS, MAPPING), [path], runner, lambda problem: None).as_dict()
    assert reason in found["full"]["refused"]


def test_more_than_an_event_holds(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full, "MOST", 1)
    runner = MemoryRunner()
    held(runner, write(lines(*MARCH), "whole.csv"))
    assert "缺 2 个编号" in held(runner, write(lines("b"), "part.csv"))["refused"]
    assert sum(e["type"] == "source.checked" for e in runner.events) == 1


def test_a_row_that_is_refused_is_there(runner: Runner, write: Write) -> None:
    """Its number is named, whatever else is wrong with it; one that the filter leaves out is not."""
    held(runner, write(lines(*MARCH), "whole.csv"))
    text = lines("b") + "a,not a time,s1,100\nc,2026-03-31 23:59,合计,100\n"
    found = import_files(Job(INCIDENTS, MAPPING), [write(text, "odd.csv")], runner, lambda problem: None).as_dict()
    assert found["full"] == {**WINDOW, **lacks("c")}


@pytest.mark.chdb
def test_it_is_a_doubt_until_its_source_has_it_again(office: Office, write: Write) -> None:
    def runner(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return COMMANDS[command](office, body, lambda done, total: None)

    def doubts() -> list[str]:
        office.settle()
        return [row["subject"] for row in office.answer(Question("doubts", {"kind": ("number_gone",)})).dicts()]

    whole, part = write(lines(*MARCH), "whole.csv"), write(lines("b"), "part.csv")
    for path, wanted in ((whole, []), (part, ["a", "c"]), (whole, []), (part, ["a", "c"])):
        held(runner, path)
        assert sorted(doubts()) == wanted
    held(runner, write(lines("a", "b", loss=200), "some.csv"))
    assert doubts() == ["c"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("source: county-110\n", "", "source"),
        ("field: occurred_at", "field: station", "occurred_at, reported_at, filed_at"),
        ("field: occurred_at", "field: filed_at", "不在 fields 中"),
        ("2026/3/1", "2026-04-01", "早于 from"),
        ("2026/3/1", "spring", "不是日期"),
        ('id: "{id}"', "id: {content: mapped}", "须有编号"),
        (", until: 2026-03-31", "", "缺少这一项"),
    ],
)
def test_a_wrong_one_is_refused_with_its_line(old: str, new: str, reason: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError, match=reason) as told:
        read_mapping(TEXT.replace(old, new), INCIDENTS)
    assert "map:" in str(told.value)


@pytest.mark.chdb
@pytest.mark.parametrize("wrong", [{"field": "station"}, {"from": "2026-13-01"}, {"zone": "Nowhere/Else"}])
def test_a_window_that_is_none(office: Office, wrong: dict[str, str]) -> None:
    asked = {"family": "incident", "source": "x", "window": {**WINDOW, "zone": "Asia/Shanghai", **wrong}}
    with pytest.raises(InputError, match=r"没有这样的时刻|不是时段"):
        list(COMMANDS["states"](office, asked, lambda done, total: None))
