"""Commands that bring something in: import, submit, redrive."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from schemas import read_plan
from services.cli.look import Words
from services.cli.output import Format, show
from services.cli.session import progress, session_of
from services.imports import (
    KINDS,
    SHIPPED,
    ErrorFile,
    InputError,
    Job,
    Problem,
    import_files,
    kind_of,
    load_mapping,
    propose,
)
from services.reach import reach, reach_when_asked
from services.requests import parse_conditions
from services.settings import plan_text

CHUNK = 2_000
_MAPS = f"映射文件，或自带的映射 / mapping file, or one of: {', '.join(SHIPPED)}"
SHOWN = 10  # problems told on standard error where no error file is asked for


def register(app: typer.Typer) -> None:
    for name, command in (("import", import_), ("submit", submit), ("redrive", redrive)):
        app.command(name)(command)


def import_(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=" | ".join(KINDS))],
    files: Annotated[list[Path] | None, typer.Argument(help="CSV、CSV.gz、XLSX")] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help=_MAPS, metavar="MAP.yaml|NAME", envvar="FANZHA_IMPORT_MAP"),
    ] = None,
    errors: Annotated[Path | None, typer.Option("--errors", help="问题清单 / file of problems", metavar="CSV")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 / only check")] = False,
    sample: Annotated[Path | None, typer.Option("--sample", help="由表头生成映射 / propose a mapping")] = None,
) -> None:
    """导入 / import; prints the counts as JSON. Importing the same file twice is harmless.

    \b
    例 / examples:
      fanzha import incidents export.csv.gz --map map.yaml --errors errors.csv
      fanzha import incidents --sample export.csv > map.yaml
      fanzha import incidents list.xlsx --map shift-list
    """
    session, known = session_of(context), kind_of(kind)
    if sample is not None:
        typer.echo(propose(known, sample), nl=False)
        return
    if not files:
        raise InputError("没有要导入的文件；见 fanzha import --help / no file to import")
    plan, _ = read_plan(plan_text(session.settings))
    job = Job(known, load_mapping(mapping, known) if mapping else None, plan.time_zone, dry_run=dry_run)
    with ExitStack() as stack:
        report = stack.enter_context(ErrorFile(errors)) if errors else _told(stack)
        told = stack.enter_context(progress(kind))
        run = stack.enter_context(reach_when_asked(session.settings, plan.time_zone))  # the files are read first
        counts = import_files(job, files, run, report, told)
    typer.echo(json.dumps(counts.as_dict(), ensure_ascii=False))
    if counts.rejected:
        raise typer.Exit(1)


def submit(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(help="NDJSON，- 为标准输入 / - is standard input", metavar="FILE|-")
    ] = None,
    keep_recordedtime: Annotated[
        bool, typer.Option("--keep-recordedtime", help="保留知悉时刻 / keep given stamps")
    ] = False,
    confirm_clock: Annotated[
        bool, typer.Option("--confirm-clock", help="确认本机时钟无误 / this machine's clock is right")
    ] = False,
) -> None:
    """提交事件，每条一行结果 / submit CloudEvents as NDJSON; one result line per event.

    \b
    例 / examples:
      fanzha submit events.ndjson
      fanzha submit --confirm-clock
    """
    if file is None and not confirm_clock:
        raise InputError("没有要提交的文件；见 fanzha submit --help / no file to submit")
    rejected = False
    with ExitStack() as stack:
        source = stack.enter_context(_opened(file)) if file is not None else ()
        told = stack.enter_context(progress("submit"))
        run = stack.enter_context(reach(session_of(context).settings))
        if confirm_clock:
            list(run("confirm_clock", {}))
        done = 0
        for chunk in _chunks(source):
            answers = list(run("submit", {"events": chunk, "keep_recordedtime": keep_recordedtime}))
            rejected |= any(answer["status"] in ("rejected", "conflict") for answer in answers)
            show(answers, (), Format.ndjson)
            done += len(answers)
            told(done, None)
    if rejected:
        raise typer.Exit(1)


def redrive(
    context: typer.Context,
    where: Words = None,
    repaired: Annotated[Path | None, typer.Option(help="修好的记录 / repaired records, NDJSON", metavar="FILE")] = None,
) -> None:
    """被拒的记录重新走一遍 / rejected records through the way again, as they are or repaired.

    \b
    例 / examples: fanzha redrive --where reason=unknown_version · fanzha redrive --repaired fixed.ndjson
    """
    request: dict[str, Any] = {"where": parse_conditions(where)}
    if repaired is not None:
        with _opened(str(repaired)) as source:
            request["repaired"] = [line for chunk in _chunks(source) for line in chunk]
    with session_of(context).folder("redrive") as run:
        rows = list(run("redrive", request))
    show(rows, (), Format.ndjson)
    if any(row["status"] in ("rejected", "conflict") for row in rows):
        raise typer.Exit(1)


def _told(stack: ExitStack) -> Any:
    """Tells the first problems on standard error, and at the end how many more there were."""
    count = 0

    def report(problem: Problem) -> None:
        nonlocal count
        count += 1
        if count <= SHOWN:
            typer.echo(f"第 {problem.line} 行 {problem.column} {problem.value!r}: {problem.reason}", err=True)

    def rest() -> None:
        if count > SHOWN:
            typer.echo(f"另有 {count - SHOWN} 处；用 --errors 文件 取得全部 / more, see --errors", err=True)

    stack.callback(rest)
    return report


def _opened(file: str) -> IO[str]:
    """Text whose broken bytes survive as surrogates: the event is refused by its parser, not by us."""
    if file == "-":
        return open(
            sys.stdin.fileno(), encoding="utf-8", errors="surrogateescape", closefd=False
        )  # a descriptor has no path
    try:
        return Path(file).open(encoding="utf-8", errors="surrogateescape", newline="\n")
    except OSError as error:
        raise InputError(f"{file}: 无法读取（{error.strerror}） / cannot be read") from error


def _chunks(source: Iterable[str]) -> Iterator[list[str]]:
    lines = (line.rstrip("\r\n") for line in source)
    said = (line for line in lines if line.strip())
    while chunk := list(islice(said, CHUNK)):
        yield chunk
