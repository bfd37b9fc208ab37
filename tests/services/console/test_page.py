"""A page whose readings overlap: what was asked for last is shown, and waits for nobody."""

import asyncio
import threading
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.console.frame import Frame
from services.console.page import DeskPage
from services.console.say import Say
from services.console.standing import Standing
from services.console.state import State
from streams.errors import TransientError
from streams.lateness import LATE
from tests.loops import played

WAIT = 10  # seconds
SLOW, FAST = State(), State(period="days", since=date(2026, 1, 1), to=date(2026, 1, 2))


class Sound:
    """Nothing keeps anything from coming, unless the test says so."""

    rebuilding: tuple[int, int] | None = None
    late: float = 0.0
    clock_doubt = ""

    def confirm_clock(self) -> None:
        self.clock_doubt = ""


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
        self.asked = threading.Event()
        self.condition, frame = Sound(), Frame(Say("zh", ZoneInfo("Asia/Shanghai")))
        self.doubtful = 7
        doubts = Standing(self.count, held=60)  # an answer that may be taken again for long, if it is new enough
        self.page = DeskPage(
            nothing, Standing(version, held=0), doubts, nothing, frame, self.condition, SLOW, speak=self.spoken.append
        )

    def count(self) -> int:
        found = self.doubtful  # as it stood when it was asked
        self.asked.set()
        assert self.counting.wait(WAIT)
        return found

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


def test_what_keeps_figures_or_submissions_is_said_until_it_is_gone(
    readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("services.console.page.ui.run_javascript", told.append)

    async def play() -> None:
        readings.free.set()
        await readings.page.tick()
        assert told == []
        readings.condition.rebuilding = 40, 100
        readings.condition.clock_doubt = "时钟 <慢>"
        await readings.page.tick()
        await readings.page.tick()
        assert len(told) == 1, "said once, as long as it is the same"
        assert "40 / 100" in told[0]
        assert "&lt;\\u6162&gt;" in told[0], "never taken for HTML"
        readings.condition.rebuilding = None
        await readings.page.form({"form": "clock"})
        assert told[1:] == ["fanzha.put('notice',\"\");"]
        readings.condition.late = LATE
        await readings.page.tick()
        assert "120 \\u79d2" in told[-1], "records wait and nothing moves"

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
        assert ">7</b>" in readings.spoken[0].replace("\\", "")
        await readings.page.read()
        await readings.page.telling
        assert len(readings.spoken) == 1, "what stands there already is not put again"

    played(play())


def number_of(spoken: str) -> int:
    return int(spoken.replace("\\", "").partition('id="doubts">')[2].partition("<")[0])


def test_the_number_of_doubts_is_of_the_figures_beside_it(readings: Readings) -> None:
    """Neither an answer from before them, held or under way, is the last word, nor is a reading meanwhile forgotten."""

    async def play() -> None:
        readings.free.set()
        await readings.page.read()
        assert readings.page.telling is not None
        await readings.page.telling
        readings.doubtful = 8
        readings.counting.clear()
        readings.asked.clear()
        await readings.page.read()
        await asyncio.to_thread(readings.asked.wait, WAIT)
        readings.doubtful = 9
        await readings.page.read()
        readings.counting.set()
        await readings.page.telling
        assert [number_of(one) for one in readings.spoken] == [7, 8, 9]

    played(play())


def test_as_known_at_a_moment_there_is_a_link_without_a_number(readings: Readings) -> None:
    async def play() -> None:
        readings.free.set()
        readings.page.state = State(known=datetime(2026, 1, 1, tzinfo=UTC))
        await readings.page.read()
        assert readings.page.telling is not None
        await readings.page.telling
        assert "/doubts?known=2026-01-01T00%3A00%3A00%2B00%3A00" in readings.spoken[0]
        assert "<b" not in readings.spoken[0]

    played(play())
