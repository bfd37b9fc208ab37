"""How long the work on a whole folder takes, and how much memory: all facts and marts anew, and all of them checked.

In: a number of facts. Out: seconds, and the most bytes resident while each went on. Everything must be found equal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import TypeVar

from bench.machine import peak_memory
from bench.panels import opened
from bench.report import Told
from schemas import default_plan
from streams.archive import ArchiveLog
from streams.pump import Pump
from streams.rebuild import rebuild
from streams.verify import verify

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """`records` are those of the archive; peaks are bytes."""

    records: int
    rebuild_seconds: float
    rebuild_peak: int
    verify_seconds: float
    verify_peak: int


def upkeep(facts: int, until: datetime, told: Told) -> Upkeep:
    """Raises `RuntimeError` where something differs: what is timed must be the real thing."""
    plan = default_plan()[0]
    with opened(facts, plan, until) as (filled, _):
        filled.bulk(lambda done: told(done, facts))
        filled.build()
        pump = Pump(ArchiveLog(filled.warehouse), filled.warehouse, plan)  # the log it was filled from is used up
        rebuilt, rebuild_seconds, rebuild_peak = _timed(lambda: rebuild(pump, plan, told))
        differing, verify_seconds, verify_peak = _timed(lambda: _verified(pump, told))
        if rebuilt.differing or rebuilt.rejudged or not rebuilt.swapped or differing:
            raise RuntimeError(f"not equal: {rebuilt.differing} rows rebuilt, {differing} rows verified")
        return Upkeep(rebuilt.records, rebuild_seconds, rebuild_peak, verify_seconds, verify_peak)


def _verified(pump: Pump, told: Told) -> int:
    return sum(c.differing for c in verify(pump.warehouse, pump.params, pump.facts(), told))


def _timed(do: Callable[[], T]) -> tuple[T, float, int]:
    peak, start = peak_memory(), perf_counter()
    return do(), perf_counter() - start, peak()
