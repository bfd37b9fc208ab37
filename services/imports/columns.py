"""Where the columns a mapping names stand in a table: by heading, by another heading for the same, or by letter.

In: a mapping and a table. Out: the index of each column, -1 for an optional one that is not there. Raises
`InputError` for columns that are missing or stand there twice, and for amounts whose heading names no unit.
"""

import re
import unicodedata
from collections import Counter

from services.imports.mapping import FieldRule, ImportMapping, Unit
from services.imports.problems import CellError, InputError
from services.imports.tables import Row, Table
from services.imports.tables_scan import column_number
from services.imports.values import clean

_LETTER = re.compile(r"\$([A-Z]{1,3})")
UNITS: dict[str, Unit] = {
    "万元": "万元",
    "万": "万元",
    "wan": "万元",
    "元": "元",
    "yuan": "元",
    "fen": "fen",
    "分": "fen",
}
_UNIT = re.compile(r"(?:[(\[【/_:,\s]|单位|人民币)(?:单位)?:?(?:人民币)?(万元|万|元|yuan|wan|fen|分)(?=[)\]】\s]|$)")
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)")


class Columns:
    def __init__(self, mapping: ImportMapping, table: Table) -> None:
        self._table = table
        self._cleaned = tuple(map(clean, table.header))
        self._found: dict[str, int] = {}
        missing = []
        for column in mapping.columns:
            index = next((i for name in (column, *mapping.aliases.get(column, ())) if (i := self._find(name)) >= 0), -1)
            self._found[column] = index
            if index < 0 and column not in mapping.optional:
                missing.append(column)
        if missing:
            known = any(index >= 0 for index in self._found.values())
            there = f"；现有：{', '.join(filter(None, table.header))}" if known else ""
            raise InputError(
                f"{table.where}: 表头没有列 {', '.join(missing)}{there}。请核对映射、delimiter 与 header_row / the "
                "header lacks these columns; check the mapping, delimiter and header_row"
            )

    def __getitem__(self, column: str) -> int:
        return self._found[column]

    def with_unit(self, rule: FieldRule) -> FieldRule:
        """The rule with the unit that the column's heading names, where it is to be taken from there."""
        if rule.unit != "header" or rule.column is None:
            return rule
        if (index := self[rule.column]) < 0:
            return rule.model_copy(update={"unit": "元"})  # for the default, which is all there will be
        unit = unit_of(self._table.header[index])
        if unit is None:
            raise InputError(
                f"{self._table.where}: 列 {self._table.header[index]!r} 没有写金额单位；请在映射中写 unit / "
                "the heading names no unit of money: write one in the mapping"
            )
        return rule.model_copy(update={"unit": unit})

    def _find(self, column: str) -> int:
        for header, name in ((self._table.header, column), (self._cleaned, clean(column))):
            count = Counter(header)[name]
            if count > 1:
                raise InputError(f"{self._table.where}: 列 {column!r} 出现 {count} 次 / the column stands there twice")
            if count:
                return header.index(name)
        letter = _LETTER.fullmatch(column)
        index = column_number(letter[1]) if letter else -1
        return index if index < len(self._cleaned) else -1


def unit_of(heading: str) -> Unit | None:
    """The unit of money that a heading names; None where it names none, or several."""
    text = unicodedata.normalize("NFKC", heading).lower().strip()
    found = {UNITS[match[1]] for match in _UNIT.finditer(text)}
    return found.pop() if len(found) == 1 else None


def cell_text(row: Row, index: int, column: str = "") -> str:
    """The clean text of a cell; a column that is optional and not there (-1) is empty."""
    if index < 0:
        return ""
    if row.faults and index in row.faults:
        raise CellError(row.faults[index], column, row.cells[index][:200])
    text = clean(row.cells[index])
    if text.startswith("#") and _ERROR.fullmatch(text):
        raise CellError("是表格软件的错误值，请改正 / an error of a spreadsheet: mend it", column, text)
    return text
