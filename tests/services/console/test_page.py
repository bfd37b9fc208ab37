"""A page whose readings overlap: what was asked for last is shown, and waits for nobody."""

import asyncio
import threading
from datetime import UTC, date, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from services.console.page import DeskPage
from services.console.standing import Standing
from services.console.state import State
from streams.errors import TransientError
from tests.loops import played

WAIT = 10  # seconds
SLOW, FAST = State(), State(period="days", since=date(2026, 1, 1), to=date(2026, 1, 2))


class Readings:
    """Desks that are read as slowly as a test wants; `shown` are those that were put on the page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[Any] = []
        self.free, self.under_way, self.number, self.moved = threading.Event(), threading.Event(), 0, 1
        monkeypatch.setattr(DeskPage, "_desk", lambda page, state: self.read(state))
        monkeypatch.setattr(DeskPage, "_put", lambda page, desk, places: self.shown.append(desk))
        self.away = False
        nothing: Any = None
        version: Any = self.version
        self.counting, self.spoken = threading.Event(), list[str]()
        self.counting.set()
        frame: Any = SimpleNamespace(doubts=lambda known, number: f"{known} {number}")
        doubts = Standing(self.count, held=0)
        self.page = DeskPage(nothing, Standing(version, held=0), doubts, nothing, frame, SLOW, speak=self.spoken.append)

    def count(self) -> int:
        assert self.counting.wait(WAIT)
        return 7

    def version(self) -> int:
        with pytest.raises(RuntimeError, match="no running event loop"):  # which would wait for the warehouse
            asyncio.get_running_loop()
        if self.away:
            raise TransientError("the warehouse is away")
        return self.moved

    def read(self, state: State) -> tuple[Any, None] | str:
        if self.away:
            return "the warehouse is away"
        self.number += 1
        mine = self.number
        if mine == 1:
            self.under_way.set()
            assert self.free.wait(WAIT)
        return (state, mine), None


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    return Readings(monkeypatch)


async def first_under_way(readings: Readings) -> "asyncio.Task[None]":
    first = asyncio.create_task(readings.page.read())
    await asyncio.to_thread(readings.under_way.wait, WAIT)
    return first


def test_another_state_does_not_wait_for_a_reading_under_way(readings: Readings) -> None:
    async def play() -> None:
        first = await first_under_way(readings)
        await readings.page.go(FAST.url.partition("?")[2])
        assert readings.shown == [(FAST, 2)]
        readings.free.set()
        await first

    played(play())
    assert readings.shown == [(FAST, 2)], "the slow one came too late to be shown"


def test_an_older_reading_is_not_shown_over_a_newer_one(readings: Readings) -> None:
    async def play() -> None:
        first = await first_under_way(readings)
        await readings.page.go(FAST.url.partition("?")[2])
        await readings.page.go("")  # back to what the first one reads
        readings.free.set()
        await first

    played(play())
    assert readings.shown == [(FAST, 2), (SLOW, 3)]


def test_a_beat_reads_only_where_nothing_is_under_way(readings: Readings) -> None:
    async def play() -> None:
        first = await first_under_way(readings)
        readings.moved += 1
        await readings.page.tick()
        assert readings.number == 1
        readings.free.set()
        await first
        await readings.page.tick()
        assert readings.number == 2, "what moved meanwhile is read with the next beat"
        await readings.page.tick()
        assert readings.number == 2

    played(play())
    assert readings.shown == [(SLOW, 1), (SLOW, 2)]


def test_nothing_is_read_for_a_page_that_was_left(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        readings.free.set()
        await readings.page.read()
        for watched, number in ((False, 1), (True, 2)):
            readings.moved += 1
            monkeypatch.setattr(readings.page, "watched", partial(bool, watched))
            await readings.page.tick()
            assert readings.number == number

    played(play())


def test_a_page_lives_while_the_warehouse_is_away(readings: Readings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says why it shows nothing new, and shows it as soon as it can."""
    told: list[str] = []
    monkeypatch.setattr(DeskPage, "_refuse", lambda page, reason: told.append(reason))

    async def play() -> None:
        readings.free.set()
        readings.away = True
        await readings.page.read()
        await readings.page.tick()
        assert told == ["the warehouse is away"]
        readings.away = False
        await readings.page.tick()

    played(play())
    assert readings.shown == [(SLOW, 1)]


def test_figures_do_not_wait_for_the_number_of_doubts(readings: Readings) -> None:
    """However long it takes, the page is read again meanwhile; the number comes after, once."""

    async def play() -> None:
        readings.free.set()
        readings.counting.clear()
        await readings.page.read()
        await readings.page.read()
        assert len(readings.shown) == 2
        assert readings.spoken == []
        readings.counting.set()
        assert readings.page.telling is not None
        await readings.page.telling
        assert len(readings.spoken) == 1
        assert "None 7" in readings.spoken[0]
        await readings.page.read()
        await readings.page.telling
        assert len(readings.spoken) == 1, "what stands there already is not put again"

    played(play())


def test_as_known_at_a_moment_there_is_a_link_without_a_number(readings: Readings) -> None:
    async def play() -> None:
        readings.free.set()
        readings.page.state = State(known=datetime(2026, 1, 1, tzinfo=UTC))
        await readings.page.read()
        assert readings.page.telling is not None
        await readings.page.telling
        assert "2026-01-01 00:00:00+00:00 None" in readings.spoken[0]

    played(play())
