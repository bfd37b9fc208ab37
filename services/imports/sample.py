"""A mapping proposed from a header and the look of the first rows, to be checked and edited by a person.

In: a file. Out: YAML. What `headings` knows by name comes first, then words and the forms of values tell ids, times
and ranges. Invariant: it prints headings and never a value; what it cannot find is a comment for a person to settle.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from services.imports.clock import part_of
from services.imports.headings import column_of, identities_of, money_unit, plain_name, wanted
from services.imports.kinds import Field, Kind
from services.imports.mapping import FileForm
from services.imports.problems import CellError, InputError
from services.imports.tables import Book, Row, Table, open_book
from services.imports.tables_header import LOOK
from services.imports.values import clean, parse_day, parse_time

ROWS = 200
_UTC = ZoneInfo("UTC")
_RUNNING = re.compile(r"(序号|序|行号|顺序号|排序|no\.?|num|number|#|index|rownum(ber)?)$")
_VALUE = re.compile(r"\d{5,}|^\d+([.,]\d+)*$|\d{1,4}[-/.年:]\d{1,2}([-/.月:]|$)")
_HINTS = {
    "occurred_at": r"发案|案发|发生|occur|incidentdate|datetime",
    "reported_at": r"报案|报警|接警|report(ed)?(at|date|time)",
    "filed_at": r"立案|filed",
    "station": r"派出所|station|district|precinct",
    "category": r"类别|大类|类型|category|offen[sc]e|crimetype",
    "loss_fen": r"损失|涉案金额|loss|amount",
    "stage": r"既遂|未遂|阶段|stage",
    "residence_community": r"社区|村|community",
    "sex": r"性别|sex|gender",
    "name": r"名称|name",
    "township": r"乡镇|街道|township|town",
    "valid_from": r"日期|date|from",
    "pop_actual": r"实有",
    "pop_resident": r"常住|resident|population",
    "pop_registered": r"户籍",
    "households": r"户数|household",
}
_ID = re.compile(r"(id|num|no|number|code|编号|代码|编码|号)$")
_FORMATS = (
    "%m/%d/%Y 12:00:00 AM %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%Y%m%d %H%M",
    "%Y%m%d %H%M%S",
    "%Y%m%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
)


def propose(kind: Kind, path: Path, form: FileForm | None = None) -> str:
    """The YAML of a mapping for a file, from its header and the look of its first rows. Raises `InputError` where
    no row looks like a header: what is printed are headings, never values."""
    book = open_book(path, form or FileForm(), lambda cells: _likely(kind, cells))
    table = book.tables[0]
    likely, is_foreign = _likely(kind, table.header), all(map(str.isascii, table.header))
    if not wanted(kind, None)(table.header) and likely < (1 if is_foreign else 3):
        raise InputError(
            f"{path}: 前 {LOOK} 行中找不到表头；请为各列加上列名 / no header among the first rows: name the columns"
        )
    rows = [row for row in islice(table.rows, ROWS) if isinstance(row, Row)]
    return "\n".join([*_file_lines(book, table), *_lines(kind, table, rows)]) + "\n"


def _likely(kind: Kind, cells: Sequence[str]) -> int:
    """How many cells look like headings that mean something here; none where one of them looks like a value."""
    plain = [plain_name(cell) for cell in cells if cell]
    if any(_VALUE.search(cell) or len(cell) > 40 for cell in plain):
        return 0
    known = wanted(kind, None)(cells)
    hints = [re.compile(hint) for field in kind.fields if (hint := _HINTS.get(field.name))]
    return known + sum(any(hint.search(cell) for hint in (*hints, _ID)) for cell in plain)


def _file_lines(book: Book, table: Table) -> Iterator[str]:
    yield f"# {table.path.name} 的映射草稿，请逐行核对 / a proposal: check every line"
    said = [f"header_row: {table.header_line}"] if table.header_line > 1 else []
    if len(book.tables) > 1 and not book.not_read:
        said.append("sheets: all")
    if said:
        yield f"file: {{{', '.join(said)}}}"
    if len(book.tables) > 1:
        yield f"# 读取的工作表 / sheets that are read: {', '.join(one.sheet for one in book.tables)}"
    if book.not_read:
        yield f"# 未读的工作表 / sheets that are not read: {', '.join(book.not_read)}"


def _lines(kind: Kind, table: Table, rows: list[Row]) -> Iterator[str]:
    taken: set[str] = set()
    identities = identities_of(kind, table.header, taken)
    taken |= {column for parts in identities.values() for column in parts.values()}
    yield f"kind: {kind.name}"
    yield f"source: {json.dumps('import/' + kind.name)}"
    yield "time_zone: Asia/Shanghai"
    yield "unregistered: reject  # 未登记的地点：reject 或 register / places not registered"
    subject = _subject(kind, table, rows, taken)
    if subject:
        taken.add(subject)
        yield f"id: {_quoted('{' + subject + '}')}"
    else:
        yield "id: {content: mapped}  # 没有编号列：按内容生成 / no id column: from the content of the row"
    yield "fields:"
    for field in kind.fields:
        yield from _field_lines(field, table, rows, taken)
    if identities:
        yield "identities:  # 交保险库，不入库不打印 / for the vault; never stored or printed"
        for role, parts in identities.items():
            yield f"  {role}: {{{', '.join(f'{part}: {_quoted(column)}' for part, column in parts.items())}}}"
    unused = [" ".join(column.split()) for column in table.header if column and column not in taken]
    if unused:
        yield f"# 未使用的列 / columns not used: {', '.join(unused)}"


def _field_lines(field: Field, table: Table, rows: list[Row], taken: set[str]) -> Iterator[str]:
    columns = _columns(field, table.header, taken)
    taken.update(columns)
    if not columns:
        if field.required and not field.default:
            told = ' {constant: "0", unit: 元}' if field.type == "money" else " {constant: }"
            yield f"  # {field.name}:{told}  # 必需，未找到列 / required; no column found"
        return
    parts = [f"column: {_quoted(columns[0])}"]
    if len(columns) > 1:
        parts = [f"columns: [{', '.join(map(_quoted, columns))}]"]
    note = ""
    if field.type == "money":
        if unit := money_unit(columns[0]):
            parts.append(f"unit: {unit}")
        else:
            note = "  # 列名没有写单位，请补 unit: 元 或 万元 / the heading names no unit: add it"
    elif field.type in ("time", "day"):
        texts = [_joined(row, columns, table) for row in rows]
        starts = [part_of(text, "start") for text in texts]
        if starts != texts:
            parts.append("range: start")
        form, note = _format(field, starts)
        parts += [f"format: {_quoted(form)}"] if form else []
    elif field.type == "choice":
        codes = ", ".join(list(dict.fromkeys(field.choices.values()))[:11])
        note = f"  # 原值不是代码时加 / for values that are not codes add  map: {{原值: 代码}}  ({codes})"
    yield f"  {field.name}: {{{', '.join(parts)}}}{note}"


def _columns(field: Field, header: tuple[str, ...], taken: set[str]) -> list[str]:
    free = [column for column in header if column and column not in taken]
    if exact := column_of(field, tuple(free)):
        return [exact]
    plain = {plain_name(column): column for column in free}
    if field.name == "occurred_at":
        pair = [plain[word] for word in ("date", "time", "日期", "时间") if word in plain]
        if len(pair) == 2:
            return pair
    hint = _HINTS.get(field.name)
    return [column for word, column in plain.items() if hint and re.search(hint, word)][:1]


def _subject(kind: Kind, table: Table, rows: list[Row], taken: set[str]) -> str:
    """The column that names the subject: by name, else one like an id that never says the same twice. A number
    that runs (序号) names a row of this file, and another thing in the next one."""
    exact = column_of(kind.subject, table.header)
    if exact and (kind.dated or not _RUNNING.match(plain_name(exact))):
        return exact
    for index, column in enumerate(table.header):
        plain, texts = plain_name(column), [clean(row.cells[index]) for row in rows]
        if not _ID.search(plain) or _RUNNING.match(plain) or column in taken:
            continue
        if len(set(texts)) == len(texts) and not _runs(texts):
            return column
    return ""


def _runs(texts: list[str]) -> bool:
    """Whether texts count up by one, from wherever they begin."""
    if len(texts) < 3 or not all(text.isdecimal() for text in texts):
        return False
    return all(int(b) - int(a) == 1 for a, b in pairwise(texts))


def _format(field: Field, texts: list[str]) -> tuple[str, str]:
    """A strptime format that reads all the texts ('' where none is needed), and a note for the reader."""
    texts = [text for text in texts if text]
    reads = [form for form in ("", *_FORMATS) if texts and all(_reads(field, text, form) for text in texts)]
    if not texts or (reads and reads[0] == ""):
        return "", ""
    if not reads:
        return "", "  # 请补 format / add a strptime format"
    other = [form for form in reads[1:] if form[:2] != reads[0][:2]]
    return reads[0], f"  # 也可读作 / could also be {other[0]}" if other else ""


def _reads(field: Field, text: str, form: str) -> bool:
    parse: Callable[[], str] = (
        (lambda: parse_time(text, _UTC, form, day_is_midnight=field.day_ok))
        if field.type == "time"
        else (lambda: parse_day(text, form))
    )
    try:
        parse()
    except CellError:
        return False
    return True


def _joined(row: Row, columns: list[str], table: Table) -> str:
    return " ".join(clean(row.cells[table.header.index(column)]) for column in columns).strip()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
