"""Offices for tests: a data folder's owner over a database of the tests' own engine.

In: a folder and an empty database. Out: an `Office` as the composition root makes it, but for the clock, which the
test moves, and for the warehouse, which outlives the office: one process has one engine.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schemas import Plan, default_catalogue, wire_time
from schemas.plan import default_text, written
from services.lock import FolderLock
from services.office import Office, Parts
from services.tokens import Tokens
from services.vault import Vault
from streams.log_sqlite import SqliteLog
from streams.warehouse import Params, Rows, Warehouse
from tests.conftest import NOW


@dataclass
class Clock:
    """A microsecond on with every look."""

    moment: datetime = field(default_factory=lambda: datetime.fromtimestamp(NOW / 1_000_000, UTC))

    def __call__(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment

    def micro(self) -> int:
        return (self() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class Standing:
    """A warehouse that an office may close: it stays open for the next one."""

    def __init__(self, inner: Warehouse) -> None:
        self.inner, self.database = inner, inner.database

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        self.inner.insert(table, columns)

    def run(self, sql: str, params: Params | None = None) -> None:
        self.inner.run(sql, params)

    def query(self, sql: str, params: Params | None = None) -> Rows:
        return self.inner.query(sql, params)

    def loading(self) -> AbstractContextManager[None]:
        return self.inner.loading()

    def sibling(self, database: str) -> Warehouse:
        return self.inner.sibling(database)

    def close(self) -> None:
        return None


def office_on(folder: Path, warehouse: Warehouse, clock: Clock, plan: Plan | None = None) -> Office:
    """Locks the folder. Rounds are played every 50 ms when it goes live."""
    folder.mkdir(exist_ok=True)
    vault = folder / "vault"
    vault.mkdir(mode=0o700, exist_ok=True)
    lock = FolderLock(folder)
    try:
        parts = Parts(
            lock, SqliteLog(folder / "log.db", clock.micro), warehouse, Vault(vault, lambda: wire_time(clock())),
            Tokens(folder / "tokens.json"), written(plan) if plan else default_text(), default_catalogue(), clock,
            20_000, 0.05, folder / "clock", rules_every=0.05,
        )  # fmt: skip
        return Office(parts)
    except BaseException:
        lock.release()
        raise
