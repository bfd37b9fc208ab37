"""ClickHouse's native protocol in front of the engine in process, where no server can be installed.

In: connections of clickhouse-driver. Out: what a server would answer, by the same engine (chDB) over one folder. For
development and tests; production has a server. One TCP connection has one connection of the engine: its database, its
settings. A killed gate starts again on its folder.
Limits: one user; no compression and no progress; an answer comes in one piece; the blocks of an insert are put together
in a file first.
"""

import hmac
import json
import signal
import socket
import socketserver
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import chdb
from clickhouse_driver.block import BlockInfo, ColumnOrientedBlock
from clickhouse_driver.bufferedreader import BufferedSocketReader
from clickhouse_driver.bufferedwriter import BufferedSocketWriter
from clickhouse_driver.context import Context
from clickhouse_driver.reader import read_binary_str, read_binary_uint8, read_binary_uint64
from clickhouse_driver.streams.native import BlockInputStream, BlockOutputStream
from clickhouse_driver.varint import read_varint, write_varint
from clickhouse_driver.writer import write_binary_int32, write_binary_str, write_binary_uint8

from services.cluster.native import (
    ASKS,
    AUTHENTICATION_FAILED,
    BLOCK,
    CANCEL,
    DATA,
    END,
    EVENTS,
    EXCEPTION,
    GREETING,
    HELLO,
    INSERT,
    PING,
    PONG,
    QUERY,
    REVISION,
    VERSION,
    ZONE,
    File,
    codec,
    told,
    unquoted,
)
from services.secret import secret
from services.settings import Settings

CLOSES_IN = 10  # seconds


