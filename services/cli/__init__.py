"""The command line: a thin face over the commands, one module per group of them.

In: arguments and settings. Out: figures on standard output, messages on standard error, and an exit status:
0 done, 1 somebody should look, 2 wrong use or unusable input, 3 not available now. No traceback without -v.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from services.cli import boards, bring, look, make, plan, token, upkeep
from services.cli.session import Session
from services.errors import KNOWN, NOT_AVAILABLE, WRONG_INPUT, exit_status
from services.settings import Settings

app = typer.Typer(
    name="fanzha",
    help="反诈宣传台账：每个数字都能追到事件 / every figure provable down to its events",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"auto_envvar_prefix": "FANZHA"},  # every option of every command is a variable too
)
for group in (make, bring, look, plan, upkeep, boards, token):
    group.register(app)


@app.callback()
def options(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="数据目录 / data folder", metavar="DIR")] = None,
    plan: Annotated[
        Path | None,
        typer.Option(help="尚未启用方案的目录用的方案文件 / plan of a folder that has adopted none", metavar="FILE"),
    ] = None,
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="语言 / language of labels")] = None,
    verbose: Annotated[bool, typer.Option("-v", help="出错时给出调用栈 / tracebacks")] = False,
) -> None:
    """反诈宣传台账 / tracker of anti-fraud publicity.

    \b
    例 / examples: fanzha demo · fanzha query incidents --by station,month · fanzha verify
    """
    said = {name: value for name, value in (("data", data), ("plan", plan), ("lang", lang)) if value is not None}
    try:
        context.obj = Session(Settings(**said))  # type: ignore[arg-type]  # validated by the settings themselves
    except ValidationError as error:
        faults = "；".join(f"FANZHA_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        typer.echo(f"设置有误 / wrong setting: {faults}", err=True)
        raise typer.Exit(WRONG_INPUT) from error


def main() -> None:
    """The `fanzha` command."""
    try:
        app()
    except KNOWN as error:
        if _verbose():
            raise
        typer.echo(f"fanzha: {error}", err=True)
        sys.exit(exit_status(error))
    except Exception as error:
        if _verbose():
            raise
        typer.echo(f"fanzha: 程序内部错误，请加 -v 重试并报告 / internal error, report it with -v: {error!r}", err=True)
        sys.exit(NOT_AVAILABLE)


def _verbose() -> bool:
    return "-v" in sys.argv[1:] or Settings().verbose
