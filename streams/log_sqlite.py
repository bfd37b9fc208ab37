"""The event log in one SQLite file: WAL, synchronous=FULL, one writer.

In: records with what submit established about them. Out: positions; the same records, in order, for ever.
Invariant: event ids are unique in the file, so a retry is answered as before and a conflict is refused at once.
Offsets are one sequence over all partitions, so they have gaps within each.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from schemas import PARTITIONS, instant, partition_of, wire_time
from schemas.tuples import made
from streams import log
from streams.errors import of_sqlite
from streams.log import Appended, NewRecord, Partition, Positions, Record, Stamp
from streams.tail import Tail

# Records lie in the order in which they came, so that an append writes whole pages at the end of the file. The place
# in them is the partition's number; the offset is the row's own and stands in every index.
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS record (
  part INTEGER NOT NULL, off INTEGER PRIMARY KEY, appended INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  event_id TEXT UNIQUE, stamp BLOB
) STRICT""",
    "CREATE INDEX IF NOT EXISTS place ON record (part)",
    "CREATE TABLE IF NOT EXISTS part (number INTEGER PRIMARY KEY, topic TEXT NOT NULL, part INTEGER NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS newest (one INTEGER PRIMARY KEY CHECK (one = 1), recorded TEXT NOT NULL) STRICT",
)
# Files of the first form had a column for each word of the stamp.
_FROM_FIRST = (
    "ALTER TABLE record RENAME TO first",
    "DROP INDEX place",
    *_SCHEMA[:2],
    """INSERT INTO record SELECT part, off, appended, key, value, event_id, CASE WHEN event_id IS NOT NULL
       THEN packed(event_id, recorded, digest, schema) END FROM first ORDER BY off""",
    "DROP TABLE first",
)
# A page holds twenty records and more; the cache holds a whole chunk, or it would be written twice.
_PRAGMAS = ("page_size=16384", "journal_mode=WAL", "synchronous=FULL", "cache_size=-32768")
_COLUMNS = 7
_ROW = f"({','.join('?' * _COLUMNS)})"
# Python's other threads go on while a statement runs, and whoever ran it waits for them afterwards: as few statements
# for a chunk as may be. SQLite takes 32,766 values in one.
_TOGETHER = (2000, 200, 1)
_INSERT = {rows: f"INSERT INTO record VALUES {','.join([_ROW] * rows)}" for rows in _TOGETHER}
_KNOWN = "SELECT event_id, stamp, off, part FROM record WHERE event_id IN (SELECT value FROM json_each(?))"
# After the last record of any partition; asked within the transaction that appends, so that a second writer, in this
# process or another, never puts a record where readers have been.
_NEXT = "SELECT coalesce(max(off), -1) + 1 FROM record"
_ENDS = "SELECT number, coalesce((SELECT max(off) FROM record WHERE record.part = part.number), -1) + 1 FROM part"
_READ = """SELECT off, appended, key, value, event_id, stamp FROM record
           WHERE part = ? AND off >= ? ORDER BY off LIMIT ?"""
_NEWEST = "SELECT recorded FROM newest"
_SAY_NEWEST = "INSERT INTO newest VALUES (1, ?) ON CONFLICT DO UPDATE SET recorded = max(recorded, excluded.recorded)"
_DIGEST = 32  # bytes
_PLAIN = len("2026-01-01T00:00:00.000000Z")
_Known = dict[str, tuple[bytes, int, int, str]]  # by id: digest, offset, partition's number, recorded


