"""The desk in a browser: a page that stays, and values that move in it.

In: a client and its URL. Out: fragments put in place whenever marts or facts have moved. Readings are threads; the
event loop never waits for the warehouse. Who asks for something else does not wait for a reading under way either: what
was asked first is not shown over what was asked later.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from nicegui import ui

from dashboards.panels import TREND
from dashboards.theme import DESK
from services.answers import Condition
from services.console.chart import trend_options
from services.console.desk import Reader
from services.console.draw import Draw
from services.console.frame import Frame
from services.console.places import Places, read_places
from services.console.standing import Standing
from services.console.state import State, WrongState, read_state, today_of, typed_moment
from services.console.values import Desk, Trend
from services.errors import KNOWN
from streams.progress import Version

TICK = 0.7  # seconds between two looks at whether anything moved
LONGEST = 10.0  # seconds after which figures are read again though nothing moved: time itself moves windows
_Found = tuple[Version | None, tuple[Desk, Places] | str]  # how far figures were, and a reading or why there is none


@dataclass(slots=True)
class DeskPage:
    reader: Reader
    standing: Standing[Version]
    doubts: Standing[int]
    draw: Draw
    frame: Frame
    condition: Condition
    state: State
    places: Places | None = None
    shown: dict[str, str] = field(default_factory=dict)
    version: Version | None = None
    read_at: float = 0.0
    chart: ui.echart | None = None
    watched: Callable[[], bool] = lambda: True  # whether a browser is at the other end
    speak: Callable[[str], object] = lambda script: None  # to that browser, from any task
    telling: "asyncio.Task[None] | None" = None
    asked: int = 0
    newest: int = 0
    reading: int = 0
    first: "asyncio.Task[_Found] | None" = None

    def build(self) -> None:
        """The page before its figures: every place is taken, so that nothing jumps when they come.

        The figures are read meanwhile: they wait for the browser, not the browser for them.
        """
        t, client = self.draw.t, ui.context.client
        self.watched, self.speak = (lambda: client.has_socket_connection), client.run_javascript
        self.first = asyncio.create_task(self._reading(self.state))
        ui.html(self.frame.top(self.frame.waiting()), sanitize=False, tag="header")
        ui.html(_host("notice", 0, "notices"), sanitize=False)
        ui.html(self.frame.menus(), sanitize=False)
        with ui.element("div").classes("shell waiting"):
            ui.html(_host("tree", 300, "places"), sanitize=False, tag="aside").classes("tree").props(
                f'aria-label="{t("地方", "places")}"'
            )
            with ui.element("div").classes("main"):
                ui.html(
                    f'<div class="over">{_host("title", 0)}{_host("doubts", 0)}{_host("known", 34)}</div>',
                    sanitize=False,
                )
                ui.html(_host("filters", 34, "filters"), sanitize=False)
                ui.html(self.frame.reading(), sanitize=False)
                ui.html(_host("tiles", 198, "tiles"), sanitize=False)
                with ui.element("div").classes("columns"):
                    ui.html(_host("tables", 620, "stack"), sanitize=False)
                    with ui.element("div").classes("stack"):
                        with ui.element("section").classes("panel"):
                            title = t(f"{TREND.zh}（{TREND.head.unit_zh}）", TREND.en)
                            ui.html(f"<h2>{title}</h2>", sanitize=False)
                            self.chart = ui.echart({}).classes("trend").props(f'role="img" aria-label="{title}"')
                            ui.html(_host("trend-note", 20, "beneath"), sanitize=False)
                        ui.html(_host("shares", 420, "stack"), sanitize=False)
        ui.on("desk", lambda event: self.go(str(event.args.get("query", ""))))
        ui.on("form", lambda event: self.form(event.args))
        ui.timer(0.01, self.read, once=True)
        ui.timer(TICK, self.tick)

    async def go(self, query: str) -> None:
        """Another state, by its URL."""
        try:
            state = read_state(dict(parse_qsl(query.lstrip("?"))))
        except WrongState as error:
            self._refuse(str(error))
            return
        await self._change(state)

    async def form(self, said: Mapping[str, Any]) -> None:
        """Days or a moment, typed in the time zone of the plan; or a word on the clock."""
        if said.get("form") == "clock":
            await asyncio.to_thread(self.condition.confirm_clock)
            self._notice()
            return
        try:
            state = self._said(said)
        except WrongState as error:
            self._refuse(str(error))
            return
        ui.run_javascript(f"history.pushState({{}}, '', {json.dumps(state.url)})")
        await self._change(state)

    def _said(self, said: Mapping[str, Any]) -> State:
        """Raises `WrongState`."""
        wanted = self.state.parameters()
        if said.get("form") == "days":
            wanted |= {"period": "days", "from": str(said.get("from", "")), "to": str(said.get("to", ""))}
        elif moment := str(said.get("known", "")):
            wanted |= {"known": typed_moment(moment, self.draw.say.zone).isoformat()}
        else:
            wanted |= {"known": ""}
        return read_state(wanted)

    async def tick(self) -> None:
        """What was known at a moment stays as it is; a page that shows it still says that it is in contact.

        A page that was left is kept for some seconds, in case its browser comes back: nothing is read for it.
        """
        if not self.watched():
            return
        self._notice()
        at = await self.standing.now() if self.state.known is None else None
        moved = at is not None and at != self.version
        if (moved or monotonic() - self.read_at > LONGEST) and not self.reading:
            await self.read()

    async def _change(self, state: State) -> None:
        self.state, self.first = state, None
        await self.read()

    async def read(self) -> None:
        """Reads the state and shows it, unless another was asked for meanwhile, or a later reading was faster."""
        self.asked += 1
        mine, state = self.asked, self.state
        coming, self.first = self.first, None
        self.reading += 1
        try:
            version, found = await (coming or self._reading(state))
        except Exception:
            ui.notify(
                self.draw.t("页面出错，请看服务日志", "the page failed: see the log of the service"), type="negative"
            )
            raise
        finally:
            self.reading -= 1
        if state != self.state or mine < self.newest:
            return
        self.newest, self.read_at, self.version = mine, monotonic(), version
        if isinstance(found, str):
            if self.condition.rebuilding is None:  # else the notice says it, and how far it is
                self._refuse(found)
        else:
            self._put(*found)
            if self.telling is None or self.telling.done():
                self.telling = asyncio.create_task(self._tell_doubts())

    async def _tell_doubts(self) -> None:
        """After the figures, which do not wait for it, and of them. As known at a moment: the link alone."""
        told = -inf
        while told < self.read_at:
            state, told = self.state, self.read_at
            number = None if state.known else await self.doubts.now(told)
            html = self.frame.doubts(state.known, number)
            if self.shown.get("doubts") != html and state == self.state:
                self.shown["doubts"] = html
                self.speak(f'fanzha.put("doubts",{json.dumps(html)})')

    def _notice(self) -> None:
        html = self.frame.notice(self.condition.rebuilding, self.condition.clock_doubt, self.condition.late)
        if html != self.shown.get("notice", ""):
            self.shown["notice"] = html
            ui.run_javascript(f"fanzha.put('notice',{json.dumps(html)});")

    def _refuse(self, reason: str) -> None:
        """What stands there stays, and is again as clear as it was."""
        ui.notify(reason, type="negative", close_button=True)
        ui.run_javascript("document.body.classList.remove('asking')")

    async def _reading(self, state: State) -> _Found:
        version = await self.standing.now()  # first: what moves meanwhile is read with the next beat
        return version, await asyncio.to_thread(self._desk, state)

    def _desk(self, state: State) -> tuple[Desk, Places] | str:
        """A reading, or why there is none."""
        try:
            reader = self.reader.pinned()
            answers = reader.asker.answers
            if self.places is None or monotonic() - self.read_at > LONGEST or not self.places.names:
                today = today_of(State(), answers.plan, answers.now())
                self.places = read_places(reader.asker, reader.lang, today, self.draw.t("全县", "the county"))
            return reader.desk(state, self.places), self.places
        except KNOWN as error:
            return str(error)[:300]

    def _put(self, desk: Desk, places: Places) -> None:
        drawn = self.draw.panels(desk) | self.frame.fragments(desk, places)
        changed = {name: html for name, html in drawn.items() if self.shown.get(name) != html}
        self.shown |= changed
        ui.page_title(f"{desk.place} · {self.draw.t('反诈宣传台账', 'Anti-fraud publicity')}")
        puts = "".join(f"fanzha.put({json.dumps(name)},{json.dumps(html)});" for name, html in changed.items())
        ui.run_javascript(f"fanzha.heard();{puts}")
        trend = desk.parts.get("trend")
        options = trend_options(trend, DESK, self.draw.t) if isinstance(trend, Trend) else {}
        if self.chart is not None and options != self.chart.options:
            self.chart.options.clear()
            self.chart.options.update(options)
            self.chart.update()


def _host(name: str, height: int, style: str = "") -> str:
    waiting = f'<div class="skeleton" style="height:{height}px"></div>' if height > 40 else ""
    return f'<div id="host-{name}" class="{style or name}" tabindex="-1">{waiting}</div>'
