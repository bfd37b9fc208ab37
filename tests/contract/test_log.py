"""The contract of the event log, one suite over every adapter: what the port promises and nothing more.

Nothing is presumed of offsets but that they grow within a partition, and of a fresh log but where its ends are.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from schemas import PARTITIONS, partition_of
from streams.errors import TerminalError, TransientError
from streams.log import Appended, Log, NewRecord, Partition, Record, Stamp
from tests.contract.logs import LogAdapter, Opening, adapters
from tests.wire import event, held, stamped

PLACES = {(topic, part) for topic, count in PARTITIONS.items() for part in range(count)}


@dataclass
class Opened:
    """An adapter, and one opening of it; `again` closes it and opens the same log."""

    adapter: LogAdapter
    opening: Opening
    log: Log

    def again(self) -> Log:
        self.log.close()
        self.log = self.opening()
        return self.log


def opened(adapter: LogAdapter, folder: Path) -> Opened:
    opening = adapter.opening(folder)
    return Opened(adapter, opening, opening())


@pytest.fixture(params=adapters())
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    found = opened(request.param, tmp_path)
    yield found.log
    found.log.close()


@pytest.fixture(params=adapters(lambda a: a.durable))
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    found = opened(request.param, tmp_path)
    yield found
    found.log.close()


@pytest.fixture(params=adapters(lambda a: a.unique))
def unique(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    found = opened(request.param, tmp_path)
    yield found.log
    found.log.close()


def bare(number: int, topic: str = "incidents", key: str = "") -> NewRecord:
    return NewRecord(topic, key or f"k{number}", f"value {number}".encode())


def vouched(id_: str, subject: str = "i1", content: str = "one", recorded: str = "2026-01-01T00:00:00Z") -> NewRecord:
    """A record whose bytes are an adapter's business as little as those of any other."""
    said = f"{id_} {content}".encode()
    stamp = Stamp(id_, recorded, sha256(said).digest(), "schema")
    return NewRecord("incidents", subject, said + recorded.encode(), stamp)


def by_place(records: list[Record]) -> dict[Partition, list[Record]]:
    out: dict[Partition, list[Record]] = {}
    for r in records:
        out.setdefault((r.topic, r.partition), []).append(r)
    return out


def place(kept: Appended | Record) -> tuple[str, int, int]:
    return kept.topic, kept.partition, kept.offset


def test_a_fresh_log_is_empty_everywhere(log: Log) -> None:
    ends = log.ends()
    assert set(ends) == PLACES
    assert log.all_ends() == ends, "who reads everything"
    assert log.read(ends, 10) == []
    assert log.append([]) == []
    assert all(log.count(where, end) == 0 for where, end in ends.items())


def test_records_come_back_as_they_were_said(log: Log) -> None:
    start = log.ends()
    said = [bare(n, topic) for n in range(40) for topic in PARTITIONS]
    answers = log.append(said)
    assert [(a.status, a.recorded) for a in answers] == [("accepted", "")] * len(said)
    found = {place(r): r for r in held(log, start)}
    assert len(found) == len(said)
    for new, answer in zip(said, answers, strict=True):
        r = found[place(answer)]
        assert (r.topic, r.key, r.value, r.stamp) == (new.topic, new.key, new.value, None)
        assert r.partition == partition_of(new.topic, new.key), "the same subject, the same partition"
        assert 1_500_000_000_000_000 < r.appended < 4_100_000_000_000_000, "microseconds since the epoch"


def test_order_within_a_partition(log: Log) -> None:
    """Over several appends, several records each, and whatever the size of a read."""
    start = log.ends()
    said = [[bare(n * 10 + m, key=f"k{m}") for m in range(10)] for n in range(12)]
    answers = [answer for chunk in said for answer in log.append(chunk)]
    for limit in (1, 7, 1_000):
        found = held(log, start, limit)
        assert len(found) == 120
        for records in by_place(found).values():
            offsets = [r.offset for r in records]
            assert offsets == sorted(set(offsets))
            values = [n.value for chunk in said for n in chunk]
            assert [values.index(r.value) for r in records] == sorted(values.index(r.value) for r in records)
    for kept in by_place(held(log, start)).values():
        wanted = [place(a) for a in answers if (a.topic, a.partition) == (kept[0].topic, kept[0].partition)]
        assert [place(r) for r in kept] == wanted


