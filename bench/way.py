"""The embedded way from a submission to a mart, timed.

In: ready bytes, made beforehand. Out: events a second, and seconds from *accepted* (the answer to a submission) to
*visible* (the marts' position is past it). Everything runs in one process, as `fanzha up` does.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

from bench.load import Load, registry
from services.office import Office
from services.settings import Settings
from services.wiring import open_office
from streams.log import Partition

CHUNK = 2_000  # submissions at once, as the command line posts them
LATEST = 2.0  # seconds an event may take to its mart, at the 99th percentile
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Events a second, from the first submission until all are in the log, and until all facts stand.

    `marts_seconds`: what all marts take after that.
    """

    to_log: float
    to_facts: float
    marts_seconds: float


@dataclass(frozen=True, slots=True)
class Live:
    """What was offered and done in events a second, and how long events took to their marts, in seconds."""

    offered: float
    reached: float
    p50: float
    p99: float

    @property
    def kept_up(self) -> bool:
        return self.p99 <= LATEST and self.reached >= 0.95 * self.offered


def bulk(until: datetime, count: int, told: Told) -> Bulk:
    """Submitting in one thread, facts in another; the marts afterwards."""
    chunks = _chunks(Load(1, count, until, 365.0))
    with _office(until) as office:
        done = threading.Event()
        finished: list[float] = []

        def submit() -> None:
            for number, chunk in enumerate(chunks):
                _submit(office, chunk)
                told(number * CHUNK, count)
            finished.append(monotonic())
            done.set()

        thread = threading.Thread(target=submit)
        start = monotonic()
        thread.start()
        while not done.is_set():
            office.catch_up()
            done.wait(0.05)
        office.catch_up()
        facts = monotonic()
        thread.join()
        office.settle()
        return Bulk(count / (finished[0] - start), count / (facts - start), monotonic() - facts)


def live(until: datetime, rate: float, seconds: float, base: int, told: Told) -> Live:
    """`rate` events a second on top of `base` events that are there already, marts following in their own thread."""
    count = int(rate * seconds)
    size = max(1, min(CHUNK, int(rate / 10)))
    chunks = _chunks(Load(2, count, until, 1.0), size)
    with _office(until) as office:
        for chunk in _chunks(Load(1, base, until, 365.0)):
            _submit(office, chunk)
        office.settle()
        failed: list[Exception] = []
        office.go_live(failed.append)
        watch = _Watch(office)
        start = monotonic()
        for number, chunk in enumerate(chunks):
            sleep(max(0.0, start + number * size / rate - monotonic()))
            watch.accepted(_submit(office, chunk), len(chunk))
            told(number * size, count)
        watch.finish()
        took = watch.last - start
        if failed:
            raise failed[0]
        return Live(rate, count / took, watch.quantile(0.5), watch.quantile(0.99))


@dataclass(slots=True)
class _Watch:
    """Which chunks wait for their marts, and how long the others took."""

    office: Office
    waiting: list[tuple[dict[Partition, int], float, int]] = field(default_factory=list)
    took: list[tuple[float, int]] = field(default_factory=list)
    last: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def accepted(self, ends: dict[Partition, int], events: int) -> None:
        with self._lock:
            self.waiting.append((ends, monotonic(), events))
        if self._thread is None:
            self._thread = threading.Thread(target=self._look)
            self._thread.start()

    def finish(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def quantile(self, q: float) -> float:
        """Over events, not chunks."""
        total, seen = sum(n for _, n in self.took), 0
        for seconds, events in sorted(self.took):
            seen += events
            if seen >= q * total:
                return seconds
        return 0.0

    def _look(self) -> None:
        while self.waiting or not self._stop.is_set():
            marts, now = self.office.pump.progress.marts_next, monotonic()
            with self._lock:
                there = [w for w in self.waiting if all(marts.get(place, 0) >= end for place, end in w[0].items())]
                self.waiting = [w for w in self.waiting if w not in there]
            for _, since, events in there:
                self.took.append((now - since, events))
                self.last = now
            sleep(0.01)


def _submit(office: Office, chunk: list[bytes]) -> dict[Partition, int]:
    """The log's ends after the chunk. Raises where anything was refused: then the load is wrong."""
    answers = office.submit(chunk, "bench")
    wrong = next((a for a in answers if a.status != "accepted"), None)
    if wrong is not None:
        raise RuntimeError(f"the load was refused: {wrong}")
    return office.log.ends()


def _chunks(load: Load, size: int = CHUNK) -> list[list[bytes]]:
    raws = list(load)
    return [raws[i : i + size] for i in range(0, len(raws), size)]


@contextmanager
def _office(until: datetime) -> Iterator[Office]:
    """An office over a folder of its own, with the county registered; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fanzha-bench-") as folder:
        office = open_office(Settings(data=Path(folder)))
        try:
            office.submit(registry(until), "bench", keep_recordedtime=True)
            office.settle()
            yield office
        finally:
            office.close()
