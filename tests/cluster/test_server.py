"""The adapter before a server process: kill -9 and reconnect, wrong password, cut, black hole, no answer in time.

Two servers: the current engine behind its protocol, and Debian's clickhouse-server, a real server of an older dialect
(18.16), for what does not depend on SQL.
"""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from streams.errors import TerminalError, TransientError
from streams.warehouse_clickhouse import ClickhouseAccess, ClickhouseWarehouse
from tests.certificates import Certificate, certificate
from tests.gates import GateProcess

pytestmark = pytest.mark.net
CONFIG = """<yandex>
 <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/err</errorlog></logger>
 <tcp_port>{port}</tcp_port><listen_host>127.0.0.1</listen_host><path>{folder}/data/</path>
 <tmp_path>{folder}/tmp/</tmp_path><user_files_path>{folder}/files/</user_files_path>
 {secure}<mark_cache_size>67108864</mark_cache_size><users_config>{folder}/users.xml</users_config>
 <default_profile>default</default_profile><default_database>default</default_database>
</yandex>"""
SECURE = """<tcp_port_secure>{port}</tcp_port_secure><openSSL><server>
 <certificateFile>{whole}</certificateFile><privateKeyFile>{whole}</privateKeyFile><verificationMode>none</verificationMode>
 </server></openSSL>"""
