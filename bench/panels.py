"""How long figures take to answer over many facts.

In: a number of facts. Out: for each question the median and the 95th percentile in milliseconds. The first answer to
each question is left out: it reads cold parts. Days, places and windows change from one time to the next.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from bench.given import GivenLog
from bench.load import PANELS, STATIONS, Load, Mix
from bench.machine import bytes_on_disk, resident_memory
from bench.report import Told
from schemas import Plan, default_plan
from streams.comparison import COMPARISONS, compared
from streams.doubts import doubts
from streams.figures import Question, answer
from streams.migrations import migrate
from streams.pump import Pump
from streams.warehouse import Warehouse
from streams.warehouse_chdb import ChdbWarehouse


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds. `known`: asked as known at a moment, from the facts, where the goal is one second."""

    question: str
    known: bool
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Panels:
    """`load_rate` in events a second from records with stamps to facts; `build_seconds` for all marts of them."""

    facts: int
    load_rate: float
    build_seconds: float
    warehouse_bytes: int
    resident: int
    latencies: tuple[Latency, ...]


def panels(facts: int, times: int, until: datetime, told: Told) -> Panels:
    """Each question is timed `times` times."""
    plan = default_plan()[0]
    with opened(facts, plan, until) as (pump, folder):
        start = perf_counter()
        pump.bulk(lambda done: told(done, facts))
        loaded = perf_counter()
        pump.build()
        built = perf_counter()
        found = tuple(_latencies(pump.warehouse, plan, times, until))
        size = bytes_on_disk(folder)
        return Panels(facts, facts / (loaded - start), built - loaded, size, resident_memory(), found)


@contextmanager
def opened(facts: int, plan: Plan, until: datetime, mix: Mix = PANELS) -> Iterator[tuple[Pump, Path]]:
    """A pump that has so many facts before it, and the folder of its warehouse."""
    with tempfile.TemporaryDirectory(prefix="fanzha-bench-") as name:
        warehouse = ChdbWarehouse(Path(name))
        try:
            migrate(warehouse)
            yield Pump(GivenLog(Load(3, facts, until, 730.0, mix, stamped=True)), warehouse, plan), Path(name)
        finally:
            warehouse.close()


def _latencies(warehouse: Warehouse, plan: Plan, times: int, until: datetime) -> Iterator[Latency]:
    for name, ask in _QUESTIONS.items():
        took, told = [], 0
        against = COMPARISONS if "beside" in name else ()
        for number in range(times + 1):
            question = ask(number, until)
            start = perf_counter()
            rows = compared(question, against, plan, until, lambda q: answer(warehouse, q, plan, until)).rows.rows
            took.append((perf_counter() - start) * 1000)
            told += len(rows)
        if not told and not name.startswith("doubts"):  # a county without doubts has none to show
            raise RuntimeError(f"no rows: the load does not answer {name}")
        cuts = quantiles(took[1:], n=20, method="inclusive")
        yield Latency(name, "as known at" in name, cuts[9], cuts[18])


def _month(number: int, until: datetime) -> tuple[date, date]:
    """One of the last eighteen months."""
    first = (until - timedelta(days=30 * (1 + number % 18))).date().replace(day=1)
    return first, first + timedelta(days=27)


def _incidents(by: tuple[str, ...], *, year: bool = False) -> Callable[[int, datetime], Question]:
    def ask(number: int, until: datetime) -> Question:
        first, last = _month(number, until)
        since = last - timedelta(days=365) if year else first
        return Question("incidents", since=since, to=last, by=by)

    return ask


def _rates(level: str, *, known: bool = False) -> Callable[[int, datetime], Question]:
    def ask(number: int, until: datetime) -> Question:
        first, last = _month(number, until)
        at = until - timedelta(days=number) if known else None
        return Question("rates", {"level": (level,)}, first, last, as_known_at=at)

    return ask


def _rolling(number: int, until: datetime) -> Question:
    return Question("rolling", {"station": (STATIONS[number % 12],)}, at=until - timedelta(hours=number))


def _coverage(level: str) -> Callable[[int, datetime], Question]:
    def ask(number: int, until: datetime) -> Question:
        _, to = _month(number, until)
        return Question("coverage", {"level": (level,)}, to - timedelta(days=300 + number), to)

    return ask


def _doubts(kind: str) -> Callable[[int, datetime], Question]:
    return lambda number, until: Question("doubts", {"kind": (kind,)})


_QUESTIONS: dict[str, Callable[[int, datetime], Question]] = {
    "incidents by station, a month": _incidents(("station",)),
    "incidents by station and month, a year": _incidents(("station", "month"), year=True),
    "incidents day by day, a year": _incidents(("day",), year=True),
    "incidents by category, a month": _incidents(("category",)),
    "incidents by township and month, a year": _incidents(("township", "month"), year=True),
    "rates of stations, a month": _rates("station"),
    "rates of communities, a month": _rates("community"),
    "rates of stations beside last year and the month before": _rates("station"),
    "rolling windows of a station": _rolling,
    "coverage of the county": _coverage("county"),
    "coverage of stations": _coverage("station"),
    "rejected": lambda number, until: Question("rejected"),
    "freshness": lambda number, until: Question("freshness"),
    **{f"doubts: {kind}": _doubts(kind) for kind in doubts()},
    "rates of stations, as known at": _rates("station", known=True),
}
