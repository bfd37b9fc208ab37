"""Which rows of a table are wanted, and rows of totals that nobody left out.

In: a row. Out: whether the mapping's `where` and `where_not` want it; `CellError` for one that sums up others.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from services.imports.columns import Columns, cell_text
from services.imports.mapping import ImportMapping
from services.imports.problems import CellError
from services.imports.tables import Row
from services.imports.values import clean

_TOTALS = re.compile(r".*(?:合计|小计|总计)[:]?|(?:共计|累计)[:]?|(?:sub|grand)?total[:]?", re.I)


class Filter:
    """The rows that a mapping wants: values compared as cells are, blanks inside them left out (合 计)."""

    def __init__(self, mapping: ImportMapping, columns: Columns) -> None:
        named = [(mapping.where, True), (mapping.where_not, False)]
        self._rules = [
            (columns[column], column, _Values(values), wanted)
            for rules, wanted in named
            for column, values in rules.items()
        ]

    def wants(self, row: Row) -> bool:
        """Raises `CellError` where the cell that decides cannot be read."""
        for index, column, values, wanted in self._rules:  # asked of every row of a file, often twice
            if values.hold(cell_text(row, index, column)) is not wanted:
                return False
        return True


class _Values:
    """Columns that rows are chosen by say the same few words again and again: each is looked at once."""

    def __init__(self, values: tuple[str, ...]) -> None:
        said = [_compact(value) for value in values]
        self._whole = frozenset(value for value in said if not value.endswith("*"))
        self._begin = tuple(value[:-1] for value in said if value.endswith("*"))
        self.hold = lru_cache(maxsize=1024)(self._hold)

    def _hold(self, text: str) -> bool:
        text = _compact(text)
        return text in self._whole or (bool(self._begin) and text.startswith(self._begin))


def no_totals(row: Row, columns: Iterable[tuple[str, int]]) -> None:
    """Raises `CellError` where one of the columns, which hold codes and names, says that the row is a total."""
    for column, index in columns:
        text = row.cells[index] if index >= 0 else ""
        if ("计" in text or "otal" in text.lower()) and _TOTALS.fullmatch(_compact(text)):
            raise CellError(
                "像是合计行；请在映射中写 where_not 略去 / looks like a row of totals: leave it out with "
                "where_not in the mapping",
                column,
                text[:200],
            )


def _compact(text: str) -> str:
    return "".join(clean(text).split())
