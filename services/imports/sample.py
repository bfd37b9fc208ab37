"""A mapping guessed from a header: used as it is where no mapping file is given, or proposed as one to be
edited.

Without a file only exact names count (the field names and their Chinese names in `kinds.py`) and nothing
required may be missing. A proposal goes further, looks at the first rows to tell ids and time formats, prints
none of their values, and leaves what it cannot find as a comment for a person to settle.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from services.imports.columns import unit_of
from services.imports.kinds import Field, Kind
from services.imports.mapping import FieldRule, FileForm, IdRule, ImportMapping, Unit
from services.imports.problems import CellError, InputError
from services.imports.tables import Book, Row, Score, Table, open_book
from services.imports.tables_header import LOOK
from services.imports.values import clean, parse_day, parse_time

ROWS = 200
_UTC = ZoneInfo("UTC")
_UNIT = re.compile(r"\((?:单位:?)?(?:人民币)?(?:元|yuan|万元|万|wan|fen|分)\)$")
_RUNNING = re.compile(r"(序号|序|行号|顺序号|排序|no\.?|num|number|#|index|rownum(ber)?)$")
_VALUE = re.compile(r"\d{5,}|^\d+([.,]\d+)*$|\d{1,4}[-/.年:]\d{1,2}([-/.月:]|$)")
_PARTS = (
    ("id_number", re.compile(r"身份证|证件号|idnumber|idcard")),
    ("phone", re.compile(r"手机|电话|phone|mobile|^tel")),
    ("name", re.compile(r"姓名|^(victim|reporter)?name$")),
)
_REPORTER = re.compile(r"报警|报案|reporter")
_HINTS = {
    "occurred_at": r"发案|案发|发生|occur|incidentdate|datetime",
    "reported_at": r"报案|报警|接警|report(ed)?(at|date|time)",
    "filed_at": r"立案|filed",
    "station": r"派出所|station|district|precinct",
    "category": r"类别|类型|category|offen[sc]e|crimetype",
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


def wanted(kind: Kind, mapping: ImportMapping | None) -> Score:
    """How many of the wanted columns a row names: the mapping's, or else those that `kinds.py` knows by name."""
    if mapping is not None:
        named = {clean(name) for column in mapping.columns for name in (column, *mapping.aliases.get(column, ()))}
        return lambda cells: len(named.intersection(map(clean, cells)))
    known = {_plain(name) for field in (kind.subject, *kind.fields) for name in (field.name, *field.names)}
    return lambda cells: len(known.intersection(map(_plain, cells)))


def default_mapping(kind: Kind, table: Table) -> ImportMapping:
    """The mapping of a file whose headers are field names or their Chinese names. Raises `InputError`."""
    fields = (kind.subject, *kind.fields)
    exact = {field.name: found for field in fields if (found := _exact(field, table.header))}
    identities = _identities(kind, table.header, set(exact.values()))
    missing = [f for f in fields if f.required and not f.default and f.name not in exact]
    if missing or (kind.one_of and not any(name in exact for name in kind.one_of)):
        lacking = "；".join(f"{f.name}（{' / '.join(f.names[:4])}）" for f in missing) or ", ".join(kind.one_of)
        raise InputError(
            f"{table.where}: 表头认不出：{lacking}。请改列名，或用 --sample 生成映射"
            "再以 --map 导入 / columns not recognised: rename them, or write a mapping (see --sample) "
            "and give it with --map"
        )
    money = [exact[field.name] for field in kind.fields if field.type == "money" and field.name in exact]
    if unsaid := [column for column in money if _unit(column) is None]:
        raise InputError(
            f"{table.where}: 列 {', '.join(unsaid)} 没有写金额单位；请把列名改为 {unsaid[0]}(元) 或 {unsaid[0]}(万元)，"
            "或用映射写明 unit / no unit of money in the heading: put 元 or 万元 there, or `unit` into a mapping"
        )
    return ImportMapping(
        id=IdRule(template=f"{{{exact[kind.subject.name]}}}"),
        fields={
            field.name: FieldRule(column=column, unit=_unit(column) if field.type == "money" else None)
            for field in kind.fields
            if (column := exact.get(field.name))
        },
        identities=identities,
    )


