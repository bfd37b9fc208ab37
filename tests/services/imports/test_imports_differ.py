"""What differs, as events: ids that repeat where the act repeats, and only there."""

from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.imports.convert import Draft
from services.imports.differ import Origin, State, differ, same
from services.imports.kinds import ASSIGNMENT, COMMUNITY, INCIDENT, POPULATION, STATION
from services.imports.values import Scalar
from tests.services.imports.conftest import refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
ORIGIN = Origin("import/test", "import", SHANGHAI)
VALUES: dict[str, Scalar] = {
    "occurred_at": "2024-01-05T00:30:00.000000Z",
    "station": "cg",
    "category": "fake_loan",
    "loss_fen": 100,
    "stage": "completed",
}
FIELDS = {
    "occurred_at": st.sampled_from(["2024-01-05T00:30:00.000000Z", "2024-01-06T00:30:00.000000Z"]),
    "station": st.sampled_from(["cg", "dj"]),
    "residence_community": st.sampled_from(["c1", "c2"]),
    "category": st.sampled_from(["fake_loan", "other"]),
    "loss_fen": st.integers(0, 3),
    "stage": st.sampled_from(["completed", "dissuaded"]),
}
ROWS = st.lists(st.fixed_dictionaries(FIELDS), min_size=1, max_size=6)


def draft(**values: Scalar) -> Draft:
    return Draft(2, ("i1", ""), VALUES | values, {"person": {"name": "张三"}})


def dated(valid_from: str = "2024-01-01", **values: Scalar) -> Draft:
    return Draft(2, ("p1", valid_from), {"valid_from": valid_from, **values}, {})


def events(row: Draft, state: State | None) -> list[dict[str, Any]]:
    found = differ(INCIDENT, row, state, ORIGIN).events
    assert [refused(event) for event in found] == [""] * len(found)
    return list(found)


REPORTED = differ(INCIDENT, draft(), None, ORIGIN).state
ELSEWHERE = State(stated=True)  # others have reported the incident, this source has said nothing of it


