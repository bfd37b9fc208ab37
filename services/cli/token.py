"""Commands for tokens of the HTTP interface: issue, list, end."""

from typing import Annotated

import typer

from services.cli.output import Format, Formatted, show
from services.cli.session import session_of
from services.tokens import VERBS, Verb

_SHOWN = ("id", "name", "may", "until", "good")

token = typer.Typer(help="接口的令牌 / tokens of the HTTP interface", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(token, name="token")


@token.command()
def issue(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="谁，即事件的录入人 / whose; the actor of what it submits")],
    may: Annotated[list[Verb] | None, typer.Option(help="权限，可重复 / what it may do; default: all")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="有效天数 / good for so many days")] = 365,
) -> None:
    """签发令牌：只显示这一次 / a new token, on standard output; it is shown only once.

    \b
    例 / examples: fanzha token issue feed-110 --may submit > token · fanzha token issue bulletin --may read --days 30
    """
    if not 1 <= len(name.strip()) <= 32 or "/" in name:
        raise typer.BadParameter("名字为 1–32 字，不含 / / 1 to 32 characters without a slash", param_hint="NAME")
    with session_of(context).folder("token") as run:
        (row,) = run("token", {"verb": "issue", "name": name.strip(), "may": may or list(VERBS), "days": days})
    typer.echo(f"{row['id']}  {row['name']}  {', '.join(row['may'])}  {row['until']}", err=True)
    typer.echo(row["token"])


@token.command("list")
def list_(context: typer.Context, format: Formatted = Format.table) -> None:
    """全部令牌，不含其本身 / every token, without the secret itself.

    \b
    例 / example: fanzha token list --format json
    """
    with session_of(context).folder("token") as run:
        show(run("token", {"verb": "list"}), _SHOWN, format)


@token.command()
def end(
    context: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID", help="见 list / as list shows it")]
) -> None:
    """令牌立即失效 / the token is good no longer, from now on.

    \b
    例 / example: fanzha token end 3f0c5a917be2
    """
    with session_of(context).folder("token") as run:
        (row,) = run("token", {"verb": "end", "id": id_})
    typer.echo(f"已失效 / ended: {row['id']} {row['name']}", err=True)
