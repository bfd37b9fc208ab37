"""The adapters of the port `streams/log.py`, each with what a test must know of it: one line per adapter.

In: a fresh folder. Out: a way to open the same log again and again. Whatever is promised by the port alone is tested
over all of them; what only some can promise is named here as a trait, never guessed from a name.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from streams.log import Log
from streams.log_kafka import KafkaLog
from streams.log_sqlite import SqliteLog
from tests.brokers import fresh_topics
from tests.conftest import NOW
from tests.memory_log import MemoryLog

Opening = Callable[[], Log]


@dataclass(frozen=True)
class LogAdapter:
    """`durable`: another opening finds what one has kept. `unique`: a second record under an id is answered at once,
    where others keep it and the fold decides. `largest`: bytes of one value that must be kept."""

    name: str
    opening: Callable[[Path], Opening]
    durable: bool
    unique: bool
    largest: int
    marks: tuple[pytest.MarkDecorator, ...] = ()


def _sqlite(folder: Path) -> Opening:
    clock = itertools.count(NOW)
    return lambda: SqliteLog(folder / "log.db", lambda: next(clock))


def _memory(gap: int) -> Callable[[Path], Opening]:
    """One log per folder: it forgets all when it goes, so it is never closed and opened."""

    def opening(_: Path) -> Opening:
        clock = itertools.count(NOW)
        log = MemoryLog(lambda: next(clock), gap=gap)
        return lambda: log

    return opening


def _kafka(_: Path) -> Opening:
    access = fresh_topics()
    return lambda: KafkaLog(access)


LOGS = (
    LogAdapter("sqlite", _sqlite, durable=True, unique=True, largest=5_000_000),
    LogAdapter("kafka", _kafka, durable=True, unique=False, largest=1_000_000, marks=(pytest.mark.kafka,)),
    LogAdapter("memory", _memory(0), durable=False, unique=False, largest=5_000_000),
    LogAdapter("memory with gaps", _memory(3), durable=False, unique=False, largest=5_000_000),
)


def adapters(fits: Callable[[LogAdapter], bool] = lambda _: True) -> list[Any]:
    """Parameters of a fixture: the adapters that promise what its tests ask."""
    return [pytest.param(a, id=a.name, marks=a.marks) for a in LOGS if fits(a)]
