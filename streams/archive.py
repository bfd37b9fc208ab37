"""The archive read back: verbatim records in the order of their positions.

It serves export, and it is a log to rebuild from: same records, same positions, nobody's stamp, so that every record
is judged and lifted anew by the program of today.
"""

from binascii import a2b_base64
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from schemas.tuples import made
from streams import log
from streams.errors import TerminalError
from streams.interpreter import no_collection
from streams.log import Appended, NewRecord, Partition, Positions, Record
from streams.warehouse import Warehouse

_FROM = "archive {final} WHERE topic = {{t:String}} AND part = {{p:UInt32}} AND off >= {{s:UInt64}}"
# Where a read ends. Asked first and without FINAL, in the table's own order: a read of FINAL that ends at a number of
# rows reads all rows there are, and their values may take all memory.
_LAST = f"""SELECT max(off) FROM (
                SELECT off, sum(size) OVER (ORDER BY off ROWS UNBOUNDED PRECEDING) - size AS before
                FROM (SELECT off, length(raw) AS size FROM {_FROM.format(final="")} ORDER BY off LIMIT {{n:UInt64}}))
            WHERE before < {{bytes:UInt64}}"""
# Bytes travel as base64: they need not be text.
_ROWS = f"""SELECT off, toUnixTimestamp64Micro(appended), key, base64Encode(raw), ok, reason
            FROM {_FROM.format(final="FINAL")} AND off <= {{last:UInt64}} ORDER BY off"""


class Archived(NamedTuple):
    record: Record
    ok: bool
    reason: str


class ArchiveLog:
    """A `Log` to read from. It cannot be appended to."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        raise TerminalError("归档只读 / the archive is read-only")

    def read(self, positions: Positions, limit: int) -> list[Record]:
        out: list[Record] = []
        size = 0
        for place in sorted(self.places()):
            if len(out) < limit and size < log.READ_BYTES:
                found = read_archive(self._warehouse, place, positions.get(place, 0), limit - len(out))
                size += sum(len(a.record.value) for a in found)
                out += [a.record for a in found]
        return out

    def places(self) -> frozenset[Partition]:
        return self._places

    @cached_property
    def _places(self) -> frozenset[Partition]:
        return frozenset(self.ends())

    def ends(self) -> dict[Partition, int]:
        rows = self._warehouse.query("SELECT topic, part, max(off) + 1 FROM archive GROUP BY topic, part").rows
        return {(topic, part): int(end) for topic, part, end in rows}

    all_ends = ends

    def count(self, partition: Partition, end: int) -> int:
        where = "topic = {t:String} AND part = {p:UInt32} AND off < {e:UInt64}"
        sql = f"SELECT uniqExact(off) FROM archive WHERE {where}"
        return int(self._warehouse.query(sql, {"t": partition[0], "p": partition[1], "e": end}).rows[0][0])

    def newest(self) -> str:
        return ""

    def acknowledge(self, positions: Positions) -> None:
        return None

    def close(self) -> None:
        return None


def read_archive(warehouse: Warehouse, place: Partition, start: int, limit: int) -> list[Archived]:
    """At most `limit` records of a partition from `start` on; fewer where their values come to `READ_BYTES`."""
    asked = {"t": place[0], "p": place[1], "s": start}
    ((last,),) = warehouse.query(_LAST, {**asked, "n": limit, "bytes": log.READ_BYTES}).rows
    with no_collection():
        rows = warehouse.query(_ROWS, {**asked, "last": last}).rows
        return [
            made(Archived, (made(Record, (*place, off, appended, key, a2b_base64(raw), None)), bool(ok), reason))
            for off, appended, key, raw, ok, reason in rows
        ]


def archived(warehouse: Warehouse, positions: Positions, chunk: int = 10_000) -> Iterator[Archived]:
    """Every record of the archive at or after the positions, partition by partition."""
    for place in sorted(ArchiveLog(warehouse).ends()):
        start = positions.get(place, 0)
        while rows := read_archive(warehouse, place, start, chunk):
            yield from rows
            start = rows[-1].record.offset + 1