def propose(kind: Kind, path: Path, form: FileForm | None = None) -> str:
    """The YAML of a mapping for a file, from its header and the look of its first rows. Raises `InputError` where
    no row looks like a header: what is printed are headings, never values."""
    book = open_book(path, form or FileForm(), lambda cells: _likely(kind, cells))
    table = book.tables[0]
    if _likely(kind, table.header) < 2:
        raise InputError(
            f"{path}: 前 {LOOK} 行中找不到表头；请为各列加上列名 / no header among the first rows: name the columns"
        )
    rows = [row for row in islice(table.rows, ROWS) if isinstance(row, Row)]
    return "\n".join([*_file_lines(book, table), *_lines(kind, table, rows)]) + "\n"


def _likely(kind: Kind, cells: Sequence[str]) -> int:
    """How many cells look like headings that mean something here; none where one of them looks like a value."""
    plain = [_plain(cell) for cell in cells if cell]
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
    identities = _identities(kind, table.header, taken)
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
        if unit := _unit(columns[0]):
            parts.append(f"unit: {unit}")
        else:
            note = "  # 列名没有写单位，请补 unit: 元 或 万元 / the heading names no unit: add it"
    elif field.type in ("time", "day"):
        form, note = _format(field, [_joined(row, columns, table) for row in rows])
        parts += [f"format: {_quoted(form)}"] if form else []
    elif field.type == "choice":
        codes = ", ".join(list(dict.fromkeys(field.choices.values()))[:11])
        note = f"  # 原值不是代码时加 / for values that are not codes add  map: {{原值: 代码}}  ({codes})"
    yield f"  {field.name}: {{{', '.join(parts)}}}{note}"


def _columns(field: Field, header: tuple[str, ...], taken: set[str]) -> list[str]:
    free = [column for column in header if column and column not in taken]
    if exact := _exact(field, tuple(free)):
        return [exact]
    plain = {_plain(column): column for column in free}
    if field.name == "occurred_at":
        pair = [plain[word] for word in ("date", "time", "日期", "时间") if word in plain]
        if len(pair) == 2:
            return pair
    hint = _HINTS.get(field.name)
    return [column for word, column in plain.items() if hint and re.search(hint, word)][:1]


def _subject(kind: Kind, table: Table, rows: list[Row], taken: set[str]) -> str:
    """The column that names the subject: by name, else one like an id that never says the same twice. A number
    that runs (序号) names a row of this file, and another thing in the next one."""
    exact = _exact(kind.subject, table.header)
    if exact and (kind.dated or not _RUNNING.match(_plain(exact))):
        return exact
    for index, column in enumerate(table.header):
        plain, texts = _plain(column), [clean(row.cells[index]) for row in rows]
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


def _identities(kind: Kind, header: tuple[str, ...], taken: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for column in header:
        plain = _plain(column)
        role = "reporter" if _REPORTER.search(plain) else "person"
        part = next((part for part, form in _PARTS if form.search(plain)), None)
        if part in kind.identities.get(role, ()) and column not in taken:
            found.setdefault(role, {}).setdefault(str(part), column)
    return found


def _exact(field: Field, header: tuple[str, ...]) -> str:
    plain = {_plain(column): column for column in reversed(header)}
    return next((plain[name] for name in map(_plain, (field.name, *field.names)) if name in plain), "")


def _plain(column: str) -> str:
    """A column name without case, blanks, underscores and the unit in brackets behind it."""
    text = unicodedata.normalize("NFKC", column).lower()
    return re.sub(r"[\s_\-]", "", _UNIT.sub("", text))


def _unit(column: str) -> Unit | None:
    """The unit a heading tells: `loss_fen` is fen, others name it in words or not at all."""
    return "fen" if column.strip().lower().endswith("_fen") else unit_of(column)


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
