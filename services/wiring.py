"""The composition root: the only place that knows which adapters exist, and the only clock.

In: settings. Out: an `Office` over the data folder, its lock held.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from socket import gethostname
from threading import Event
from time import time_ns
from typing import TYPE_CHECKING, Any

from schemas import default_catalogue, read_plan, wire_time
from services.errors import Unavailable
from services.lock import FolderLock
from services.office import Office, Parts
from services.rights import held_limits, make_users
from services.secret import authority, secret
from services.settings import Settings, plan_text
from services.tokens import Tokens
from services.vault import Vault
from streams.interpreter import tune
from streams.log import Log
from streams.marks import to_rebuild
from streams.migrations import status
from streams.plans import read_plans
from streams.pump import Pump, Stage, silent
from streams.warehouse import Warehouse

if TYPE_CHECKING:
    from services.grafana_http import Grafana
    from streams.kafka_access import KafkaAccess
    from streams.warehouse_clickhouse import ClickhouseAccess

Work = Callable[[Event], object]


def now() -> datetime:
    return datetime.now(UTC)


def open_office(settings: Settings) -> Office:
    """Raises `Unavailable` where another process holds the folder or workers move the figures, and what the parts
    raise."""
    plan = plan_text(settings)
    if settings.follow == "yes" and settings.log == "kafka" and settings.warehouse == "clickhouse":
        _refuse_workers(settings)
    with ExitStack() as opened:  # what was opened is closed where the rest cannot be
        lock = FolderLock(settings.data)
        opened.callback(lock.release)
        settings.data.chmod(0o700)
        log = _log(settings)
        opened.callback(log.close)
        warehouse = _warehouse(settings)
        opened.callback(warehouse.close)
        vault = _vault(settings) if settings.serve != "console" else None
        if vault is not None:
            opened.callback(vault.close)
        parts = Parts(
            lock, log, warehouse, vault, Tokens(settings.data / "tokens.json"), plan, default_catalogue(), now,
            settings.batch, settings.round_every, settings.data / "clock", follows(settings),
            scratch(settings, "office"), settings.clickhouse_cluster, settings.alert_every,
        )  # fmt: skip
        office = Office(parts)
        opened.pop_all()
    tune()
    return office


def follows(settings: Settings) -> bool:
    """Whether a process that opens the data moves the figures itself; in a cluster workers do."""
    cluster = settings.log == "kafka" and settings.warehouse == "clickhouse"
    return settings.follow == "yes" or (settings.follow == "auto" and not cluster)


def _refuse_workers(settings: Settings) -> None:
    """A rebuild swaps tables that a worker would go on writing."""
    from streams.kafka_topics import members

    if there := members(kafka_access(settings), _group(settings)):
        raise Unavailable(
            f"工作进程仍在运行：{', '.join(there)}；请先停止，{settings.kafka_session} 秒后再试 / workers are running: "
            f"stop them; one that was killed is forgotten after {settings.kafka_session} seconds"
        )


def _group(settings: Settings) -> str:
    return f"{settings.kafka_prefix}fanzha-ingest"


def instance(settings: Settings) -> str:
    return settings.instance or gethostname()


def scratch(settings: Settings, role: str) -> str:
    """The database of this process's scratch tables, where several work on one server; none of its own elsewhere."""
    if settings.warehouse == "chdb":
        return ""
    return re.sub(r"\W", "_", f"{settings.clickhouse_database}_round_{role}_{instance(settings)}")


def open_worker(settings: Settings, stage: Stage) -> Pump:
    """The pump of one member of the consumer group. Raises what its parts raise, `Unavailable` before a migration."""
    from streams.kafka_access import Group
    from streams.log_kafka import KafkaLog

    with ExitStack() as opened:
        warehouse = _warehouse(settings)
        opened.callback(warehouse.close)
        waiting = [s.migration.name for s in status(warehouse) if s.state == "pending"]
        if waiting:
            raise Unavailable(f"请先运行 fanzha migrate / run fanzha migrate first: {', '.join(waiting)}")
        if to_rebuild(warehouse):
            raise Unavailable(
                "请先停下全部工作进程并运行 fanzha migrate，统计待重建 / stop all workers and run fanzha migrate first"
            )
        member = Group(_group(settings), instance(settings), settings.kafka_session)
        log = KafkaLog(kafka_access(settings), member)
        opened.callback(log.close)
        own = scratch(settings, "worker")
        plans = read_plans(warehouse, read_plan(plan_text(settings))[0])
        pump = Pump(log, warehouse, plans.at(now()), stage=stage, batch=settings.batch, own=own)
        opened.pop_all()
    tune()
    return pump


def make_topics(settings: Settings) -> dict[str, str]:
    """Topics that are missing and rights, where the log is Kafka; what became of each."""
    if settings.log != "kafka":
        return {}
    from streams.kafka_grants import grant
    from streams.kafka_topics import create_topics

    access = kafka_access(settings)
    made = {f"topic {name}": state for name, state in create_topics(access, settings.kafka_replication).items()}
    pairs = [pair.partition("=") for pair in settings.kafka_grants.split(",") if pair]
    return made | {f"grant {what}": "granted" for what in (grant(access, {r: u for r, _, u in pairs}) if pairs else ())}


def serve(office: Office, settings: Settings, work: Work, ready: Callable[[str], None]) -> None:
    """As `services.serve.serve`, which brings the whole console: other commands start without it."""
    from services.serve import serve as run

    run(office, settings, work, ready)


