"""A file as a header and a stream of rows with their line numbers: CSV, CSV.gz and XLSX, told apart by
content.

In: a path and the form the mapping declares. Out: `Row`s with as many cells as the header has, and `Broken`
for each row that is not one (columns, quotes, bytes), with its line and reason; the rows after it go on. Line
numbers are physical: a line break inside quotes counts. Raises `InputError` where there is no table to read
at all.
"""

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.tables_xlsx import read_sheet
from services.imports.values import tidy

_DELIMITERS = (",", "\t", ";", "|")
_BOM = b"\xef\xbb\xbf"
_REASONS = (
    (
        "unexpected end of data",
        "引号到文件末尾仍未闭合，此行可能被截断 / a quote is still open at the end of the file",
    ),
    ("expected after", "引号之后应为分隔符 / text after a closing quote"),
    ("field larger", "字段过长，引号可能未闭合 / a field is too long; a quote may be unclosed"),
    ("new-line character", "行内有回车符 / a carriage return inside the line"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """`rounded`: cells that hold a number too long for a spreadsheet, whose last digits are lost."""

    line: int
    cells: list[str]
    rounded: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Broken:
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is an upper bound of the rows to come. `typed_cells`: a midnight comes as a bare day."""

    path: Path
    header: tuple[str, ...]
    header_line: int
    rows: Iterator[Row | Broken]
    total: int
    typed_cells: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the bytes of a text file says."""

    lines: int
    encoding: str


def open_table(path: Path, form: FileForm) -> Table:
    """The table in a file. Nothing but the header has been read when this returns."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise InputError(f"{path}: 无法读取（{error.strerror}） / cannot be read") from error
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _open_sheet(path, form)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: UTF-16 编码，请另存为 CSV UTF-8 / UTF-16; save it as CSV UTF-8")
    return _open_text(path, form)


def survey(path: Path, encoding: str) -> Survey:
    """Lines and encoding. `auto`: UTF-8 unless more lines are wrong in it than in GB18030."""
    lines = not_utf8 = not_gb = 0
    for raw in _Raw(path):
        lines += 1
        if encoding == "auto" and not raw.isascii():
            not_utf8 += not _decodes(raw, "utf-8")
            not_gb += not _decodes(raw, "gb18030")
    if encoding == "auto":
        encoding = "utf-8" if not_utf8 <= not_gb else "gb18030"
    return Survey(lines, encoding)


def _open_text(path: Path, form: FileForm) -> Table:
    found = survey(path, form.encoding)
    lines = _Lines(path, found.encoding)
    for _ in range(form.header_row - 1):
        next(lines, None)
    first = next(lines, None)
    if first is None:
        raise InputError(f"{path}:{form.header_row}: 没有表头行 / there is no header line")
    delimiter = _sniff(first) if form.delimiter == "auto" else form.delimiter
    lines.give_back([first])
    record = next(_records(lines, delimiter, 0), None)
    if not isinstance(record, Row):
        reason = record.reason if record else "空 / empty"
        raise InputError(f"{path}:{form.header_row}: 表头无法读取：{reason} / the header cannot be read")
    header = tuple(tidy(cell) for cell in record.cells)
    total = max(found.lines - lines.number, 0)
    return Table(path, header, form.header_row, _records(lines, delimiter, len(header)), total)


def _open_sheet(path: Path, form: FileForm) -> Table:
    header, rows, total = read_sheet(path, form)
    width = len(header)

    def stream() -> Iterator[Row | Broken]:
        for line, cells, rounded in rows:
            if any(cells[width:]):
                yield Broken(line, f"表头 {width} 列之外还有内容 / cells outside the header's columns")
            else:
                yield Row(line, cells[:width], rounded)

    return Table(path, header, form.header_row, stream(), total, typed_cells=True)


class _Raw:
    """The physical lines of a file, unpacked, without a byte order mark; `damage` says why it ended early."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.damage = ""

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            first = True
            try:
                for raw in gzip.GzipFile(fileobj=plain) if packed else plain:
                    yield raw.removeprefix(_BOM) if first else raw
                    first = False
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.damage = "压缩文件不完整或已损坏，其后内容无法读取 / the compressed file is cut off or damaged"


class _Lines:
    """Decoded lines that can be given back. `taken`: since `begin`; `wrong`: numbers of undecodable ones."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._raw = _Raw(path)
        self._source = iter(self._raw)
        self._encoding = encoding
        self._back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []
        self.wrong: set[int] = set()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._back:
            text = self._back.popleft()
        else:
            raw = next(self._source)
            try:
                text = raw.decode(self._encoding)
            except UnicodeDecodeError:
                text = raw.decode(self._encoding, "replace")
                self.wrong.add(self.number + 1)
        self.number += 1
        self.taken.append(text)
        return text

    def begin(self) -> int:
        """The number of the line that comes next."""
        self.taken = []
        return self.number + 1

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    @property
    def damage(self) -> str:
        return self._raw.damage


def _records(lines: _Lines, delimiter: str, width: int) -> Iterator[Row | Broken]:
    """Rows of `width` cells (any number where 0). Sound lines that a broken row swallowed come again."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = lines.begin()
        try:
            cells = next(reader)
            reason = _fault(cells, width, lines, start)
        except StopIteration:
            break
        except csv.Error as error:
            cells, reason = [], _reason(str(error))
        if reason and cells and not any(map(tidy, cells)):
            continue  # a line of blanks, such as exports end with
        if reason:
            yield Broken(start, reason)
            if any(_sound(text, delimiter, width) for text in lines.taken[1:]):
                lines.give_back(lines.taken[1:])
        elif any(cells):
            yield Row(start, cells)
    if lines.damage:
        yield Broken(lines.number + 1, lines.damage)


def _fault(cells: list[str], width: int, lines: _Lines, start: int) -> str:
    if lines.wrong and not lines.wrong.isdisjoint(range(start, lines.number + 1)):
        return "含有不属于该编码的字节，请核对 encoding / bytes that are not of the encoding"
    if any("\0" in text for text in lines.taken):
        return "含有 NUL 字符 / contains the NUL character"
    if width and cells and len(cells) != width:
        return f"有 {len(cells)} 列，表头有 {width} 列 / {len(cells)} columns where the header has {width}"
    return ""


def _sound(text: str, delimiter: str, width: int) -> bool:
    try:
        return len(next(csv.reader([text], delimiter=delimiter, strict=True))) == width
    except csv.Error:
        return False


def _reason(error: str) -> str:
    said = next((reason for mark, reason in _REASONS if mark in error), None)
    return said or f"不是有效的 CSV / not valid CSV: {error}"


def _sniff(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
