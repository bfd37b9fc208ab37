"""What a cycle takes from records to marts: of a few records, which is mostly planning, and of many.

In: a number of facts that are there before. Out: for each size of batch the median milliseconds of one batch and its
round, by the clock and of processor time; the latter hardly moves with what else the machine does.
"""

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from time import perf_counter, process_time

from bench.load import INCIDENTS
from bench.panels import opened
from bench.report import Told
from schemas import default_plan
from streams.pump import Pump


@dataclass(frozen=True, slots=True)
class Cycle:
    """Milliseconds."""

    records: int
    wall: float
    processor: float


def cycles(base: int, sizes: dict[int, int], until: datetime, told: Told) -> tuple[Cycle, ...]:
    """Of incidents and their corrections; `sizes`: records of a batch and how many such are timed."""
    every = base + sum((times + 1) * records for records, times in sizes.items())
    with opened(every, default_plan()[0], until, INCIDENTS) as (pump, _):
        done = 0
        while done < base:
            pump.batch = min(base - done, 40_000)
            done += pump.take()
            told(done, every)
        pump.build()
        return tuple(_timed(pump, records, times) for records, times in sizes.items())


def _timed(pump: Pump, records: int, times: int) -> Cycle:
    """The first is not counted: it reads cold parts."""
    pump.batch, walls, processors = records, [], []
    for _ in range(times + 1):
        clock, processor = perf_counter(), process_time()
        pump.take()
        pump.round()
        walls.append(perf_counter() - clock)
        processors.append(process_time() - processor)
    return Cycle(records, median(walls[1:]) * 1000, median(processors[1:]) * 1000)
