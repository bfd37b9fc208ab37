"""Fault F14: poison in the middle of a good log. Each is told with its place and reason, the rest is as without it;
repaired and re-driven, everything is as if it had never been broken.
"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from schemas import PARTITIONS, Plan
from services.commands import COMMANDS
from services.office import Office
from streams.figures import Question
from streams.log import NewRecord
from streams.warehouse import Warehouse
from tests.marthash import mart_hash
from tests.oracle import Event
from tests.poison import POISON
from tests.properties.programs import play_clean, program
from tests.wire import raw, record, records, stamped

pytestmark = pytest.mark.chdb
FIGURES = ("incident", "receipt", "action", "incidents", "coverage", "place", "zero_reports")


def run(office: Office, command: str, **request: Any) -> list[dict[str, Any]]:
    return list(COMMANDS[command](office, request, lambda done, total: None))


def figures(office: Office) -> dict[str, list[dict[str, Any]]]:
    return {name: office.answer(Question(name)).dicts() for name in FIGURES}


def rejected(office: Office, *reasons: str) -> list[dict[str, Any]]:
    """Records that could not be read; not the conflicts, which were there before."""
    where = {"reason": reasons} if reasons else {}
    return [row for row in office.answer(Question("rejected", where)).dicts() if row["reason"] != "conflict"]


def test_poison_in_the_middle(office: Office, warehouse: Warehouse, plan: Plan) -> None:
    """Every case of the list in every topic, in batches cut anywhere; a million bytes and five among them."""
    events = program(Random(3), 60)
    play_clean(warehouse, plan, events)
    clean = mart_hash(warehouse)
    good, bad = (
        records(events),
        [(NewRecord(t, f"k{n}", v), r) for n, (_, v, r) in enumerate(POISON) for t in topics(n)],
    )
    rng, told = Random(4), {}
    office.pump.batch = 37
    while good or bad:
        if bad and rng.random() < len(bad) / (len(good) + len(bad)):
            new, reason = bad.pop()
            (kept,) = office.append([new])
            told[kept.topic, kept.partition, kept.offset] = (reason, new.key)
        else:
            office.append([good.pop(0)])
    office.settle()
    rows = rejected(office)
    assert {(r["topic"], r["part"], r["off"]): (r["reason"], r["key"]) for r in rows} == told
    assert len(rows) == len(told) > len(POISON)
    assert all(row["detail"] for row in rows), "each says what is wrong and where"
    assert mart_hash(office.warehouse) == clean


def topics(n: int) -> Sequence[str]:
    """All of them for every tenth case, one for the others: the parser does not ask where a record stands."""
    names = list(PARTITIONS)
    return names if n % 10 == 0 else (names[n % 3],)


def spoilt(event: Event, number: int) -> NewRecord:
    """An event broken in one of the ways that people and programs break them."""
    good, text = record(event), raw(event).decode()
    values: list[bytes | str] = [
        text[: len(text) // 2], text.replace('"data":', '"x":NaN,"data":'), text.replace('"id":', '"id":"x","id":', 1),
        json.dumps(event | {"dataversion": 7}), json.dumps({k: v for k, v in event.items() if k != "recordedtime"}),
        text.encode("utf-16"), text + " " * 5_000_000, json.dumps(event | {"time": "9999-12-31T23:59:59Z"}),
        json.dumps(event | {"time": "1899-12-31T23:59:59Z"}), text.replace('"tester"', '"te\\u0000ster"'),
        text.replace('"tester"', '"te\\ud800ster"'), json.dumps(event | {"time": "2026-01-01 00:00:00"}),
    ]  # fmt: skip
    value = values[number % len(values)]
    return NewRecord(good.topic, good.key, value if isinstance(value, bytes) else value.encode())


@pytest.mark.parametrize("seed", [5])
def test_repaired_and_driven_again(office: Office, warehouse: Warehouse, plan: Plan, seed: int) -> None:
    """A quarter of the log is broken. Its repaired events come back late, the last ones through live rounds."""
    rng = Random(seed)
    events = program(rng, 60)
    play_clean(warehouse, plan, events)
    clean = mart_hash(warehouse)
    # of one id only one: the embedded log refuses its rivals at once, where an unread record would be kept
    broken = rng.sample(list({e["id"]: n for n, e in enumerate(events)}.values()), 20)
    for n, event in enumerate(events):
        office.append([spoilt(event, broken.index(n)) if n in broken else record(event)])
    office.settle()
    assert len(rejected(office)) == 20
    assert mart_hash(office.warehouse) != clean, "the broken ones were missed"

    texts = [raw(events[n]).decode() for n in broken]
    answers = run(office, "redrive", repaired=texts)
    assert [a["line"] for a in answers] == list(range(1, 21)), "each answer names its line"
    assert {a["status"] for a in answers} == {"accepted"}
    assert mart_hash(office.warehouse) == clean
    as_driven = figures(office)

    run(office, "redrive", repaired=texts)
    assert mart_hash(office.warehouse) == clean, "a second time changes nothing"
    assert len(rejected(office)) == 20, "what was rejected stays in the archive"
    office.append(records(events))
    office.settle()
    assert figures(office) == as_driven, "the good log on top of it says nothing new"


def test_records_in_the_wrong_place(office: Office, warehouse: Warehouse, plan: Plan) -> None:
    """Under another key or in another topic: sound events, driven again as they are, by what the caller names."""
    events = program(Random(7), 40)
    play_clean(warehouse, plan, events)
    clean = mart_hash(warehouse)
    placed = {"wrong_key": events[3:12], "wrong_topic": events[20:26]}
    misplaced = [e for found in placed.values() for e in found]
    office.append([record(e) for e in events if not any(e is m for m in misplaced)])
    office.append([record(e)._replace(key="somebody else") for e in placed["wrong_key"]])
    elsewhere = {"incidents": "publicity", "publicity": "registry", "registry": "incidents"}
    office.append([(r := record(e))._replace(topic=elsewhere[r.topic]) for e in placed["wrong_topic"]])
    office.append([NewRecord("incidents", "k", b"{")])
    office.settle()
    assert mart_hash(office.warehouse) != clean

    (hopeless,) = run(office, "redrive", where={"reason": ["not_json"]})
    assert (hopeless["status"], hopeless["reason"]) == ("rejected", "not_json")
    assert {"topic", "partition", "offset"} <= hopeless.keys()
    for reason, found in placed.items():
        answers = run(office, "redrive", where={"reason": [reason]})
        assert [a["id"] for a in answers if a["status"] != "rejected"] != []
        assert len(answers) == len(found)
    assert mart_hash(office.warehouse) == clean
    before = len(office.log.read({}, 100_000))
    run(office, "redrive", where={"reason": ["wrong_key"]})
    assert len(office.log.read({}, 100_000)) == before, "the log knows them already"
    assert mart_hash(office.warehouse) == clean


def test_a_repaired_submission(office: Office) -> None:
    """One without a stamp is submitted: stamped now, its people replaced; refused again, it says why."""
    good = json.loads(raw_of_incident())
    del good["recordedtime"], good["actor"]
    named = good | {"id": "e2", "data": good["data"] | {"person": {"phone": "13800000017"}}}
    bad = good | {"id": "e3", "data": good["data"] | {"loss_fen": -1}}
    answers = run(office, "redrive", repaired=[json.dumps(e) for e in (good, named, bad)] + ["{", "\ud800"], actor="me")
    assert [a["status"] for a in answers] == ["accepted", "accepted", "rejected", "rejected", "rejected"]
    assert "loss_fen" in answers[2]["detail"]
    assert all(a["reason"] for a in answers[2:])
    kept = [json.loads(r.value) for r in office.log.read({}, 100)]
    assert {e["id"]: e["actor"] for e in kept} == {"e1": "me", "e2": "me"}
    assert next(e for e in kept if e["id"] == "e2")["data"]["person_ref"].startswith("p-")
    again = run(office, "redrive", repaired=[json.dumps(good)])
    assert [a["status"] for a in again] == ["duplicate"]


def raw_of_incident() -> bytes:
    event = next(e for e in program(Random(1), 200) if e["type"] == "incident.reported")
    event["data"]["category"] = "m39"
    new = stamped(event | {"id": "e1", "subject": "i1"})
    return new.value


def test_conflicts_are_not_driven_again(office: Office) -> None:
    """They are sound and came second: there is nothing to repair."""
    event = json.loads(raw_of_incident())
    office.append(records([event, event | {"data": event["data"] | {"loss_fen": 1}}]))
    office.settle()
    (row,) = office.answer(Question("rejected")).dicts()
    assert row["reason"] == "conflict"
    assert run(office, "redrive") == []
