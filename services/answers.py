"""What screens may ask, and nothing else: figures, the plan they stand under, and how far the marts are."""

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

    @property
    def catalogue(self) -> Catalogue: ...

    def now(self) -> datetime:
        """The clock of the edge, aware."""

    def answer(self, question: Question) -> Rows:
        """Rows of a figure. Raises `WrongQuestion`, `TransientError`, `TerminalError`."""

    def version(self) -> Version:
        """Another one whenever figures may be: equal versions mean equal answers."""
