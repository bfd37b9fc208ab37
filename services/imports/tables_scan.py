"""What the parts of an .xlsx say before it is read: its sheets, how far they reach, and cells without a value.

In: a path. Out: a `Sheet` for each, or `InputError` for what must not be unpacked (too large, a bomb) or not be laid
out in memory (a stray cell in the last row or column). The reader of values gives cells with an error, and formulas
whose result was not kept, as empty: `faults` tells them apart. Memory is bounded by the faults there are.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

from services.imports.problems import InputError
from services.imports.tables_row import unpacked_bound

UNPACKED = 256 << 20
CELLS = 4_000_000
SPARSE = 100  # cells laid out for each one that is filled, beyond the first `SPARSE_FREE`
SPARSE_FREE = 100_000
FAULTS = 100_000
ROWS, COLUMNS = 1_048_576, 16_384
_PLAIN = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"')
_CELL = (b"<c ", b"<c>", b"<c/", b"<c\n", b"<c\t", b"<c\r")
_NOT_PLAIN = (b"<f", b'"e"', b"'e'", b"<!", b":c ", b":c>", b":f", b":v")
_PLACE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,9})")


@dataclass(slots=True)
class Sheet:
    """`faults`: (row, column), both from 0 → why the cell has no value. `far`: the cell that reaches furthest."""

    name: str
    part: str
    hidden: bool
    rows: int = 0
    columns: int = 0
    filled: int = 0
    far: str = ""
    faults: dict[tuple[int, int], str] = field(default_factory=dict)


def scan(path: Path) -> list[Sheet]:
    """The sheets of the workbook in their order. Sheets that are no table (charts) are left out."""
    try:
        with zipfile.ZipFile(path) as book:
            _bounded(book, path)
            sheets = list(_sheets(book))
            for sheet in sheets:
                with book.open(sheet.part) as part:
                    if _is_plain(part, sheet):
                        continue
                with book.open(sheet.part) as part:
                    _Cells(sheet, path).read(part)
            return sheets
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError(f"{path}: 不是可读的 .xlsx 工作簿 / not a readable .xlsx workbook: {error}") from error
    except expat.ExpatError as error:
        raise InputError(f"{path}: 工作簿内部已损坏 / the workbook is damaged inside: {error}") from error


def _is_plain(part: IO[bytes], sheet: Sheet) -> bool:
    """Whether bytes alone tell the extent, as in most exports: cells by their plain names, no formula and no error.

    Several times faster than the parser, which looks through every other sheet. Cells that hold a format alone count
    here, so that a sheet which seems too large is left to the parser too.
    """
    rows = columns = filled = cells = 0
    chunk, data, rest = b"-", b"", b""
    while chunk:
        chunk = part.read(1 << 20)
        data = rest + chunk
        last = data.rfind(b"<c ")
        cut = len(data) if not chunk else last if last >= 0 else max(len(data) - 16, 0)
        data, rest = data[:cut], data[cut:]
        if len(rest) > 4 << 20:
            return False
        found = _PLAIN.findall(data)
        if len(found) != sum(map(data.count, _CELL)) or any(mark in data for mark in _NOT_PLAIN):
            return False
        rows = max([rows, *map(int, {row for _, row in found})])
        columns = max([columns, *(column_number(name.decode()) + 1 for name in {column for column, _ in found})])
        filled += data.count(b"</v>") + data.count(b"</is>")
        cells += len(found)
    sheet.rows, sheet.columns, sheet.filled = rows, columns, filled
    is_whole = data.rstrip().endswith(b"</worksheet>")
    return is_whole and cells <= CELLS and rows <= ROWS and columns <= COLUMNS and not _is_sparse(sheet)


def _is_sparse(sheet: Sheet) -> bool:
    area = sheet.rows * sheet.columns
    return area > CELLS or area > SPARSE * sheet.filled + SPARSE_FREE


def cell_name(row: int, column: int) -> str:
    """`C2` for the third cell of the second row; both count from 0."""
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{letters}{row + 1}"


def column_number(letters: str) -> int:
    """0 for `A`."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _bounded(book: zipfile.ZipFile, path: Path) -> None:
    """Every part that is going to be read is as large as it says, and all of them together are not too large."""
    parts = book.infolist()
    size = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if size > UNPACKED or size > unpacked_bound(packed):
        raise InputError(
            f"{path}: 解包后有 {size >> 20} MiB，超过上限；请分成几份或另存为 CSV / unpacks to {size >> 20} MiB, too "
            "large: split it or save it as CSV"
        )
    if len({part.filename.lower() for part in parts}) < len(parts):
        raise InputError(f"{path}: 工作簿内有重名部分 / parts of one name inside the workbook; save it anew")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            with book.open(part) as content:
                while content.read(1 << 20):  # a part that is larger than it says fails its checksum at the end
                    pass


