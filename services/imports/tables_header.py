"""Which row is the header, and what its columns are called.

In: the first rows of a table, and how many wanted columns a row names. Out: the first of the rows that name most,
with one name for each column; of two header rows the names are joined (`金额/损失(元)`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.imports.tables_row import Score
from services.imports.values import clean

LOOK = 30  # rows from the top among which the header is
JOINT = "/"


@dataclass(frozen=True, slots=True)
class Header:
    """`at` is the index of its first row, `span` how many rows it has."""

    at: int
    span: int
    names: tuple[str, ...]
    score: int


def find(rows: Sequence[Sequence[str]], score: Score, span: Callable[[int], int] = lambda at: 1) -> Header | None:
    """The best header among rows; None where all of them are empty."""
    best: Header | None = None
    for at, row in enumerate(rows):
        if not any(map(clean, row)):
            continue
        names = names_of(rows[at : at + span(at)])
        found = Header(at, span(at), names, score(names))
        if best is None or found.score > best.score:
            best = found
    return best


def names_of(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name for each column, without empty columns at the end."""
    width = max((len(row) for row in rows), default=0)
    filled = [[*map(clean, row), *[""] * (width - len(row))] for row in rows]
    for upper, lower in pairwise(filled):
        for column in range(1, width):
            if lower[column] and not upper[column]:
                upper[column] = upper[column - 1]
    names = [JOINT.join(dict.fromkeys(filter(None, column))) for column in zip(*filled, strict=True)]
    while names and not names[-1]:
        names.pop()
    return tuple(names)