class SqliteLog:
    """`now` gives microseconds since the epoch: the log's own append time."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        self._path = path
        self._now = now
        self._write = threading.Lock()
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._tail = Tail()
        db = self._db()
        with self._guarded():
            self._prepare(db)
            self._parts = self._partitions(db)
            self._numbers = {p: n for n, p in self._parts.items()}

    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        """Most chunks bring new ids only: they are looked up where the first attempt finds one taken, or said twice."""
        with self._write, self._guarded():
            with self._transaction() as db:
                ends, offset, now = self._ends(db), int(db.execute(_NEXT).fetchone()[0]), self._now()
                kept, answers = self._placed(records, offset, now, None)
                db.execute("SAVEPOINT chunk")
                try:
                    self._insert(db, kept)
                except sqlite3.IntegrityError:
                    db.execute("ROLLBACK TO chunk")
                    ids = json.dumps([r.stamp.event_id for r in records if r.stamp])
                    rows = ((_unpacked(id_, said), off, part) for id_, said, off, part in db.execute(_KNOWN, (ids,)))
                    known = {s.event_id: (s.digest, off, part, s.recorded) for s, off, part in rows}
                    kept, answers = self._placed(records, offset, now, known)
                    self._insert(db, kept)
                if newest := _newest(r.stamp for r in kept if r.stamp):
                    db.execute(_SAY_NEWEST, (newest,))
            self._tail.add(kept, ends)
            return answers

    def _insert(self, db: sqlite3.Connection, records: Sequence[Record]) -> None:
        values, start = self._values(records), 0
        for together in _TOGETHER:
            while len(values) - start >= (size := together * _COLUMNS):
                db.execute(_INSERT[together], values[start : start + size])
                start += size

    def _values(self, records: Iterable[Record]) -> list[object]:
        """Of all rows, one after the other."""
        values: list[object] = []
        numbers = self._numbers
        for topic, part, off, at, key, value, said in records:
            id_, stamp = (said.event_id, _packed(said)) if said else (None, None)
            values += (numbers[topic, part], off, at, key, value, id_, stamp)
        return values

    def _placed(
        self, records: Sequence[NewRecord], offset: int, now: int, known: _Known | None
    ) -> tuple[list[Record], list[Appended]]:
        """Records from `offset` on, and answers. Without `known` all ids are taken for new."""
        kept: list[Record] = []
        answers: list[Appended] = []
        for topic, key, value, stamp in records:
            part = partition_of(topic, key)
            if known is not None and stamp is not None:
                if there := known.get(stamp.event_id):
                    status = "duplicate" if there[0] == stamp.digest else "conflict"
                    answers.append(Appended(status, *self._parts[there[2]], there[1], there[3]))
                    continue
                known[stamp.event_id] = (stamp.digest, offset, self._numbers[topic, part], stamp.recorded)
            kept.append(made(Record, (topic, part, offset, now, key, value, stamp)))
            answers.append(made(Appended, ("accepted", topic, part, offset, stamp.recorded if stamp else "")))
            offset += 1
        return kept, answers

    def read(self, positions: Positions, limit: int) -> list[Record]:
        out = self._tail.read(positions, limit)
        if out:
            return out
        size = 0
        with self._guarded():
            for (topic, part), number in self._numbers.items():
                at = positions.get((topic, part), 0)
                asked = (number, at, limit - len(out))
                for off, appended, key, value, id_, said in self._db().execute(_READ, asked):
                    stamp = _unpacked(id_, said) if said is not None else None
                    out.append(made(Record, (topic, part, off, appended, key, value, stamp)))
                    size += len(value)
                    if size >= log.READ_BYTES:
                        return out
                if len(out) >= limit:
                    break
        return out

    def places(self) -> frozenset[Partition]:
        return frozenset(self._numbers)

    def ends(self) -> dict[Partition, int]:
        with self._guarded():
            return self._ends(self._db())

    all_ends = ends

    def count(self, partition: Partition, end: int) -> int:
        query = "SELECT count(*) FROM record WHERE part = ? AND off < ?"
        with self._guarded():
            return int(self._db().execute(query, (self._numbers[partition], end)).fetchone()[0])

    def newest(self) -> str:
        with self._guarded():
            row = self._db().execute(_NEWEST).fetchone()
        return str(row[0]) if row else ""

    def acknowledge(self, positions: Positions) -> None:
        return None

    def close(self) -> None:
        for db in self._open:
            db.close()

    def _db(self) -> sqlite3.Connection:
        """One connection per thread: readers never wait for the writer (WAL)."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            self._local.db = db
            self._open.append(db)
        return db

    def _ends(self, db: sqlite3.Connection) -> dict[Partition, int]:
        return {self._parts[number]: end for number, end in db.execute(_ENDS)}

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._db()
        with db:
            db.execute("BEGIN IMMEDIATE")
            yield db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """The tables, and records of the first form brought to this one, all or none. One opener at a time."""
        db.create_function("packed", 4, lambda *said: _packed(said), deterministic=True)
        with self._transaction():
            for statement in (*_SCHEMA, *(_FROM_FIRST if _of_first_form(db) else ())):
                db.execute(statement)
            if db.execute(_NEWEST).fetchone() is None:  # a file from before it was kept: once, two seconds a million
                rows = db.execute("SELECT event_id, stamp FROM record WHERE event_id IS NOT NULL")
                if newest := _newest(_unpacked(id_, said) for id_, said in rows):
                    db.execute(_SAY_NEWEST, (newest,))

    def _partitions(self, db: sqlite3.Connection) -> dict[int, Partition]:
        """The numbers of partitions; kept in the file, so that a later table of topics cannot renumber them."""
        wanted = [(t, p) for t, count in PARTITIONS.items() for p in range(count)]
        with self._transaction():
            known = {(t, p): n for n, t, p in db.execute("SELECT number, topic, part FROM part")}
            for place in wanted:
                if place not in known:
                    known[place] = len(known)
                    db.execute("INSERT INTO part VALUES (?,?,?)", (known[place], *place))
        return {n: place for place, n in known.items()}

    def _guarded(self) -> AbstractContextManager[None]:
        return of_sqlite(self._path, "事件日志不可用 / the event log cannot be used")


def _newest(stamps: Iterable[Stamp]) -> str:
    """The newest of what submit said, as UTC with a fraction: such texts sort as moments do."""
    said = (s.recorded for s in stamps if s.recorded)
    plain = (text if len(text) == _PLAIN and text[-1] == "Z" else _utc(text) for text in said)
    return max(plain, default="")


def _utc(recorded: str) -> str:
    return wire_time(instant(recorded))


def _of_first_form(db: sqlite3.Connection) -> bool:
    return any(name == "schema" for _, name, *_ in db.execute("PRAGMA table_info(record)"))


def _packed(said: tuple[str, str, bytes, str]) -> bytes:
    """A stamp without its id: the digest, then its words. None of them holds a NUL."""
    _, recorded, digest, schema = said
    return digest + f"{recorded}\0{schema}".encode()


def _unpacked(event_id: str, said: bytes) -> Stamp:
    """Files of the second form have more words before these two."""
    *_, recorded, schema = said[_DIGEST:].decode().split("\0")
    return made(Stamp, (event_id, recorded, said[:_DIGEST], schema))
