"""From a row of somebody's export to what it says: subject, field values, identities.

In: `Row`s of one table, in order. Out: `Draft` (usable), `Skipped` (the filter does not want it) or `Refused`
with a `Problem` for each cell at fault. Invariant: values of identity columns stand in `Draft.identities` and
nowhere else, in no problem, no subject and no digest.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.imports.kinds import Kind
from services.imports.mapping import FieldRule, ImportMapping, pieces
from services.imports.problems import MASK, CellError, InputError, Problem
from services.imports.reading import parser_of, reader_of
from services.imports.tables import Row, Table
from services.imports.values import Scalar, parse_text, tidy

NAMESPACE = UUID("5b0c3f5e-0a53-5d0e-9a0b-6d1f6b8f2c11")
Identity = dict[str, str]
Key = tuple[str, str]  # subject, valid_from (empty for what is not dated)
Text = Callable[[Row], str]
_ABSENT = {"", "-", "--", "—", "/", "无", "不详", "未知", "N/A", "n/a", "null", "NULL"}
_FORM_OF = {
    "id_number": re.compile(r"\d{17}[\dX]"),
    "phone": re.compile(r"\+?[\d -]{5,20}"),
    "name": re.compile(r".{1,500}", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Draft:
    line: int
    key: Key
    values: Mapping[str, Scalar]
    identities: Mapping[str, Identity]

    @property
    def subject(self) -> str:
        return self.key[0]


@dataclass(frozen=True, slots=True)
class Skipped:
    line: int


@dataclass(frozen=True, slots=True)
class Refused:
    """`key` is known where the subject could be read."""

    line: int
    key: Key | None
    problems: tuple[Problem, ...]


class Converter:
    """One pass over one table: it counts how often content repeats, so rows go through once, in order."""

    def __init__(self, kind: Kind, mapping: ImportMapping, table: Table, plan_zone: str) -> None:
        """Raises `InputError` for every column that the mapping names and the header does not have."""
        self._kind = kind
        self._index = _index(mapping, table)
        zone = ZoneInfo(mapping.time_zone or plan_zone)
        self._where = [(self._index[column], frozenset(values)) for column, values in mapping.where.items()]
        self._fields = [
            _Compiled(
                field.name,
                label(rule),
                self._text(rule),
                reader_of(field, rule, parser_of(field, rule, zone, typed_cells=table.typed_cells)),
            )
            for field in kind.fields
            if (
                rule := mapping.fields.get(field.name) or (FieldRule(constant=field.default) if field.default else None)
            )
        ]
        self._dated = next((f for f in self._fields if f.name == "valid_from"), None) if kind.dated else None
        self._identities = [
            (role, [(part, self._index[parts[part]], parts[part]) for part in order if part in parts])
            for role, order in kind.identities.items()
            if (parts := mapping.identities.get(role))
        ]
        self._seen: Counter[UUID] = Counter()
        self._id_label = "+".join(mapping.id.uses)
        self._template = self._join(mapping.id.template) if mapping.id.template is not None else None
        content = mapping.id.content
        chosen = content if isinstance(content, tuple) else mapping.uses
        self._content = sorted((column, self._index[column]) for column in chosen) if content else []
        self._prefix = mapping.id.prefix

    def convert(self, row: Row) -> Draft | Skipped | Refused:
        own = self._content_id(row) if self._template is None else None
        if not self._wanted(row):
            return Skipped(row.line)
        problems: list[Problem] = []
        values: dict[str, Scalar] = {}
        for field in self._fields:
            try:
                value = field.read(row)
                if value is not None:
                    values[field.name] = value
            except CellError as error:
                problems.append(Problem(row.line, error.column, error.value, error.reason))
        if self._kind.one_of and not problems and not any(name in values for name in self._kind.one_of):
            names = ", ".join(self._kind.one_of)
            problems.append(Problem(row.line, "", "", f"至少填一项 / at least one of: {names}"))
        key = None
        try:
            key = (own or self._named(row), str(values.get("valid_from", "")) if self._dated else "")
        except CellError as error:
            problems.append(Problem(row.line, error.column, error.value, error.reason))
        identities = self._people(row, problems)
        if problems or key is None:
            return Refused(row.line, key, tuple(problems))
        values[self._kind.subject.name] = key[0]
        return Draft(row.line, key, values, identities)

    def key(self, row: Row) -> Key | None:
        """The key that `convert` would give the row, without reading the rest; None where there is none."""
        if self._template is None or not self._wanted(row):
            return None
        try:
            day = self._dated.read(row) if self._dated else ""
            return self._named(row), str(day or "")
        except CellError:
            return None

    def column_of(self, name: str) -> str:
        """The column or columns a field comes from, as problems name it."""
        return next((f.label for f in self._fields if f.name == name), self._id_label)

    def _wanted(self, row: Row) -> bool:
        return all(tidy(row.cells[index]) in values for index, values in self._where)

    def _named(self, row: Row) -> str:
        assert self._template is not None
        subject = ""
        try:
            subject = self._template(row)
            if not subject:
                raise CellError("编号为空，请补填 / the id is empty: fill it in")
            return parse_text(subject, 64)
        except CellError as error:
            raise CellError(error.reason, self._id_label, subject or error.value) from error

    def _content_id(self, row: Row) -> str:
        """An id from content and occurrence number: the same rows in another import have the same ids."""
        content = [[column, tidy(row.cells[index])] for column, index in self._content]
        digest = uuid5(NAMESPACE, json.dumps([self._kind.name, content], ensure_ascii=False))
        self._seen[digest] += 1
        return self._prefix + str(uuid5(digest, str(self._seen[digest])))

    def _people(self, row: Row, problems: list[Problem]) -> dict[str, Identity]:
        """For each role the first part that is filled in: the vault takes exactly one."""
        found: dict[str, Identity] = {}
        for role, parts in self._identities:
            for part, index, column in parts:
                text = tidy(row.cells[index])
                text = text.upper() if part == "id_number" else text
                if text in _ABSENT:
                    continue
                if index in row.rounded or not _FORM_OF[part].fullmatch(text):
                    problems.append(Problem(row.line, column, MASK, f"不是有效的 {part} / not a valid {part}"))
                else:
                    found.setdefault(role, {part: text})
        return found

    def _text(self, rule: FieldRule) -> Text:
        if rule.constant is not None:
            constant = rule.constant
            return lambda row: constant
        if rule.template is not None:
            return self._join(rule.template)
        if rule.column is not None:
            index = self._index[rule.column]
            return lambda row: _cell(row, index)
        columns, joiner = [self._index[c] for c in rule.columns or ()], rule.join

        def joined(row: Row) -> str:
            parts = [_cell(row, index) for index in columns]
            return joiner.join(parts) if any(parts) else ""

        return joined

    def _join(self, template: str) -> Text:
        """A template filled in; empty where one of its columns is."""
        literals = pieces(template)[::2]
        columns = [self._index[column] for column in pieces(template)[1::2]]

        def filled(row: Row) -> str:
            parts = [_cell(row, index) for index in columns]
            if not all(parts):
                return ""
            return "".join(a + b for a, b in zip(literals, [*parts, ""], strict=True))

        return filled


@dataclass(frozen=True, slots=True)
class _Compiled:
    name: str
    label: str
    text: Text
    reader: Callable[[str], Scalar | None]

    def read(self, row: Row) -> Scalar | None:
        text = ""
        try:
            text = self.text(row)
            return self.reader(text)
        except CellError as error:
            raise CellError(error.reason, self.label, text[:200] or error.value) from error


def label(rule: FieldRule) -> str:
    return "+".join(rule.uses)


def _cell(row: Row, index: int) -> str:
    if index in row.rounded:
        raise CellError(
            "数字超过 15 位，表格软件已丢失末位，请按文本存放 / more than 15 digits: a spreadsheet loses "
            "the last ones; store it as text",
            value=row.cells[index],
        )
    return tidy(row.cells[index])


def _index(mapping: ImportMapping, table: Table) -> dict[str, int]:
    counts = Counter(table.header)
    named = dict.fromkeys((*mapping.uses, *sorted(mapping.identity_columns)))
    where = f"{table.path}:{table.header_line}"
    for column in named:
        if counts[column] > 1:
            raise InputError(f"{where}: 列 {column!r} 出现 {counts[column]} 次 / the column stands there twice")
    missing = [column for column in named if column not in counts]
    if missing:
        raise InputError(
            f"{where}: 表头没有列 {', '.join(missing)}；现有：{', '.join(table.header)}。"
            "请核对映射、delimiter 与 header_row / the header lacks these columns; check the mapping, "
            "delimiter and header_row"
        )
    return {column: table.header.index(column) for column in named}
