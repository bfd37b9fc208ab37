"""What screens may ask, and nothing else: figures, the plan they stand under, how far they are, what keeps them."""

from datetime import datetime
from typing import Protocol

from schemas import Plan
from schemas.catalogue import Catalogue
from streams.figures import Question
from streams.progress import Version
from streams.warehouse import Rows


class Answers(Protocol):
    @property
    def plan(self) -> Plan: ...

    def plan_at(self, known: datetime | None) -> Plan:
        """The plan in force at a moment, as known then; now where none is named."""

    @property
    def catalogue(self) -> Catalogue: ...

    def now(self) -> datetime:
        """The clock of the edge, aware."""

    def answer(self, question: Question) -> Rows:
        """Rows of a figure. Raises `WrongQuestion`, `TransientError`, `TerminalError`."""

    def version(self) -> Version:
        """Another one whenever figures may be: equal versions mean equal answers."""


class Condition(Protocol):
    """What keeps figures or submissions from coming."""

    @property
    def rebuilding(self) -> tuple[int, int] | None:
        """How many records of how many are through a rebuild that ends before figures are answered."""

    @property
    def clock_doubt(self) -> str:
        """Why submissions are refused for this machine's clock; empty where they are not."""

    @property
    def late(self) -> float:
        """Seconds for which figures have stood still while records wait for them."""

    def confirm_clock(self) -> None:
        """Somebody says that the clock is right."""


class Screens(Answers, Condition, Protocol):
    """All that a screen needs."""
