"""Commands that make something: demo, up, simulate, schema."""

import json
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from schemas import EVENTS
from schemas.generate import asyncapi, event_schema, submission_schema, type_list
from services.cli.output import Format, show
from services.cli.session import owned, progress, session_of
from services.demo import bring_history, go_on, open_demo
from services.imports import InputError
from services.moments import moment_of
from services.office import Office
from services.settings import Settings
from services.simulate import Params, history
from services.wiring import dev_cluster as dev_cluster_of
from services.wiring import dev_workers, now, serve, work


def register(app: typer.Typer) -> None:
    for command in (demo, up, worker, dev_cluster, simulate, schema):
        app.command(command.__name__.replace("_", "-"))(command)


def demo(context: typer.Context) -> None:
    """模拟一个县的历史，打开界面，事件持续到达（演示数据）/ a simulated county, its screen, and live events.

    \b
    例 / examples: fanzha --data demo-data demo · FANZHA_PORT=0 FANZHA_DEMO_RATE=5 fanzha demo
    """
    settings = session_of(context).settings
    with owned(settings) as office:
        _demonstrate(office, settings)


def up(context: typer.Context) -> None:
    """在数据目录上提供界面、接口与处理，直到 Ctrl-C / screen, HTTP interface and processing, until Ctrl-C.

    \b
    例 / examples: fanzha up · fanzha --data /srv/fanzha up · FANZHA_SERVE=api fanzha up
    """
    settings = session_of(context).settings
    with owned(settings) as office:
        serve(office, settings, Event.wait, _ready if settings.serve != "api" else _ready_for_programs)


def worker(context: typer.Context) -> None:
    """集群的工作进程：从 Kafka 取事件，更新统计，直到收到停止信号 / a worker of the cluster, until a signal.

    \b
    例 / examples: FANZHA_LOG=kafka FANZHA_WAREHOUSE=clickhouse FANZHA_INSTANCE=w1 fanzha worker
    """
    work(session_of(context).settings, lambda url: typer.echo(f"健康与指标 / health and metrics: {url}", err=True))


def dev_cluster(
    context: typer.Context,
    workers: Annotated[int, typer.Option(min=1, max=9, help="工作进程数 / number of workers")] = 2,
    demo: Annotated[bool, typer.Option("--demo", help="模拟一个县 / with a simulated county")] = False,
) -> None:
    """不用容器，在一台机器上运行整个集群：Kafka、ClickHouse 协议、工作进程、界面 / the cluster without containers.

    \b
    例 / examples: fanzha --data dev-data dev-cluster --demo · fanzha dev-cluster --workers 3
    """
    with (
        dev_cluster_of(session_of(context).settings, _say) as settings,
        owned(settings) as office,
        dev_workers(settings, workers, _say),
    ):
        if demo:
            _demonstrate(office, settings)
        else:
            serve(office, settings, Event.wait, _ready)


def simulate(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="写到 / where to, NDJSON", metavar="FILE")],
    counties: Annotated[int, typer.Option(min=1, help="县数 / number of counties")] = 1,
    months: Annotated[int, typer.Option(min=1, help="月数 / months of history")] = 14,
    seed: Annotated[int | None, typer.Option(min=0, help="种子 / seed")] = None,
    end: Annotated[str | None, typer.Option(help="历史的末端，带时区 / end of the history, with offset")] = None,
) -> None:
    """可重现的模拟事件流 / a reproducible event stream; the same seed and end give the same bytes.

    \b
    例 / example: fanzha simulate --out events.ndjson --months 12 --seed 7 --end 2026-01-01T00:00:00+08:00
    """
    settings = session_of(context).settings
    try:
        until = moment_of(end) if end else now()
        params = Params(seed=settings.seed if seed is None else seed, end=until, months=months, counties=counties)
        target = out.open("w", encoding="utf-8")
    except ValueError as error:
        raise InputError(f"--end / 模拟参数有误: {error}") from error
    except OSError as error:
        raise InputError(f"{out}: 无法写入（{error.strerror}） / cannot be written") from error
    with target, progress("simulate") as told:
        for done, event in enumerate(history(params), 1):
            target.write(_json(event) + "\n")
            told(done, None)


def schema(
    kind: Annotated[str | None, typer.Argument(help="事件类型，或 asyncapi / an event type, or asyncapi")] = None,
    submission: Annotated[bool, typer.Option("--submission", help="提交格式 / the submission form")] = False,
) -> None:
    """事件类型清单、JSON Schema、AsyncAPI / list of types, JSON Schema of one, AsyncAPI.

    \b
    例 / examples: fanzha schema · fanzha schema incident.reported --submission · fanzha schema asyncapi
    """
    if kind is None:
        rows = [{"type": t.name, "topic": t.topic, "meaning": t.summary, "subject": t.subject} for t in type_list()]
        show(rows, ("type", "topic", "subject", "meaning"), Format.table)
        return
    if kind == "asyncapi":
        found: Any = asyncapi()
    elif kind in EVENTS:
        found = submission_schema(kind) if submission else event_schema(kind)
    else:
        raise InputError(f"没有事件类型 {kind!r}；fanzha schema 列出全部 / no such event type")
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _demonstrate(office: Office, settings: Settings) -> None:
    """The history of a county, then its screen and a live trickle."""
    found = open_demo(office, settings)
    with progress("演示历史 history") as told:
        bring_history(office, settings, found, lambda done: told(done, None))
    _say("演示数据已就绪，新事件将持续到达 / the history is in, live events will follow")
    serve(office, settings, lambda stop: go_on(office, settings, found, stop), _ready)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _ready(url: str) -> None:
    typer.echo(f"界面 / screen: {url}  （Ctrl-C 停止 / to stop）", err=True)


def _ready_for_programs(url: str) -> None:
    typer.echo(f"接口 / interface: {url}  （Ctrl-C 停止 / to stop）", err=True)


def _json(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