class _Connection(socketserver.BaseRequestHandler):
    """One client, from its greeting to its end."""

    server: "Gate"

    def handle(self) -> None:
        # an answer is several small packets: else each waits 40 ms for the client's acknowledgement of the one before
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in, self._out = BufferedSocketReader(self.request, 1 << 20), BufferedSocketWriter(self.request, 1 << 20)
        self._wire, self._file = codec(REVISION), codec(0)
        self._said: dict[str, str] = {}
        answers: dict[int, Callable[[], object]] = {
            HELLO: self._greet, QUERY: self._query, DATA: self._data, PING: self._pong, CANCEL: lambda: None,
        }  # fmt: skip
        self._engine = chdb.connect(str(self.server.folder))
        try:
            while True:
                answers[read_varint(self._in)]()
        except (EOFError, ConnectionError):
            return
        finally:
            self._engine.close()

    def _greet(self) -> None:
        read_binary_str(self._in)  # the client's name
        for _ in range(3):
            read_varint(self._in)  # its version
        database, user, password = (read_binary_str(self._in) for _ in range(3))
        if not (user == self.server.user and hmac.compare_digest(password.encode(), self.server.password.encode())):
            self._error(AUTHENTICATION_FAILED, f"{user}: Authentication failed: password is incorrect")
            raise EOFError
        try:
            if database:
                self._engine.query(f"USE `{database}`")
        except Exception as error:  # the engine raises bare exceptions; the client is told
            self._error(*told(error))
            raise EOFError from error
        write_varint(GREETING, self._out)
        write_binary_str("fanzha gate", self._out)
        for number in (*VERSION, REVISION):
            write_varint(number, self._out)
        write_binary_str(ZONE, self._out)
        write_binary_str("gate", self._out)
        write_varint(0, self._out)  # patch
        self._out.flush()
        read_binary_str(self._in)  # the addendum: a quota's key

    def _pong(self) -> None:
        write_varint(PONG, self._out)
        self._out.flush()

    def _query(self) -> None:
        read_binary_str(self._in)  # the query's id
        self._skip_client()
        settings = dict(self._settings())
        read_binary_str(self._in)  # a secret between servers
        read_varint(self._in), read_varint(self._in)  # stage, compression
        sql = read_binary_str(self._in)
        params = {name: unquoted(text) for name, text in self._settings()}
        self._packet()  # the end of external tables
        try:
            self._set(settings)
            insert = INSERT.fullmatch(sql)
            if insert:
                self._insert(insert[1], insert[2])
            else:
                self._select(sql, params)
        except (EOFError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001  # the engine raises bare exceptions; the client is told
            self._error(*told(error))
            return
        write_varint(END, self._out)
        self._out.flush()

    def _skip_client(self) -> None:
        """What a client says about itself."""
        if not read_binary_uint8(self._in):
            return
        for _ in range(3):
            read_binary_str(self._in)  # user, query, address
        read_binary_uint64(self._in)  # when it began
        read_binary_uint8(self._in)  # interface
        for _ in range(3):
            read_binary_str(self._in)  # user of the system, host, name
        for _ in range(3):
            read_varint(self._in)  # version, revision
        read_binary_str(self._in)  # a quota's key
        read_varint(self._in), read_varint(self._in)  # depth, patch
        if read_binary_uint8(self._in):  # a trace
            self._in.read(24), read_binary_str(self._in), read_binary_uint8(self._in)
        for _ in range(3):
            read_varint(self._in)  # replicas beside each other

    def _settings(self) -> Iterator[tuple[str, str]]:
        while name := read_binary_str(self._in):
            read_binary_uint8(self._in)  # flags
            yield name, read_binary_str(self._in)

    def _set(self, settings: dict[str, str]) -> None:
        for name, value in settings.items():
            if self._said.get(name) != value:
                quoted = value.replace("\\", "\\\\").replace("'", "\\'")
                self._engine.query(f"SET {name} = '{quoted}'")
                self._said[name] = value

    def _packet(self) -> Any:
        if read_varint(self._in) != DATA:
            raise EOFError
        return self._data()

    def _data(self) -> Any:
        read_binary_str(self._in)  # the table's name
        return BlockInputStream(self._in, self._wire).read()

    def _select(self, sql: str, params: dict[str, str]) -> None:
        found = self._engine.query(sql, "Native", params=params)
        source = File(found.bytes() if found is not None and len(found) else b"")
        size, headed = len(source.getbuffer()), False
        while source.tell() < size:
            block = BlockInputStream(source, self._file).read()
            if not headed:
                self._empty(BLOCK, block.columns_with_types)
                headed = True
            write_varint(BLOCK, self._out)
            write_binary_str("", self._out)
            self._write(self._out, self._wire, block)
        if not headed and ASKS.match(sql):
            self._empty(BLOCK, self._described(f"({sql})", params))

    def _described(self, what: str, params: dict[str, str]) -> list[tuple[str, str]]:
        """Names and types of a table's or a query's columns."""
        sql = f"DESCRIBE TABLE {what} SETTINGS print_pretty_type_names = 0"
        rows = self._engine.query(sql, "JSONCompactEachRow", params=params).data().splitlines()
        return [(name, kind) for name, kind, *_ in map(json.loads, rows)]

    def _insert(self, table: str, names: str) -> None:
        columns = [name.strip(' `"') for name in names.split(",")]
        kinds = dict(self._described(table, {}))
        unknown = [name for name in columns if name not in kinds]
        if unknown:
            raise ValueError(f"Code: 16. DB::Exception: No such column {unknown[0]} in table {table}")
        self._empty(BLOCK, [(name, kinds[name]) for name in columns])
        whole, rows = File(), 0
        while (block := self._packet()).num_columns:
            rows += block.num_rows
            self._write(whole, self._file, block)
            self._empty(EVENTS)
        if rows:
            with tempfile.NamedTemporaryFile(suffix=".native") as file:
                file.write(whole.getbuffer())
                file.flush()
                self._engine.query(f"INSERT INTO {table} ({names}) SELECT {names} FROM file('{file.name}', Native)")
        self._empty(EVENTS)

    @staticmethod
    def _write(out: Any, codec: Context, block: Any) -> None:
        columns = [list(column) for column in block.get_columns()]
        BlockOutputStream(out, codec).write(ColumnOrientedBlock(block.columns_with_types, columns, info=BlockInfo()))

    def _empty(self, packet: int, columns: Sequence[tuple[str, str]] = ()) -> None:
        """A block without rows."""
        write_varint(packet, self._out)
        write_binary_str("", self._out)
        BlockInfo().write(self._out)
        write_varint(len(columns), self._out)
        write_varint(0, self._out)
        for name, kind in columns:
            write_binary_str(name, self._out)
            write_binary_str(kind, self._out)
            write_binary_uint8(0, self._out)  # serialised as usual
        self._out.flush()

    def _error(self, code: int, text: str) -> None:
        write_varint(EXCEPTION, self._out)
        write_binary_int32(code, self._out)
        for part in ("DB::Exception", text, ""):
            write_binary_str(part, self._out)
        write_binary_uint8(0, self._out)  # nothing within it
        self._out.flush()


class Gate(socketserver.ThreadingTCPServer):
    """Listens on loopback; port 0 picks a free one. The folder belongs to this process alone."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: Path, user: str, password: str, port: int = 0) -> None:
        self.folder, self.user, self.password = folder, user, password
        self._holds = chdb.connect(str(folder))  # while one connection is open the engine stays up
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def server_close(self) -> None:
        super().server_close()
        self._holds.close()


def _leave(*_: object) -> None:
    """The engine has been seen to close for minutes, on a busy machine, while a connection's thread closed too. A
    folder that was left without closing is good (a gate may be killed), so the kernel ends what takes longer."""
    signal.alarm(CLOSES_IN)
    sys.exit(0)


def main(folder: str, port: str = "0") -> None:
    """Until a signal; the address is printed once it answers. User and password are those of the settings."""
    settings = Settings()
    gate = Gate(Path(folder), settings.clickhouse_user, secret(settings.clickhouse_password_file), int(port))
    signal.signal(signal.SIGTERM, _leave)
    with gate:
        print(gate.address, flush=True)
        gate.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
