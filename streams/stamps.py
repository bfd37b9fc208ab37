"""Stamps: for each event the moment at which we learned of it, later than every one given before.

In: a clock, and the newest stamp of the log where the log can say it. Out: wire times that grow by a microsecond at
least, so that what is said later wins, however fast it is said. A clock that went back, or that jumped far ahead, gives
none: a stamp is for ever, and a wrong one would decide which event wins.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from schemas import instant, wire_time
from streams.errors import TransientError

BEHIND = timedelta(minutes=10)  # how far the newest stamp may be ahead of the clock
IDLE = timedelta(days=31)  # how far the clock may be past the newest stamp without a word from somebody
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class WrongClock(TransientError):
    """The clock of this machine is not believed; says why and what to do. Nothing was kept."""


class Stamps:
    """`newest` is that of the log, empty where it holds none or cannot say; `confirmed` the one past which somebody
    has said that the clock is right."""

    def __init__(self, now: Callable[[], datetime], newest: str = "", confirmed: str = "") -> None:
        self._now, self._confirmed = now, confirmed
        self._newest = _micros(instant(newest)) if newest else None
        self._lock = threading.Lock()

    def take(self, count: int) -> list[str]:
        """Stamps for `count` events, in their order. Raises `WrongClock`."""
        with self._lock:
            clock = _micros(self._now())
            first = clock if self._newest is None else max(clock, self._newest + 1)
            if count:
                self._check(clock)
                self._newest = first + count - 1
        return [_wire(first + n) for n in range(count)]

    def seen(self, moment: datetime) -> None:
        """A stamp that was kept as it came: those given from here on are later."""
        with self._lock:
            self._newest = max(_micros(moment), self._newest or 0)

    @property
    def doubt(self) -> str:
        """Why the clock is not believed just now; empty where it is."""
        with self._lock:
            try:
                self._check(_micros(self._now()))
            except WrongClock as wrong:
                return str(wrong)
        return ""

    def confirm(self) -> str:
        """Somebody says that the clock is right; gives the stamp past which it is believed, to be kept."""
        with self._lock:
            self._confirmed = _wire(self._newest) if self._newest is not None else ""
            return self._confirmed

    def _check(self, clock: int) -> None:
        if self._newest is None:
            return
        ahead = timedelta(microseconds=self._newest - clock)
        newest = _wire(self._newest)
        if ahead > BEHIND:
            raise WrongClock(
                f"本机时钟比最近一条记录的知悉时刻 {newest} 慢 {_said(ahead)}：请校准时钟后再提交 / "
                "this machine's clock is behind the newest record: set it right and submit again"
            )
        if -ahead > IDLE and self._confirmed != newest:
            raise WrongClock(
                f"本机时钟距最近一条记录的知悉时刻 {newest} 已过 {_said(-ahead)}：如时钟无误，请确认一次："
                "fanzha submit --confirm-clock，或在工作台上确认 / "
                "this machine's clock is far past the newest record: where it is right, confirm it once"
            )


def _micros(moment: datetime) -> int:
    return (moment - _START) // _MICRO


def _wire(micros: int) -> str:
    second, rest = divmod(micros, 1_000_000)
    return f"{_second(second)}{rest:06d}Z"


@lru_cache(maxsize=64)
def _second(second: int) -> str:
    """A wire time as far as its fraction: a thousand events share one."""
    return wire_time(_START + timedelta(seconds=second))[: -len("000000Z")]


def _said(span: timedelta) -> str:
    return f"{span.days} 天 / days" if span.days else f"{span.seconds // 60} 分钟 / min"
