"""The desk in a browser: a page that stays, and values that move in it.

In: a client and its URL. Out: fragments put in place whenever marts or facts have moved. One reading at a time for
each client, in a thread; the event loop never waits for the warehouse.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from nicegui import ui

from dashboards.theme import DESK
from services.console.chart import trend_options
from services.console.desk import Desk, Reader, Trend
from services.console.draw import Draw
from services.console.places import Places, read_places
from services.console.state import State, WrongState, read_state
from services.errors import KNOWN

TICK = 0.7  # seconds between two looks at whether anything moved
LONGEST = 10.0  # seconds after which figures are read again though nothing moved: time itself moves windows
HOSTS = ("tiles", "tables", "shares", "trend-note")


@dataclass(slots=True)
class DeskPage:
    reader: Reader
    draw: Draw
    state: State
    places: Places | None = None
    shown: dict[str, str] = field(default_factory=dict)
    version: int = -1
    read_at: float = 0.0
    chart: ui.echart | None = None
    busy: bool = False
    again: bool = False

    def build(self) -> None:
        """The page before its figures: every place is taken, so that nothing jumps when they come."""
        t = self.draw.t
        ui.html(_top(t("反诈宣传台账", "Anti-fraud publicity"), t("主页", "home")), sanitize=False, tag="header")
        with ui.element("div").classes("shell waiting"):
            ui.html(_host("tree", 300), sanitize=False, tag="aside").classes("tree").props(
                f'aria-label="{t("地方", "places")}"'
            )
            with ui.element("main").classes("main"):
                ui.html(_host("title", 0) + _host("filters", 34, "filters"), sanitize=False)
                ui.html(_host("tiles", 138, "tiles"), sanitize=False)
                with ui.element("div").classes("row"):
                    ui.html(_host("tables", 620, "stack"), sanitize=False)
                    with ui.element("div").classes("stack"):
                        with ui.element("section").classes("panel"):
                            ui.html(f"<h2>{t('发案数 13 个月走势（起）', 'Incidents, 13 months')}</h2>", sanitize=False)
                            self.chart = ui.echart({}).classes("trend").props('role="img"')
                            ui.html(_host("trend-note", 20, "note"), sanitize=False)
                        ui.html(_host("shares", 420, "stack"), sanitize=False)
        ui.on("desk", lambda event: self.go(str(event.args.get("query", ""))))
        ui.on("form", lambda event: self.form(event.args))
        ui.timer(0.01, self.refresh, once=True)
        ui.timer(TICK, self.tick)

    async def go(self, query: str) -> None:
        """Another state, by its URL."""
        try:
            self.state = read_state(dict(parse_qsl(query.lstrip("?"))))
        except WrongState as error:
            ui.notify(str(error), type="negative", close_button=True)
            return
        await self.refresh()

    async def form(self, said: Mapping[str, Any]) -> None:
        """Days or a moment, typed in the time zone of the plan."""
        wanted = self.state.parameters()
        if said.get("form") == "days":
            wanted |= {"period": "days", "from": str(said.get("from", "")), "to": str(said.get("to", ""))}
        elif moment := str(said.get("known", "")):
            # to the end of the minute that was typed: what was known by then
            typed = datetime.fromisoformat(moment).replace(tzinfo=self.draw.zone)
            wanted |= {"known": (typed + timedelta(seconds=59)).isoformat() if not typed.second else typed.isoformat()}
        else:
            wanted |= {"known": ""}
        try:
            state = read_state(wanted)
        except WrongState as error:
            ui.notify(str(error), type="negative", close_button=True)
            return
        ui.run_javascript(f"history.pushState({{}}, '', {json.dumps(state.url)})")
        self.state = state
        await self.refresh()

    async def tick(self) -> None:
        moved = self.reader.asker.answers.version() != self.version
        if self.state.known is None and (moved or monotonic() - self.read_at > LONGEST):
            await self.refresh()

    async def refresh(self) -> None:
        if self.busy:
            self.again = True
            return
        self.busy = True
        try:
            while True:
                self.again = False
                await self._read()
                if not self.again:
                    return
        finally:
            self.busy = False

    async def _read(self) -> None:
        state, version = self.state, self.reader.asker.answers.version()
        try:
            found = await asyncio.to_thread(self._desk, state)
        except KNOWN as error:
            ui.notify(str(error)[:300], type="negative", close_button=True)
            found = None
        self.version, self.read_at = version, monotonic()
        if found is not None and state == self.state:
            self._put(found)

    def _desk(self, state: State) -> Desk:
        answers = self.reader.asker.answers
        if self.places is None or monotonic() - self.read_at > LONGEST or not self.places.names:
            today = answers.now().astimezone(self.draw.zone).date()
            self.places = read_places(self.reader.asker, today, self.draw.t("全县", "the county"))
        return self.reader.desk(state, self.places)

    def _put(self, desk: Desk) -> None:
        drawn = self.draw.panels(desk) | {"tree": self.draw.tree(self.places, desk.state) if self.places else ""}
        changed = {name: html for name, html in drawn.items() if self.shown.get(name) != html}
        self.shown |= changed
        ui.page_title(f"{desk.place} · {self.draw.t('反诈宣传台账', 'Anti-fraud publicity')}")
        if changed:
            puts = "".join(f"fanzha.put({json.dumps(name)},{json.dumps(html)});" for name, html in changed.items())
            ui.run_javascript(puts)
        trend = desk.parts.get("trend")
        options = trend_options(trend, DESK, self.draw.t) if isinstance(trend, Trend) else {}
        if self.chart is not None and options != self.chart.options:
            self.chart.options.clear()
            self.chart.options.update(options)
            self.chart.update()


def _top(brand: str, home: str) -> str:
    return (
        f'<div class="top"><a class="brand" href="/" aria-label="{home}">{brand}</a>'
        '<div class="end" id="host-stamp"></div></div>'
    )


def _host(name: str, height: int, style: str = "") -> str:
    waiting = f'<div class="skeleton" style="height:{height}px"></div>' if height > 40 else ""
    return f'<div id="host-{name}" class="{style or name}">{waiting}</div>'
