"""The sheets of a workbook as tables: what a person sees in a cell, in a form the field parsers read.

In: a path, the form the mapping declares, and which columns are wanted. Out: a table for each sheet that is read,
and the names of those that are not. A merged cell counts for all its rows. Nothing is laid out in memory before
`tables_scan` has looked at how far it reaches.
Limit: an old .xls cannot be looked into beforehand; its cells in error are read as empty, which the result says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from services.imports import tables_header, tables_scan
from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.tables_row import SOUND, Book, Broken, Row, Score, Table
from services.imports.tables_scan import Sheet
from services.imports.values import clean

Cell = int | float | str | bool | time | date | datetime | timedelta
Merged = tuple[tuple[int, int], tuple[int, int]]
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
_LOST = (
    "数字超过 15 位，表格软件已丢失末位，请按文本存放 / more than 15 digits: a spreadsheet loses the last ones; store "
    "it as text"
)
_OLD = "旧式 .xls 的错误单元格按空读取，请另存为 .xlsx / cells in error of an old .xls are read as empty"


def open_sheets(path: Path, form: FileForm, score: Score, *, old: bool) -> Book:
    """`old`: an .xls. Raises `InputError` where no sheet can be read, or a named one is not there."""
    sheets = [] if old else tables_scan.scan(path)
    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            sheets = sheets or _sheets(book)
            grids = [_Grid(book.get_sheet_by_name(sheet.name), sheet) for sheet in _wanted(path, sheets, form)]
    except PasswordError as error:
        raise InputError(f"{path}: 工作簿有密码，请去掉后另存 / protected by a password: save it without") from error
    except (CalamineError, IndexError, OSError) as error:
        raise InputError(f"{path}: 不是可读的工作簿 / not a readable workbook: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader of values ends on what it never expected
            raise
        raise InputError(f"{path}: 工作簿内部已损坏 / the workbook is damaged inside") from error
    found = [(grid, header) for grid in grids if (header := grid.header(form, score))]
    if form.sheets is None and found:
        best = max(header.score for _, header in found)
        found = [one for one in found if one[1].score == best] if best else found[:1]
    if not found:
        raise InputError(f"{path}: 没有表头行 / there is no header row in any sheet")
    read = {grid.sheet.name for grid, _ in found}
    not_read = tuple(
        f"{path.name}: {sheet.name}{'（隐藏 / hidden）' if sheet.hidden else ''}"
        for sheet in sheets
        if sheet.filled and sheet.name not in read
    )
    many = sum(sheet.filled > 0 for sheet in sheets) > 1
    tables = tuple(grid.table(path, header, grid.sheet.name if many else "") for grid, header in found)
    return Book(tables, not_read, (f"{path.name}: {_OLD}",) if old else ())


def _sheets(book: CalamineWorkbook) -> list[Sheet]:
    """The sheets of an old workbook, as far as its reader tells them."""
    return [
        Sheet(one.name, "", one.visible != SheetVisibleEnum.Visible, filled=book.get_sheet_by_name(one.name).height)
        for one in book.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet
    ]


def _wanted(path: Path, sheets: Sequence[Sheet], form: FileForm) -> list[Sheet]:
    if form.sheets is None or form.sheets == "all":
        return [sheet for sheet in sheets if not sheet.hidden and sheet.filled]
    names = {sheet.name: sheet for sheet in sheets}
    names |= {str(n): sheet for n, sheet in enumerate(sheets, 1) if str(n) not in names}
    if missing := [name for name in form.sheets if name not in names]:
        raise InputError(
            f"{path}: 没有工作表 {', '.join(missing)}；现有：{', '.join(s.name for s in sheets)} / no such sheet"
        )
    return [names[name] for name in form.sheets]


@dataclass(frozen=True, slots=True)
class _Grid:
    """The cells of one sheet with its merged cells filled in: in the header both ways, below it down alone."""

    values: CalamineSheet
    sheet: Sheet

    def header(self, form: FileForm, score: Score) -> tables_header.Header | None:
        """Its header: a row that is merged with the rows below it reaches as far as they do."""
        merged = self.values.merged_cell_ranges or []
        if form.header_row is None:
            rows = self._top(tables_header.LOOK + 5, merged)
            return tables_header.find(
                rows[: tables_header.LOOK], score, lambda at: form.header_rows or _deepest(merged, at)
            )
        at, span = form.header_row - 1, form.header_rows or _deepest(merged, form.header_row - 1)
        names = tables_header.names_of(self._top(at + span, merged)[at:])
        return tables_header.Header(at, span, names, score(names)) if names else None

    def table(self, path: Path, header: tables_header.Header, sheet: str) -> Table:
        after = header.at + header.span
        rows = _Rows(self, after, len(header.names))
        total = max((self.values.total_height or 0) - after, 0)
        return Table(path, header.names, header.at + 1, rows, total, typed_cells=True, sheet=sheet)

    def _top(self, count: int, merged: Sequence[Merged]) -> list[list[str]]:
        rows = [[_text(cell) for cell in row] for row in self.values.to_python(skip_empty_area=False, nrows=count)]
        for (top, left), (bottom, right) in merged:
            for row in rows[top : bottom + 1]:
                row[left : right + 1] = [rows[top][left]] * len(row[left : right + 1])
        return rows


@dataclass(frozen=True, slots=True)
class _Rows:
    grid: _Grid
    after: int
    width: int

    def __iter__(self) -> Iterator[Row | Broken]:
        values, width = self.grid.values, self.width
        left = [""] * (values.start or (0, 0))[1]
        faults = _by_row(self.grid.sheet, width)
        merges = _Merges(values.merged_cell_ranges or [], self.after, width)
        for number, given in enumerate(values.iter_rows()):
            if number < self.after:
                continue
            row: list[Cell] = [*left, *given]
            cells = [cell if isinstance(cell, str) else _text(cell) for cell in row]
            here = faults.get(number, SOUND)
            if lost := [at for at, cell in enumerate(row[:width]) if _is_rounded(cell)]:
                here = {**here, **dict.fromkeys(lost, _LOST)}
            if not any(cells) and not here:
                continue
            if any(map(clean, cells[width:])):
                yield Broken(number + 1, f"表头 {width} 列之外还有内容 / cells outside the header's columns")
                continue
            cells = cells[:width] + [""] * (width - len(cells))
            yield Row(number + 1, cells, merges.fill(number, cells, here))


class _Merges:
    """Merged cells row by row: what stands in the first row of one, faults too, counts for all its rows."""

    def __init__(self, merged: Sequence[Merged], after: int, width: int) -> None:
        deep = (m for m in merged if m[0][0] >= after and m[1][0] > m[0][0] and m[0][1] < width)
        self._coming = sorted(deep, reverse=True)
        self._open: dict[int, tuple[int, str, str]] = {}  # column → last row, text, fault

    def fill(self, number: int, cells: list[str], faults: Mapping[int, str]) -> Mapping[int, str]:
        """Fills the cells of a row and gives its faults. Rows come in order; empty ones are left out."""
        for column, (last, text, fault) in list(self._open.items()):
            if number > last:
                del self._open[column]
            elif not cells[column]:
                cells[column] = text
                faults = {**faults, column: fault} if fault else faults
        while self._coming and self._coming[-1][0][0] <= number:
            (top, left), (bottom, _) = self._coming.pop()
            if top == number:
                self._open[left] = bottom, cells[left], faults.get(left, "")
        return faults


def _by_row(sheet: Sheet, width: int) -> dict[int, dict[int, str]]:
    rows: dict[int, dict[int, str]] = {}
    for (row, column), reason in sheet.faults.items():
        if column < width:
            rows.setdefault(row, {})[column] = reason
    return rows


def _deepest(merged: Sequence[Merged], row: int) -> int:
    """How many rows a header has that begins at this row: as many as its deepest merged cell, at most five."""
    return min(max((bottom - row + 1 for (top, _), (bottom, _) in merged if top == row), default=1), 5)


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
