"""A minimal XLSX writer, enough to show every form of cell, of sheet and of damage. A date is a number."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_NS = "http://schemas.openxmlformats.org"
_MAIN = f"{_NS}/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_REL = f"{_NS}/officeDocument/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


class Moment(float):
    """A cell formatted as date and time: days since 1899-12-30."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that is calculated; `kept` is the result the file holds, if any."""

    text: str
    kept: float | str | None = None


@dataclass(frozen=True, slots=True)
class Error:
    text: str


Value = str | float | Moment | Formula | Error | None
Rows = Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`merged` as a spreadsheet names it (`A2:A4`); `stray`: further cells by name."""

    rows: Rows
    hidden: bool = False
    merged: Sequence[str] = ()
    stray: Mapping[str, Value] = field(default_factory=dict)


def write_xlsx(path: Path, rows: Rows) -> Path:
    return write_book(path, {"警情": Sheet(rows)})


def write_book(path: Path, sheets: Mapping[str, Sheet], parts: Mapping[str, str] | None = None) -> Path:
    """`parts` go beside or in place of those that the sheets give."""
    files = _frame(sheets) | {f"xl/worksheets/sheet{n}.xml": _sheet(one) for n, one in enumerate(sheets.values(), 1)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in {**files, **(parts or {})}.items():
            book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return path


def _frame(sheets: Mapping[str, Sheet]) -> dict[str, str]:
    numbered = list(enumerate(sheets.items(), 1))
    content = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n, _ in numbered
    )
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="r{n}" state="{"hidden" if one.hidden else "visible"}"/>'
        for n, (name, one) in numbered
    )
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_REL}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_NS}/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{content}</Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_NS}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_NS}/package/2006/relationships">{related}'
            f'<Relationship Id="styles" Type="{_REL}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": _STYLES,
    }


def _sheet(sheet: Sheet) -> str:
    lines = []
    for number, row in enumerate(sheet.rows, 1):
        cells = "".join(_cell(f"{chr(65 + i)}{number}", value) for i, value in enumerate(row) if value is not None)
        lines.append(f'<row r="{number}">{cells}</row>')
    lines += [f'<row r="{name.lstrip("ABCDEFX")}">{_cell(name, value)}</row>' for name, value in sheet.stray.items()]
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in sheet.merged)
    merged = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{merged}</worksheet>'


def _cell(where: str, value: Value) -> str:
    match value:
        case Error():
            return f'<c r="{where}" t="e"><v>{escape(value.text)}</v></c>'
        case Formula():
            kept = "" if value.kept is None else f"<v>{escape(str(value.kept))}</v>"
            kind = ' t="str"' if isinstance(value.kept, str) else ""
            return f'<c r="{where}"{kind}><f>{escape(value.text)}</f>{kept}</c>'
        case str():
            return f'<c r="{where}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case None:
            return f'<c r="{where}" s="1"/>'
        case _:
            style = ' s="1"' if isinstance(value, Moment) else ""
            return f'<c r="{where}"{style}><v>{float(value)!r}</v></c>'
