"""A figure as a value: what it is called, what it means, and by what it may be asked for.

streams/ reads it from the head of the figure's SQL file; the console, the command line and the API show it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: identifier, labels, kind (dimension, measure or text), and its unit or nothing."""

    name: str
    zh: str
    en: str
    kind: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """`by`: the columns rows may be filtered by and, where `default_by` is set, grouped by.

    `asks` says what a question may name: days (from, to), day (to), moment (at), basis, population. `compares` are
    the measures that may stand beside those of last year and of the window before.
    `sql` is a template: what it reads is decided when it is asked, now or as known at a moment.
    """

    name: str
    zh: str
    en: str
    note: str
    columns: tuple[Column, ...]
    default_by: tuple[str, ...]
    asks: frozenset[str]
    compares: tuple[str, ...]
    sql: str

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.kind == "dimension")
