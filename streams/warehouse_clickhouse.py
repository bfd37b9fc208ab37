"""The warehouse as a ClickHouse server, over its native protocol.

In: where the server is and who asks. Out: the port; inserts go as whole columns in one block, so that one insert is
one part of each table. What happens if a connection breaks: the call fails as transient, the next one connects anew;
an insert whose answer was lost may have been kept, and saying it again is harmless.
Limit: a client serves one call at a time, so each call borrows one of its database.
"""

import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from clickhouse_driver import Client
from clickhouse_driver import errors as driver

from streams.errors import TerminalError, TransientError
from streams.warehouse import SETTINGS, TRANSIENT, Params, Rows, decoded

CONNECTS_IN, ANSWERS_IN = 10, 120  # seconds; the second stays below the poll interval of a consumer group
_AUTHENTICATION = frozenset({192, 193, 194, 516})
_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")
_ARRAY = re.compile(r"Array\((.*)\)")
_TUPLE = re.compile(r"Tuple\((.*)\)")
_NAME = re.compile(r"(?:`([^`]+)`|(\w+)) (.+)", re.DOTALL)
# What it logs, with a traceback, before each error that it raises: the error says it already.
logging.getLogger("clickhouse_driver.connection").setLevel(logging.ERROR)
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ClickhouseAccess:
    """Where the server is (`host:port`) and who asks. With a certificate authority the connection is TLS."""

    address: str
    user: str = "default"
    password: str = ""
    ca_file: str = ""
    answers_in: float = ANSWERS_IN
    settings: Mapping[str, int | str] = field(default_factory=lambda: SETTINGS)

    def client(self, database: str) -> Client:
        host, _, port = self.address.rpartition(":")
        trust = {"secure": True, "ca_certs": self.ca_file} if self.ca_file else {}
        settings = dict(self.settings) | {
            "strings_as_bytes": True, "server_side_params": True, "namedtuple_as_json": False,
        }  # fmt: skip
        return Client(
            host.strip("[]"), int(port), database, self.user, self.password, client_name="fanzha",
            connect_timeout=CONNECTS_IN, send_receive_timeout=self.answers_in,
            sync_request_timeout=min(CONNECTS_IN, self.answers_in),
            settings=settings, **trust,
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.address} ({self.user})"


class _Pool:
    """The clients of one server, kept by database."""

    def __init__(self, access: ClickhouseAccess) -> None:
        self.access = access
        self._free: dict[str, list[Client]] = defaultdict(list)
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self, database: str) -> Iterator[Client]:
        client = self._taken(database)
        try:
            with _mapped(self.access):
                yield client
        except BaseException:
            client.disconnect()  # in the middle of an answer it could not be used again
            raise
        finally:
            self._give_back(database, client)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for clients in self._free.values():
                for client in clients:
                    client.disconnect()
            self._free.clear()

    def _taken(self, database: str) -> Client:
        with self._lock:
            if self._closed:
                raise TerminalError("仓库已关闭 / the warehouse is closed")
            if self._free[database]:
                return self._free[database].pop()
        return self.access.client(database)

    def _give_back(self, database: str, client: Client) -> None:
        with self._lock:
            if self._closed:
                client.disconnect()
            else:
                self._free[database].append(client)


class ClickhouseWarehouse:
    def __init__(
        self, access: ClickhouseAccess, database: str = "fanzha", _pool: _Pool | None = None, *, make: bool = True
    ) -> None:
        """Makes the database unless `make` is false: who may only read may not."""
        self.database = database
        self._pool = _pool or _Pool(access)
        if not make:
            return
        with self._pool.borrow("") as client:
            client.execute(f"CREATE DATABASE IF NOT EXISTS `{database}`")

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        lists = [list(values) for values in columns.values()]
        with self._pool.borrow(self.database) as client:
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
            client.execute(statement, lists, columnar=True, settings={**client.settings, "strings_as_bytes": False})

    def run(self, sql: str, params: Params | None = None) -> None:
        with self._pool.borrow(self.database) as client:
            client.execute(sql, _texts(params))

    def query(self, sql: str, params: Params | None = None) -> Rows:
        with self._pool.borrow(self.database) as client:
            columns, kinds = client.execute(sql, _texts(params), columnar=True, with_column_types=True)
        readers = [reader(kind) for _, kind in kinds]
        lists = [
            values if read is None else [read(v) for v in values]
            for read, values in zip(readers, columns, strict=False)
        ]
        return Rows(tuple(name for name, _ in kinds), list(zip(*lists, strict=True)))

    def loading(self) -> AbstractContextManager[None]:
        """A server's merges are its own matter: others use it too, and it would stay so if this process were killed."""
        return nullcontext()

    def sibling(self, database: str) -> "ClickhouseWarehouse":
        return ClickhouseWarehouse(self._pool.access, database, self._pool)

    def close(self) -> None:
        self._pool.close()


def _texts(params: Params | None) -> dict[str, Any] | None:
    """Query parameters as the driver escapes them; its own form of a moment loses the parts of a second."""
    return {name: _text(value) for name, value in params.items()} if params else None


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.timestamp():.6f}"
    return list(value) if isinstance(value, tuple) else value


@cache
def reader(kind: str) -> Reader | None:
    """How a value of a type is read from what the driver gives: texts as text, fixed strings as bytes, named tuples
    by name; nothing where it is right as it is."""
    if kind == "String":
        return decoded
    if wrapped := _WRAPPED.fullmatch(kind):
        inner = reader(wrapped[1])
        return inner and (lambda value: None if value is None else inner(value))
    if array := _ARRAY.fullmatch(kind):
        of = reader(array[1])
        return list if of is None else (lambda value: [of(v) for v in value])
    if members := _TUPLE.fullmatch(kind):
        return _tuple(members[1])
    return None


def _tuple(members: str) -> Reader:
    """By the names of its parts; by their places, from "1" on, where they have none."""
    parts: list[tuple[str, Reader]] = []
    for place, member in enumerate(_split(members), 1):
        named = _NAME.fullmatch(member)
        name, kind = (named[1] or named[2], named[3]) if named else (str(place), member)
        parts.append((name, reader(kind) or _same))
    return lambda value: {name: read(v) for (name, read), v in zip(parts, value, strict=True)}


def _same(value: Any) -> Any:
    return value


def _split(members: str) -> list[str]:
    """The members of a tuple's type, at the commas of its own level."""
    out, depth, start = [], 0, 0
    for at, char in enumerate(members):
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            out.append(members[start:at].strip())
            start = at + 1
    return [*out, members[start:].strip()]


@contextmanager
def _mapped(access: ClickhouseAccess) -> Iterator[None]:
    """Maps the driver's errors to the two kinds."""
    try:
        yield
    except (TransientError, TerminalError):
        raise
    except driver.ServerException as error:
        if error.code in _AUTHENTICATION:
            raise TerminalError(
                f"ClickHouse {access} 拒绝登录：用户或口令有误 / refused: wrong user or password"
            ) from error
        kind = TransientError if error.code in TRANSIENT else TerminalError
        raise kind(str(error)[:2000]) from error
    except (driver.NetworkError, driver.SocketTimeoutError, EOFError, OSError) as error:
        raise TransientError(
            f"ClickHouse {access} 连接中断或没有答复 / the connection broke or there was no answer: {error}"
        ) from error
    except Exception as error:  # struct.error, ValueError and the like: the values do not fit the table
        raise TerminalError(f"{type(error).__name__}: {error}"[:2000]) from error
