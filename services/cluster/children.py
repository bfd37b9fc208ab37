"""Processes of this program that stand beside another one: each may end, and is started again where it was.

In: words for Python, settings, a file for what a process says. Out: running processes. All data stays in their folders.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from services.errors import Unavailable
from services.settings import Settings
from streams.pump import pauses

ENDS_IN = 30.0  # seconds a child may take to finish what it has in hand
_LOOKS_EVERY = 0.5  # seconds
Say = Callable[[str], None]


class Child(Protocol):
    """What can be started again after it ended by itself."""

    @property
    def what(self) -> str: ...
    @property
    def log(self) -> Path: ...
    @property
    def ended(self) -> int | None:
        """With which status; None while it runs, and where nobody wants it to run."""

    def start(self) -> None:
        """Raises `Unavailable`."""


class Program:
    """`python -m WORDS` under these settings."""

    def __init__(self, what: str, words: Sequence[str], settings: Settings, log: Path) -> None:
        self.what, self.log = what, log
        self._words, self._settings = words, settings
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False

    @property
    def ended(self) -> int | None:
        return None if self._process is None or self._asked else self._process.poll()

    def start(self) -> None:
        self._begin(self._words)

    def ask(self) -> None:
        """To end, once."""
        if self._process is not None and not self._asked:
            self._asked = True
            self._process.terminate()

    def stop(self, *, kill: bool = False) -> None:
        if self._process is None:
            return
        if kill:
            self._process.kill()
        self.ask()
        try:
            self._process.wait(ENDS_IN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _begin(self, words: Sequence[str], out: int | None = None) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            # Ctrl-C in a terminal goes to the parent alone, which ends its children in order
            self._process = subprocess.Popen(
                ["env", *self._settings.as_variables(), sys.executable, "-m", *words],
                stdout=log if out is None else out, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._asked = False
        return self._process


class GateProgram(Program):
    """The gate over one folder. Started again, it listens where it did before."""

    def __init__(self, folder: Path, settings: Settings, log: Path) -> None:
        """User and password are those of the settings."""
        super().__init__("gate", ["services.cluster.gate", str(folder)], settings, log)
        self.address = "127.0.0.1:0"

    def start(self) -> None:
        process = self._begin([*self._words, self.address.rpartition(":")[2]], subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout as said:
            address = said.readline().decode().strip()
        if not address:
            raise Unavailable(f"ClickHouse 协议入口未能启动，见 / the gate did not start, see: {self.log}")
        self.address = address


def deaf() -> None:
    """From now on nothing keeps children from being ended in order: further signals are not heard."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def kept(children: Sequence[Child], say: Say) -> Iterator[None]:
    """While this lasts who ends by himself is told of and started again: the oftener, the later, up to five seconds."""
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(children, say, stop), name="fanzha-children")
    watch.start()
    try:
        yield
    finally:
        deaf()
        stop.set()
        watch.join()


def _watch(children: Sequence[Child], say: Say, stop: threading.Event) -> None:
    waits = [pauses() for _ in children]
    while not stop.wait(_LOOKS_EVERY):
        for child, wait in zip(children, waits, strict=True):
            if (status := child.ended) is None:
                continue
            say(f"{child.what} 已退出（{status}），重新启动；原因见 / ended, is started again, see: {child.log}")
            if stop.wait(next(wait)):
                return
            try:
                child.start()
            except Unavailable as error:
                say(str(error))
