"""Reading ahead: what is read on, what ends it, and what becomes of what nobody wants any more."""

import threading
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from streams import log
from streams.ahead import Ahead, Batch
from streams.errors import TransientError
from streams.log import Partition, Positions

PLACE: Partition = ("incidents", 0)


class Source:
    """Two records a read, from where it is asked to go on, as long as there are any."""

    def __init__(self, there: int) -> None:
        self.there, self.fails, self.rare = there, False, -1
        self.reads: list[int] = []

    def read(self, start: Positions, limit: int) -> Batch | None:
        if self.fails:
            raise TransientError("no log")
        at = start.get(PLACE, 0)
        self.reads.append(at)
        end = min(at + 2, at + limit, self.there)
        columns = {"off": tuple(range(at, end)), "raw": (b"12",) * (end - at)}
        return Batch(columns, {PLACE: end}, end - at, at == self.rare) if end > at else None

    def until(self, number: int) -> None:
        """Until it was read from so often."""
        end = monotonic() + 20
        while len(self.reads) < number:
            assert monotonic() < end
            sleep(0.005)


@pytest.fixture
def source() -> Source:
    return Source(5)


@pytest.fixture
def ahead(source: Source) -> Iterator[Ahead]:
    with Ahead(source.read, 100) as ahead:
        yield ahead


@pytest.mark.parametrize("rare", [0, 2, 4])
def test_rare_families_of_any_part_are_told(ahead: Ahead, source: Source, rare: int) -> None:
    source.rare = rare
    ahead.begin({PLACE: 0})
    source.until(3)
    batch = ahead.batch({PLACE: 0})
    assert batch is not None
    assert batch.rare


def test_it_reads_on_until_it_is_asked(ahead: Ahead, source: Source) -> None:
    ahead.begin({PLACE: 0})
    source.until(3)
    source.there = 7  # what arrives meanwhile
    source.until(6)
    batch = ahead.batch({PLACE: 0})
    assert batch == Batch({"off": [0, 1, 2, 3, 4, 5, 6], "raw": [b"12"] * 7}, {PLACE: 7}, 7, False)
    read = len(source.reads)
    sleep(0.15)
    assert len(source.reads) == read, "nobody wants more"
    assert ahead.batch({PLACE: 0}) is None, "it is given once"


@pytest.mark.parametrize(("limit", "size", "reads"), [(5, 99, [0, 2, 4]), (100, 8, [0, 2]), (100, 9, [0, 2, 4])])
def test_it_stops_at_a_batch(
    source: Source, monkeypatch: pytest.MonkeyPatch, limit: int, size: int, reads: list[int]
) -> None:
    """At so many records, or at as many bytes as one read may have: four of each read."""
    monkeypatch.setattr(log, "READ_BYTES", size)
    source.there = 100
    with Ahead(source.read, limit) as ahead:
        ahead.begin({PLACE: 0})
        source.until(len(reads))
        sleep(0.15)
        assert source.reads == reads
        batch = ahead.batch({PLACE: 0})
        assert batch is not None
        assert batch.records == min(limit, 2 * len(reads))


def test_what_goes_on_from_elsewhere_is_dropped(ahead: Ahead, source: Source) -> None:
    ahead.begin({PLACE: 0})
    source.until(1)
    assert ahead.batch({PLACE: 3}) is None
    ahead.begin({PLACE: 3})
    source.until(2)
    found = ahead.batch({PLACE: 3})
    assert found is not None
    assert found.columns["off"][0] == 3


def test_nothing_there_is_no_batch(ahead: Ahead, source: Source) -> None:
    assert ahead.batch({}) is None, "nothing was begun"
    ahead.begin({PLACE: 5})
    source.until(2)
    assert ahead.batch({PLACE: 5}) is None


def test_what_fails_is_raised_where_the_batch_is_asked_for(ahead: Ahead, source: Source) -> None:
    source.fails = True
    ahead.begin({PLACE: 0})
    with pytest.raises(TransientError, match="no log"):
        ahead.batch({PLACE: 0})
    source.fails = False
    ahead.begin({PLACE: 0})
    source.until(1)
    assert ahead.batch({PLACE: 0}) is not None


def test_leaving_ends_it(source: Source) -> None:
    with Ahead(source.read, 100) as ahead:
        ahead.begin({PLACE: 0})
        source.until(3)
    read = len(source.reads)
    sleep(0.15)
    assert len(source.reads) == read
    assert not any(thread.name.startswith("fanzha-ahead") for thread in threading.enumerate())
