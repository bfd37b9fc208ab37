"""A log as a broker keeps it, in memory: it refuses nothing, and the test decides how it is read.

In: records. Out: the same records, in offset order within a partition; partitions come in the order the test
gives, and each read ends where the test cuts it. Unlike the embedded log it keeps duplicates and conflicts, has
offsets of its own in each partition, and forgets all when it goes.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from schemas import PARTITIONS, partition_of
from streams.log import Appended, NewRecord, Partition, Positions, Record

PLACES: tuple[Partition, ...] = tuple((t, p) for t, count in PARTITIONS.items() for p in range(count))


class MemoryLog:
    """`order` and `cuts` may be changed at any time; a cut is at least 1, and without one the limit holds.

    `gap` offsets are left out before each record, as a broker's own bookkeeping does.
    """

    def __init__(self, now: Callable[[], int] = lambda: 0, *, gap: int = 0) -> None:
        self._now, self._step = now, 1 + gap
        self._write = threading.Lock()
        self._records: dict[Partition, list[Record]] = {place: [] for place in PLACES}
        self.order: Sequence[Partition] = PLACES
        self.cuts: Iterator[int] = iter(())

    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        with self._write:
            places = [(r.topic, partition_of(r.topic, r.key)) for r in records]
            return [self._keep(place, record) for place, record in zip(places, records, strict=True)]

    def _keep(self, place: Partition, record: NewRecord) -> Appended:
        kept = self._records[place]
        offset = (kept[-1].offset if kept else -1) + self._step
        kept.append(Record(*place, offset, self._now(), record.key, record.value, record.stamp))
        return Appended("accepted", *place, offset, record.stamp.recorded if record.stamp else "")

    def read(self, positions: Positions, limit: int) -> list[Record]:
        limit = min(limit, next(self.cuts, limit))
        out: list[Record] = []
        for place in self.order:
            at = positions.get(place, 0)
            out += [r for r in self._records[place] if r.offset >= at][: limit - len(out)]
        return out

    def records(self) -> list[Record]:
        """Everything, by partition and offset."""
        return [record for kept in self._records.values() for record in kept]

    def places(self) -> frozenset[Partition]:
        return frozenset(PLACES)

    def ends(self) -> dict[Partition, int]:
        return {place: kept[-1].offset + 1 if kept else 0 for place, kept in self._records.items()}

    all_ends = ends

    def count(self, partition: Partition, end: int) -> int:
        return sum(record.offset < end for record in self._records[partition])

    def newest(self) -> str:
        return ""

    def acknowledge(self, positions: Positions) -> None:
        return None

    def close(self) -> None:
        return None


def unstamped(records: Iterable[NewRecord]) -> list[NewRecord]:
    """The same records with nobody vouching for them, as a broker delivers them."""
    return [record._replace(stamp=None) for record in records]
