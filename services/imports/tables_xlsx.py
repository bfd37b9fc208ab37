"""The sheet of a workbook as text cells: what a person sees in the cell, in a form the field parsers read.

Limit: cells that hold an error (#REF!) come out empty. The sheet is held in memory.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.values import tidy

Cell = int | float | str | bool | time | date | datetime | timedelta
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number


def read_sheet(
    path: Path, form: FileForm
) -> tuple[tuple[str, ...], Iterator[tuple[int, list[str], frozenset[int]]], int]:
    """Header, rows (number, cells, cells that lost digits), and how many rows there are at most."""
    grid = _grid(path, form.sheet)
    if len(grid) < form.header_row:
        raise InputError(f"{path}:{form.header_row}: 没有表头行 / there is no header row")
    header = [tidy(_text(cell)) for cell in grid[form.header_row - 1]]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InputError(f"{path}:{form.header_row}: 表头为空 / the header is empty")

    def rows() -> Iterator[tuple[int, list[str], frozenset[int]]]:
        for number, row in enumerate(grid[form.header_row :], form.header_row + 1):
            cells = [_text(cell) for cell in row]
            if any(cells):
                rounded = frozenset(i for i, cell in enumerate(row) if _is_rounded(cell))
                yield number, cells, rounded

    return tuple(header), rows(), len(grid) - form.header_row


def _grid(path: Path, sheet: str) -> list[list[Cell]]:
    try:
        book = CalamineWorkbook.from_path(path)
        name = sheet or book.sheet_names[0]
        if name not in book.sheet_names and name.isdecimal() and 1 <= int(name) <= len(book.sheet_names):
            name = book.sheet_names[int(name) - 1]
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except WorksheetNotFound as error:
        raise InputError(f"{path}: 没有工作表 {sheet!r} / there is no such sheet") from error
    except (CalamineError, IndexError, OSError) as error:
        raise InputError(f"{path}: 不是可读的工作簿 / not a readable workbook: {error}") from error


def _text(cell: Cell) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else format(cell, ".15g")
        case datetime() | date() | time():
            return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
        case _:
            return str(cell)


def _is_rounded(cell: Cell) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= _EXACT
