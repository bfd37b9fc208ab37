"""How long a small cycle takes: three corrections and three receipts, from accepted to the marts of both.

In: how many events stand before, how many cycles. Out: seconds a cycle, on the clock and of processor time, which other
work on the machine moves less. Nothing else goes on: what a cycle takes is mostly the engine's planning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from statistics import median
from time import perf_counter, process_time

from bench.load import Load
from bench.offering import CHUNK, submit
from bench.report import Told
from bench.way import opened_office

SAID = 3  # corrections, and as many receipts
_SPARE = 400  # events of a daily mix among which three corrections surely are


@dataclass(frozen=True, slots=True)
class Cycles:
    """Medians."""

    cycles: int
    seconds: float
    processor_seconds: float


def cycles(until: datetime, base: int, times: int, told: Told) -> Cycles:
    """The first cycle is left out: it reads cold parts."""
    load = iter(Load(1, base + _SPARE * (times + 1), until, 365.0))
    took: list[tuple[float, float]] = []
    with opened_office(until) as (office, _):
        before = islice(load, base)
        while chunk := list(islice(before, CHUNK)):
            submit(office, chunk)
        office.settle()
        for number, said in enumerate(_small(load, times + 1)):
            submit(office, said)
            start, own = perf_counter(), process_time()
            office.settle()
            took.append((perf_counter() - start, process_time() - own))
            told(number, times)
    return Cycles(times, median(t for t, _ in took[1:]), median(own for _, own in took[1:]))


def _small(load: Iterator[bytes], times: int) -> Iterator[list[bytes]]:
    """Of what comes next, three corrections of incidents there are and three receipts; the rest is left unsaid."""
    for _ in range(times):
        corrections: list[bytes] = []
        receipts: list[bytes] = []
        while len(corrections) < SAID or len(receipts) < SAID:
            raw = next(load)
            if b'"type":"receipt.signed"' in raw:
                receipts.append(raw)
            elif b'"type":"incident.' in raw and b'"type":"incident.reported"' not in raw:
                corrections.append(raw)
        yield corrections[:SAID] + receipts[:SAID]
