"""Submit: what is refused, what becomes of identities, stamps, retries and conflicts. Over the embedded log."""

import json
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from schemas import TOPIC_OF, default_catalogue, parse, wire_time
from services.submit import Answer, Submit
from services.vault import Vault
from streams.errors import TerminalError, TransientError, of_sqlite
from streams.lift import SCHEMA
from streams.log import Appended, NewRecord, Record
from streams.log_sqlite import SqliteLog
from streams.stamps import Stamps
from tests.offices import Clock
from tests.poison import GOOD, POISON
from tests.schemas.samples import EVENT_NAMES, SUBMISSION_NAMES, fresh, packed, raw, shuffled
from tests.wire import raw as compact

NUMBER, PHONE, NAME, ADDRESS = "42122219900230001X", "+86 138-0000-0017", "张三丰", "东门社区 3 栋 2 单元 301"


def check(number: str) -> str:
    """The same number with the check character it must have."""
    weights = [pow(2, 17 - i, 11) for i in range(17)]
    return number[:17] + "10X98765432"[sum(w * int(c) for w, c in zip(weights, number, strict=False)) % 11]


class Desk:
    """Submit with its log, its vault and its clock at hand."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.log = SqliteLog(folder / "log.db", self.clock.micro)
        self.vault = Vault(folder, lambda: wire_time(self.clock()))
        self.submit = Submit(
            self.log, self.vault, default_catalogue(), "Asia/Shanghai", self.clock,
            Stamps(self.clock, self.log.newest()),
        )  # fmt: skip

    def say(self, *events: dict[str, Any] | bytes, actor: str = "desk", keep: bool = False) -> list[Answer]:
        raws = [e if isinstance(e, bytes) else packed(e) for e in events]
        return self.submit.submit(raws, actor, keep_recordedtime=keep)

    def records(self) -> list[Record]:
        return sorted(self.log.read({}, 100_000), key=lambda r: r.offset)

    def kept(self) -> list[dict[str, Any]]:
        return [json.loads(r.value) for r in self.records()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.vault.close()
    desk.log.close()


def incident(id_: str = "e1", **data: Any) -> dict[str, Any]:
    event = {k: v for k, v in GOOD.items() if k not in ("actor", "recordedtime")}
    return event | {"id": id_, "subject": f"of {id_}", "data": GOOD["data"] | data}


def receipt(id_: str, **data: Any) -> dict[str, Any]:
    event = fresh("receipt.signed.submission")
    event["data"] = {k: v for k, v in event["data"].items() if k not in ("person", "household")} | data
    return event | {"id": id_, "subject": f"of {id_}"}


class TestRefused:
    def test_every_poison_alone_and_none_is_kept(self, desk: Desk) -> None:
        """Each with its reason in its place among good ones, which are kept."""
        raws: list[bytes] = []
        for n, (_, value, _) in enumerate(POISON):
            raws += [value, packed(incident(f"good-{n}"))]
        answers = desk.submit.submit(raws, "desk")
        for (name, _, reason), bad, good in zip(POISON, answers[::2], answers[1::2], strict=True):
            assert (bad.status, bad.reason.split(":")[0]) == ("rejected", reason), name
            assert bad.reason.partition(": ")[2].strip(), "says what and where"
            assert bad.recordedtime == ""
            assert good.status == "accepted"
        assert [e["id"] for e in desk.kept()] == [f"good-{n}" for n in range(len(POISON))]

    def test_which_one_it_was(self, desk: Desk) -> None:
        """The id as far as it can be read, so that a sender finds his event."""
        bad = incident("mine", loss_fen=-1)
        ids = [a.id for a in desk.say(bad, packed(bad)[:-3], packed(bad | {"id": 7}), b"[]", bad | {"id": "x" * 70})]
        assert ids == ["mine", "", "", "", "x" * 64]

    def test_a_category_that_is_not_in_the_catalogue(self, desk: Desk) -> None:
        moved = incident("e2") | {"type": "incident.reclassified", "data": {"category": "no_such"}}
        for answer in desk.say(incident("e1", category="no_such"), moved):
            assert answer.status == "rejected"
            assert "data/category" in answer.reason
            assert "no_such" in answer.reason
        assert desk.kept() == []

    @pytest.mark.parametrize(
        "person",
        [
            {"id_number": NUMBER}, {"id_number": "421222199002300019"}, {"phone": "--- - -"}, {"phone": "12-34-5"},
            {"id_number": NUMBER, "phone": PHONE}, {"name": ""}, {"nickname": NAME}, {},
        ],
    )  # fmt: skip
    def test_no_identity_is_repeated(self, desk: Desk, person: dict[str, str]) -> None:
        """What cannot be one is refused, without a word of it in the answer."""
        (answer,) = desk.say(incident(person=person))
        assert answer.status == "rejected"
        for text in person.values():
            assert not text or text not in answer.reason
        assert desk.kept() == []

    def test_an_identity_beside_a_reference(self, desk: Desk) -> None:
        (answer,) = desk.say(incident(person={"phone": PHONE}, person_ref="p-1"))
        assert answer.status == "rejected"


class TestIdentities:
    @pytest.mark.parametrize("name", SUBMISSION_NAMES)
    def test_examples(self, desk: Desk, name: str) -> None:
        """The record is the event's own form, vouched for by its true digest, and names nobody."""
        (answer,) = desk.say(raw(name))
        assert answer.status == "accepted", answer.reason
        (record,) = desk.records()
        parsed = parse(record.value)
        assert parsed.lifted == b"", "the record is the models' own JSON"
        assert record.stamp is not None
        assert (record.stamp.digest, record.stamp.schema) == (parsed.digest, SCHEMA)
        assert (record.topic, record.key) == (TOPIC_OF[parsed.event.type], parsed.event.subject)
        assert (record.stamp.event_id, record.stamp.recorded) == (answer.id, answer.recordedtime)
        for text in identities(fresh(name)["data"]):
            assert text.encode() not in record.value
            assert json.dumps(text)[1:-1].encode() not in record.value
        assert not {"person", "reporter", "household"} & set(json.loads(record.value)["data"])

    def test_one_person_however_written(self, desk: Desk) -> None:
        """Spaces, country codes, capitals: one reference; another kind or community of a name: another person."""
        good = check(NUMBER)
        same = [
            [{"id_number": good}, {"id_number": good.lower()}],
            [{"phone": p} for p in ("13800000017", "+86 138-0000-0017", "0086 13800000017", "86-13800000017")],
            [{"name": "张三丰"}, {"name": " 张 三丰"}],
        ]
        refs: list[str] = []
        for n, persons in enumerate(same):
            events = [receipt(f"e{n}-{m}", person=person) for m, person in enumerate(persons)]
            assert {a.status for a in desk.say(*events)} == {"accepted"}
            found = {e["data"]["person_ref"] for e in desk.kept()[-len(persons) :]}
            assert len(found) == 1
            refs += found
        desk.say(receipt("other", person={"name": "张三丰"}, community="421222100002"))
        refs.append(desk.kept()[-1]["data"]["person_ref"])
        assert len(set(refs)) == 4

    def test_across_types(self, desk: Desk) -> None:
        """A victim, a reporter, who signed and who stands on a roster: one person has one reference."""
        who = {"phone": PHONE}
        member = fresh("roster.amended.submission")
        member["data"] = {"valid_from": "2026-02-02", "add": [{"person": who}], "remove": []}
        home = {"community": "421222100001", "address": ADDRESS}
        spaced = home | {"address": ADDRESS.replace(" ", "")}
        desk.say(
            incident("e1", person=who), incident("e2", reporter=who), receipt("e3", person=who, household=home), member,
            receipt("e4", household=spaced), incident("e5", person={"phone": "13900000000"}, reporter=who),
        )  # fmt: skip
        one, two, three, roster, four, five = (e["data"] for e in desk.kept())
        ref = one["person_ref"]
        assert ref.startswith("p-")
        assert two["reporter_ref"] == three["person_ref"] == roster["add"][0]["ref"] == five["reporter_ref"] == ref
        assert five["person_ref"] != ref
        assert three["household_ref"] == four["household_ref"]
        assert three["household_ref"].startswith("h-")

    def test_a_ready_reference_passes_unchanged(self, desk: Desk) -> None:
        desk.say(receipt("e1", person_ref="p-ready", household={"community": "c", "address": ADDRESS}))
        data = desk.kept()[0]["data"]
        assert data["person_ref"] == "p-ready"
        assert data["household_ref"].startswith("h-")

    def test_a_retry_is_the_same_content(self, desk: Desk) -> None:
        """The vault gives the same reference, so a second saying is a duplicate, another person a conflict."""
        event = receipt("e1", person={"phone": PHONE})
        (first,) = desk.say(event)
        (again,) = desk.say(receipt("e1", person={"phone": "13800000017"}))
        assert (again.status, again.recordedtime) == ("duplicate", first.recordedtime)
        (other,) = desk.say(receipt("e1", person={"phone": "13800000018"}))
        assert other.status == "conflict"
        assert len(desk.kept()) == 1


