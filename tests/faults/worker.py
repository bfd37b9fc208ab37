"""A process to kill: it opens a data folder as every owner does, and says on its output what it is about to do.

In: a command, a folder, and for `answer` submissions on standard input, a blank line after each chunk. Out: `ready`,
then a line before each stage, `at FACTS MARTS` after each position it has remembered, `idle` where nothing was there.
  follow   follows the log until SIGTERM
  answer   follows the log and answers chunks: a line per submission with its status, id and stamp, then `answered`
  drain    everything the log holds in one go, the clean run
  survey   opens no office and moves nothing: prints a Survey as JSON
Exit status as of the command line. `--wrong` breaks a rule of the pump, in this process only.
"""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from unittest import mock

from schemas import Plan, default_plan
from services import office as offices
from services.errors import KNOWN, exit_status
from services.lock import FolderLock
from services.office import Office
from services.settings import Settings
from services.wiring import open_office
from streams.ahead import Ahead
from streams.log import Log
from streams.log_sqlite import SqliteLog
from streams.progress import Progress
from streams.pump import Pump
from streams.rounds import play_round, spans
from streams.warehouse import Warehouse
from streams.warehouse_chdb import ChdbWarehouse
from tests.faults.survey import survey

_SPEAKING = threading.Lock()


def say(*words: object) -> None:
    """At once: nothing of it may wait in a buffer when the process is killed."""
    with _SPEAKING:
        sys.stdout.write(" ".join(map(str, words)) + "\n")
        sys.stdout.flush()


class Watched(Pump):
    """Does what the pump does, and says so."""

    def __init__(self, log: Log, warehouse: Warehouse, plan: Plan, *, batch: int, own: str = "") -> None:
        super().__init__(log, warehouse, plan, stage=say, batch=batch, own=own)

    def take(self, ahead: Ahead | None = None, *, late: bool = False) -> int:
        taken = super().take(ahead, late=late)
        if not taken:
            say("idle")
        return taken

    def _remember(self, progress: Progress) -> None:
        super()._remember(progress)
        say("at", sum(progress.facts_next.values()), sum(progress.marts_next.values()))


class MartsFirst(Watched):
    """Wrong: `marts_next` is remembered before the round."""

    def round(self) -> bool:
        todo = spans(self.progress.facts_next, self.progress.marts_next)
        if todo:
            self._remember(self.progress.summed(dict(self.progress.facts_next)))
            play_round(self.warehouse, todo, self.params, self._stage)
        return bool(todo)


PUMPS: dict[str, type[Watched]] = {"": Watched, "marts-first": MartsFirst}


def follow(office: Office) -> None:
    """Until SIGTERM, or until the pump ends by itself."""
    failed: list[Exception] = []
    stop = threading.Event()

    def ended(error: Exception) -> None:
        failed.append(error)
        stop.set()

    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    say("ready")
    office.go_live(ended)
    while not stop.wait(0.1):  # a signal that another thread is given does not wake a wait without an end
        pass
    if failed:
        raise failed[0]


def answer(office: Office) -> None:
    """Answers chunks until its input ends; in the meantime the pump follows."""
    failed: list[Exception] = []
    say("ready")
    office.go_live(failed.append)
    chunk: list[bytes] = []
    for line in sys.stdin.buffer:
        if line.strip():
            chunk.append(line.rstrip(b"\n"))
            continue
        for a in office.submit(chunk, "tester"):
            say(a.status, a.id, a.recordedtime, a.reason)
        say("answered")
        chunk.clear()
        if failed:
            raise failed[0]


OFFICE: dict[str, Callable[[Office], None]] = {"follow": follow, "answer": answer, "drain": Office.settle}


def own(command: str, folder: Path, batch: int, wrong: str) -> None:
    with mock.patch.object(offices, "Pump", PUMPS[wrong]):
        office = open_office(Settings(data=folder, batch=batch, round_every=0.05))
    try:
        OFFICE[command](office)
    finally:
        office.close()


def look(folder: Path) -> None:
    lock = FolderLock(folder)
    log, warehouse = SqliteLog(folder / "log.db", lambda: 0), ChdbWarehouse(folder / "warehouse")
    try:
        say(json.dumps(asdict(survey(log, warehouse, default_plan()[0]))))
    finally:
        warehouse.close()
        log.close()
        lock.release()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=[*OFFICE, "survey"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--wrong", choices=PUMPS, default="")
    asked = parser.parse_args()
    if asked.command == "survey":
        look(asked.folder)
    else:
        own(asked.command, asked.folder, asked.batch, asked.wrong)


if __name__ == "__main__":
    try:
        main()
    except KNOWN as error:
        print(error, file=sys.stderr)
        sys.exit(exit_status(error))
