"""The engine behind the native protocol, in a process of its own, for the adapter of a server.

`CLICKHOUSE_DSN` (`user:password@host:port`) names a current server instead, where there is one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.cluster.children import GateProgram
from services.settings import Settings
from streams.warehouse_clickhouse import ClickhouseAccess

ROOT = Path(__file__).parents[1]
PASSWORD = "geheim '\\"


class GateProcess(GateProgram):
    """One gate over one folder; it may be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        said = {"clickhouse_user": "fanzha", "clickhouse_password_file": secret}
        super().__init__(folder / "data", Settings().model_copy(update=said), folder / "err")

    @property
    def access(self) -> ClickhouseAccess:
        return ClickhouseAccess(self.address, "fanzha", PASSWORD)


@contextmanager
def running(folder: Path) -> Iterator[GateProcess]:
    gate = GateProcess(folder)
    gate.start()
    try:
        yield gate
    finally:
        gate.stop()
