"""Fault F21: many retries of one submission at once, and an answer that was lost: one counted event, one answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from schemas import Plan, default_catalogue
from services.office import Office
from services.submit import Submit
from services.vault import Vault
from streams.figures import Question, answer
from streams.pump import Pump
from streams.stamps import Stamps
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.offices import Clock
from tests.services.test_submit import PHONE, incident, receipt
from tests.wire import raw

pytestmark = pytest.mark.chdb
THREADS = 20


def at_once(say: Callable[[int], Any]) -> list[Any]:
    """What each of many threads got, all begun together."""
    gate = Barrier(THREADS)

    def begin(number: int) -> Any:
        gate.wait()
        return say(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_many_retries_at_once(office: Office) -> None:
    """While the office follows its log; each with another actor, a person among the data, and other events around."""
    failed: list[Exception] = []
    office.go_live(failed.append)
    said = incident("one", person={"phone": PHONE})
    chunks = at_once(lambda n: office.submit([raw(incident(f"own-{n}")), raw(said)], f"actor-{n}"))
    answers = [chunk[1] for chunk in chunks]
    assert sorted(a.status for a in answers) == ["accepted"] + ["duplicate"] * (THREADS - 1)
    assert len({(a.id, a.recordedtime, a.reason) for a in answers}) == 1
    assert {chunk[0].status for chunk in chunks} == {"accepted"}
    office.settle()
    assert sum(row["incidents"] for row in office.answer(Question("incidents")).dicts()) == THREADS + 1
    (row,) = office.answer(Question("history", {"key": ("of one",)})).dicts()
    assert row["event_id"] == "one"
    assert office.answer(Question("rejected")).rows == []
    assert failed == []


def test_other_contents_at_once(office: Office) -> None:
    """Twenty contents under one id: exactly one is taken, and it is the one that counts."""
    chunks = at_once(lambda n: office.submit([raw(incident("one", loss_fen=n))], "a"))
    statuses = [chunk[0].status for chunk in chunks]
    assert sorted(statuses) == ["accepted"] + ["conflict"] * (THREADS - 1)
    assert len({chunk[0].recordedtime for chunk in chunks}) == 1
    office.settle()
    (row,) = office.answer(Question("incident")).dicts()
    assert row["loss_fen"] == statuses.index("accepted")
    assert (row["counted"], row["events"]) == (1, 1)


def test_an_answer_that_was_lost(opened: Callable[[], Office], clock: Clock) -> None:
    """The sender hears nothing and says it again: at once, after rounds, and to the next owner a day later."""
    office = opened()
    said = [raw(incident("one")), raw(receipt("two", person={"phone": PHONE}))]
    first = office.submit(said, "a")
    for reopen, settle in ((False, False), (False, True), (True, False), (True, True)):
        clock.moment += timedelta(days=1)
        if reopen:
            office = opened()
        if settle:
            office.settle()
        answers = office.submit(said, "b")
        assert [a.status for a in answers] == ["duplicate"] * 2
        assert [(a.id, a.recordedtime) for a in answers] == [(a.id, a.recordedtime) for a in first]
    office = opened()
    office.settle()
    assert len(office.log.read({}, 100)) == 2
    (row,) = office.answer(Question("incident")).dicts()
    assert (row["counted"], row["events"]) == (1, 1)


def test_where_the_log_keeps_them_all(warehouse: Warehouse, plan: Plan, tmp_path: Path) -> None:
    """A broker keeps every retry: the first stamp counts, once, whatever the order in which they are read."""
    clock, log = Clock(), MemoryLog()
    vault = Vault(tmp_path, lambda: "")
    submit = Submit(log, vault, default_catalogue(), "Asia/Shanghai", clock, Stamps(clock))
    at_once(lambda n: submit.submit([raw(incident("one", person={"phone": PHONE}))], f"actor-{n}"))
    submit.submit([raw(incident("one", loss_fen=7))], "another")
    vault.close()
    assert len(log.records()) == THREADS + 1
    log.cuts = iter([8] * 100)
    pump = Pump(log, warehouse, plan)
    while pump.take():
        pump.round()
    now = clock.moment
    (row,) = answer(warehouse, Question("incident"), plan, now).dicts()
    assert (row["counted"], row["events"], row["loss_fen"]) == (1, 1, 2_360_000)
    assert sum(r["incidents"] for r in answer(warehouse, Question("incidents"), plan, now).dicts()) == 1
    (told,) = answer(warehouse, Question("rejected"), plan, now).dicts()
    assert told["reason"] == "conflict"
