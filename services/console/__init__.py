"""The console: the desk, the reason of each number, the events behind it, and what is not believable.

In: the web application, and whom to ask. Out: pages at `/`, `/why`, `/events` and `/doubts`. Nothing is fetched from
outside.
"""

from importlib.resources import files
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Request
from nicegui import app as nicegui_app
from nicegui import ui

from dashboards.theme import DESK, style_sheet
from services.answers import Screens
from services.console.asker import Asker
from services.console.desk import Reader
from services.console.doubtful import HELD, DoubtsPage, counted
from services.console.draw import Draw
from services.console.failed import own_errors
from services.console.frame import Frame
from services.console.page import DeskPage
from services.console.say import Say
from services.console.standing import Standing
from services.console.state import State, WrongState, read_state
from services.console.why import WhyPage
from services.incoming import KNOWN_PARAMETERS, tell_refusals

__all__ = ["attach"]


def _stands(
    level: str = "", place: str = "", period: str = "", basis: str = "", to: str = "", known: str = "",
    from_: Annotated[str, Query(alias="from")] = "",
) -> dict[str, str]:  # fmt: skip
    """The parameters of a state that were given."""
    said = {"level": level, "place": place, "period": period, "basis": basis, "from": from_, "to": to, "known": known}
    return {name: value for name, value in said.items() if value}


_Stands = Annotated[dict[str, str], Depends(_stands)]


def attach(app: FastAPI, answers: Screens, lang: Literal["zh", "en"]) -> None:
    """Pages over `answers`, served by `app`."""
    say = Say(lang, answers.plan.zone)
    reader, draw, frame = Reader(Asker(answers), lang), Draw(say), Frame(say)
    standing = Standing(answers.version)
    doubts = Standing(lambda: sum(counted(reader.asker, None).values()), HELD)
    head = f"<style>{style_sheet(DESK)}</style>"
    script = f"<script>{files('services.console').joinpath('desk.js').read_text('utf-8')}</script>"

    ours: dict[str, Any] = {"dependencies": [KNOWN_PARAMETERS]}

    @ui.page("/", **ours)
    def desk(request: Request, said: _Stands) -> None:
        ui.add_head_html(head + script)
        try:
            state = read_state(said)
        except WrongState as error:
            ui.notify(str(error), type="negative", close_button=True, timeout=0)
            state = State()
        DeskPage(reader, standing, doubts, draw, frame, answers, state).build()

    @ui.page("/why", **ours)
    def why(request: Request, said: _Stands, figure: str = "", column: str = "", key: str = "", page: str = "") -> None:
        ui.add_head_html(head)
        named = {"figure": figure, "column": column, "key": key, "page": page}
        WhyPage(reader, frame).number(said | {name: value for name, value in named.items() if value})

    @ui.page("/events", **ours)
    def events(request: Request, key: str = "") -> None:
        ui.add_head_html(head)
        WhyPage(reader, frame).entity({"key": key})

    @ui.page("/doubts", **ours)
    def doubtful(request: Request, kind: str = "", known: str = "") -> None:
        ui.add_head_html(head)
        DoubtsPage(reader, frame).build({"kind": kind, "known": known})

    tell_refusals(nicegui_app)
    own_errors(nicegui_app, frame, head)
    ui.run_with(
        app,
        title=say.t("反诈宣传台账", "Anti-fraud publicity"),
        language="zh-CN" if lang == "zh" else "en-US",
        tailwind=False,
        binding_refresh_interval=None,
        show_welcome_message=False,
    )
