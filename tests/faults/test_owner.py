"""F20: kill -9 of the owner of a data folder while it answers submissions, and a second process at the same folder.

Half of the kills come at random and half as soon as the pump has begun a stage. What was acknowledged is there
exactly once, however often it is said again; who says it again hears the first answer. People and households are named
by identity, so that the vault is killed too.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from services.errors import NOT_AVAILABLE
from services.lock import FolderLock
from streams.log_sqlite import SqliteLog
from tests.faults.killer import STAGES, Line, Worker, drain, look
from tests.faults.load import load
from tests.wire import Event, held, raw

pytestmark = pytest.mark.chdb  # in child processes

SEED, CHUNK, AGAIN = 20, 25, 5
STATUSES = {"accepted", "duplicate", "conflict", "rejected"}


@dataclass
class Sender:
    """Says each submission until it is answered, and some of those answered again. `answers`: id → first stamp."""

    waiting: list[Event]
    rng: Random
    answers: dict[str, str] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    again: int = 0
    _said: dict[str, str] = field(default_factory=dict)

    def chunk(self) -> list[str]:
        known = self.rng.sample(sorted(self.answers), min(AGAIN, len(self.answers)))
        self.again += len(known)
        new = self.waiting[:CHUNK]
        self._said |= {e["id"]: raw(e).decode() for e in new}
        lines = [self._said[e["id"]] for e in new] + [self._said[id_] for id_ in known]
        self.rng.shuffle(lines)
        return lines

    def hear(self, lines: list[Line]) -> None:
        """Each answer as it comes: the process may be killed between two of them."""
        for line in lines:
            status, id_, stamp = line.words[:3]
            assert status in ("accepted", "duplicate"), line.text
            self.statuses[status] += 1
            if id_ in self.answers:
                assert (status, stamp) == ("duplicate", self.answers[id_]), line.text
            self.answers[id_] = stamp
        self.waiting = [e for e in self.waiting if e["id"] not in self.answers]


def submissions(size: int) -> list[Event]:
    """The load as it is said: each id once, without a stamp, people and households by identity."""
    once = {e["id"]: e for e in load(size).events}
    return [_said(e) for e in once.values()]


def _said(event: Event) -> Event:
    data = dict(event["data"])
    if event["type"] == "receipt.signed":
        community = data["community"]
        for ref, name in (("person_ref", "person"), ("household_ref", "household")):
            if ref in data:
                number = int(sha256(data.pop(ref).encode()).hexdigest()[:12], 16)
                person = {"phone": f"139{number % 10**8:08}"}
                data[name] = person if name == "person" else {"community": community, "address": f"{number} 号"}
    return {k: v for k, v in event.items() if k != "recordedtime"} | {"data": data}


def talk(worker: Worker, sender: Sender, chunks: int, stage: str, pause: float) -> list[Line]:
    """Some chunks and their answers, then one more until the kill: in its answering when the pump begins `stage`, or
    `pause` seconds after it was sent. Gives the answers to it that were heard."""
    for _ in range(chunks):
        worker.tell(sender.chunk())
        sender.hear(list(_answers(worker)))
    heard: list[Line] = []
    worker.tell(sender.chunk())
    moment = monotonic() + pause
    while line := worker.hear(moment):
        if line.words[0] in STATUSES:
            heard.append(line)
        elif line.text == stage:
            break
    return heard


def killed_owner(folder: Path, size: int, kills: int) -> Sender:
    rng = Random(SEED)
    sender, hits = Sender(submissions(size), rng), Counter[str]()
    most = len(sender.waiting) // CHUNK // kills - 1
    for number in range(kills):
        with Worker("answer", folder, "--batch", "500") as worker:
            worker.wait_for("ready")
            aimed = number % 2 == 1
            stage, pause = (rng.choice(STAGES), 5.0) if aimed else ("", rng.uniform(0, 0.05))
            heard = talk(worker, sender, rng.randrange(most), stage, pause)
            heard += [line for line in worker.kill() if line.words[0] in STATUSES]
            sender.hear(heard)
            hits[worker.stage] += 1
        FolderLock(folder).release()  # raises where the killed one still held it
    with Worker("answer", folder) as worker:
        while sender.waiting:
            worker.tell(sender.chunk())
            sender.hear(list(_answers(worker)))
        status, _, errors = worker.end()
        assert status == 0, errors
    print(f"\n{kills} kills, pump in: {dict(hits)}; answers: {dict(sender.statuses)}; said again: {sender.again}")
    return sender


def _answers(worker: Worker) -> Iterator[Line]:
    while (line := worker.hear()) and line.text != "answered":
        if line.words[0] in STATUSES:
            yield line


def check_f20(tmp_path: Path, size: int, kills: int) -> None:
    folder, other = tmp_path / "killed", tmp_path / "clean"
    sender = killed_owner(folder, size, kills)
    log = SqliteLog(folder / "log.db", lambda: 0)
    kept = Counter(json.loads(r.value)["id"] for r in held(log, {}, 10_000))
    log.close()
    assert set(kept.values()) == {1}
    assert kept.keys() == sender.answers.keys() == {e["id"] for e in load(size).events}
    other.mkdir()
    shutil.copy(folder / "log.db", other)
    drain(folder)  # goes on at the positions the last owner left: it stopped when all was answered
    drain(other)
    after = look(folder)
    assert after.whole
    assert after.ids == after.records == len(sender.answers)
    assert after.same == look(other).same


def test_f20_what_was_acknowledged_is_there_once(tmp_path: Path) -> None:
    check_f20(tmp_path, size=1_200, kills=4)


@pytest.mark.slow
def test_f20_for_long(tmp_path: Path) -> None:
    check_f20(tmp_path, size=60_000, kills=50)


def test_f20_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with Worker("answer", tmp_path) as holder:
        holder.wait_for("ready")
        with Worker("drain", tmp_path) as second:
            status, said, errors = second.end()
        assert (status, said) == (NOT_AVAILABLE, "")
        assert str(tmp_path) in errors
        assert f"process {holder.process.pid}" in errors
        assert "Traceback" not in errors
        holder.kill()
    drain(tmp_path)  # the lock went with the process