def _sheets(book: zipfile.ZipFile) -> Iterator[Sheet]:
    names = {name.lower(): name for name in book.namelist()}
    targets = {
        said.get("Id", ""): said.get("Target", "")
        for tag, said in _elements(book, names["xl/_rels/workbook.xml.rels"])
        if tag == "Relationship"
    }
    for tag, said in _elements(book, names["xl/workbook.xml"]):
        if tag != "sheet":
            continue
        target = targets.get(next((value for name, value in said.items() if name.endswith(":id")), ""), "")
        part = target.removeprefix("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if part.lower() in names and "worksheets/" in part.lower():
            yield Sheet(said.get("name", ""), names[part.lower()], said.get("state", "visible") != "visible")


def _elements(book: zipfile.ZipFile, name: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda tag, said: found.append((tag.rpartition(":")[2], said))
    parser.Parse(book.read(name), True)
    return found


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise InputError("工作簿内含 DTD，不读取 / a workbook with a DTD inside is not read")

    parser.StartDoctypeDeclHandler = refuse
    return parser


class _Cells:
    """One pass over the cells of a sheet. A cell is settled when the next one begins."""

    def __init__(self, sheet: Sheet, path: Path) -> None:
        self._sheet = sheet
        self._path = path
        self._columns: dict[str, int] = {}
        self._row = self._column = -1
        self._seen = 0
        self._tags: dict[str, str] = {}
        self._clear()
        self._parser = _parser()
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start

    def read(self, part: IO[bytes]) -> None:
        self._sheet.rows = self._sheet.columns = self._sheet.filled = 0
        self._parser.ParseFile(part)
        self._settle()
        sheet = self._sheet
        if _is_sparse(sheet):
            raise InputError(
                f"{self._path}: 工作表 {sheet.name!r} 一直写到 {sheet.far}，只填了 {sheet.filled} 格；请删除表外多余的"
                f"行列后保存，或另存为 CSV / the sheet reaches to {sheet.far} with {sheet.filled} filled cells: delete "
                "what lies outside the table, or save it as CSV"
            )

    def _clear(self) -> None:
        self._filled = self._formula = self._error = self._is_text = False
        self._text = ""

    def _start(self, name: str, said: list[str]) -> None:
        tag = name.rpartition(":")[2] if ":" in name else name
        if tag == "c":
            self._settle()
            self._seen += 1
            if self._seen > CELLS:
                raise InputError(
                    f"{self._path}: 工作表 {self._sheet.name!r} 超过 {CELLS} 格；请分成几份或另存为 CSV / more than "
                    f"{CELLS} cells: split it or save it as CSV"
                )
            self._column += 1
            for at in range(0, len(said), 2):
                if said[at] == "r":
                    self._place(said[at + 1])
                elif said[at] == "t":
                    self._error = said[at + 1] == "e"
                    self._is_text = said[at + 1] == "str"
        elif tag == "v":
            self._filled = True
            if self._formula or self._error:
                self._parser.CharacterDataHandler = self._said
        elif tag == "is":
            self._filled = True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._settle()
            given = [said[at + 1] for at in range(0, len(said), 2) if said[at] == "r"]
            self._row = int(given[0]) - 1 if given and given[0].isdecimal() else self._row + 1
            self._column = -1

    def _place(self, name: str) -> None:
        found = _PLACE.fullmatch(name)
        if found is None:
            raise InputError(f"{self._path}: 工作表 {self._sheet.name!r} 有无效的单元格 {name[:20]!r} / no such cell")
        column = self._columns.get(found[1])
        if column is None:
            column = self._columns[found[1]] = column_number(found[1])
        self._row, self._column = int(found[2]) - 1, column

    def _said(self, text: str) -> None:
        self._text += text

    def _settle(self) -> None:
        if not (self._filled or self._formula or self._error):
            return
        self._parser.CharacterDataHandler = None
        sheet, row, column = self._sheet, max(self._row, 0), self._column
        if row >= ROWS or column >= COLUMNS:
            raise InputError(f"{self._path}: 工作表 {sheet.name!r} 有表外的单元格 / a cell outside any sheet")
        if row >= sheet.rows or column >= sheet.columns:
            sheet.far = cell_name(row, column)
        sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, column + 1)
        sheet.filled += 1
        kept = self._text.strip()
        if self._error:
            self._fault(row, column, f"是错误值 {kept[:20]}，请改正 / holds an error: mend it")
        elif self._formula and not kept and not (self._filled and self._is_text):
            self._fault(
                row, column, "的公式没有保存结果，请重算后保存 / a formula without a kept result: recalculate and save"
            )
        self._clear()

    def _fault(self, row: int, column: int, what: str) -> None:
        sheet = self._sheet
        if len(sheet.faults) >= FAULTS:
            raise InputError(f"{self._path}: 工作表 {sheet.name!r} 的错误单元格过多 / too many cells in error")
        sheet.faults[row, column] = f"单元格 {sheet.name}!{cell_name(row, column)} {what}"
