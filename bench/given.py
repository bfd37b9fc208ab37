"""A log that makes its records as they are read: to fill a warehouse without what submitting costs.

In: a `Load` with stamps. Out: the records of the same events, under offsets of their own, and one in `SPOILT` is cut
short, so that something is rejected. It is read once, forwards.
"""

from collections.abc import Sequence
from itertools import islice

from bench.load import Load, registry
from schemas import PARTITIONS, TOPIC_OF, partition_of
from schemas.events import parse
from streams.errors import TerminalError
from streams.lift import stamp_of
from streams.log import Appended, NewRecord, Partition, Positions, Record

SPOILT = 2_000


class GivenLog:
    """Offsets are one sequence over all partitions, as in the embedded log."""

    def __init__(self, load: Load) -> None:
        self._events = iter([*registry(load.until), *load])
        self._total = len(registry(load.until)) + load.count
        self._next = 0

    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        raise TerminalError("只读 / read-only")

    def read(self, positions: Positions, limit: int) -> list[Record]:
        return [self._record(raw) for raw in islice(self._events, limit)]

    def _record(self, raw: bytes) -> Record:
        parsed = parse(raw)
        event, topic, offset = parsed.event, TOPIC_OF[parsed.event.type], self._next
        self._next += 1
        place = (topic, partition_of(topic, event.subject), offset, 0, event.subject)
        if offset % SPOILT == SPOILT - 1:
            return Record(*place, raw[:-1])
        return Record(*place, raw, stamp_of(event, parsed.digest))

    def places(self) -> frozenset[Partition]:
        return frozenset(self.ends())

    def newest(self) -> str:
        return ""

    def acknowledge(self, positions: Positions) -> None:
        return None

    def ends(self) -> dict[Partition, int]:
        """Anything may still come anywhere, until all is read."""
        end = self._total if self._next < self._total else 0
        return {(topic, part): end for topic, parts in PARTITIONS.items() for part in range(parts)}

    all_ends = ends

    def count(self, partition: Partition, end: int) -> int:
        return 0

    def close(self) -> None:
        return None
