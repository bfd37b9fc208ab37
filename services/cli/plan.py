"""Commands for campaign plans: check, show, adopt."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas import read_plan
from services.cli.output import Format, Formatted, show
from services.cli.session import session_of
from services.imports import InputError, Runner
from services.settings import read_file
from services.wiring import now
from streams.plans import adoption
from streams.windows import day_of

_SHOWN = (
    "in_force", "plan", "version", "name", "is_primary", "valid_from", "counting_basis", "attribution", "rate_base",
    "alert_incidents_7d", "recorded", "sha256",
)  # fmt: skip
File = Annotated[Path, typer.Argument(help="方案文件 / plan file, YAML", metavar="FILE")]

plan = typer.Typer(help="工作方案：检查、查看、启用 / campaign plans: check, show, adopt", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(plan, name="plan")


@plan.command()
def check(file: File) -> None:
    """检查方案文件，逐处指出错误 / every mistake of a plan file with its line; exit status 2 where there is one.

    \b
    例 / example: fanzha plan check county-2027.yaml
    """
    found, digest = read_plan(read_file(file), str(file))
    typer.echo(f"{found.id} {found.version} {found.name} · SHA-256 {digest}")


@plan.command("show")
def show_(
    context: typer.Context,
    text: Annotated[bool, typer.Option("--text", help="现行方案的原文 / text of the plan in force")] = False,
    format: Formatted = Format.table,
) -> None:
    """已启用的方案，及现行的一版 / every adoption of a plan, and which is in force.

    \b
    例 / examples: fanzha plan show · fanzha plan show --text > county.yaml
    """
    with session_of(context).folder("plan", any_plan=True) as run:
        rows = list(run("plan", {"text": text}))
    if text:
        typer.echo(rows[0]["text"], nl=False)
    else:
        show(rows, _SHOWN, format)
    if (text and not rows[0]["adopted"]) or not rows:
        typer.echo("尚未启用任何方案，按自带方案统计 / none is adopted: figures count under the shipped plan", err=True)


@plan.command()
def adopt(
    context: typer.Context,
    file: File,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help="生效日 / the day from which it holds", metavar="DAY", envvar="FANZHA_PLAN_ADOPT_FROM"
        ),
    ] = None,
) -> None:
    """启用方案文件：原文写入日志，此后按它统计 / adopt a plan: its text goes into the log, figures count by it.

    Without --from it holds from its period's first day, a later version of a plan from today on.

    \b
    例 / examples: fanzha plan adopt county-2027.yaml · fanzha plan adopt county-2027.yaml --from 2027-01-01
    """
    text = read_file(file)
    found, digest = read_plan(text, str(file))
    with session_of(context).folder("plan", any_plan=True) as run:
        rows = list(run("plan", {}))
        in_force = next((row for row in rows if row["in_force"]), None)
        if since is None and in_force and in_force["sha256"] == digest:
            typer.echo("此方案已启用 / it is in force already", err=True)
            return
        known = any(row["plan"] == found.id for row in rows)
        first = found.period.from_ if found.period and not known else day_of(now(), found)
        answer = _submitted(run, adoption(text, _day(since) or first, in_force["event_id"] if in_force else ""))
    show([answer], (), Format.ndjson)
    if answer["status"] not in ("accepted", "duplicate"):
        raise typer.Exit(1)


def _submitted(run: Runner, event: dict[str, Any]) -> dict[str, Any]:
    (answer,) = run("submit", {"events": [event]})
    list(run("plan", {}))  # into the facts: whoever opens the folder next looks there first
    return answer


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"--from: 日期应写作 2026-03-31 / a day is YYYY-MM-DD: {text!r}") from error