@contextmanager
def dev_cluster(settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """As `services.cluster.dev.cluster`; what ends is started again. Raises `Unavailable` where its packages are not
    installed."""
    try:
        from services.cluster.children import kept
        from services.cluster.dev import cluster
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    with cluster(settings, settings.cache.expanduser(), make_topics, say) as (made, children), kept(children, say):
        yield made


@contextmanager
def dev_workers(settings: Settings, count: int, say: Callable[[str], None]) -> Iterator[None]:
    """As `services.cluster.dev.workers`, each started again where it ends."""
    from services.cluster.children import kept
    from services.cluster.dev import workers

    with workers(settings, count, say) as children, kept(children, say):
        yield


def work(settings: Settings, ready: Callable[[str], None], stage: Stage = silent) -> None:
    """A worker until a signal; `ready` is told where its health is. Raises `Unavailable` without its packages."""
    try:
        from services.worker import Worker, tell
        from streams.app import Member, Served, Watch
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    served = Served(settings.host, settings.metrics_port, lambda port: ready(f"http://{settings.host}:{port}"))
    watch = Watch(plan_text(settings), now, tell, settings.alert_every)
    member = Member(kafka_access(settings), settings.kafka_session, settings.round_every)
    Worker(lambda: open_worker(settings, stage), member, watch, served).run()


def grafana(url: str, token: str) -> "Grafana":
    """Raises `Unavailable` where packages of the cluster are not installed."""
    try:
        from services.grafana_http import Grafana
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return Grafana(url, token)


def set_users(settings: Settings, files: Mapping[str, Path]) -> list[dict[str, Any]]:
    """Users of the server and what came of trying their limits. Raises `Unavailable` where there is no server."""
    if settings.warehouse != "clickhouse":
        raise Unavailable("内嵌的仓库没有用户：FANZHA_WAREHOUSE=clickhouse / the engine in process has no users")
    from streams.warehouse_clickhouse import ClickhouseWarehouse

    passwords = {role: secret(file) for role, file in files.items()}
    make_users(ClickhouseWarehouse(clickhouse_access(settings), settings.clickhouse_database), passwords)
    return list(_limits(settings, passwords["grafana"]))


def smoke(settings: Settings, grafana: Path | None) -> Iterator[dict[str, Any]]:
    """What `services.smoke` finds in a cluster; with the password of `grafana_ro` its limits too, if any.

    Raises `Unavailable` in the embedded shape, and where something does not answer.
    """
    if (settings.log, settings.warehouse) != ("kafka", "clickhouse"):
        raise Unavailable("内嵌形态请用 fanzha status 和 fanzha verify / it is for a cluster; use status and verify")
    from services import smoke as look
    from streams.kafka_topics import wrong_topics

    topics = list(wrong_topics(kafka_access(settings)))
    yield from look.topics(topics)
    with closing(_log(settings)) as log, closing(_warehouse(settings)) as warehouse:
        yield from look.warehouse(warehouse)
        if not any(faults for _, faults in topics):  # how far a missing one is, nobody answers
            yield from look.lag(log.ends(), warehouse)
    if grafana is not None:
        yield from _limits(settings, secret(grafana))


def _limits(settings: Settings, password: str) -> Iterator[dict[str, Any]]:
    """What Grafana's user tries, and whether the server refuses it."""
    from streams.warehouse_clickhouse import ClickhouseWarehouse

    own = replace(clickhouse_access(settings), user="grafana_ro", password=password)
    return held_limits(lambda: ClickhouseWarehouse(own, settings.clickhouse_database, make=False))


def _missing(error: ModuleNotFoundError) -> Unavailable:
    return Unavailable(f"缺少集群软件包 {error.name}：请运行 make cluster / packages of the cluster are missing")


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


def kafka_access(settings: Settings) -> "KafkaAccess":
    """Raises `Unavailable` where a file of passwords or certificates cannot be read."""
    from streams.kafka_access import KafkaAccess

    return KafkaAccess(
        settings.kafka_bootstrap, settings.kafka_user, secret(settings.kafka_password_file),
        authority(settings.kafka_ca_file), settings.kafka_prefix,
    )  # fmt: skip


def clickhouse_access(settings: Settings) -> "ClickhouseAccess":
    """Raises `Unavailable` where a file of passwords or certificates cannot be read."""
    from streams.warehouse_clickhouse import ClickhouseAccess

    return ClickhouseAccess(
        settings.clickhouse_address, settings.clickhouse_user, secret(settings.clickhouse_password_file),
        authority(settings.clickhouse_ca_file),
    )  # fmt: skip


def _log(settings: Settings) -> Log:
    if settings.log == "kafka":
        from streams.log_kafka import KafkaLog

        return KafkaLog(kafka_access(settings))
    from streams.log_sqlite import SqliteLog

    return SqliteLog(settings.data / "log.db", lambda: time_ns() // 1000)


def _warehouse(settings: Settings) -> Warehouse:
    if settings.warehouse == "clickhouse":
        from streams.warehouse_clickhouse import ClickhouseWarehouse

        return ClickhouseWarehouse(clickhouse_access(settings), settings.clickhouse_database)
    from streams.warehouse_chdb import ChdbWarehouse

    return ChdbWarehouse(settings.data / "warehouse")


def _vault(settings: Settings) -> Vault:
    folder = settings.data / "vault"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Vault(folder, lambda: wire_time(now()))