def identities(data: Any) -> Iterator[str]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if key in ("person", "reporter"):
            yield from value.values()
        elif key == "household" and isinstance(value, dict):
            yield value["address"]
        elif isinstance(value, (dict, list)):
            yield from identities(value)


class TestStamps:
    def test_stamped_here(self, desk: Desk) -> None:
        """A moment for each, in their order. Of a stamp and an actor that were sent only the actor is taken."""
        before = desk.clock.moment
        answers = desk.say(incident("e1"), incident("e2") | {"recordedtime": "2001-01-01T00:00:00Z", "actor": "me"})
        stamps = [a.recordedtime for a in answers]
        assert stamps == [e["recordedtime"] for e in desk.kept()]
        assert stamps == [wire_time(before + timedelta(microseconds=n)) for n in (1, 2)]
        assert [e["actor"] for e in desk.kept()] == ["desk", "me"]

    def test_kept_where_asked(self, desk: Desk) -> None:
        """As it was written; who brings none is stamped here."""
        texts = ["2026-02-18T12:55:37Z", "2026-02-18T20:55:37.000001+08:00", None]
        events = [incident(f"e{n}") | ({"recordedtime": t} if t else {}) for n, t in enumerate(texts)]
        answers = desk.say(*events, keep=True)
        assert [a.recordedtime for a in answers][:2] == texts[:2]
        assert [e["recordedtime"] for e in desk.kept()] == [a.recordedtime for a in answers]
        assert answers[2].recordedtime == wire_time(desk.clock.moment - timedelta(microseconds=1))
        assert desk.log.newest() == answers[2].recordedtime

    @pytest.mark.parametrize("hours", [-12, -3, 0, 8, 14])
    def test_never_one_in_the_future(self, desk: Desk, hours: int) -> None:
        """To the microsecond, and whatever zone it is written in: its date may be tomorrow's."""
        east = timezone(timedelta(hours=hours))
        for late, status in ((0, "accepted"), (1, "rejected"), (86_400_000_000, "rejected"), (-1, "accepted")):
            moment = desk.clock.moment + timedelta(microseconds=1 + late)
            text = moment.astimezone(east).isoformat(timespec="microseconds")
            (answer,) = desk.say(incident(f"e{late}") | {"recordedtime": text}, keep=True)
            assert answer.status == status, text
            if status == "rejected":
                assert answer.reason.startswith("future_recordedtime")
                assert text in answer.reason


