"""The newest records of a log in memory, so that whoever follows it need not read them from the disk again.

In: what was appended, chunk by chunk, once it is durable. Out: the records at or after the asked positions, or nothing
where an older one may be wanted: the log answers then. Invariant: what is held is every record of the log from one
offset to another, whoever wrote it, so nothing is ever skipped. Offsets are one sequence over all partitions.
"""

import threading
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from streams import log
from streams.log import Partition, Positions, Record, ends_of

RECORDS, BYTES = 100_000, 128 * 2**20


class _Chunk(NamedTuple):
    records: list[Record]
    ends: dict[Partition, int]
    size: int


class Tail:
    """At most `RECORDS` records and `BYTES` of values, unless the last chunk alone is larger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: deque[_Chunk] = deque()
        self._before: dict[Partition, int] = {}  # the end of each partition before the oldest chunk
        self._end = 0

    def add(self, records: list[Record], ends_before: Mapping[Partition, int]) -> None:
        """Records with offsets one after the other; `ends_before` gives the ends of all partitions before them."""
        if not records:
            return
        chunk = _Chunk(records, ends_of(records), sum(len(r.value) for r in records))
        with self._lock:
            if not self._chunks or records[0].offset != self._end:
                self._chunks.clear()
                self._before = dict(ends_before)
            self._chunks.append(chunk)
            self._end = records[-1].offset + 1
            while len(self._chunks) > 1 and self._too_much():
                self._before.update(self._chunks.popleft().ends)

    def read(self, positions: Positions, limit: int) -> list[Record]:
        """As `Log.read`; nothing where the log itself must be asked."""
        with self._lock:
            if any(positions.get(place, 0) < end for place, end in self._before.items()):
                return []
            chunks = list(self._chunks)
        out: list[Record] = []
        left = log.READ_BYTES
        for records, ends, size in chunks:
            starts = [positions.get(place, 0) for place in ends]
            if all(start >= end for start, end in zip(starts, ends.values(), strict=True)):
                continue
            if len(out) >= limit or (out and size > left):
                break
            left -= size
            if all(start <= records[0].offset for start in starts):
                out += records  # as nearly always: whoever follows has read all before and nothing of it
            else:
                out += [r for r in records if r.offset >= positions.get((r.topic, r.partition), 0)]
        return out[:limit]

    def _too_much(self) -> bool:
        return sum(len(c.records) for c in self._chunks) > RECORDS or sum(c.size for c in self._chunks) > BYTES
