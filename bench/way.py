"""The embedded way from a submission to a mart, timed.

In: ready bytes, made beforehand. Out: events a second, and seconds from *accepted* (the answer to a submission) to
*visible* (the marts' position is past it). Everything runs in one process, as `fanzha up` does, and two threads
submit, as two callers would.
"""

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from bench.load import Load, Mix, registry
from bench.machine import bytes_on_disk, resident_memory
from bench.offering import CHUNK, Offer, Submitting, chunks, submit
from bench.report import Told
from services.errors import Unavailable
from services.office import Office
from services.settings import Settings
from services.wiring import open_office
from streams.log import Partition
from streams.progress import read_progress
from streams.warehouse import Warehouse

LATEST = 2.0  # seconds an event may take to its mart, at the 99th percentile
GIVEN_UP = 60.0  # seconds without any chunk in the marts
LOOKING = 0.2  # of the time that goes by: to ask a server where the marts are has its price, and it is not the way's


@dataclass(frozen=True, slots=True)
class Bulk:
    """Events a second, from the first submission until all are in the log, and until all facts stand.

    `marts_seconds`: what all marts take after that. Bytes are those of this many events.
    """

    events: int
    to_log: float
    to_facts: float
    marts_seconds: float
    log_bytes: int
    warehouse_bytes: int
    resident: int


@dataclass(frozen=True, slots=True)
class Live:
    """What was offered and done in events a second, and how long events took to their marts, in seconds."""

    offered: float
    reached: float
    p50: float
    p99: float
    resident: int

    @property
    def kept_up(self) -> bool:
        return self.p99 <= LATEST and self.reached >= 0.95 * self.offered


def bulk(until: datetime, events: int, mix: Mix, told: Told) -> Bulk:
    """Submitting in threads of its own, facts beside it; the marts afterwards."""
    load = Load(1, events, until, 365.0, mix)
    with opened_office(until) as (office, folder):
        accepted = [0]

        def note(_: dict[Partition, int], number: int, __: float) -> None:
            accepted[0] += number
            told(accepted[0], events)

        offering = Submitting(office, load, CHUNK, None, note)
        while offering.goes_on(0.5):  # larger batches: each insert has its price
            office.catch_up()
        in_log = offering.finish()
        office.catch_up()
        in_facts = monotonic()
        office.settle()
        summed = monotonic()
        return Bulk(
            events, events / (in_log - offering.start), events / (in_facts - offering.start), summed - in_facts,
            bytes_on_disk(folder, "log.db*"), bytes_on_disk(folder / "warehouse"), resident_memory(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """What is said live: `rates` one after the other, `seconds` each, on top of `base` events."""

    until: datetime
    rates: Sequence[float]
    seconds: float
    base: int
    mix: Mix


def live(offered: Offered, told: Told) -> Iterator[Live]:
    """Until a rate is not kept up with. The marts follow in their own thread, as in every served folder."""
    with opened_office(offered.until) as (office, _):
        yield from live_in(office, offered, told)


def live_in(office: Office, offered: Offered, told: Told, offer: Offer | None = None) -> Iterator[Live]:
    """The same in an office that knows the county already, whoever moves its marts. It submits, unless others `offer`.

    Raises what ended the marts, or `Unavailable` where they no longer follow.
    """
    for chunk in chunks(Load(1, offered.base, offered.until, 365.0, offered.mix)):
        submit(office, chunk)
    office.settle()
    _merged(office.warehouse)
    failed: list[Exception] = []
    office.go_live(failed.append)
    for seed, rate in enumerate(offered.rates, start=2):
        load = Load(seed, int(rate * offered.seconds), offered.until, 1.0, offered.mix)
        try:
            found = _lived(office, load, rate, told, offer or partial(Submitting, office))
        except Unavailable as error:
            raise failed[0] if failed else error from error
        yield found
        if not found.kept_up:
            return


def _merged(warehouse: Warehouse) -> None:
    """Every table in one part: who is measured does not clear up what the events of before left."""
    many = "SELECT name FROM system.tables WHERE database = currentDatabase() AND active_parts > 1"
    for (name,) in warehouse.query(many).rows:
        warehouse.run(f"OPTIMIZE TABLE {name} FINAL")


def _lived(office: Office, load: Load, rate: float, told: Told, offer: Offer) -> Live:
    size = max(1, min(CHUNK, int(rate / 10)))
    watch = _Watch(office)
    offering = offer(load, size, size / rate, watch.accepted)
    while offering.goes_on(0.2):
        told(watch.events, load.count)
    seconds = offering.finish() - offering.start + size / rate  # the last chunk has its share of the time too
    watch.finish()
    return Live(rate, load.count / seconds, watch.quantile(0.5), watch.quantile(0.99), resident_memory())


@dataclass(slots=True)
class _Watch:
    """Which chunks wait for their marts, and how long the others took."""

    office: Office
    events: int = 0
    _waiting: list[tuple[dict[Partition, int], float, int]] = field(default_factory=list)
    _took: list[tuple[float, int]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def accepted(self, ends: dict[Partition, int], events: int, since: float) -> None:
        with self._lock:
            self._waiting.append((ends, since, events))
            self.events += events
        if self._thread is None:
            self._thread = threading.Thread(target=self._look)
            self._thread.start()

    def finish(self) -> None:
        """When nothing waits any more. Raises `Unavailable` where that does not come."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._waiting:
            raise Unavailable(f"指标不再更新 / the marts no longer follow: {self._marts()}")

    def quantile(self, q: float) -> float:
        """Over events, not chunks."""
        total, seen = sum(n for _, n in self._took), 0
        for seconds, events in sorted(self._took):
            seen += events
            if seen >= q * total:
                return seconds
        return 0.0

    def _marts(self) -> Mapping[Partition, int]:
        """Where the marts are: of this process, or of the workers."""
        pump = self.office.pump
        return (pump.progress if self.office.follows else read_progress(pump.warehouse)).marts_next

    def _look(self) -> None:
        moved = monotonic()
        while (self._waiting and monotonic() - moved < GIVEN_UP) or not self._stop.is_set():
            asked = monotonic()
            marts, now = self._marts(), monotonic()
            still = []
            with self._lock:
                for ends, since, events in self._waiting:
                    if all(marts.get(place, 0) >= end for place, end in ends.items()):
                        self._took.append((now - since, events))
                    else:
                        still.append((ends, since, events))
                moved = now if len(still) < len(self._waiting) else moved
                self._waiting = still
            sleep(max(0.01, (now - asked) / LOOKING))


@contextmanager
def opened_office(until: datetime) -> Iterator[tuple[Office, Path]]:
    """An office over a folder of its own, with the county registered; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fanzha-bench-") as name:
        folder = Path(name)
        office = open_office(Settings(data=folder))
        try:
            office.submit(registry(until), "bench", keep_recordedtime=True)
            office.settle()
            yield office, folder
        finally:
            office.close()
