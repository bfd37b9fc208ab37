"""Files of the first form, with a column for each word of a stamp, are brought to the present one when opened, and
stamps of the second, with more words than today, are read."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest

from streams import log_sqlite
from streams.errors import TerminalError
from streams.log import NewRecord, Partition, Record, Stamp
from streams.log_sqlite import SqliteLog

FIRST = """
CREATE TABLE record (
  part INTEGER NOT NULL, off INTEGER PRIMARY KEY, appended INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  event_id TEXT UNIQUE, source TEXT, type TEXT, time TEXT, recorded TEXT, digest BLOB, schema TEXT
) STRICT;
CREATE INDEX place ON record (part, off);
CREATE TABLE part (number INTEGER PRIMARY KEY, topic TEXT NOT NULL, part INTEGER NOT NULL) STRICT;
INSERT INTO part VALUES (0, 'incidents', 0), (1, 'incidents', 1), (2, 'incidents', 2), (3, 'incidents', 3);
"""
STAMP = Stamp("e1", "", bytes(range(224, 256)), "0" * 16)
MORE = ("派出所/一", "incident.withdrawn", "2026-01-01T00:00:00Z")  # source, type and time, kept once
HELD = [
    Record("incidents", 1, 3, 11, "jq-1", b"{}\xff", STAMP),
    Record("incidents", 1, 7, 12, "jq-2", b"nobody vouches for this", None),
    Record("incidents", 2, 4, 11, "jq-3", b"", STAMP._replace(event_id="e2", recorded="2026-01-02T00:00:00.000001Z")),
]


@pytest.fixture
def first(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(FIRST)
        for topic, part, off, appended, key, value, stamp in HELD:
            assert topic == "incidents"
            said = (stamp.event_id, *MORE, *stamp[1:]) if stamp else [None] * 7
            row = (part, off, appended, key, value, *said)
            db.execute("INSERT INTO record VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", row)
    db.close()
    return path


def opened(path: Path) -> SqliteLog:
    return SqliteLog(path, lambda: 99)


def test_a_stamp_of_the_second_form_is_read(tmp_path: Path) -> None:
    """It had source, type and time between the digest and the words that are kept."""
    path = tmp_path / "log.db"
    log = opened(path)
    log.append([NewRecord("incidents", "jq-1", b"{}", STAMP)])
    log.close()
    words = "\0".join((*MORE, STAMP.recorded, STAMP.schema)).encode()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE record SET stamp = ?", (STAMP.digest + words,))
    db.close()
    log = opened(path)
    (found,) = log.read({}, 10)
    assert found.stamp == STAMP
    (again,) = log.append([NewRecord("incidents", "jq-1", b"{}", STAMP)])
    assert again.status == "duplicate"
    log.close()


def check(path: Path) -> None:
    log = opened(path)
    try:
        assert log.read({}, 10) == HELD
        (again,) = log.append([NewRecord("incidents", "jq-1", b"{}\xff", STAMP)])
        assert again[:4] == ("duplicate", "incidents", 1, 3)
        (other,) = log.append([NewRecord("incidents", "jq-1", b"{ }", STAMP._replace(digest=bytes(32)))])
        assert other.status == "conflict"
        (new,) = log.append([NewRecord("incidents", "jq-4", b"{}", STAMP._replace(event_id="e3"))])
        assert (new.status, new.offset) == ("accepted", 8), "offsets go on"
    finally:
        log.close()


def test_every_record_is_as_it_was(first: Path) -> None:
    check(first)
    with sqlite3.connect(first) as db:
        assert [name for _, name, *_ in db.execute("PRAGMA table_info(record)")][-2:] == ["event_id", "stamp"]
        assert db.execute("SELECT name FROM sqlite_master WHERE name IN ('first', 'place')").fetchall() == [("place",)]
    db.close()


def test_a_conversion_that_ends_half_way_has_not_been(first: Path) -> None:
    with (
        mock.patch.object(log_sqlite, "_FROM_FIRST", (*log_sqlite._FROM_FIRST, "SELECT * FROM nowhere")),
        pytest.raises(TerminalError, match="nowhere"),
    ):
        opened(first)
    check(first)


def test_two_that_open_it_at_once(first: Path) -> None:
    """The one that comes second waits, and finds it done."""
    both = threading.Barrier(2)

    def together() -> SqliteLog:
        both.wait(10)
        return opened(first)

    with ThreadPoolExecutor(2) as pool:
        logs = [future.result() for future in [pool.submit(together) for _ in range(2)]]
    for log in logs:
        assert log.read({}, 10) == HELD
        log.close()


def test_two_that_make_it_at_once(tmp_path: Path) -> None:
    """Each partition has one number. (Only the mode of an empty file cannot be set by two at once.)"""
    both, number = threading.Barrier(2), SqliteLog._partitions
    for n in range(10):
        sqlite3.connect(tmp_path / f"{n}.db").execute("PRAGMA journal_mode=WAL").connection.close()

    def together(log: SqliteLog, db: sqlite3.Connection) -> dict[int, Partition]:
        both.wait(10)
        return number(log, db)

    with mock.patch.object(SqliteLog, "_partitions", together), ThreadPoolExecutor(2) as pool:
        logs = list(pool.map(lambda n: opened(tmp_path / f"{n // 2}.db"), range(20)))
    for one, other in zip(logs[::2], logs[1::2], strict=True):
        (kept,) = one.append([NewRecord("incidents", "jq-1", b"{}", None)])
        assert [r.value for r in other.read({}, 10)] == [b"{}"]
        assert other.ends()[kept.topic, kept.partition] == 1
        one.close()
        other.close()