USERS = """<yandex><profiles><default></default></profiles>
 <users><fanzha><password>word</password><networks><ip>::/0</ip></networks><profile>default</profile>
 <quota>default</quota></fanzha></users><quotas><default></default></quotas></yandex>"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Debian:
    """One clickhouse-server of Debian over one folder; with a certificate it listens for TLS too."""

    def __init__(self, folder: Path, shown: Certificate | None = None) -> None:
        self._folder, self._shown = folder, shown
        self._port, self._secure_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> ClickhouseAccess:
        return ClickhouseAccess(f"127.0.0.1:{self._port}", "fanzha", "word", settings={})

    @property
    def over_tls(self) -> ClickhouseAccess:
        return replace(self.access, address=f"127.0.0.1:{self._secure_port}")

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "config.xml"
        secure = SECURE.format(port=self._secure_port, whole=self._shown.whole) if self._shown else ""
        config.write_text(CONFIG.format(folder=self._folder, port=self._port, secure=secure), "utf-8")
        (self._folder / "users.xml").write_text(USERS, "utf-8")
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(["clickhouse-server", f"--config-file={config}"], stdout=out, stderr=out)
        end, last = time.monotonic() + 30, self._secure_port if self._shown else self._port
        while True:
            with suppress(OSError), closing(socket.create_connection(("127.0.0.1", last), 1)):
                return
            assert time.monotonic() < end, (self._folder / "out").read_text("utf-8")[-2000:]
            time.sleep(0.1)

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(30)
            self._process = None


Server = GateProcess | Debian


def need_server() -> None:
    if not shutil.which("clickhouse-server"):
        if os.environ.get("CI") == "true":
            pytest.fail("no clickhouse-server: tests/system-packages.sh installs it", pytrace=False)
        pytest.skip("no clickhouse-server on this machine (Debian: apt-get install clickhouse-server)")


@pytest.fixture(params=["gate", "debian"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "debian":
        need_server()
    found = GateProcess(tmp_path / "gate") if request.param == "gate" else Debian(tmp_path / "debian")
    found.start()
    yield found
    found.stop()


@pytest.fixture
def warehouse(server: Server) -> Iterator[ClickhouseWarehouse]:
    made = ClickhouseWarehouse(server.access)
    made.run("CREATE TABLE t (k UInt64, s String, d Date) ENGINE = MergeTree() ORDER BY k")
    yield made
    made.close()


def put(warehouse: ClickhouseWarehouse, *keys: int) -> None:
    warehouse.insert("t", {"k": keys, "s": ["反诈"] * len(keys), "d": [date(2026, 1, 1)] * len(keys)})


def held(warehouse: ClickhouseWarehouse) -> list[int]:
    return [k for (k,) in warehouse.query("SELECT k FROM t ORDER BY k").rows]


def again(use: Callable[[], None]) -> None:
    """As the pump does: what is transient comes again."""
    end = time.monotonic() + 30
    while True:
        try:
            return use()
        except TransientError:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_killed_and_there_again(server: Server, warehouse: ClickhouseWarehouse) -> None:
    put(warehouse, 1, 2)
    server.stop(kill=True)
    with pytest.raises(TransientError, match=r"127\.0\.0\.1"):
        put(warehouse, 3)
    with pytest.raises(TransientError):
        warehouse.query("SELECT 1")
    server.start()
    again(lambda: put(warehouse, 3))
    assert set(held(warehouse)) >= {3}
    assert warehouse.query("SELECT s FROM t WHERE k = 3 LIMIT 1").rows == [("反诈",)]


def test_a_wrong_password_is_terminal_and_told(server: Server) -> None:
    wrong = replace(server.access, password="not-the-word")
    with pytest.raises(TerminalError, match="口令有误") as told:
        ClickhouseWarehouse(wrong)
    assert "not-the-word" not in str(told.value)
    assert wrong.address in str(told.value)


def test_over_tls(tmp_path: Path) -> None:
    """Who it is vouched for is let in; nobody gets an answer without TLS there, or trusts a stranger."""
    need_server()
    shown, stranger = certificate(tmp_path, "server"), certificate(tmp_path, "stranger")
    found = Debian(tmp_path / "debian", shown)
    found.start()
    try:
        access = found.over_tls
        with closing(ClickhouseWarehouse(replace(access, ca_file=str(shown.trusted)))) as warehouse:
            warehouse.run("CREATE TABLE t (k UInt64, s String, d Date) ENGINE = MergeTree() ORDER BY k")
            put(warehouse, 7)
            assert held(warehouse) == [7]
        for wrong in (replace(access, ca_file=str(stranger.trusted)), replace(access, answers_in=3.0)):
            with pytest.raises((TransientError, TerminalError), match=access.address):
                ClickhouseWarehouse(wrong)
    finally:
        found.stop()


def test_nobody_there_is_transient() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9 "):
        ClickhouseWarehouse(ClickhouseAccess("127.0.0.1:9"))


class Proxy:
    """Between client and server: passes bytes on, cuts, or swallows them."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._server = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.swallow = threading.Event()
        self.cut_after = 10**12
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def _begin(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                self._begin(self._pass, client, server, True)
                self._begin(self._pass, server, client, False)

    def _pass(self, one: socket.socket, other: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if self.swallow.is_set():
                    continue
                if counts:
                    self.cut_after -= len(data)
                    if self.cut_after < 0:
                        break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    found = Proxy(server.access.address)
    yield found
    found.close()


def test_cut_in_the_middle_of_an_insert(server: Server, warehouse: ClickhouseWarehouse, proxy: Proxy) -> None:
    """F6: transient, and the same insert is good afterwards."""
    through = ClickhouseWarehouse(replace(server.access, address=proxy.address))
    put(through, 1)
    proxy.cut_after = 200_000
    many = list(range(10, 60_010))
    with pytest.raises(TransientError):
        put(through, *many)
    proxy.cut_after = 10**12
    again(lambda: put(through, *many))
    assert set(held(warehouse)) == {1, *many}
    through.close()


def test_a_black_hole_ends_by_the_timeout(server: Server, warehouse: ClickhouseWarehouse, proxy: Proxy) -> None:
    """F8: no answer is transient, long before a consumer group would lose patience; then it goes on."""
    through = ClickhouseWarehouse(replace(server.access, address=proxy.address, answers_in=1))
    put(through, 1)
    proxy.swallow.set()
    with pytest.raises(TransientError):  # without a time-out it would never end
        put(through, 2)
    proxy.swallow.clear()
    again(lambda: put(through, 2))
    assert set(held(warehouse)) == {1, 2}
    through.close()