class TestIncident:
    def test_a_first_report(self) -> None:
        (event,) = events(draft(sex="male", reported_at="2024-01-05T02:00:00.000000Z"), None)
        assert (event["type"], event["subject"], event["time"]) == (
            "incident.reported",
            "i1",
            "2024-01-05T02:00:00.000000Z",
        )
        assert event["data"] == VALUES | {"sex": "male", "person": {"name": "张三"}}
        assert "recordedtime" not in event

    def test_no_difference(self) -> None:
        assert events(draft(), REPORTED) == []

    def test_times_are_compared_as_instants(self) -> None:
        known = State({**REPORTED.values, "occurred_at": "2024-01-05T08:30:00+08:00"}, REPORTED.set_by, stated=True)
        assert events(draft(), known) == []
        known = State({**REPORTED.values, "occurred_at": "2024-01-05T00:30:00Z"}, REPORTED.set_by, stated=True)
        assert events(draft(), known) == []

    @pytest.mark.parametrize(
        ("field", "value", "kind"),
        [
            ("category", "other", "incident.reclassified"),
            ("loss_fen", 200, "incident.loss_corrected"),
            ("occurred_at", "2024-01-06T00:30:00.000000Z", "incident.time_corrected"),
            ("stage", "attempted", "incident.stage_corrected"),
            ("frozen_fen", 50, "incident.funds_frozen"),
            ("returned_fen", 50, "incident.funds_returned"),
            ("station", "dj", "incident.moved"),
            ("residence_community", "c1", "incident.moved"),
            ("withdrawn", True, "incident.withdrawn"),
        ],
    )
    def test_each_difference_is_its_own_event(self, field: str, value: Scalar, kind: str) -> None:
        (event,) = events(draft(**{field: value}), REPORTED)
        assert (event["type"], event["data"]) == (kind, {field: value})

    def test_a_move_names_only_what_moved(self) -> None:
        (event,) = events(draft(station="dj", work_community="w"), REPORTED)
        assert event["data"] == {"station": "dj", "work_community": "w"}

    def test_nothing_frozen_and_not_withdrawn_are_what_was_known(self) -> None:
        assert events(draft(frozen_fen=0, returned_fen=0, withdrawn=False), REPORTED) == []

    def test_a_case_is_filed_on_its_day(self) -> None:
        row = draft(filed_at="2024-01-07T16:00:00.000000Z", case_number="A1")
        (event,) = events(row, REPORTED)
        assert (event["type"], event["time"], event["data"]) == (
            "incident.case_filed",
            "2024-01-07T16:00:00.000000Z",
            {"case_number": "A1"},
        )
        filed = differ(INCIDENT, row, REPORTED, ORIGIN).state
        assert events(row, filed) == []
        assert events(row, State({**filed.values, "filed_at": "2024-01-08"}, filed.set_by, stated=True)) == []
        (again,) = events(draft(filed_at="2024-01-09T16:00:00.000000Z", case_number="A1"), filed)
        assert again["data"] == {"case_number": "A1"}

    def test_a_report_and_what_came_after_it_in_one_row(self) -> None:
        row = draft(filed_at="2024-01-07T16:00:00.000000Z", frozen_fen=7)
        assert [e["type"] for e in events(row, None)] == [
            "incident.reported",
            "incident.case_filed",
            "incident.funds_frozen",
        ]

    def test_corrections_known_before_the_report(self) -> None:
        early = State({"loss_fen": 300}, {"loss_fen": "e1"})
        found = events(draft(), early)
        assert [e["type"] for e in found] == ["incident.reported", "incident.loss_corrected"]
        assert found[0]["id"] == events(draft(), None)[0]["id"], "there is one report of each source"

    def test_what_has_no_correction_of_its_own_is_stated(self) -> None:
        known = State({**REPORTED.values, "sex": "male", "occupation": None}, REPORTED.set_by, stated=True)
        (event,) = events(draft(sex="female", occupation="teacher"), known)
        assert (event["type"], event["data"]) == ("incident.stated", {"sex": "female", "occupation": "teacher"})

    def test_the_first_word_on_what_others_reported_is_said_though_it_agrees(self) -> None:
        row = draft(reported_at="2024-01-05T02:00:00.000000Z", withdrawn=False, frozen_fen=0)
        found = events(row, ELSEWHERE)
        assert [e["type"] for e in found] == ["incident.stated", "incident.funds_frozen", "incident.withdrawn"]
        assert found[0]["data"] == {
            **VALUES, "reported_at": "2024-01-05T02:00:00.000000Z", "person": {"name": "张三"}
        }  # fmt: skip
        assert events(row, differ(INCIDENT, row, ELSEWHERE, ORIGIN).state) == []

    def test_the_time_of_report_is_corrected(self) -> None:
        first = differ(INCIDENT, draft(reported_at="2024-01-05T02:00:00.000000Z"), None, ORIGIN).state
        (event,) = events(draft(reported_at="2024-02-05T02:00:00.000000Z"), first)
        assert (event["type"], event["data"]) == (
            "incident.time_corrected",
            {"reported_at": "2024-02-05T02:00:00.000000Z"},
        )

    def test_a_row_older_than_what_was_said_is_stale(self) -> None:
        def at(day: int, loss: int) -> Draft:
            return draft(loss_fen=loss, updated_at=f"2024-02-{day:02d}T00:00:00.000000Z")

        second = differ(INCIDENT, at(2, 5), None, ORIGIN)
        assert second.events[0]["sourcetime"] == "2024-02-02T00:00:00.000000Z"
        old = differ(INCIDENT, at(1, 7), second.state, ORIGIN)
        assert (old.events, old.stale, old.state) == ((), True, second.state)
        for day in (2, 3):
            assert len(differ(INCIDENT, at(day, 7), second.state, ORIGIN).events) == 1
        assert not differ(INCIDENT, draft(loss_fen=7), second.state, ORIGIN).stale, "it does not say when"

    def test_the_time_of_a_correction_is_the_exports_own(self) -> None:
        (event,) = events(draft(loss_fen=1, updated_at="2024-02-01T00:00:00.000000Z"), REPORTED)
        assert event["time"] == "2024-02-01T00:00:00.000000Z"


