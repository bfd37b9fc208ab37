"""From a row of somebody's export to what it says: subject, field values, identities.

In: `Row`s of one table, in order. Out: `Draft` (usable), `Skipped` (the filter does not want it) or `Refused`
with a `Problem` for each cell at fault. Invariant: values of identity columns stand in `Draft.identities` and
nowhere else, in no problem, no subject and no digest.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.imports.columns import Columns, cell_text
from services.imports.filters import Filter, no_totals
from services.imports.kinds import Kind
from services.imports.mapping import FieldRule, ImportMapping, pieces
from services.imports.problems import MASK, CellError, Problem
from services.imports.reading import parser_of, reader_of
from services.imports.tables import Row, Table
from services.imports.values import Scalar, clean, parse_code, whole_code

NAMESPACE = UUID("5b0c3f5e-0a53-5d0e-9a0b-6d1f6b8f2c11")
Identity = dict[str, str]
Key = tuple[str, str]  # subject, valid_from (empty for what is not dated)
Text = Callable[[Row], str]
_DECIMAL = re.compile(r"\d+\.0+")
_FORM_OF = {
    "id_number": re.compile(r"\d{17}[\dX]"),
    "phone": re.compile(r"\+?[\d -]{5,20}"),
    "name": re.compile(r".{1,500}", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """`notes`: what a person should know of a row that is used all the same."""

    line: int
    key: Key
    values: Mapping[str, Scalar]
    identities: Mapping[str, Identity]
    notes: tuple[Problem, ...] = ()

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
        self._columns = columns = Columns(mapping, table)
        zone = ZoneInfo(mapping.time_zone or plan_zone)
        self._absent = frozenset({"", *map(clean, mapping.absent)})
        self._filter = Filter(mapping, columns)
        self._fields = [
            _Compiled(
                field.name,
                label(rule),
                self._text(rule),
                reader_of(field, rule, parser_of(field, rule, zone, typed_cells=table.typed_cells), self._absent),
            )
            for field in kind.fields
            if (given := mapping.fields.get(field.name) or _default(field.default))
            for rule in [columns.with_unit(given)]
        ]
        self._dated = next((f for f in self._fields if f.name == "valid_from"), None) if kind.dated else None
        self._identities = [
            (role, [(part, columns[parts[part]], parts[part]) for part in order if part in parts])
            for role, order in kind.identities.items()
            if (parts := mapping.identities.get(role))
        ]
        self._seen: Counter[UUID] = Counter()
        self._id_columns = [columns[column] for column in mapping.id.uses if columns[column] >= 0]
        self._id_label = "+".join(mapping.id.uses)
        self._template = self._join(mapping.id.template) if mapping.id.template is not None else None
        content = mapping.id.content
        chosen = content if isinstance(content, tuple) else mapping.uses
        self._content = sorted((column, columns[column]) for column in chosen) if content else []
        self._prefix = mapping.id.prefix
        named = dict.fromkeys(mapping.id.uses)
        named |= dict.fromkeys(
            column
            for field in kind.fields
            if field.type in ("code", "text") and (used := mapping.fields.get(field.name))
            for column in used.uses
        )
        self._named_columns = [(column, columns[column]) for column in named]

    def convert(self, row: Row) -> Draft | Skipped | Refused:
        problems: list[Problem] = []
        try:
            if not self._filter.wants(row):
                return Skipped(row.line)
            no_totals(row, self._named_columns)
        except CellError as error:
            return Refused(row.line, None, (Problem(row.line, error.column, error.value, error.reason),))
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
            subject = self._content_id(row) if self._template is None else self._named(row)
            key = (subject, str(values.get("valid_from", "")) if self._dated else "")
        except CellError as error:
            problems.append(Problem(row.line, error.column, error.value, error.reason))
        notes: list[Problem] = []
        identities = self._people(row, problems, notes)
        if problems or key is None:
            return Refused(row.line, key, tuple(problems))
        values[self._kind.subject.name] = key[0]
        if self._template is not None:
            notes += self._doubts(row)
        return Draft(row.line, key, values, identities, tuple(notes))

    def key(self, row: Row) -> Key | None:
        """The key that `convert` would give the row, without reading the rest; None where there is none."""
        if self._template is None:
            return None
        try:
            if not self._filter.wants(row):
                return None
            no_totals(row, self._named_columns)
            day = self._dated.read(row) if self._dated else ""
            return self._named(row), str(day or "")
        except CellError:
            return None

    def column_of(self, name: str) -> str:
        """The column or columns a field comes from, as problems name it."""
        return next((f.label for f in self._fields if f.name == name), self._id_label)

    def _doubts(self, row: Row) -> Iterator[Problem]:
        """Codes that are what a spreadsheet makes of other codes."""
        for column, index in self._named_columns:
            text = clean(row.cells[index]) if index >= 0 else ""
            if text.isascii() and _DECIMAL.fullmatch(text):
                reason = "提示：编号带小数点，原来可能没有 / note: a code with decimals, which it may not have had"
                yield Problem(row.line, column, text, reason)

    def _named(self, row: Row) -> str:
        assert self._template is not None
        subject = ""
        try:
            subject = self._template(row)
            if not subject:
                raise CellError("编号为空，请补填 / the id is empty: fill it in")
            for index in self._id_columns:
                whole_code(clean(row.cells[index]))
            return parse_code(subject)
        except CellError as error:
            raise CellError(error.reason, self._id_label, subject or error.value) from error

    def _content_id(self, row: Row) -> str:
        """An id from content and occurrence number: the same rows in another import have the same ids."""
        content = [[column, cell_text(row, index, column)] for column, index in self._content]
        digest = uuid5(NAMESPACE, json.dumps([self._kind.name, content], ensure_ascii=False))
        self._seen[digest] += 1
        return self._prefix + str(uuid5(digest, str(self._seen[digest])))

    def _people(self, row: Row, problems: list[Problem], notes: list[Problem]) -> dict[str, Identity]:
        """For each role the first part that can be used: the vault takes exactly one."""
        found: dict[str, Identity] = {}
        for role, parts in self._identities:
            wrong = []
            for part, index, column in parts:
                text = clean(row.cells[index]) if index >= 0 else ""
                text = text.upper() if part == "id_number" else text
                if text in self._absent and index not in row.faults:
                    continue
                if index in row.faults or not _FORM_OF[part].fullmatch(text):
                    wrong.append(Problem(row.line, column, MASK, f"不是有效的 {part} / not a valid {part}"))
                else:
                    found.setdefault(role, {part: text})
            if role in found:
                notes += [
                    replace(one, reason=f"提示：{one.reason}，已用另一项 / another part was used") for one in wrong
                ]
            else:
                problems += wrong
        return found

    def _text(self, rule: FieldRule) -> Text:
        if rule.constant is not None:
            constant = rule.constant
            return lambda row: constant
        if rule.template is not None:
            return self._join(rule.template)
        if rule.column is not None:
            index = self._columns[rule.column]
            return lambda row: cell_text(row, index)
        columns, joiner = [self._columns[c] for c in rule.columns or ()], rule.join

        def joined(row: Row) -> str:
            parts = [cell_text(row, index) for index in columns]
            return joiner.join(parts) if any(parts) else ""

        return joined

    def _join(self, template: str) -> Text:
        """A template filled in; empty where one of its columns is, or holds a word that means absent."""
        literals = pieces(template)[::2]
        columns = [self._columns[column] for column in pieces(template)[1::2]]
        absent = self._absent

        def filled(row: Row) -> str:
            parts = [cell_text(row, index) for index in columns]
            if any(part in absent for part in parts):
                return ""
            return "".join(a + b for a, b in zip(literals, [*parts, ""], strict=True))

        return filled


def _default(value: str) -> FieldRule | None:
    return FieldRule(constant=value) if value else None


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
