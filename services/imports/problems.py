"""What can be wrong with an import, and the file that says so.

`InputError` ends the import before any row is sent (wrong use or unusable input); a `Problem` concerns one
row and the rest goes on. Invariant: values of identity columns never reach either of them.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from services.cells import harmless

MASK = "***"


class InputError(Exception):
    """The file, the mapping or the request cannot be used; the text says what, where, and what to do."""


class CellError(ValueError):
    """One cell cannot be read: why, and in which column with which value."""

    def __init__(self, reason: str, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.value = value


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    column: str
    value: str
    reason: str


class ErrorFile:
    """The CSV of problems: line, column, value, reason. Created at once: an unwritable path fails early.

    It is made for a spreadsheet, so no cell of it begins like a formula.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise InputError(
                f"{path}: 无法写入错误文件（{error.strerror}），请换一个位置 / cannot write the error file"
            ) from error
        self._csv = csv.writer(self._file)
        self._csv.writerow(("line", "column", "value", "reason"))

    def __call__(self, problem: Problem) -> None:
        self._csv.writerow((problem.line, *map(harmless, (problem.column, problem.value, problem.reason))))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
