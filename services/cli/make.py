"""Commands that make something: demo, simulate, schema."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas import EVENTS
from schemas.generate import asyncapi, event_schema, submission_schema, type_list
from services.cli.output import Format, show
from services.cli.session import progress, session_of
from services.imports import InputError, Runner
from services.simulate import Params, history
from services.wiring import now
from streams.figures import figures

CHUNK = 2_000
SHOWN = ("rates", "incidents", "coverage")


def register(app: typer.Typer) -> None:
    for name, command in (("demo", demo), ("simulate", simulate), ("schema", schema)):
        app.command(name)(command)


def demo(context: typer.Context) -> None:
    """模拟一个县的历史并给出数字（演示数据）/ a simulated county with its history, and its figures.

    例 / example: fanzha --data demo-data demo
    """
    session = session_of(context)
    settings = session.settings
    with session.folder("演示数据 demo") as run:
        sources = list(run("query", {"figure": "freshness"}))[1:]
        if sources and not all(row["simulated"] for row in sources):
            raise InputError(f"{settings.data} 中有真实数据，演示不能混入；请用 --data 另选目录 / name another folder")
        if not sources:
            told = Params(seed=settings.seed, end=now(), months=settings.demo_months)
            _bring(run, history(told))
        typer.echo("演示数据 / simulated data", err=True)
        for name in SHOWN:
            request: dict[str, Any] = {"figure": name}
            if "level" in figures()[name].by:
                request["where"] = {"level": ["county"]}
            head, *rows = run("query", request)
            typer.echo(f"\n{figures()[name].zh} / {figures()[name].en}")
            labels = {c.name: c.zh if settings.lang == "zh" else c.en for c in figures()[name].columns}
            show(rows, head["columns"], Format.table, labels)


def simulate(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="写到 / where to, NDJSON", metavar="FILE")],
    counties: Annotated[int, typer.Option(min=1, help="县数 / number of counties")] = 1,
    months: Annotated[int, typer.Option(min=1, help="月数 / months of history")] = 14,
    seed: Annotated[int | None, typer.Option(min=0, help="种子 / seed")] = None,
    end: Annotated[str | None, typer.Option(help="历史的末端，带时区 / end of the history, with offset")] = None,
) -> None:
    """可重现的模拟事件流 / a reproducible event stream; the same seed and end give the same bytes.

    例 / example: fanzha simulate --out events.ndjson --months 12 --seed 7 --end 2026-01-01T00:00:00+08:00
    """
    settings = session_of(context).settings
    try:
        until = datetime.fromisoformat(end) if end else now()
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


def _bring(run: Runner, events: Iterable[dict[str, Any]]) -> None:
    """The history into the log, with its own stamps."""
    lines: Iterator[str] = map(_json, events)
    while chunk := list(islice(lines, CHUNK)):
        refused = [a for a in run("submit", {"events": chunk, "keep_recordedtime": True}) if a["status"] == "rejected"]
        if refused:
            raise RuntimeError(f"the simulator said what submit refuses: {refused[0]}")


def _json(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
