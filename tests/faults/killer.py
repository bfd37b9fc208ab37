"""Processes to kill, and the kill: at random, or aimed at a stage the process has just announced.

In: a command of worker.py. Out: its lines with the time at which they were heard. Whatever a killed process said
before it died is still heard, so the stage it died in is known.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from time import monotonic
from typing import IO

from tests.faults.survey import Survey

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("fetch", "validate", "archive+facts", "progress", "fold+places", "marts")
PATIENCE = 120.0  # seconds of silence after which a process counts as stuck
TO_THE_END = 1_800.0  # seconds for one that has much to do and says nothing meanwhile


class Ended(Exception):
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Line:
    words: list[str]
    at: float

    @property
    def text(self) -> str:
        return " ".join(self.words)


class Worker:
    """One process; `stage` is where it is as far as it was heard."""

    def __init__(self, command: str, folder: Path, *options: str) -> None:
        self.started, self.stage = monotonic(), "start-up"
        self.first_position: float | None = None  # seconds from the start to the first position remembered
        self._errors = TemporaryFile("w+")  # noqa: SIM115  # closed in `end`
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker", command, str(folder), *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,))
        self._reader.start()

    def hear(self, until: float | None = None) -> Line | None:
        """The next line, or None at the moment `until`. Raises `Ended` with what it said on standard error."""
        try:
            line = self._lines.get(timeout=PATIENCE if until is None else max(0.0, until - monotonic()))
        except Empty:
            if until is None:
                raise TimeoutError(f"silent for {PATIENCE} s in {self.stage}") from None
            return None
        if line is None:
            raise Ended(f"in {self.stage}, status {self.process.wait()}: {self.errors()}")
        self._understand(line)
        return line

    def wait_for(self, text: str) -> None:
        while (line := self.hear()) and line.text != text:
            pass

    def tell(self, lines: list[str]) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n".join([*lines, "", ""]))
        self.process.stdin.flush()

    def kill(self) -> list[Line]:
        """kill -9. Gives the lines not heard yet; `stage` is then the one it died in."""
        self.process.kill()
        return list(self._rest())

    def end(self) -> tuple[int, str, str]:
        """Let it finish in peace: status, what it still said, and its errors."""
        assert self.process.stdin
        self.process.stdin.close()
        rest = "\n".join(line.text for line in self._rest())
        return self.process.returncode, rest, self.errors()

    def stop(self) -> None:
        """SIGTERM, which it must take well."""
        self.process.terminate()
        status, _, errors = self.end()
        assert status == 0, errors

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing of it stays behind."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self._errors):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # the input of a killed process cannot be flushed any more

    def _rest(self) -> Iterator[Line]:
        self.process.wait(TO_THE_END)
        self._reader.join()
        while line := self._lines.get():
            self._understand(line)
            yield line
        self._lines.put(None)

    def _understand(self, line: Line) -> None:
        word = line.words[0]
        if word in STAGES:
            self.stage = word
        elif word in ("ready", "at", "idle"):
            self.stage = "between"
        if word == "at" and self.first_position is None:
            self.first_position = line.at - self.started

    def _read(self, output: IO[str]) -> None:
        for text in output:
            if text.endswith("\n"):  # the last one of a killed process may be cut short
                self._lines.put(Line(text.split(), monotonic()))
        self._lines.put(None)


def drain(folder: Path) -> None:
    """The clean run over the folder's log."""
    with Worker("drain", folder) as worker:
        status, _, errors = worker.end()
    assert status == 0, errors


def look(folder: Path) -> Survey:
    with Worker("survey", folder) as worker:
        status, said, errors = worker.end()
    assert status == 0, errors
    told = json.loads(said)
    for tables in ("facts", "placed"):
        told[tables] = {name: tuple(digest) for name, digest in told[tables].items()}
    return Survey(**told)
