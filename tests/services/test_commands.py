"""The table of commands as its callers see it: rows as JSON values, and a clear word for every wrong request."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemas import PARTITIONS, TOPIC_OF
from services.commands import COMMANDS
from services.imports import InputError
from services.office import Office
from services.requests import parse_position, question
from streams.figures import WrongQuestion, figures
from streams.log import NewRecord
from streams.states import STATES
from tests.schemas.samples import EVENT_NAMES, fresh, raw
from tests.services.test_submit import incident

TOPICS = ("registry", "publicity", "incidents")
JSON = (str, int, float, bool, list, dict, type(None))


def run(office: Office, command: str, **request: Any) -> list[dict[str, Any]]:
    """Rows as they arrive at the other end of a wire."""
    rows = list(COMMANDS[command](office, request, lambda done, total: None))
    through: list[dict[str, Any]] = json.loads(json.dumps(rows))
    assert through == json.loads(json.dumps(rows, ensure_ascii=False))
    assert all(isinstance(value, JSON) for row in rows for value in row.values())
    return through


def told(office: Office, command: str, request: Mapping[str, Any]) -> str:
    """What a wrong request is answered."""
    with pytest.raises((InputError, WrongQuestion)) as error:
        list(COMMANDS[command](office, request, lambda done, total: None))
    return str(error.value)


@pytest.mark.chdb
def test_every_command_on_an_empty_folder(office: Office) -> None:
    """Nothing is there yet, and nothing fails."""
    asked: dict[str, dict[str, Any]] = {
        "token": {"verb": "list"},
        "submit": {"events": []}, "states": {"family": "incident", "subjects": ["x"]}, "query": {"figure": "incidents"},
        "doubts": {}, "verify": {}, "export": {}, "redrive": {}, "status": {}, "migrate": {}, "plan": {},
        "confirm_clock": {},
    }  # fmt: skip
    assert set(asked) | {"rebuild"} == set(COMMANDS)
    found = {command: run(office, command, **request) for command, request in asked.items()}
    assert [found[name] for name in ("submit", "states", "export", "redrive")] == [[], [], [], []]
    assert found["query"][1:] == []
    assert {row["differing"] for row in found["verify"]} == {0}
    assert {row["state"] for row in found["migrate"]} == {"applied"}


@pytest.mark.chdb
class TestAnswers:
    @pytest.fixture
    def filled(self, office: Office) -> Office:
        """Every example, one conflict, one record that is no event and one that is no text."""
        office.append([NewRecord(TOPIC_OF[(e := fresh(n))["type"]], e["subject"], raw(n)) for n in EVENT_NAMES])
        office.append([NewRecord("incidents", "k", b"{"), NewRecord("publicity", "k", b"\xff\xfe")])
        return office

    def test_submit(self, office: Office) -> None:
        """One answer each, in order; texts and objects alike; empty words are left out."""
        event = incident("e1")
        rows = run(office, "submit", events=[event, json.dumps(event), "\ud800", {"id": "x"}], actor="me")
        assert [row["status"] for row in rows] == ["accepted", "duplicate", "rejected", "rejected"]
        assert set(rows[0]) == {"id", "status", "recordedtime"}
        assert rows[0]["recordedtime"] == rows[1]["recordedtime"]
        assert rows[2]["id"] == ""
        assert rows[3]["id"] == "x"
        assert all(row["reason"] for row in rows[2:])
        kept = run(office, "submit", events=[incident("e2") | {"recordedtime": "2026-01-02T00:00:00Z"}],
                   keep_recordedtime=True)  # fmt: skip
        assert kept[0]["recordedtime"] == "2026-01-02T00:00:00Z"
        events = [json.loads(row["value"]) for row in run(office, "export")]
        assert {event["id"]: event["actor"] for event in events} == {"e1": "me", "e2": "office"}

    def test_a_comparison_stands_beside_its_measures(self, filled: Office) -> None:
        """The examples' one incident is of January 2026, and the first that counts."""
        words = {"figure": "rates", "where": {"level": ["county"]}, "from": "2026-01-01", "to": "2026-01-31"}
        head, row = run(filled, "query", **words, compare=["yoy", "yoy"])
        assert row.keys() == {*head["columns"]}
        assert head["columns"].count("incidents_yoy_base") == 1
        assert (row["incidents"], row["incidents_yoy_base"], row["incidents_yoy"]) == (1, None, None)
        (note,) = head["notes"]
        assert "2025-01-01 – 2025-01-31 未计全" in note
        (plain_head, plain_row) = run(filled, "query", **words)
        assert plain_row == {name: row[name] for name in plain_head["columns"]}
        assert plain_head["notes"] == []
        unknown = run(filled, "query", **words | {"from": "2025-12-31"})
        assert unknown[1]["unknown_communities"] == 1
        assert "county 1/1" in unknown[0]["notes"][0]

    def test_query_begins_with_its_columns(self, filled: Office) -> None:
        columns, *rows = run(filled, "query", figure="incident")
        assert list(rows[0]) == columns["columns"]
        assert {row["incident"] for row in rows} >= {"jq-20260118-0031", "jq-20251103-0007"}
        (one,) = run(filled, "query", figure="incident", where={"incident": ["jq-20260118-0031"]})[1:]
        assert one == next(row for row in rows if row["incident"] == "jq-20260118-0031")
        assert one["occurred"].endswith("Z"), "moments are wire times"
        assert isinstance(one["loss_fen"], int), "amounts are integer fen"
        assert len(run(filled, "query", figure="incident", limit=2)) == 3
        before = run(filled, "query", figure="incident", as_known_at="2025-12-01T00:00:00+08:00")[1:]
        assert {row["incident"] for row in before} == {"jq-20251103-0007"}

    def test_every_figure(self, filled: Office) -> None:
        for name, figure in figures().items():
            (columns, *_) = run(filled, "query", figure=name)
            assert set(columns["columns"]) <= {column.name for column in figure.columns}

    def test_states(self, filled: Office) -> None:
        for family in STATES:
            run(filled, "states", family=family, subjects=["421222100001"])
        said = fresh("community.assigned.v1")["source"]
        (row,) = run(filled, "states", family="assignment", subjects=["421222100001", "nobody"], source=said)
        assert row["subject"] == "421222100001"
        assert set(row["values"]) == set(row["set_by"]) == {"station", "township"}

    def test_export_is_verbatim(self, filled: Office) -> None:
        """Every record at its place, text as text and other bytes as base64; from a position on it is the rest."""
        rows = run(filled, "export")
        assert len(rows) == len(EVENT_NAMES) + 2
        by_id = {json.loads(row["value"])["id"]: row for row in rows if row["ok"]}
        for name in EVENT_NAMES:
            assert by_id[fresh(name)["id"]]["value"].encode() == raw(name)
        (binary,) = [row for row in rows if "value_base64" in row]
        assert (binary["value_base64"], binary["ok"], binary["reason"]) == ("//4=", False, "not_json")
        places = [(row["topic"], row["partition"], row["offset"]) for row in rows]
        assert places == sorted(set(places))
        topic, part, offset = next(place for place in places if place[0] == "incidents")
        rest = run(filled, "export", **{"from": [[topic, part, offset + 1]]})
        assert rest == [row for row in rows if (row["topic"], row["partition"], row["offset"]) != (topic, part, offset)]

    def test_verify_and_rebuild(self, filled: Office) -> None:
        filled.settle()
        before = filled.version()
        (row,) = run(filled, "rebuild")
        assert filled.version().marts != before.marts, "screens ask again: what was judged anew may be another figure"
        assert (row["records"], row["differing"], row["rejudged"]) == (len(EVENT_NAMES) + 2, 0, 0)
        assert row["swapped"] is True
        for row in run(filled, "verify"):
            assert set(row) == {"table", "compared", "differing", "examples"}
            assert (row["differing"], row["examples"]) == (0, [])
            assert row["compared"] > 0 or row["table"] == "roster_member", "of a roster a part is missing"

    def test_status_says_what_waits(self, filled: Office) -> None:
        """Nothing is moved by asking; afterwards nothing waits."""
        waiting = {row["name"]: row["value"] for row in run(filled, "status") if row["section"] == "lag"}
        assert waiting == {"waiting": len(EVENT_NAMES) + 2}
        filled.settle()
        rows = run(filled, "status")
        assert {row["name"]: row["value"] for row in rows if row["section"] == "lag"} == {"waiting": 0}
        positions = [row for row in rows if row["section"] == "position"]
        assert len(positions) == sum(PARTITIONS.values())
        assert all(row["lag"] == 0 for row in positions)
        assert {row["value"] for row in rows if row["section"] == "rejected"} == {2}
        tables = {row["name"]: row["value"] for row in rows if row["section"] == "table"}
        assert tables["archive"] == len(EVENT_NAMES) + 2
        latest = max(fresh(name)["recordedtime"] for name in EVENT_NAMES)
        assert {row["value"] for row in rows if row["section"] == "freshness"} == {latest}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("query", {}, "incidents"),
    ("query", {"figure": "no_such"}, "coverage"),
    ("query", {"figure": "incidents", "where": {"no_such": ["x"]}}, "township"),
    ("query", {"figure": "incidents", "where": "station"}, "station"),
    ("query", {"figure": "incidents", "where": {"station": "ps-1"}}, "ps-1"),
    ("query", {"figure": "incidents", "where": {"station": [1]}}, "station"),
    ("query", {"figure": "incidents", "by": ["no_such"]}, "township"),
    ("query", {"figure": "incident", "by": ["station"]}, "incident"),
    ("query", {"figure": "incidents", "basis": "guessed"}, "reported"),
    ("query", {"figure": "coverage", "basis": "reported"}, "coverage"),
    ("query", {"figure": "incidents", "from": "2026-02-30"}, "2026-02-30"),
    ("query", {"figure": "incidents", "from": 20260101}, ""),
    ("query", {"figure": "incidents", "from": "2026-03-01", "to": "2026-01-01"}, "2026-03-01"),
    ("query", {"figure": "incident", "from": "2026-01-01"}, "--from"),
    ("query", {"figure": "incident", "to": "2026-01-01"}, "--to"),
    ("query", {"figure": "incidents", "at": "2026-01-01T00:00:00+08:00"}, "--as-known-at"),
    ("query", {"figure": "incidents", "as_known_at": "yesterday"}, "yesterday"),
    ("query", {"figure": "incidents", "as_known_at": "2026-01-01T00:00:00"}, "+08:00"),
    ("query", {"figure": "incidents", "limit": 0}, "0"),
    ("query", {"figure": "incidents", "compare": ["last"]}, "yoy, mom"),
    ("query", {"figure": "coverage", "compare": ["yoy"]}, "incidents, rates"),
    ("query", {"figure": "incidents", "compare": ["yoy"], "by": ["month"]}, "month"),
    ("query", {"figure": "incidents", "compare": ["yoy"], "from": "0001-01-01", "to": "0001-02-01"}, "0001-01-01"),
    ("query", {"figure": "incidents", "compare": ["mom"], "from": "2026-03-01", "to": "2026-01-01"}, "2026-03-01"),
    ("query", {"figure": "incidents", "limit": "many"}, ""),
    ("submit", {}, "events"),
    ("submit", {"events": "one"}, "events"),
    ("states", {"family": "no_such", "subjects": []}, "assignment"),
    ("states", {"family": ["incident"], "subjects": []}, "assignment"),
    ("states", {"family": "incident"}, "subjects"),
    ("export", {"from": [["no_such", 0, 0]]}, "no_such"),
    ("export", {"from": [["incidents", 99, 0]]}, "99"),
    ("export", {"from": [["incidents", "x", 0]]}, "x"),
    ("export", {"from": ["incidents"]}, "offset"),
    ("redrive", {"where": {"no_such": ["x"]}}, "reason"),
    ("redrive", {"where": {"reason": "conflict"}}, "conflict"),
    ("redrive", {"repaired": "one"}, "repaired"),
]