class TestIds:
    def test_the_same_difference_has_the_same_id(self) -> None:
        assert events(draft(loss_fen=200), REPORTED) == events(draft(loss_fen=200), REPORTED)

    def test_a_value_that_returns_is_another_event(self) -> None:
        up = differ(INCIDENT, draft(loss_fen=200), REPORTED, ORIGIN)
        back = differ(INCIDENT, draft(loss_fen=100), up.state, ORIGIN)
        again = differ(INCIDENT, draft(loss_fen=200), back.state, ORIGIN)
        ids = [outcome.events[0]["id"] for outcome in (up, back, again)]
        assert len(set(ids)) == 3

    def test_sources_do_not_run_into_each_other(self) -> None:
        others = Origin("import/other", "import", SHANGHAI)
        ids = {differ(INCIDENT, draft(), None, origin).events[0]["id"] for origin in (ORIGIN, others)}
        assert len(ids) == 2

    def test_subjects_and_types_do_not_run_into_each_other(self) -> None:
        other = Draft(2, ("i2", ""), draft().values, {})
        assert events(other, None)[0]["id"] != events(draft(), None)[0]["id"]

    @given(ROWS)
    def test_after_a_row_nothing_differs_from_it(self, rows: list[dict[str, Scalar]]) -> None:
        state, ids = None, []
        for row in rows:
            outcome = differ(INCIDENT, Draft(2, ("i1", ""), row, {}), state, ORIGIN)
            state = outcome.state
            ids += [event["id"] for event in outcome.events]
            assert {k: state.values[k] for k in row} == row
            assert differ(INCIDENT, Draft(2, ("i1", ""), row, {}), state, ORIGIN).events == ()
        assert len(ids) == len(set(ids))


class TestDated:
    def test_a_place_of_a_level_with_its_parent(self) -> None:
        (event,) = differ(COMMUNITY, dated(name="东街", township="城关"), None, ORIGIN).events
        assert refused(event) == ""
        assert event["data"] == {
            "level": "community",
            "name": "东街",
            "parent": "城关",
            "valid_from": "2024-01-01",
        }
        assert event["time"] == "2023-12-31T16:00:00.000000Z"

    def test_another_day_is_another_statement(self) -> None:
        row = dated(station="cg", township="城关")
        first = differ(ASSIGNMENT, row, None, ORIGIN)
        second = differ(ASSIGNMENT, dated("2025-01-01", station="cg", township="城关"), None, ORIGIN)
        assert first.events[0]["id"] != second.events[0]["id"]
        assert differ(ASSIGNMENT, row, first.state, ORIGIN).events == ()

    def test_a_day_stated_anew_says_all_the_row_says(self) -> None:
        first = differ(POPULATION, dated(pop_actual=10, households=3), None, ORIGIN)
        (event,) = differ(POPULATION, dated(pop_actual=11, households=3), first.state, ORIGIN).events
        assert refused(event) == ""
        assert event["data"] == {"valid_from": "2024-01-01", "pop_actual": 11, "households": 3}
        assert event["id"] != first.events[0]["id"]

    def test_an_empty_cell_says_nothing(self) -> None:
        first = differ(POPULATION, dated(pop_actual=10, households=3), None, ORIGIN)
        assert differ(POPULATION, dated(pop_actual=10), first.state, ORIGIN).events == ()

    def test_the_state_may_say_more(self) -> None:
        known = State({"name": "城关所", "township": "城关", "valid_from": "2024-01-01", "into": None}, {})
        assert differ(STATION, dated(name="城关所", township="城关"), known, ORIGIN).events == ()


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("2024-01-05T00:30:00.000000Z", "2024-01-05T00:30:00Z", True),
        ("2024-01-05T00:30:00.000000Z", "2024-01-05T00:30:00", False),
        ("2024-01-05T17:00:00.000000Z", "2024-01-06", True),
        ("2024-01-05T17:00:00.000000Z", "2024-01-05", False),
        ("T1", "T2", False),
        ("T1", "T1", True),
        (0, None, False),
        (False, 0, True),
    ],
)
def test_same(new: Scalar, old: Any, expected: bool) -> None:
    assert same(new, old, SHANGHAI) is expected


def test_states_may_be_read_only() -> None:
    state = State(MappingProxyType(dict(REPORTED.values)), MappingProxyType(dict(REPORTED.set_by)))
    assert events(draft(loss_fen=5), state)
