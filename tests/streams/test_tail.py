"""The newest records in memory are those on the disk: whoever follows a log sees every record once, in order.

Two writers of one file append in turn and either of them is followed, from any position and with any limit; a log
opened afterwards, which has nothing in memory, says what is right.
"""

import itertools
import tempfile
from pathlib import Path
from random import Random
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import PARTITIONS
from streams import log, tail
from streams.log import NewRecord, Partition, Record
from streams.log_sqlite import SqliteLog
from tests.wire import held

TOPICS = tuple(PARTITIONS)
CHUNKS = st.lists(st.tuples(st.booleans(), st.lists(st.tuples(st.sampled_from(TOPICS), st.integers(0, 9)))), max_size=8)


def by_partition(records: list[Record]) -> dict[Partition, list[Record]]:
    out: dict[Partition, list[Record]] = {}
    for r in records:
        out.setdefault((r.topic, r.partition), []).append(r)
    return out


@settings(max_examples=20)
@given(CHUNKS, st.integers(1, 30), st.integers(1, 12), st.randoms(use_true_random=False), st.integers(1, 20))
def test_a_follower_misses_nothing(
    chunks: list[tuple[bool, list[tuple[str, int]]]], limit: int, kept: int, rng: Random, size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, mock.patch.multiple(tail, RECORDS=kept, BYTES=kept * size):
        clock = itertools.count(1)
        logs = [SqliteLog(Path(folder) / "log.db", lambda: next(clock)) for _ in range(2)]
        for second, said in chunks:
            logs[second].append([NewRecord(topic, f"k{n}", b"x" * n) for topic, n in said])
            if rng.random() < 0.3:
                held(logs[second], {}, limit)
        fresh = SqliteLog(Path(folder) / "log.db", lambda: next(clock))
        starts = {place: rng.randint(0, end + 1) for place, end in fresh.ends().items() if end}
        right = by_partition(fresh.read(starts, 10_000))
        for log in logs:
            assert by_partition(held(log, starts, limit)) == right
        for log in (*logs, fresh):
            log.close()


def test_what_was_just_appended_is_not_read_from_the_disk(log: SqliteLog) -> None:
    log.append([NewRecord("incidents", f"k{n}", b"v") for n in range(100)])
    with mock.patch.object(log, "_db", side_effect=AssertionError("the disk was asked")):
        assert len(log.read({}, 100)) == 100


def test_a_read_ends_where_its_bytes_are_enough(tmp_path: Path) -> None:
    """From memory and from the disk; a record that is larger alone comes too."""
    first = SqliteLog(tmp_path / "log.db", lambda: 0)
    sizes = (400, 400, 400, 400, 5_000, 400)
    for size in sizes:
        first.append([NewRecord(TOPICS[0], "k", bytes(size))])
    second = SqliteLog(tmp_path / "log.db", lambda: 0)
    with mock.patch.object(log, "READ_BYTES", 1_000):
        for reader, read in ((first, 800), (second, 1_200)):
            assert [r.value for r in held(reader, {}, 100)] == [bytes(size) for size in sizes]
            assert sum(len(r.value) for r in reader.read({}, 100)) == read
    first.close()
    second.close()
