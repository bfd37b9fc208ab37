"""What all desks look at, asked once for all of them: how far figures are, and how many doubts there are.

In: how to ask, which may take its time. Out: an answer that is hardly older than its holding time, and never older than
what the asker has seen; whoever looks while it is asked waits for it. All desks are of one event loop, and however many
they are, one thread asks.
"""

import asyncio
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Generic, TypeVar

from services.errors import KNOWN

HELD = 0.35  # seconds: half of a desk's beat


T = TypeVar("T")


class Standing(Generic[T]):
    def __init__(self, ask: Callable[[], T], held: float = HELD) -> None:
        self._ask, self._held = ask, held
        self._asked: asyncio.Task[T | None] | None = None
        self._began, self._at = -inf, -inf

    async def now(self, since: float = -inf) -> T | None:
        """An answer whose asking began at `since` (of the monotonic clock) or later: what somebody has seen by then is
        in it. None where the warehouse does not answer.
        """
        while True:
            if self._asked is None or (self._asked.done() and (self._old() or self._began < since)):
                self._began = monotonic()
                self._asked = asyncio.create_task(self._answer())
            asked, began = self._asked, self._began
            answer = await asyncio.shield(asked)  # a desk that goes takes nothing from the others
            if began >= since:
                return answer

    def _old(self) -> bool:
        return monotonic() - self._at > self._held

    async def _answer(self) -> T | None:
        try:
            return await asyncio.to_thread(self._ask)
        except KNOWN:
            return None
        finally:
            self._at = monotonic()