class TestAgain:
    def test_a_retry_gets_the_first_answer(self, desk: Desk) -> None:
        """Whatever spaces, order, actor or stamp it comes with; as often as it comes."""
        (first,) = desk.say(incident("e1"), actor="one")
        rng = random.Random(1)
        desk.clock.moment += timedelta(days=3)
        for _ in range(5):
            text = json.dumps(shuffled(incident("e1"), rng), indent=rng.choice((None, 1, 4))).encode()
            again = desk.say(text, incident("e1") | {"recordedtime": "2000-01-01T00:00:00Z", "actor": "x"}, actor="two")
            assert [(a.id, a.status, a.recordedtime) for a in again] == [("e1", "duplicate", first.recordedtime)] * 2
        assert len(desk.kept()) == 1

    def test_every_example_twice(self, desk: Desk) -> None:
        """Old versions too: their content is that of the form they are lifted to."""
        names = [n for n in EVENT_NAMES if n != "incident.reported.v1"]
        first = desk.say(*(raw(name) for name in names))
        assert {a.status for a in first} == {"accepted"}
        again = desk.say(*(compact(fresh(name)) for name in names))
        assert {a.status for a in again} == {"duplicate"}
        assert [a.recordedtime for a in again] == [a.recordedtime for a in first]

    def test_other_content_under_an_id_is_refused(self, desk: Desk) -> None:
        (first,) = desk.say(incident("e1"))
        others: list[dict[str, Any]] = [
            incident("e1", loss_fen=1), incident("e1") | {"subject": "another"}, incident("e1") | {"source": "/other"},
            incident("e1") | {"time": "2026-01-18T12:41:00Z"}, fresh("incident.withdrawn.v1") | {"id": "e1"},
        ]  # fmt: skip
        for answer in desk.say(*others):
            assert answer.status == "conflict"
            assert answer.reason
            assert answer.recordedtime == first.recordedtime
        assert len(desk.kept()) == 1

    def test_within_one_chunk(self, desk: Desk) -> None:
        answers = desk.say(incident("e1"), incident("e1"), incident("e1", loss_fen=1), incident("e2"))
        assert [a.status for a in answers] == ["accepted", "duplicate", "conflict", "accepted"]
        assert [e["id"] for e in desk.kept()] == ["e1", "e2"]

    def test_a_log_that_fails_keeps_nothing(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """The sender hears of it, and the same chunk is good afterwards."""
        append: Callable[[Sequence[NewRecord]], list[Appended]] = desk.log.append

        def full(records: Sequence[NewRecord]) -> list[Appended]:
            raise TransientError("disk full")

        monkeypatch.setattr(desk.log, "append", full)
        with pytest.raises(TransientError):
            desk.say(incident("e1"), incident("e2", person={"phone": PHONE}))
        monkeypatch.setattr(desk.log, "append", append)
        assert desk.kept() == []
        assert [a.status for a in desk.say(incident("e1"), incident("e2", person={"phone": PHONE}))] == ["accepted"] * 2

    @pytest.mark.parametrize("full", ["log", "vault"])
    def test_a_full_disk(self, desk: Desk, full: str) -> None:
        """The sender hears that it may pass, nothing of the chunk is kept, and all of it is once there is room."""
        chunk = [incident(f"e{n}", person={"phone": f"138{n:08d}"}) for n in range(300)]
        db = desk.log._db() if full == "log" else desk.vault._db
        db.execute("PRAGMA max_page_count=1")  # the size it has
        with pytest.raises(TransientError, match=rf"{full}\.db.*full"):
            desk.say(*chunk)
        assert desk.kept() == []
        db.execute("PRAGMA max_page_count=1000000")
        assert [a.status for a in desk.say(*chunk)] == ["accepted"] * 300
        assert len({e["data"]["person_ref"] for e in desk.kept()}) == 300

    @pytest.mark.parametrize("error", [sqlite3.OperationalError("of Python's own module"), sqlite3.DataError()])
    def test_any_other_error_of_a_file_ends_the_process(self, error: sqlite3.Error) -> None:
        with pytest.raises(TerminalError, match=r"cannot be used: .*x\.db"), of_sqlite(Path("x.db"), "cannot be used"):
            raise error

    def test_nothing_said(self, desk: Desk) -> None:
        assert desk.say() == []
