"""The composition root: the only place that knows which adapters exist, and the only clock.

In: settings. Out: an `Office` over the data folder, its lock held.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from threading import Event
from time import time_ns

from schemas import Plan, PlanError, default_catalogue, default_plan, read_plan, wire_time
from services.office import FolderLock, Office, Parts
from services.settings import Settings
from services.vault import Vault
from streams.log import Log
from streams.migrations import status
from streams.warehouse import Warehouse

Work = Callable[[Event], object]


def now() -> datetime:
    return datetime.now(UTC)


def plan_of(settings: Settings) -> Plan:
    """The plan the settings name, or the shipped one. Raises `PlanError`."""
    if settings.plan is None:
        return default_plan()[0]
    try:
        text = settings.plan.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"无法读取方案文件 / cannot read the plan file {settings.plan}: {error}") from error
    return read_plan(text, str(settings.plan))[0]


def open_office(settings: Settings) -> Office:
    """Raises `Unavailable` where another process holds the folder, and what the parts raise."""
    plan = plan_of(settings)
    with ExitStack() as opened:  # what was opened is closed where the rest cannot be
        lock = FolderLock(settings.data)
        opened.callback(lock.release)
        settings.data.chmod(0o700)
        log = _log(settings)
        opened.callback(log.close)
        warehouse = _warehouse(settings)
        opened.callback(warehouse.close)
        vault = _vault(settings)
        opened.callback(vault.close)
        parts = Parts(
            lock, log, warehouse, vault, plan, default_catalogue(), now, settings.batch, settings.round_every
        )  # fmt: skip
        office = Office(parts)
        opened.pop_all()
    return office


def serve(office: Office, settings: Settings, work: Work, ready: Callable[[str], None]) -> None:
    """As `services.serve.serve`, which brings the whole console: other commands start without it."""
    from services.serve import serve as run

    run(office, settings, work, ready)


def pending_migrations(settings: Settings) -> list[dict[str, str]]:
    """Each migration and its state, nothing applied. Raises `Unavailable` where the folder is held."""
    lock = FolderLock(settings.data)
    try:
        warehouse = _warehouse(settings)
        try:
            found = status(warehouse)
        finally:
            warehouse.close()
    finally:
        lock.release()
    return [
        {"migration": f"{s.migration.number:04d}_{s.migration.name}", "state": s.state, "sha256": s.migration.sha256}
        for s in found
    ]


def _log(settings: Settings) -> Log:
    from streams.log_sqlite import SqliteLog

    return SqliteLog(settings.data / "log.db", lambda: time_ns() // 1000)


def _warehouse(settings: Settings) -> Warehouse:
    from streams.warehouse_chdb import ChdbWarehouse

    return ChdbWarehouse(settings.data / "warehouse")


def _vault(settings: Settings) -> Vault:
    folder = settings.data / "vault"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Vault(folder, lambda: wire_time(now()))