@pytest.mark.chdb
def test_wrong_requests(office: Office) -> None:
    """Each is refused with what was wrong or what is possible, and nothing is kept of any."""
    for command, request, word in WRONG:
        said = told(office, command, request)
        assert word in said, (command, request, said)
        assert "/" in said, "in two languages"
    assert run(office, "export") == []


def test_questions_from_json() -> None:
    asked = question({
        "figure": "rolling", "where": {"station": ["a", "b"]}, "by": ["category"], "basis": "filed", "limit": 3,
        "at": "2026-01-01T00:00:00+08:00", "as_known_at": "2026-01-01T00:00:00Z", "from": "2026-01-01",
    })  # fmt: skip
    assert asked.where == {"station": ("a", "b")}
    assert asked.by == ("category",)
    assert asked.at is not None
    assert asked.as_known_at is not None
    assert (asked.as_known_at - asked.at).total_seconds() == 8 * 3600
    assert question({"figure": "incidents"}).since is None


@pytest.mark.parametrize(
    "text", ["", "incidents", "incidents/0", "incidents/0=", "/0=1", "incidents/x=1", "incidents/0=-1"]
)
def test_wrong_positions(text: str) -> None:
    with pytest.raises(InputError, match="incidents/0=100"):
        parse_position(text)


def test_positions() -> None:
    assert parse_position("incidents/3=120") == (("incidents", 3), 120)
