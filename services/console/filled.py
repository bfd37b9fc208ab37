"""A page that is there at once and fills when its reading is there.

In: what stands until then, and how to read. Out: the page; where nothing can be read, why. A reading is a thread, and
may take as long as it takes: the page is served before it begins, so the time limit of the framework is of no matter.
"""

import asyncio
from collections.abc import Callable
from html import escape

from nicegui import ui

from services.console.frame import Frame
from services.console.state import WrongState
from services.errors import KNOWN

Read = Callable[[], tuple[str, str, str]]  # stamp, title and body; all but the title as HTML


def fill(frame: Frame, title: str, told: str, read: Read, style: str = "why") -> None:
    """`told` is what takes its time; `read` raises `WrongState` or what a reader raises."""
    t = frame.say.t

    def page(title: str, body: str) -> str:
        return f'<div class="{style}" id="host-tiles" tabindex="-1"><h1>{escape(title)}</h1>{body}</div>'

    waiting = f'<p class="note" role="status">{escape(told)}</p><div class="skeleton" style="height:420px"></div>'
    ui.page_title(title)
    top = ui.html(frame.top(frame.waiting()), sanitize=False, tag="header")
    main = ui.html(page(title, waiting), sanitize=False)

    def put(stamp: str, title: str, body: str) -> None:
        ui.page_title(title)
        top.set_content(frame.top(stamp))
        main.set_content(page(title, body))

    def refuse(reason: str) -> None:
        put("", t("看不了", "cannot be shown"), f'<p role="alert">{escape(reason)}</p>')

    async def filling() -> None:
        try:
            found = await asyncio.to_thread(read)
        except (WrongState, *KNOWN) as error:
            refuse(str(error))
        except Exception:
            refuse(t("页面出错，请看服务日志", "the page failed: see the log of the service"))
            raise
        else:
            put(*found)

    ui.timer(0.01, filling, once=True)
