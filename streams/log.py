"""The port of the event log: append durably, read onwards from a position.

Invariant: a record that `append` returned survives a crash; its position never changes. Offsets grow within a
partition but may have gaps. The log does not interpret the bytes it keeps.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

Partition = tuple[str, int]
Positions = Mapping[Partition, int]
READ_BYTES = 64 << 20  # of values in one read, or as many as came at once: large records do not take all memory


class Stamp(NamedTuple):
    """What submit established about a record's bytes: their identity, and the schema under which they were checked.

    `schema` is `streams.lift.SCHEMA` of the program that checked them; another program checks again.
    """

    event_id: str
    recorded: str
    digest: bytes
    schema: str


class NewRecord(NamedTuple):
    """`stamp` is None for bytes nobody vouches for."""

    topic: str
    key: str
    value: bytes
    stamp: Stamp | None = None


class Record(NamedTuple):
    """`appended` is the log's own time in microseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    appended: int
    key: str
    value: bytes
    stamp: Stamp | None = None


class Appended(NamedTuple):
    """Where a record is; `status` is accepted, duplicate (already there) or conflict (id taken by other content).

    `recorded` is the stamp of the record that is in the log: a retry gets the first answer again.
    """

    status: str
    topic: str
    partition: int
    offset: int
    recorded: str


class Log(Protocol):
    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        """Keep the records, all or none; durable when this returns. One answer per record, in order."""

    def read(self, positions: Positions, limit: int) -> list[Record]:
        """At most `limit` records at or after each partition's position, in offset order within a partition.

        Fewer where their values come to `READ_BYTES`, but none only where there are none.
        """

    def places(self) -> frozenset[Partition]:
        """The partitions this log reads: all, or those its consumer group has given it just now."""

    def ends(self) -> dict[Partition, int]:
        """For every partition it reads, the position after its last record."""

    def all_ends(self) -> dict[Partition, int]:
        """The same for every partition there is, whoever reads it."""

    def count(self, partition: Partition, end: int) -> int:
        """How many records a partition holds before the offset `end`."""

    def newest(self) -> str:
        """The newest stamp that was vouched for, as a wire time; empty where there is none or the log does not know."""

    def acknowledge(self, positions: Positions) -> None:
        """How far the marts are, for people who look at the log; nobody resumes from it."""

    def close(self) -> None: ...


def ends_of(records: Sequence[Record]) -> dict[Partition, int]:
    """The position after the last record of each partition; records come in order within a partition."""
    if not records:
        return {}
    topics, parts, offsets, *_ = zip(*records, strict=True)
    last = dict(zip(zip(topics, parts, strict=True), offsets, strict=True))
    return {place: offset + 1 for place, offset in last.items()}
