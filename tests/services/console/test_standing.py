"""How far figures are: asked once, however many desks look."""

import asyncio
import threading
from time import monotonic
from typing import Any

import pytest

from services.console.standing import Standing
from streams.errors import TransientError
from tests.loops import played

WAIT = 10  # seconds


class Asked:
    """Answers with how often it was asked, once it may."""

    def __init__(self) -> None:
        self.number, self.away, self.free, self.under_way = 0, False, threading.Event(), threading.Event()

    def __call__(self) -> Any:
        self.number += 1
        self.under_way.set()
        assert self.free.wait(WAIT)
        if self.away:
            raise TransientError("the warehouse is away")
        return self.number


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_who_looks_together_is_told_the_same(asked: Asked) -> None:
    standing = Standing(asked, held=60)

    async def play() -> None:
        looks = [asyncio.create_task(standing.now()) for _ in range(50)]
        await asyncio.to_thread(asked.under_way.wait, WAIT)
        looks[0].cancel()  # a desk that goes; it was the one that began to ask
        asked.free.set()
        found: list[Any] = await asyncio.gather(*looks, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert found[1:] == [1] * 49
        held: Any = await standing.now()
        assert held == 1

    played(play())
    assert asked.number == 1


def test_it_is_asked_again_when_its_time_has_passed(asked: Asked) -> None:
    standing = Standing(asked, held=0)
    asked.free.set()

    async def play() -> None:
        found: list[Any] = [await standing.now() for _ in range(3)]
        assert found == [1, 2, 3]
        asked.away = True
        assert await standing.now() is None
        asked.away = False
        found.append(await standing.now())
        assert found[-1] == 5

    played(play())


def test_nobody_is_told_less_than_what_he_has_seen(asked: Asked) -> None:
    """What was asked before it, held or under way, is not enough; who came together is still answered at once."""
    standing = Standing(asked, held=60)

    async def play() -> None:
        before = asyncio.create_task(standing.now())
        await asyncio.to_thread(asked.under_way.wait, WAIT)
        seen = monotonic()
        after = [asyncio.create_task(standing.now(seen)) for _ in range(5)]
        asked.free.set()
        first: Any = await before
        rest: list[Any] = await asyncio.gather(*after)
        assert (first, rest) == (1, [2] * 5)
        held: list[Any] = [await standing.now(seen), await standing.now(), await standing.now(monotonic())]
        assert held == [2, 2, 3]

    played(play())
    assert asked.number == 3


def test_an_error_that_nobody_knows_is_raised(asked: Asked) -> None:
    """And told to all who look: it is no answer."""

    def wrong() -> Any:
        raise RuntimeError("a fault of the program")

    async def play() -> None:
        standing = Standing(wrong, held=0)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="fault"):
                await standing.now()

    played(play())
