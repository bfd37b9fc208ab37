"""Commands that check and mend: verify, rebuild, migrate, users, smoke."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import Format, Formatted, show
from services.cli.session import Session, session_of
from services.wiring import make_topics, pending_migrations, set_users
from services.wiring import smoke as looked_at
from streams.marks import PENDING

_COMPARED = ("table", "compared", "differing", "examples")


def register(app: typer.Typer) -> None:
    for command in (verify, rebuild, migrate, users, smoke):
        app.command(command.__name__)(command)


def verify(context: typer.Context, format: Formatted = Format.table) -> None:
    """用全部事实重算，与每一行统计对账 / a full fold held against every mart row; exit status 1 on a difference.

    \b
    例 / example: fanzha verify --format json
    """
    with session_of(context).folder("verify") as run:
        rows = list(run("verify", {}))
    show(rows, _COMPARED, format)
    if any(row["differing"] for row in rows):
        raise typer.Exit(1)


def rebuild(
    context: typer.Context,
    accept: Annotated[
        bool, typer.Option("--accept", help="差异无解释也换上 / swap in unexplained differences")
    ] = False,
    format: Formatted = Format.table,
) -> None:
    """从归档重建事实与统计 / facts and marts anew from the archive, swapped in when equal or explained."""
    with session_of(context).folder("rebuild") as run:
        (result,) = run("rebuild", {"accept": accept})
    summary = {name: result[name] for name in ("records", "rejudged", "differing", "swapped")}
    show([summary], tuple(summary), format)
    if not result["swapped"]:
        typer.echo(
            "重建结果与现有统计不同且无解释，未换上；核对后可用 --accept / it differs, and was not swapped", err=True
        )
        raise typer.Exit(1)


def migrate(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看不做 / only show")] = False,
    format: Formatted = Format.table,
) -> None:
    """执行数据库迁移，建立缺少的主题 / apply pending migrations and make missing topics; shows each with its state.

    Where one of them asks for a rebuild it is done at once; in a cluster all workers have to be stopped before it.
    """
    session = session_of(context)
    columns = ("migration", "state", "sha256")
    if dry_run:
        show(pending_migrations(session.settings), columns, format)
        return
    made = make_topics(session.settings)
    rows = [{"migration": name, "state": state, "sha256": ""} for name, state in made.items()]
    with session.folder("migrate") as run:
        found = list(run("migrate", {}))
    if found[-1]["state"] == PENDING:  # nobody who was asked may move the figures: this process does, if no worker does
        alone = Session(session.settings.model_copy(update={"follow": "yes"}))
        with alone.folder("rebuild") as run:
            found = list(run("migrate", {}))
    show([*rows, *found], columns, format)


def users(
    context: typer.Context,
    writer: Annotated[Path, typer.Option(help="工作进程口令文件 / password file of the workers", metavar="FILE")],
    reader: Annotated[Path, typer.Option(help="只读口令文件 / password file of readers", metavar="FILE")],
    grafana: Annotated[Path, typer.Option(help="Grafana 口令文件 / password file of Grafana", metavar="FILE")],
    format: Formatted = Format.table,
) -> None:
    """在 ClickHouse 服务器上建立用户与限额，并逐条验证 / make the users of a ClickHouse server, and try their limits.

    \b
    例 / example: fanzha users --writer secrets/writer --reader secrets/reader --grafana secrets/grafana
    """
    rows = set_users(session_of(context).settings, {"writer": writer, "reader": reader, "grafana": grafana})
    show(rows, ("what", "ok", "result"), format)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def smoke(
    context: typer.Context,
    grafana: Annotated[
        Path | None,
        typer.Option(help="grafana_ro 口令文件，给出则试其限额 / its password file, to try its limits", metavar="FILE"),
    ] = None,
    format: Formatted = Format.table,
) -> None:
    """逐项检查集群：主题、迁移、写入与读出、积压、限额 / look at a cluster piece by piece; exit status 1 on a fault.

    \b
    例 / example: FANZHA_LOG=kafka FANZHA_WAREHOUSE=clickhouse fanzha smoke --grafana secrets/clickhouse_grafana
    """
    rows = list(looked_at(session_of(context).settings, grafana))
    show(rows, ("what", "ok", "result"), format)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)
