"""Batches: records read and validated, some of them beside what is done with those before.

In: where to go on, a bound. Out: columns, once they are asked for. Nothing is remembered here: what is dropped is read
again. What fails is raised where the batch is asked for.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any, NamedTuple, Self

from streams import log
from streams.log import Partition, Positions

PAUSE = 0.05  # seconds between two reads of what goes on arriving
Read = Callable[[Positions, int], "Batch | None"]


class Batch(NamedTuple):
    """Columns of the archive, the end of each partition that is in them, and whether rare families are spoken of."""

    columns: Mapping[str, Sequence[Any]]
    ends: Mapping[Partition, int]
    records: int
    rare: bool

    @property
    def size(self) -> int:
        """Bytes of its records."""
        return sum(map(len, self.columns["raw"]))


class Ahead:
    """A thread that reads on until it is asked for what it has, or that is `limit` records, or as many bytes as a read
    may have. One reading at a time."""

    def __init__(self, read: Read, limit: int) -> None:
        self._read, self._limit = read, limit
        self._threads = ThreadPoolExecutor(1, "fanzha-ahead")
        self._asked = threading.Event()
        self._begun: tuple[Positions, Future[Batch | None]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asked.set()
        self._threads.shutdown()

    def begin(self, start: Positions) -> None:
        """Whoever begins asks before he begins again."""
        self._asked.clear()
        self._begun = start, self._threads.submit(self._run, start)

    def batch(self, start: Positions) -> Batch | None:
        """What was read by now; nothing where nothing was begun, or elsewhere than at `start`."""
        begun, self._begun = self._begun, None
        if begun is None:
            return None
        self._asked.set()
        batch = begun[1].result()
        return batch if begun[0] == start else None

    def _run(self, start: Positions) -> Batch | None:
        found: list[Batch] = []
        ends: dict[Partition, int] = {}
        left, size = self._limit, 0
        while left > 0 and size < log.READ_BYTES:
            if batch := self._read({**start, **ends}, left):
                found.append(batch)
                ends.update(batch.ends)
                left -= batch.records
                size += batch.size
            if self._asked.wait(PAUSE):
                break
        if len(found) < 2:
            return found[0] if found else None
        columns = {name: list(chain.from_iterable(one.columns[name] for one in found)) for name in found[0].columns}
        return Batch(columns, ends, self._limit - left, any(one.rare for one in found))
