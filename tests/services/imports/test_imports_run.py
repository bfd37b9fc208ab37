"""The whole way of a file: every row counted once, twice is harmless, and a difference is a correction."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.imports import Job, import_files, load_mapping
from services.imports.known import Known
from services.imports.mapping import ImportMapping
from services.imports.run import CHUNK
from services.imports.runner_memory import MemoryRunner
from tests.services.imports.conftest import Write, refused
from tests.services.imports.importing import INCIDENTS, ROOT, SIMPLE, counts, never, rows_of, run, simple, types

EXCERPT = ROOT / "tests" / "data" / "foreign-incidents.csv"


class TestForeignExport:
    def mapping(self, name: str) -> ImportMapping:
        return load_mapping(ROOT / "docs" / "examples" / name, INCIDENTS)

    def test_all_rows(self, runner: MemoryRunner) -> None:
        counted, problems = run(runner, EXCERPT, mapping=self.mapping("foreign-incidents.yaml"))
        assert counted == counts(60, accepted=59, rejected=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(61, "", "")]
        assert "未闭合" in problems[0].reason
        assert Counter(types(runner)) == {"station.registered": 10, "incident.reported": 59}
        months = Counter(
            datetime.fromisoformat(e["data"]["occurred_at"]).astimezone(ZoneInfo("Asia/Shanghai")).month
            for e in runner.events
            if e["type"] == "incident.reported"
        )
        assert months == {1: 46, 2: 4, 4: 5, 7: 1, 9: 1, 10: 2}

    def test_fraud_only(self, runner: MemoryRunner) -> None:
        counted, problems = run(runner, EXCERPT, mapping=self.mapping("foreign-fraud.yaml"))
        assert counted == counts(60, accepted=26, skipped=33, rejected=1)
        assert [p.line for p in problems] == [61]
        by_station = Counter(e["data"]["station"] for e in runner.events if e["type"] == "incident.reported")
        assert by_station == {
            **dict.fromkeys(
                ["BAYVIEW", "INGLESIDE", "MISSION", "PARK", "RICHMOND", "SOUTHERN", "TARAVAL", "TENDERLOIN"],
                2,
            ),
            "CENTRAL": 6,
            "NORTHERN": 4,
        }

    def test_one_row_to_the_letter(self, runner: MemoryRunner) -> None:
        run(runner, EXCERPT, mapping=self.mapping("foreign-incidents.yaml"))
        event = next(e for e in runner.events if e["subject"] == "sf-12005827212120")
        assert event["time"] == event["data"]["occurred_at"] == "2016-01-29T03:00:00.000000Z"
        assert event["data"] == {
            "occurred_at": "2016-01-29T03:00:00.000000Z",
            "station": "SOUTHERN",
            "category": "other",
            "loss_fen": 0,
            "stage": "completed",
        }
        assert event["source"] == "import/san-francisco-2016"
        station = next(e for e in runner.events if e["subject"] == "SOUTHERN")
        assert station["data"] == {"name": "SOUTHERN", "township": "unknown", "valid_from": "2016-01-01"}

    def test_twice_and_the_other_way_round_is_harmless(self, runner: MemoryRunner) -> None:
        every, fraud = self.mapping("foreign-incidents.yaml"), self.mapping("foreign-fraud.yaml")
        run(runner, EXCERPT, mapping=fraud)
        assert run(runner, EXCERPT, mapping=every)[0] == counts(60, accepted=33, duplicate=26, rejected=1)
        known = list(runner.events)
        assert run(runner, EXCERPT, mapping=every)[0] == counts(60, duplicate=59, rejected=1)
        assert run(runner, EXCERPT, mapping=fraud)[0] == counts(60, duplicate=26, skipped=33, rejected=1)
        assert runner.events == known

    def test_a_dry_run_counts_and_submits_nothing(self, runner: MemoryRunner) -> None:
        counted, problems = run(runner, EXCERPT, mapping=self.mapping("foreign-incidents.yaml"), dry_run=True)
        assert counted == counts(60, accepted=59, rejected=1)
        assert len(problems) == 1
        assert runner.events == []
        assert {command for command, _ in runner.calls} == {"states"}


class TestTomorrow:
    def test_another_loss_is_a_correction(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write(simple("a,,100,", "b,,5,")))
        assert run(runner, write(simple("a,,200,", "b,,5,", "c,,7,")))[0] == counts(3, accepted=2, duplicate=1)
        assert types(runner)[-2:] == ["incident.loss_corrected", "incident.reported"]
        assert runner.values("incident", "a")["loss_fen"] == 200

    def test_what_a_person_corrected_since_stays(self, runner: MemoryRunner, write: Write) -> None:
        path = write(simple("a,,100,"))
        run(runner, path)
        event = {
            **runner.events[-1],
            "id": "by-hand",
            "type": "incident.loss_corrected",
            "data": {"loss_fen": 9},
        }
        event["source"] = "desk"
        list(runner("submit", {"events": [event], "keep_recordedtime": False}))
        assert run(runner, path)[0] == counts(1, duplicate=1)
        assert runner.values("incident", "a")["loss_fen"] == 9, "the file says nothing new"

    def test_a_move_is_checked_against_the_register(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write(simple("a,cg,1,")))
        run(runner, write(simple("a,dj,1,")))
        assert types(runner) == [
            "station.registered",
            "incident.reported",
            "station.registered",
            "incident.moved",
        ]


class TestRepeats:
    def test_rows_of_a_subject_say_one_thing_together(self, runner: MemoryRunner, write: Write) -> None:
        path = write(simple("a,,100,", "a,,200,2024-01-07", "a,,200,"))
        counted, problems = run(runner, path)
        assert counted == counts(3, accepted=1, duplicate=2)
        assert [(p.line, p.column, p.value) for p in problems] == [(4, "loss", "200")], "they contradict each other"
        assert types(runner)[1:] == ["incident.reported", "incident.case_filed"]
        assert runner.values("incident", "a")["loss_fen"] == 200
        assert run(runner, path)[0] == counts(3, duplicate=3)

    def test_across_the_border_of_a_chunk(self, runner: MemoryRunner, write: Write) -> None:
        rows = [f"i{n},,{n}," for n in range(CHUNK + 10)]
        path = write(simple("a,,1,", *rows, "a,,2,", "a,,3,"))
        assert run(runner, path)[0] == counts(CHUNK + 13, accepted=CHUNK + 11, duplicate=2)
        assert max(n for command, n in runner.calls) == CHUNK
        known = list(runner.events)
        assert run(runner, path)[0] == counts(CHUNK + 13, duplicate=CHUNK + 13)
        assert runner.events == known

    def test_of_a_known_subject_only_the_last_row_counts(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write(simple("a,,100,")))
        counted, _ = run(runner, write(simple("a,,1,2024-01-07", "a,,2,", "a,,3,")))
        assert counted == counts(3, accepted=1, duplicate=2)
        assert types(runner)[2:] == ["incident.case_filed", "incident.loss_corrected"]
        assert runner.values("incident", "a")["loss_fen"] == 3

    def test_the_last_row_that_can_be_used(self, runner: MemoryRunner, write: Write) -> None:
        run(runner, write(simple("a,,100,")))
        counted, problems = run(runner, write(simple("a,,1,", "a,,2,", "a,,many,")))
        assert counted == counts(3, accepted=1, duplicate=1, rejected=1)
        assert [(p.line, p.column, p.value) for p in problems] == [(3, "loss", "2"), (4, "loss", "many")]
        assert runner.values("incident", "a")["loss_fen"] == 2

    def test_over_several_files(self, runner: MemoryRunner, write: Write) -> None:
        files = [write(simple("a,,1,", "b,,1,"), "1.csv"), write(simple("a,,2,", "x"), "2.csv")]
        counted, problems = run(runner, *files)
        assert counted == counts(4, accepted=2, duplicate=1, rejected=1)
        assert [(p.line, p.reason[:9]) for p in problems] == [(2, "2.csv: 提示"), (3, "2.csv: 有 ")]
        known = list(runner.events)
        assert run(runner, *files)[0] == counts(4, duplicate=3, rejected=1)
        assert runner.events == known

    ROWS = st.lists(
        st.builds(
            "{},{},{},{}".format,
            st.sampled_from("abc"),
            st.sampled_from(["cg", "dj"]),
            st.sampled_from(["1", "2", "bad"]),
            st.sampled_from(["", "2024-01-07"]),
        ),
        max_size=12,
    )

    @given(first=ROWS, second=ROWS)
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_rows_twice_are_harmless_and_end_at_the_last(
        self, write: Write, first: list[str], second: list[str]
    ) -> None:
        runner = MemoryRunner(refuse=refused)
        for rows in (first, second):
            path = write(simple(*rows))
            counted, problems = run(runner, path)
            assert counted["read"] == sum(counted.values()) - counted["read"] == len(rows)
            unusable = [p for p in problems if "提示" not in p.reason]
            assert counted["rejected"] == len(unusable) == sum(",bad," in row for row in rows)
            known = list(runner.events)
            again, _ = run(runner, path)
            assert (again["accepted"], runner.events) == (0, known)
            last = {row[0]: row.split(",") for row in rows if ",bad," not in row}
            for subject, (_, station, loss, _) in last.items():
                values = runner.values("incident", subject)
                assert (values["station"], values["loss_fen"]) == (station, int(loss))

    def test_an_owner_that_lags_behind_its_log(self, runner: MemoryRunner, write: Write) -> None:
        path = write(simple("a,,2,", "b,,1,"))
        run(runner, path)
        known = list(runner.events)

        def lagging(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
            return iter([]) if command == "states" else runner(command, body)

        found = import_files(Job(INCIDENTS, SIMPLE), [path], lagging, never)
        assert rows_of(found) == counts(2, duplicate=2)
        assert runner.events == known


def test_what_was_forgotten_is_asked_for_again(runner: MemoryRunner) -> None:
    known = Known(runner, "s", capacity=2)
    known.ask("incident", "abc")
    known.shrink()
    known.ask("incident", "abc")
    assert [n for _, n in runner.calls] == [3, 1]
