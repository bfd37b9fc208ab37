"""The console: the desk, the reason of each number, and the events behind it.

In: the web application, and whom to ask. Out: pages at `/`, `/why` and `/events`. Nothing is fetched from outside.
"""

from importlib.resources import files
from typing import Literal

from fastapi import FastAPI, Request
from nicegui import ui

from dashboards.theme import DESK, style_sheet
from services.answers import Screens
from services.console.asker import Asker
from services.console.desk import Reader
from services.console.draw import Draw
from services.console.frame import Frame
from services.console.page import DeskPage
from services.console.say import Say
from services.console.standing import Standing
from services.console.state import State, WrongState, read_state
from services.console.why import WhyPage

__all__ = ["attach"]


def attach(app: FastAPI, answers: Screens, lang: Literal["zh", "en"]) -> None:
    """Pages over `answers`, served by `app`."""
    say = Say(lang, answers.plan.zone)
    reader, draw, frame = Reader(Asker(answers), lang), Draw(say), Frame(say)
    standing = Standing(answers.version)
    head = f"<style>{style_sheet(DESK)}</style>"
    script = f"<script>{files('services.console').joinpath('desk.js').read_text('utf-8')}</script>"

    @ui.page("/")
    async def desk(request: Request) -> None:
        ui.add_head_html(head + script)
        try:
            state = read_state(dict(request.query_params))
        except WrongState as error:
            ui.notify(str(error), type="negative", close_button=True, timeout=0)
            state = State()
        DeskPage(reader, standing, draw, frame, answers, state).build()

    @ui.page("/why")
    async def why(request: Request) -> None:
        ui.add_head_html(head)
        await WhyPage(reader, frame).number(dict(request.query_params))

    @ui.page("/events")
    async def events(request: Request) -> None:
        ui.add_head_html(head)
        await WhyPage(reader, frame).entity(dict(request.query_params))

    ui.run_with(
        app,
        title=say.t("反诈宣传台账", "Anti-fraud publicity"),
        language="zh-CN" if lang == "zh" else "en-US",
        tailwind=False,
        binding_refresh_interval=None,
        show_welcome_message=False,
    )
