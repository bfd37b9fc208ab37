"""CSV and CSV.gz as a table: physical line numbers, encodings, and broken rows that cost nothing but themselves.

In: a path and the form the mapping declares. Out: a table; line numbers are physical: a line break inside quotes
counts. Invariant: a line is never held beyond `LINE` bytes, and a packed file is not unpacked beyond its bound.
"""

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from services.imports import tables_header
from services.imports.mapping import FileForm
from services.imports.problems import InputError
from services.imports.tables_row import RATIO, Broken, Row, Score, Table, unpacked_bound
from services.imports.values import clean

LINE = 1 << 20
_DELIMITERS = (",", "\t", ";", "|")
_BOM = b"\xef\xbb\xbf"
_BYTES = "含有不属于该编码的字节，请核对 encoding / bytes that are not of the encoding"
_LONG = "一行超过 1 MiB，不是表格的一行 / a line longer than 1 MiB is no row of a table"
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
class Survey:
    """What one pass over the bytes of a text file says."""

    lines: int
    encoding: str


def open_text(path: Path, form: FileForm, score: Score) -> Table:
    found = survey(path, form.encoding)
    start, delimiter = _header(path, form, found.encoding, score)
    lines = _Lines(path, found.encoding, start - 1)
    span = form.header_rows or 1
    records = list(islice(_records(lines, delimiter, 0), span))
    cells = [record.cells for record in records if isinstance(record, Row)]
    if len(cells) < span:
        reason = next((r.reason for r in records if isinstance(r, Broken)), "空 / empty")
        raise InputError(f"{path}:{start}: 表头无法读取：{reason} / the header cannot be read")
    names = tables_header.names_of(cells)
    if not names:
        raise InputError(f"{path}:{start}: 表头为空 / the header is empty")
    rows = _Rows(path, found.encoding, lines.number, delimiter, len(names))
    return Table(path, names, start, rows, max(found.lines - lines.number, 0))


def survey(path: Path, encoding: str) -> Survey:
    """Lines and encoding. `auto`: UTF-8 unless more lines are wrong in it than in GB18030."""
    lines = not_utf8 = not_gb = 0
    for raw in _Raw(path):
        lines += 1
        if encoding == "auto" and not raw.isascii() and len(raw) < LINE:
            not_utf8 += not _decodes(raw, "utf-8")
            not_gb += not _decodes(raw, "gb18030")
    if encoding == "auto":
        encoding = "utf-8" if not_utf8 <= not_gb else "gb18030"
    return Survey(lines, encoding)


def _header(path: Path, form: FileForm, encoding: str, score: Score) -> tuple[int, str]:
    """The line on which the header begins, and the delimiter of its columns."""
    given = form.delimiter if form.delimiter != "auto" else None
    if form.header_row is not None:
        first = next(_Lines(path, encoding, form.header_row - 1), None)
        if first is None:
            raise InputError(f"{path}:{form.header_row}: 没有表头行 / there is no header line")
        return form.header_row, given or _sniff(first)
    best: tuple[int, int, str] | None = None
    for delimiter in (given,) if given else _DELIMITERS:
        records = islice(_records(_Lines(path, encoding), delimiter, 0), tables_header.LOOK)
        rows = [record for record in records if isinstance(record, Row)]
        header = tables_header.find([r.cells for r in rows], score, lambda at: form.header_rows or 1)
        if header and (best is None or header.score > best[0]):
            best = header.score, rows[header.at].line, delimiter
    if best is None or best[0] == 0:
        first = next(_Lines(path, encoding), None)
        if first is None:
            raise InputError(f"{path}:1: 没有表头行 / there is no header line")
        return 1, given or _sniff(first)
    return best[1], best[2]


@dataclass(frozen=True, slots=True)
class _Rows:
    path: Path
    encoding: str
    after: int
    delimiter: str
    width: int

    def __iter__(self) -> Iterator[Row | Broken]:
        return _records(_Lines(self.path, self.encoding, self.after), self.delimiter, self.width)


class _Raw:
    """The physical lines of a file, unpacked, without a byte order mark; `damage` says why it ended early."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.damage = ""

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            bound = unpacked_bound(self._path.stat().st_size)
            first, size = True, 0
            source = gzip.GzipFile(fileobj=plain) if packed else plain
            try:
                while raw := source.readline(LINE):
                    size += len(raw)
                    rest = raw
                    while len(rest) == LINE and not rest.endswith(b"\n") and size <= bound:
                        rest = source.readline(LINE)  # the rest of a line that is too long is passed over
                        size += len(rest)
                    if size > bound:
                        raise InputError(
                            f"{self._path}: 解包后超过文件的 {RATIO} 倍，不再读取；请解包后导入 / unpacks to more than "
                            f"{RATIO} times its size: unpack it and import that"
                        )
                    yield raw.removeprefix(_BOM) if first else raw
                    first = False
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.damage = "压缩文件不完整或已损坏，其后内容无法读取 / the compressed file is cut off or damaged"


class _Lines:
    """Decoded lines that can be given back. `taken`: since `begin`; `wrong`: what is wrong with whole lines."""

    def __init__(self, path: Path, encoding: str, skip: int = 0) -> None:
        self._raw = _Raw(path)
        self._source = iter(self._raw)
        self._encoding = encoding
        self._back: deque[str] = deque()
        self.number = sum(1 for _ in islice(self._source, skip))
        self.taken: list[str] = []
        self.wrong: dict[int, str] = {}

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
                self.wrong[self.number + 1] = _BYTES
            if len(raw) == LINE:
                text = "\n"
                self.wrong[self.number + 1] = _LONG
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
        if reason and cells and not any(map(clean, cells)):
            continue  # a line of blanks, such as exports end with
        if reason:
            yield Broken(start, reason)
            if any(_sound(text, delimiter, width) for text in lines.taken[1:]):
                lines.give_back(lines.taken[1:])
        elif any(cells):
            yield Row(start, cells[:width] if width else cells)
    if lines.damage:
        yield Broken(lines.number + 1, lines.damage)


def _fault(cells: list[str], width: int, lines: _Lines, start: int) -> str:
    if lines.wrong:
        wrong = next((lines.wrong[n] for n in range(start, lines.number + 1) if n in lines.wrong), "")
        if wrong:
            return wrong
    if any("\0" in text for text in lines.taken):
        return "含有 NUL 字符 / contains the NUL character"
    if not _fits(cells, width):
        return f"有 {len(cells)} 列，表头有 {width} 列 / {len(cells)} columns where the header has {width}"
    return ""


def _fits(cells: list[str], width: int) -> bool:
    """As many cells as the header has; cells beyond it only where they are empty."""
    return not width or not cells or len(cells) == width or (len(cells) > width and not any(map(clean, cells[width:])))


def _sound(text: str, delimiter: str, width: int) -> bool:
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return bool(cells) and _fits(cells, width)


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
