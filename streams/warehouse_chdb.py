"""The warehouse in process: the ClickHouse engine as a library (chDB) over one folder.

Connections of one engine run queries side by side, one connection runs them one after another; so each call borrows
a connection from a pool. Limit: one folder per process; the caller holds the folder's lock.
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import chdb
import pyarrow as pa

from streams.errors import TerminalError, TransientError
from streams.warehouse import SETTINGS, TRANSIENT, Params, Rows, decoded

# Without a type of its own, a column's values are looked through twice.
_TYPES = {
    **dict.fromkeys(("key", "event_id", "source", "type", "time", "recorded", "reason", "detail"), pa.string()),
    "topic": pa.string(), "part": pa.uint32(), "off": pa.uint64(), "appended": pa.timestamp("us", tz="UTC"),
    "ok": pa.uint8(), "digest": pa.binary(32), "raw": pa.binary(), "lifted": pa.binary(),
    "facts_next": pa.uint64(), "marts_next": pa.uint64(), "seq": pa.uint64(),
}  # fmt: skip
# One merge at a time, and after everybody else: two at once kept both cores of a small machine from the rounds.
_OWN_SETTINGS = "background_pool_size=1&os_threads_nice_value_merge_mutate=10"
# A text parameter is read as a field of a TSV line.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})


class _Engine:
    """The folder's connections, shared by all databases in it."""

    def __init__(self, folder: Path) -> None:
        self._address = _address(folder)
        self._free: list[Any] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[Any]:
        with self._lock:
            self._refuse_closed()
            connection = self._free.pop() if self._free else None
        if connection is None:
            connection = chdb.connect(f"{self._address}?{_OWN_SETTINGS}")
            for setting, value in SETTINGS.items():
                connection.query(f"SET {setting} = {value!r}")
        try:
            yield connection
        finally:
            with self._lock:
                self._free.append(connection)
                closed = self._closed
            if closed:
                self.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise TerminalError("仓库已关闭 / the warehouse is closed")

    def close(self) -> None:
        """Close every connection, one in use as soon as it is given back: leaving without it can crash the exit."""
        with self._lock:
            self._closed = True
            for connection in self._free:
                connection.close()
            self._free.clear()


class ChdbWarehouse:
    def __init__(self, folder: Path, database: str = "fanzha", _engine: _Engine | None = None) -> None:
        self.database = database
        self._engine = _engine or _Engine(folder)
        self._folder = folder
        self._bare(f"CREATE DATABASE IF NOT EXISTS `{database}` ENGINE = Atomic")

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        names = ", ".join(columns)
        with self._engine.borrow() as connection, _mapped():
            fanzha_batch = pa.table({n: pa.array(v, _TYPES.get(n)) for n, v in columns.items()})
            connection.query(f"USE `{self.database}`")
            # chDB finds the table by the local variable's name
            connection.query(f"INSERT INTO {table} ({names}) SELECT {names} FROM Python(fanzha_batch)")
            del fanzha_batch

    def run(self, sql: str, params: Params | None = None) -> None:
        with self._engine.borrow() as connection, _mapped():
            connection.query(f"USE `{self.database}`")
            connection.query(sql, params=_texts(params))

    def query(self, sql: str, params: Params | None = None) -> Rows:
        with self._engine.borrow() as connection, _mapped():
            connection.query(f"USE `{self.database}`")
            # chDB's own "ArrowTable" is the same, and imports pandas: half a second of every command
            found = connection.query(sql, "Arrow", params=_texts(params))
            if not len(found):
                return Rows((), [])
            table = pa.ipc.open_file(found.get_memview().view()).read_all()  # `found` owns the memory
            lists = [_listed(column) for column in table.columns]
        return Rows(tuple(table.column_names), list(zip(*lists, strict=True)) if lists else [])

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Of all databases of the folder; a process that ends meanwhile leaves nothing behind."""
        self.run("SYSTEM STOP MERGES")
        try:
            yield
        finally:
            self.run("SYSTEM START MERGES")

    def sibling(self, database: str) -> "ChdbWarehouse":
        return ChdbWarehouse(self._folder, database, self._engine)

    def close(self) -> None:
        self._engine.close()

    def _bare(self, sql: str) -> None:
        with self._engine.borrow() as connection, _mapped():
            connection.query(sql)


def _address(folder: Path) -> str:
    """What the engine is told to open. It takes all behind a `?` for settings and knows no escape: a path that has one
    goes by a descriptor, open as long as the process."""
    if "?" not in str(folder.absolute()):
        return str(folder.absolute())
    folder.mkdir(parents=True, exist_ok=True)
    return f"/proc/self/fd/{os.open(folder, os.O_RDONLY)}"


def _listed(column: "pa.ChunkedArray[Any]") -> list[Any]:
    """The values of a column; texts that are not UTF-8 as bytes."""
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        return [decoded(value) for value in column.cast(pa.binary()).to_pylist()]


def _texts(params: Params | None) -> dict[str, Any]:
    """Query parameters in the text form ClickHouse parses."""
    return {name: _text(value) for name, value in (params or {}).items()}


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_quoted(v) for v in value) + "]"
    if isinstance(value, datetime):
        return f"{value.timestamp():.6f}"
    if isinstance(value, date):
        return value.isoformat()
    return value


def _quoted(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (TransientError, TerminalError):
        raise
    except Exception as error:  # chDB raises ChdbError, RuntimeError and bare Exception
        text = str(error)
        code = text[5:].split(".", 1)[0].strip() if text.startswith("Code:") else ""
        kind = TransientError if code.isdigit() and int(code) in TRANSIENT else TerminalError
        raise kind(text[:2000]) from error
