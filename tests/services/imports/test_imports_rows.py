"""Rows that need a person, places that are not registered, and the registry's own files."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.imports import ErrorFile, InputError, Job, Problem, import_files
from services.imports.check import read_mapping
from services.imports.problems import MASK
from services.imports.run import CHUNK
from services.imports.runner_memory import MemoryRunner
from tests.services.imports.conftest import Write
from tests.services.imports.importing import INCIDENTS, SIMPLE, Counted, counts, never, rows_of, run, simple, types


class TestPlaces:
    REJECT = SIMPLE.model_copy(update={"unregistered": type(SIMPLE.unregistered)(policy="reject")})

    def test_an_unregistered_station_refuses_the_row(self, runner: MemoryRunner, write: Write) -> None:
        counted, problems = run(runner, write(simple("a,xx,1,", "b,xx,1,")), mapping=self.REJECT)
        assert counted == counts(2, rejected=2)
        assert [(p.line, p.column, p.value) for p in problems] == [(2, "station", "xx"), (3, "station", "xx")]
        assert "unregistered: register" in problems[0].reason
        assert runner.events == []

    def test_a_registered_one_does_not(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write("代码,名称,乡镇\nxx,某所,某镇\n"), mapping=None, kind="stations")
        assert run(runner, write(simple("a,xx,1,")), mapping=self.REJECT)[0] == counts(1, accepted=1)

    def test_a_registration_that_is_refused(self, write: Write) -> None:
        runner = MemoryRunner(refuse=lambda e: "no" if e["subject"] == "xx" else "")
        counted, problems = run(runner, write(simple("a,xx,1,", "b,cg,1,")))
        assert counted == counts(2, accepted=1, rejected=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(2, "station", "xx")]
        assert problems[0].reason.endswith("no")

    def test_what_a_registered_place_is_given(self, runner: MemoryRunner, write: Write) -> None:
        text = 'id: "{id}"\nunregistered: {policy: register, township: 城关镇, valid_from: 2020/1/1}\n'
        text += "fields:\n  occurred_at: t\n  station: s\n  residence_community: c\n  category: k\n"
        text += "  loss_fen: {constant: 1}\n  stage: {constant: 未遂}\n"
        path = write("id,t,s,c,k\n1,2024-01-05 08:30,cg,dj,m07\n")
        assert run(runner, path, mapping=read_mapping(text, INCIDENTS))[0] == counts(1, accepted=1)
        assert [e["data"] for e in runner.events[:2]] == [
            {"name": "cg", "township": "城关镇", "valid_from": "2020-01-01"},
            {"level": "community", "name": "dj", "parent": "城关镇", "valid_from": "2020-01-01"},
        ]


class TestRegistry:
    STATIONS = "派出所代码,派出所名称,乡镇\ncg,城关所,城关镇\ndj,东街所,城关镇\n"
    COMMUNITIES = "社区代码,社区名称,乡镇,派出所,生效日期\nc1,东街,城关镇,cg,2023-01-01\nc2,西街,城关镇,nn,2023-01-01\n"
    POPULATION = (
        '社区,统计日期,实有人口,户数\nc1,2023年12月31日,"12,345",4000\nc1,2024-12-31,12400,\nc9,2024-12-31,1,1\n'
    )

    def test_the_three_files_of_a_county(self, runner: MemoryRunner, write: Write) -> None:
        def one(kind: str, text: str) -> Counted:
            return run(runner, write(text, encoding="gb18030"), mapping=None, kind=kind)

        assert one("stations", self.STATIONS) == (counts(2, accepted=2), [])
        counted, problems = one("communities", self.COMMUNITIES)
        assert counted == counts(2, accepted=1, rejected=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(3, "派出所", "nn")]
        counted, problems = one("population", self.POPULATION)
        assert counted == counts(3, accepted=2, rejected=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(4, "社区", "c9")]
        assert Counter(types(runner)) == {
            "station.registered": 2,
            "place.registered": 2,
            "community.assigned": 1,
            "population.recorded": 2,
        }
        assert runner.values("population", "c1", "2023-12-31") == {"pop_actual": 12345, "households": 4000}
        assert runner.values("place", "c1", "2023-01-01") == {
            "level": "community",
            "name": "东街",
            "parent": "城关镇",
        }
        known = list(runner.events)
        assert one("stations", self.STATIONS)[0] == counts(2, duplicate=2)
        assert one("communities", self.COMMUNITIES)[0] == counts(2, duplicate=1, rejected=1)
        assert one("population", self.POPULATION)[0] == counts(3, duplicate=2, rejected=1)
        assert runner.events == known

    def test_a_community_that_changes_its_station(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write(self.STATIONS), mapping=None, kind="stations")
        head, first, _ = self.COMMUNITIES.splitlines()
        later = first.replace("cg,2023", "dj,2024")
        path = write("\n".join([head, first, later]))
        assert run(runner, path, mapping=None, kind="communities")[0] == counts(2, accepted=2)
        assert runner.values("assignment", "c1", "2024-01-01")["station"] == "dj"
        assert run(runner, path, mapping=None, kind="communities")[0] == counts(2, duplicate=2)


class TestProblems:
    ID = "110105199001011234"
    NAMED = "警情编号,发案时间,派出所,类别,损失(万元),阶段,身份证号,姓名\n"

    def test_a_refusal_never_repeats_an_identity(self, write: Write) -> None:
        runner = MemoryRunner(refuse=lambda e: f"bad {e['data'].get('person')}" if "person" in e["data"] else "")
        run(runner, write("代码,名称,乡镇\ncg,城关所,城关镇\n"), mapping=None, kind="stations")
        path = write(f"{self.NAMED}a,2024-01-05 08:30,cg,刷单返利,1.5,既遂,{self.ID},张三\n")
        counted, problems = run(runner, path, mapping=None)
        assert counted == counts(1, rejected=1)
        assert MASK in problems[0].reason
        assert self.ID not in repr(problems)

    def test_an_identity_goes_out_with_the_first_report_only(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write("代码,名称,乡镇\ncg,城关所,城关镇\n"), mapping=None, kind="stations")
        row = f"a,2024-01-05 08:30,cg,刷单返利,1.5,既遂,{self.ID},张三\n"
        assert run(runner, write(self.NAMED + row), mapping=None)[0] == counts(1, accepted=1)
        assert runner.events[-1]["data"]["person"] == {"id_number": self.ID}
        assert runner.events[-1]["data"]["loss_fen"] == 1_500_000
        other = row.replace(self.ID, "").replace("1.5", "2")
        assert run(runner, write(self.NAMED + other), mapping=None)[0] == counts(1, accepted=1)
        assert runner.events[-1]["data"] == {"loss_fen": 2_000_000}

    def test_a_conflict_is_for_a_person_to_see(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write(simple("a,,1,")))

        def lagging(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
            return iter([]) if command == "states" else runner(command, body)

        problems: list[Problem] = []
        found = import_files(Job(INCIDENTS, SIMPLE), [write(simple("a,,2,"))], lagging, problems.append)
        assert rows_of(found) == counts(1, rejected=1)
        assert (problems[0].line, problems[0].value) == (2, "a")

    def test_a_note_counts_as_nothing(self, runner: MemoryRunner, write: Write) -> None:
        text = 'id: "{id}"\nunregistered: register\nfields:\n  occurred_at: {constant: 2024-01-05 08:30}\n'
        text += "  station: {constant: cg}\n  category: {constant: other}\n  loss_fen: {constant: 1}\n"
        text += "  stage: {constant: completed}\n  sex: 性别\n"
        mapping = read_mapping(text, INCIDENTS)
        run(runner, write("id,性别\na,男\n"), mapping=mapping)
        counted, problems = run(runner, write("id,性别\na,女\n"), mapping=mapping)
        assert counted == counts(1, duplicate=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(2, "性别", "female")]

    def test_the_error_file(self, runner: MemoryRunner, write: Write, tmp_path: Path) -> None:
        path = tmp_path / "errors.csv"
        with ErrorFile(path) as errors:
            import_files(Job(INCIDENTS, SIMPLE), [write(simple("a,,约1,", "b", "c,,2,"))], runner, errors)
        rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
        assert [(r["line"], r["column"], r["value"]) for r in rows] == [("2", "loss", "约1"), ("3", "", "")]
        assert all(r["reason"] for r in rows)
        with pytest.raises(InputError, match="错误文件"):
            ErrorFile(tmp_path / "none" / "errors.csv")

    def test_unusable_files_are_refused_before_anything_is_sent(self, runner: MemoryRunner, write: Write) -> None:
        with pytest.raises(InputError, match=r"2\.csv:1: 表头没有列"):
            run(runner, write(simple("a,,1,"), "1.csv"), write("id,loss\na,1\n", "2.csv"))
        with pytest.raises(InputError, match=r"表头认不出：incident（.*--map"):
            run(runner, write("a,b\n1,2\n"), mapping=None)
        assert runner.calls == []

    def test_an_owner_that_answers_too_little(self, write: Write) -> None:
        with pytest.raises(RuntimeError, match="answered"):
            import_files(Job(INCIDENTS, SIMPLE), [write(simple("a,,1,"))], lambda c, b: iter([]), never)

    def test_progress(self, runner: MemoryRunner, write: Write) -> None:
        seen: list[tuple[int, int | None]] = []
        path = write(simple(*(f"i{n},,1," for n in range(CHUNK + 1))))
        import_files(Job(INCIDENTS, SIMPLE), [path], runner, never, lambda a, b: seen.append((a, b)))
        assert seen == [(0, CHUNK + 1), (CHUNK, CHUNK + 1), (CHUNK + 1, CHUNK + 1)]


class TestRemarks:
    def test_ids_repeated_with_other_content(self, runner: MemoryRunner, write: Write) -> None:
        path = write(simple("a,,1,", "a,,1,", "b,,1,", "b,,2,", "b,,1,", "c,,1,"))
        assert import_files(Job(INCIDENTS, SIMPLE), [path], runner, never).as_dict()["repeated"] == 1
        path = write(simple("a,,1,", "a,,1,"))
        assert "repeated" not in import_files(Job(INCIDENTS, SIMPLE), [path], runner, never).as_dict()

    def test_places_registered_are_named(self, runner: MemoryRunner, write: Write) -> None:
        path = write(simple("a,xx,1,", "b,yy,1,", "c,xx,1,"))
        job = Job(INCIDENTS, SIMPLE)
        assert import_files(job, [path], runner, never).as_dict()["registered"] == {"station": ["xx", "yy"]}
        assert "registered" not in import_files(job, [path], runner, never).as_dict()

    def test_many_of_them_are_cut_short(self, runner: MemoryRunner, write: Write) -> None:
        path = write(simple(*(f"i{n},s{n},1," for n in range(150))))
        (shown,) = import_files(Job(INCIDENTS, SIMPLE), [path], runner, never).as_dict()["registered"].values()
        assert (len(shown), shown[-1]) == (101, "… +50")

    @pytest.mark.parametrize(
        ("ids", "noted"),
        [
            (["1001", "1002", "0003", "3"], True),
            (["1001", "1002", "1003"], False),
            ([str(n) for n in range(1, 60)], False),
            ([str(n) for n in range(1, 2500)], False),
            (["1001", "3", "4", "5"], False),
            (["AB-7", "1001", "1002", "x3"], False),
        ],
    )
    def test_ids_that_may_have_lost_their_zeros(
        self, runner: MemoryRunner, write: Write, ids: list[str], noted: bool
    ) -> None:
        path = write(simple(*(f"{one},,1," for one in ids)))
        said = import_files(Job(INCIDENTS, SIMPLE), [path], runner, never).as_dict()
        assert [note.split("，")[0] for note in said.get("notes", [])] == ["1 个编号比其余的 4 位短"] * noted

    def test_a_code_with_decimals_is_noted_and_counts(self, runner: MemoryRunner, write: Write) -> None:
        counted, problems = run(runner, write(simple("1001.0,,1,")))
        assert counted == counts(1, accepted=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(2, "id", "1001.0")]


class TestErrorFile:
    @pytest.mark.parametrize("text", ["=1+1", "+1+1", "-2+3", "@a", "\t=1", "\r=1", "＝1", '=HYPERLINK("x")'])
    def test_no_cell_is_a_formula(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "errors.csv"
        with ErrorFile(path) as errors:
            errors(Problem(2, text, text, text))
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert rows[1] == ["2", f"'{text}", f"'{text}", f"'{text}"]

    def test_other_cells_are_as_they_were(self, tmp_path: Path) -> None:
        path = tmp_path / "errors.csv"
        with ErrorFile(path) as errors:
            errors(Problem(2, "损失", "约1 = 2", ""))
        assert path.read_text("utf-8").splitlines()[1] == "2,损失,约1 = 2,"
