"""A figure as a value: what it is called, what it means, and by what it may be asked for.

streams/ reads it from the head of the figure's SQL file; the console, the command line and the API show it.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["dimension", "measure", "text"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its identifier, its Chinese and English labels, and its unit (空 where it has none)."""

    name: str
    zh: str
    en: str
    kind: Kind
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """`by` are the columns rows may be grouped by, `default_by` those used when nobody says otherwise.

    `windowed` figures take from/to days, `momentary` ones a moment `at`, `based` ones a counting basis.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    default_by: tuple[str, ...]
    windowed: bool
    momentary: bool
    based: bool
    sql: str

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.kind == "dimension")

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)
