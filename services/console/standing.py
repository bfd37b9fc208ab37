"""What all desks look at, asked once for all of them: how far figures are, and how many doubts there are.

In: how to ask, which may take its time. Out: an answer that is hardly older than its holding time; whoever looks while
it is asked waits for it. All desks are of one event loop, and however many they are, one thread asks.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from services.errors import KNOWN

HELD = 0.35  # seconds: half of a desk's beat


T = TypeVar("T")


class Standing(Generic[T]):
    def __init__(self, ask: Callable[[], T], held: float = HELD) -> None:
        self._ask, self._held = ask, held
        self._asked: asyncio.Task[T | None] | None = None
        self._at = 0.0

    async def now(self) -> T | None:
        """None where the warehouse does not answer."""
        if self._asked is None or (self._asked.done() and monotonic() - self._at > self._held):
            self._asked = asyncio.create_task(self._answer())
        return await asyncio.shield(self._asked)  # a desk that goes takes nothing from the others

    async def _answer(self) -> T | None:
        try:
            return await asyncio.to_thread(self._ask)
        except KNOWN:
            return None
        finally:
            self._at = monotonic()
