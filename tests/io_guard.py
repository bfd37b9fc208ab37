"""Input and output denied by default: a test says with a marker what it touches.

In: the capabilities of the running test. An audit hook sees every socket of this interpreter, however it was
imported; the engine is refused at its import and, once loaded, at its one way to connect. A refusal raises,
and is kept, so that code which swallows the exception fails its test all the same.
Limit: child processes are not watched; a test that starts one marks what the child touches.
"""

import functools
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEEDS = {
    "socket.__new__": "net",
    "socket.connect": "net",
    "socket.bind": "net",
    "socket.getaddrinfo": "net",
    "socket.gethostbyname": "net",
}
GRANTS = {
    "chdb": frozenset({"chdb"}),
    "kafka": frozenset({"net"}),
    "browser": frozenset({"net"}),
    "net": frozenset({"net"}),
}


class Denied(Exception):
    """A test touched what its markers do not name."""


class Guard:
    """One per process, because audit hooks cannot be taken away; it watches only while a test runs."""

    def __init__(self) -> None:
        self._granted: frozenset[str] | None = None
        self.refused: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self, granted: frozenset[str]) -> Iterator[None]:
        self._granted, self.refused = granted, []
        self._wrap_engine()
        try:
            yield
        finally:
            self._granted = None

    def settle(self) -> None:
        """Raise again what the test was refused."""
        if self.refused:
            refused, self.refused = self.refused, []
            raise Denied("; ".join(dict.fromkeys(refused)))

    def need(self, capability: str, what: str) -> None:
        if self._granted is not None and capability not in self._granted:
            marks = " or ".join(mark for mark, grants in GRANTS.items() if capability in grants)
            message = f"{what}: mark the test with {marks}, or keep it pure"
            self.refused.append(message)
            raise Denied(message)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._granted is None:
            return
        if event == "import" and arguments[0] == "chdb":
            self.need("chdb", "import of chdb, which starts the engine")
        elif event == "socket.__new__" and arguments[1] == socket.AF_UNIX:
            return  # every asyncio loop wakes itself through a socketpair
        elif event in NEEDS:
            self.need(NEEDS[event], f"{event}{arguments[1:]}")

    def _wrap_engine(self) -> None:
        """Idempotent. Before each test, because the engine is loaded when the first module imports it."""
        engine = sys.modules.get("chdb._chdb")
        if engine is None or hasattr(engine.connect, "__wrapped__"):
            return

        def guarded(start: Any) -> Any:
            @functools.wraps(start)
            def started(*arguments: Any, **named: Any) -> Any:
                self.need("chdb", "start of a chdb session")
                return start(*arguments, **named)

            return started

        for name in ("connect", "query"):
            setattr(engine, name, guarded(getattr(engine, name)))