def test_large_records_all_come(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few bytes a read may bring, and where one record alone has more than that."""
    start, values = log.ends(), [bytes([n]) * size for n, size in enumerate((400, 400, 400, 5_000, 400, 400))]
    for value in values:
        log.append([NewRecord("incidents", "one subject", value)])
    monkeypatch.setattr("streams.log.READ_BYTES", 1_000)
    assert [r.value for r in held(log, start)] == values


def test_a_read_begins_at_its_position(log: Log) -> None:
    """At a record, after it, in a gap, and for partitions that are not named at all from the beginning."""
    start = log.ends()
    log.append([bare(n, key="one subject") for n in range(6)])
    where = ("incidents", partition_of("incidents", "one subject"))
    offsets = [r.offset for r in held(log, start)]
    for i, offset in enumerate(offsets):
        assert [r.offset for r in log.read(start | {where: offset}, 100)] == offsets[i:]
        assert [r.offset for r in log.read(start | {where: offset + 1}, 100)] == offsets[i + 1 :]
        before = offsets[i - 1] + 1 if i else start[where]
        assert all(log.read(start | {where: at}, 1)[0].offset == offset for at in range(before, offset + 1))
    assert {place(r) for r in log.read({}, 1_000)} >= {(*where, offset) for offset in offsets}
    assert log.read(log.ends(), 100) == []
    assert log.read(start | {where: offsets[-1] + 1_000}, 100) == []
    assert log.read(start, 0) == []


def test_no_partition_starves(log: Log) -> None:
    """A reader that follows its positions comes to every partition, however small its reads."""
    start = log.ends()
    log.append([bare(n, topic) for n in range(60) for topic in PARTITIONS])
    assert len(held(log, start, 3)) == 60 * len(PARTITIONS)
    assert {(r.topic, r.partition) for r in held(log, start, 3)} == PLACES


def test_ends_and_counts(log: Log) -> None:
    start = log.ends()
    log.append([bare(n, topic) for n in range(30) for topic in PARTITIONS])
    found, ends = by_place(held(log, start)), log.ends()
    for where, records in found.items():
        assert ends[where] == records[-1].offset + 1
        for i, r in enumerate(records):
            assert log.count(where, r.offset) == i
            assert log.count(where, r.offset + 1) == i + 1
        assert log.count(where, start[where]) == log.count(where, 0) == 0
        assert log.count(where, ends[where]) == log.count(where, ends[where] + 1_000) == len(records)


@pytest.mark.parametrize(
    "value",
    [b"", b"\x00", b"\xff\xfe\x00\xed\xa0\x80", "反诈 🙂".encode(), b'{"id":"x"}', bytes(range(256)) * 40],
    ids=["empty", "nul", "not utf-8", "chinese", "json", "every byte"],
)
def test_any_bytes(log: Log, value: bytes) -> None:
    start = log.ends()
    log.append([NewRecord("publicity", "k", value)])
    assert [r.value for r in log.read(start, 10)] == [value]


@pytest.mark.parametrize("key", ["", "军水社区", "a\0b", "'; --", "k" * 1_000, "\u2028🙂"])
def test_any_key(log: Log, key: str) -> None:
    start = log.ends()
    (answer,) = log.append([NewRecord("publicity", key, b"v")])
    assert answer.partition == partition_of("publicity", key)
    assert [(r.key, r.partition) for r in log.read(start, 10)] == [(key, answer.partition)]


@pytest.mark.parametrize("adapter", adapters())
def test_big_records(adapter: LogAdapter, tmp_path: Path) -> None:
    """The largest the adapter names, between small ones, whole and in order."""
    found = opened(adapter, tmp_path)
    start, value = found.log.ends(), bytes(range(256)) * (adapter.largest // 256)
    sent = [b"before", value, b"after"]
    found.log.append([NewRecord("incidents", "k", v) for v in sent])
    assert [sha256(r.value).digest() for r in held(found.log, start)] == [sha256(v).digest() for v in sent]
    found.log.close()


def test_many_records(log: Log) -> None:
    start = log.ends()
    log.append([bare(n, key=f"k{n % 50}") for n in range(20_000)])
    found = held(log, start, 6_000)
    assert len(found) == len({place(r) for r in found}) == 20_000


def test_a_topic_that_is_not_there(log: Log) -> None:
    """Nothing is kept of an append that cannot be kept whole."""
    start = log.ends()
    with pytest.raises((KeyError, TerminalError)):
        log.append([bare(1), NewRecord("no such topic", "k", b"v")])
    assert held(log, start) == []


def test_what_is_vouched_for(log: Log) -> None:
    """The stamp that counts is answered, and a reader gets what was said of the record or nothing, never another's."""
    start = log.ends()
    good = stamped(event("e1", "incident.withdrawn", "i1", {"withdrawn": True}))
    (answer,) = log.append([good])
    assert good.stamp is not None
    assert (answer.status, answer.recorded) == ("accepted", good.stamp.recorded)
    (record,) = log.read(start, 10)
    assert (record.key, record.value) == (good.key, good.value)
    assert record.stamp in (good.stamp, None)


def test_bytes_nobody_vouches_for_have_no_identity(log: Log) -> None:
    """The same bytes may come again and again: they are not told apart."""
    start = log.ends()
    answers = log.append([bare(1), bare(1)]) + log.append([bare(1)])
    assert [a.status for a in answers] == ["accepted"] * 3
    assert len({place(a) for a in answers}) == len(held(log, start)) == 3


def test_a_retry_is_answered_as_before(unique: Log) -> None:
    """With another stamp, in the same chunk, and after others: the first position and the first stamp."""
    start = unique.ends()
    (first,) = unique.append([vouched("e1")])
    unique.append([vouched("e2", "i2")])
    later = vouched("e1", recorded="2026-02-02T00:00:00Z")
    for answer in (*unique.append([later, later]), *unique.append([vouched("e1")])):
        assert (answer.status, answer.recorded) == ("duplicate", first.recorded)
        assert place(answer) == place(first)
    twice = unique.append([vouched("e3"), vouched("e3", recorded="2026-03-03T00:00:00Z")])
    assert [(a.status, a.recorded) for a in twice] == [
        ("accepted", "2026-01-01T00:00:00Z"),
        ("duplicate", "2026-01-01T00:00:00Z"),
    ]
    assert place(twice[0]) == place(twice[1])
    assert len(held(unique, start)) == 3


def test_other_content_under_an_id_is_refused(unique: Log) -> None:
    """Under the same subject or another, and the rest of its chunk is kept."""
    start = unique.ends()
    (first,) = unique.append([vouched("e1")])
    chunk = [vouched("e2"), vouched("e1", content="two"), vouched("e1", "i9", "three"), vouched("e1"), bare(1)]
    answers = unique.append(chunk)
    assert [a.status for a in answers] == ["accepted", "conflict", "conflict", "duplicate", "accepted"]
    assert {place(a) for a in answers[1:4]} == {place(first)}
    assert {a.recorded for a in answers[1:4]} == {first.recorded}
    assert sorted(r.value for r in held(unique, start)) == sorted(r.value for r in (vouched("e1"), chunk[0], chunk[4]))


def test_both_of_one_id_where_it_is_not_refused(log: Log) -> None:
    """Kept or refused, what was answered `accepted` is there, and the first one always is."""
    start = log.ends()
    chunk = [vouched("e1"), vouched("e1", content="two"), vouched("e1")]
    answers = log.append(chunk)
    assert answers[0].status == "accepted"
    found = {place(r): r.value for r in held(log, start)}
    accepted = {place(a): new.value for a, new in zip(answers, chunk, strict=True) if a.status == "accepted"}
    assert found == accepted


def test_many_writers(log: Log) -> None:
    """Threads that append at once get positions of their own; a reader meanwhile misses none of what it passed."""
    start, at, seen = log.ends(), log.ends(), []
    done = threading.Event()

    def follow() -> None:
        while True:
            last = done.is_set()
            found = log.read(at, 50)
            seen.extend(found)
            at.update({(r.topic, r.partition): r.offset + 1 for r in found})
            if last and not found:
                return

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(4) as pool:
        chunks = [[bare(n * 5 + m) for m in range(5)] for n in range(80)]
        answers = [a for some in pool.map(log.append, chunks) for a in some]
    done.set()
    follower.join()
    assert len({place(a) for a in answers}) == 400
    assert {place(r) for r in held(log, start)} == {place(a) for a in answers}
    assert [place(r) for r in seen] == sorted({place(a) for a in answers}, key=[place(r) for r in seen].index)


def test_many_writers_of_one_id(unique: Log) -> None:
    start = unique.ends()
    with ThreadPoolExecutor(8) as pool:
        answers = [a for (a,) in pool.map(unique.append, [[vouched("e1")] for _ in range(40)])]
    assert sorted(a.status for a in answers) == ["accepted"] + ["duplicate"] * 39
    assert len({(place(a), a.recorded) for a in answers}) == 1
    assert len(held(unique, start)) == 1


def test_what_was_kept_is_there_again(durable: Opened) -> None:
    """After closing: records, stamps, ends, counts; positions never change, and new ones go on after them."""
    start = durable.log.ends()
    said = [vouched(f"e{n}", f"i{n}") for n in range(20)] + [bare(n, t) for n in range(9) for t in PARTITIONS]
    durable.log.append(said)
    before, ends = held(durable.log, start), durable.log.ends()
    log = durable.again()
    assert by_place(held(log, start)) == by_place(before)
    assert log.ends() == ends
    assert all(log.count(where, end) == len(by_place(before).get(where, [])) for where, end in ends.items())
    answers = log.append([bare(100, t, f"k{k}") for t in PARTITIONS for k in range(30)])
    assert all(a.offset >= ends[a.topic, a.partition] for a in answers)
    assert held(log, start)[: len(before)] != []
    assert {place(r): r for r in held(log, start)} | {place(r): r for r in before} == {
        place(r): r for r in held(log, start)
    }


def test_ids_are_known_again(durable: Opened) -> None:
    """An answer that was lost on its way is given again by the next owner."""
    (first,) = durable.log.append([vouched("e1")])
    log = durable.again()
    answers = log.append([vouched("e1", recorded="2026-05-05T00:00:00Z")])
    if durable.adapter.unique:
        assert [(a.status, a.recorded, place(a)) for a in answers] == [("duplicate", first.recorded, place(first))]
        assert [a.status for a in log.append([vouched("e1", content="two")])] == ["conflict"]
    else:
        assert answers[0].status in ("accepted", "duplicate")


def test_an_opening_that_was_never_closed_loses_nothing(durable: Opened) -> None:
    """Durable when `append` returns: another opening sees it while the first still stands."""
    start = durable.log.ends()
    answers = durable.log.append([bare(n) for n in range(10)])
    other = durable.opening()
    try:
        assert {place(r) for r in held(other, start)} == {place(a) for a in answers}
    finally:
        other.close()


def keys(topic: str, count: int) -> list[str]:
    """A key for each of `count` partitions."""
    found: dict[int, str] = {}
    for n in range(1_000):
        found.setdefault(partition_of(topic, f"k{n}"), f"k{n}")
    return [found[part] for part in range(count)]


def test_two_openers_are_refused_or_safe(durable: Opened) -> None:
    """Who appends in turn with another: what is answered is there, in front of a reader that had come so far."""
    a, b, c, d = keys("incidents", 4)
    turns = ["a", "ccd", "d", "abcd", "b", "dd", "a", "bbbc", "c", "d"]
    at, passed = durable.log.ends(), set[tuple[str, int, int]]()
    kept: set[tuple[str, int, int]] = set()
    logs = [durable.log]
    try:
        logs.append(durable.opening())
    except (TerminalError, TransientError):
        return
    try:
        for n, turn in enumerate(turns):
            said = [bare(n, key=dict(zip("abcd", (a, b, c, d), strict=True))[word]) for word in turn]
            try:
                kept |= {place(answer) for answer in logs[n % 2].append(said)}
            except (TerminalError, TransientError):
                continue
            found = held(durable.log, at)
            passed |= {place(r) for r in found}
            at |= {(r.topic, r.partition): r.offset + 1 for r in found}
    finally:
        logs[1].close()
    assert kept
    assert passed == kept
