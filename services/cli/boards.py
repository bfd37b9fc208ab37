"""Commands for Grafana: build its files, push them, look whether everything answers."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from schemas import read_plan
from services.cli.output import Format, Formatted, show
from services.cli.session import Session, session_of
from services.grafana import built
from services.secret import secret
from services.settings import plan_text
from services.wiring import grafana as reached

_URL = Annotated[str, typer.Option(help="Grafana 地址 / address", metavar="URL")]
_TOKEN = Annotated[Path, typer.Option(help="存放服务账号令牌的文件 / file with its token", metavar="FILE")]
_HERE = "http://127.0.0.1:3000"

grafana = typer.Typer(
    help="生成、推送、检查 Grafana 面板 / build, push and check the dashboards of Grafana", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    app.add_typer(grafana, name="grafana")


@grafana.command()
def build(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="写到 / where to", metavar="DIR")] = Path("grafana"),
    contact: Annotated[
        Literal["webhook", "wecom", "dingding", "email"], typer.Option(help="预警发往 / where alerts go")
    ] = "webhook",
) -> None:
    """生成面板、数据源、预警规则的文件 / files of dashboards, data source and alert rules.

    \b
    例 / example: fanzha grafana build --out grafana --contact wecom
    """
    files = _built(session_of(context), contact)
    for name, text in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    typer.echo(f"{len(files)} 个文件 / files: {out}", err=True)


@grafana.command()
def push(context: typer.Context, token_file: _TOKEN, url: _URL = _HERE, format: Formatted = Format.table) -> None:
    """把面板推送到 Grafana / push the dashboards over HTTP, where files cannot be read.

    \b
    例 / example: fanzha grafana push --url http://127.0.0.1:3000 --token-file token
    """
    rows = list(reached(url, secret(token_file)).push(_built(session_of(context))))
    show(rows, ("what", "result"), format)


@grafana.command()
def smoke(context: typer.Context, token_file: _TOKEN, url: _URL = _HERE, format: Formatted = Format.table) -> None:
    """逐个面板查询一遍，看 Grafana 是否都能回答 / ask every panel's query of a real Grafana; exit status 1 on a fault.

    \b
    例 / example: fanzha grafana smoke --url http://127.0.0.1:3000 --token-file token
    """
    rows = list(reached(url, secret(token_file)).smoke(_built(session_of(context))))
    show(rows, ("what", "result", "ok"), format)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def _built(session: Session, contact: str = "webhook") -> dict[str, str]:
    """Under the plan in force where there are data, else under the one that they would begin with."""
    settings = session.settings
    text = plan_text(settings)
    if settings.plan is None and (settings.data.exists() or settings.warehouse == "clickhouse"):
        with session.folder("plan") as run:
            text = next(run("plan", {"text": True}))["text"]
    return built(read_plan(text)[0], settings, contact)
