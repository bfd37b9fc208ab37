"""The engine behind the native protocol, in a process of its own, for the adapter of a server.

`CLICKHOUSE_DSN` (`user:password@host:port`) names a current server instead, where there is one.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.warehouse_clickhouse import ClickhouseAccess

ROOT = Path(__file__).parents[1]
PASSWORD = "geheim '\\"


class GateProcess:
    """One gate over one folder; it may be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def access(self) -> ClickhouseAccess:
        return ClickhouseAccess(f"127.0.0.1:{self._port}", "fanzha", PASSWORD)

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        secret = self._folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        words = [sys.executable, "-m", "services.cluster.gate", str(self._folder / "data"), str(self._port)]
        said = {"FANZHA_CLICKHOUSE_USER": "fanzha", "FANZHA_CLICKHOUSE_PASSWORD_FILE": str(secret)}
        with (self._folder / "err").open("ab") as err:
            self._process = subprocess.Popen(
                words, cwd=ROOT, env=os.environ | said, stdout=subprocess.PIPE, stderr=err, text=True
            )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip()
        if not address:
            raise RuntimeError((self._folder / "err").read_text("utf-8")[-2000:])
        self._port = int(address.rpartition(":")[2])

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@contextmanager
def running(folder: Path) -> Iterator[GateProcess]:
    gate = GateProcess(folder)
    gate.start()
    try:
        yield gate
    finally:
        gate.stop()
