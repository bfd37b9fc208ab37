"""A load on its way into the log: submitted by threads of this process, or offered by whoever has the same form.

In: a load, the size of its chunks, a pace. Out: who asks hears of each chunk that is in the log, and when all are.
"""

import threading
from collections.abc import Callable
from itertools import count
from time import monotonic, sleep
from typing import Protocol

from bench.load import Load
from services.office import Office
from streams.log import Partition

CHUNK = 2_000  # submissions at once, as the command line posts them
SUBMITTERS = 2
Note = Callable[[dict[Partition, int], int, float], None]  # a chunk's ends in the log, its events, since when
Offer = Callable[[Load, int, float, Note], "Offering"]  # events in a chunk, and seconds from one chunk to the next


class Offering(Protocol):
    """`start`, and all times here, are those of `monotonic`."""

    start: float

    def goes_on(self, seconds: float) -> bool:
        """Whether there is more to offer after so many seconds; asked no longer than there is."""
        ...

    def finish(self) -> float:
        """When the last chunk was in the log. Raises what kept one out of it."""
        ...


class Submitting:
    """Threads that submit chunks, one every `pace` seconds, or without one as fast as they are answered."""

    def __init__(self, office: Office, load: Load, size: int, pace: float | None, note: Note) -> None:
        self._office, self._pace, self._note = office, pace, note
        self._numbered = zip(count(), chunks(load, size), strict=False)
        self._lock = threading.Lock()
        self._failed: list[Exception] = []
        self.start = self._last = monotonic()
        self._threads = [threading.Thread(target=self._run) for _ in range(SUBMITTERS)]
        for thread in self._threads:
            thread.start()

    def goes_on(self, seconds: float) -> bool:
        until = monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        return any(thread.is_alive() for thread in self._threads)

    def finish(self) -> float:
        for thread in self._threads:
            thread.join()
        if self._failed:
            raise self._failed[0]
        return self._last

    def _run(self) -> None:
        try:
            while (taken := self._next()) is not None:
                number, chunk = taken
                if self._pace is not None:
                    sleep(max(0.0, self.start + number * self._pace - monotonic()))
                ends = submit(self._office, chunk)
                with self._lock:
                    self._last = monotonic()
                    self._note(ends, len(chunk), self._last)
        except Exception as error:  # noqa: BLE001  # raised again where the thread is awaited
            self._failed.append(error)

    def _next(self) -> tuple[int, list[bytes]] | None:
        with self._lock:
            return next(self._numbered, None)


def submit(office: Office, chunk: list[bytes]) -> dict[Partition, int]:
    """The log's ends after the chunk. Raises where anything was refused: then the load is wrong."""
    answers = office.submit(chunk, "bench")
    wrong = next((a for a in answers if a.status != "accepted"), None)
    if wrong is not None:
        raise RuntimeError(f"the load was refused: {wrong}")
    return office.log.ends()


def chunks(load: Load, size: int = CHUNK) -> list[list[bytes]]:
    raws = list(load)
    return [raws[i : i + size] for i in range(0, len(raws), size)]
