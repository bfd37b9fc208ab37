"""What headings mean by themselves: the fields and identities that `kinds.py` and plain words know.

In: a kind and a header. Out: the column of a field, the identities, how many wanted columns a row of cells names, and
the mapping of a file whose headings need none. The unit of money is what the heading says, never a guess.
"""

import re
import unicodedata

from services.imports.columns import unit_of
from services.imports.kinds import Field, Kind
from services.imports.mapping import FieldRule, IdRule, ImportMapping, Unit
from services.imports.problems import InputError
from services.imports.tables import Score, Table
from services.imports.values import clean

_UNIT = re.compile(r"\((?:单位:?)?(?:人民币)?(?:元|yuan|万元|万|wan|fen|分)\)$")
_PARTS = (
    ("id_number", re.compile(r"身份证|证件号|idnumber|idcard")),
    ("phone", re.compile(r"手机|电话|phone|mobile|^tel")),
    ("name", re.compile(r"姓名|^(victim|reporter)?name$")),
)
_OFFICER = re.compile(r"立案人|民警|经办|接警员|录入|审核|officer")
_REPORTER = re.compile(r"报警|报案|reporter")


def wanted(kind: Kind, mapping: ImportMapping | None) -> Score:
    """How many of the wanted columns a row names: the mapping's, or else those that `kinds.py` knows by name."""
    if mapping is not None:
        named = {clean(name) for column in mapping.columns for name in (column, *mapping.aliases.get(column, ()))}
        return lambda cells: len(named.intersection(map(clean, cells)))
    known = {plain_name(name) for field in (kind.subject, *kind.fields) for name in (field.name, *field.names)}
    return lambda cells: len(known.intersection(map(plain_name, cells)))


def default_mapping(kind: Kind, table: Table) -> ImportMapping:
    """The mapping of a file whose headers are field names or their Chinese names. Raises `InputError`."""
    fields = (kind.subject, *kind.fields)
    exact = {field.name: found for field in fields if (found := column_of(field, table.header))}
    identities = identities_of(kind, table.header, set(exact.values()))
    missing = [f for f in fields if f.required and not f.default and f.name not in exact]
    if missing or (kind.one_of and not any(name in exact for name in kind.one_of)):
        lacking = "；".join(f"{f.name}（{' / '.join(f.names[:4])}）" for f in missing) or ", ".join(kind.one_of)
        raise InputError(
            f"{table.where}: 表头认不出：{lacking}。请改列名，或用 --sample 生成映射"
            "再以 --map 导入 / columns not recognised: rename them, or write a mapping (see --sample) "
            "and give it with --map"
        )
    money = [exact[field.name] for field in kind.fields if field.type == "money" and field.name in exact]
    if unsaid := [column for column in money if money_unit(column) is None]:
        raise InputError(
            f"{table.where}: 列 {', '.join(unsaid)} 没有写金额单位；请把列名改为 {unsaid[0]}(元) 或 {unsaid[0]}(万元)，"
            "或用映射写明 unit / no unit of money in the heading: put 元 or 万元 there, or `unit` into a mapping"
        )
    return ImportMapping(
        id=IdRule(template=f"{{{exact[kind.subject.name]}}}"),
        fields={
            field.name: FieldRule(column=column, unit=money_unit(column) if field.type == "money" else None)
            for field in kind.fields
            if (column := exact.get(field.name))
        },
        identities=identities,
    )


def identities_of(kind: Kind, header: tuple[str, ...], taken: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for column in header:
        plain = plain_name(column)
        role = "reporter" if _REPORTER.search(plain) else "person"
        part = next((part for part, form in _PARTS if form.search(plain)), None)
        if part in kind.identities.get(role, ()) and column not in taken and not _OFFICER.search(plain):
            found.setdefault(role, {}).setdefault(str(part), column)
    return found


def column_of(field: Field, header: tuple[str, ...]) -> str:
    plain = {plain_name(column): column for column in reversed(header)}
    return next((plain[name] for name in map(plain_name, (field.name, *field.names)) if name in plain), "")


def plain_name(column: str) -> str:
    """A column name without case, blanks, underscores and the unit in brackets behind it."""
    text = unicodedata.normalize("NFKC", column).lower()
    return re.sub(r"[\s_\-]", "", _UNIT.sub("", text))


def money_unit(column: str) -> Unit | None:
    """The unit a heading tells: `loss_fen` is fen, others name it in words or not at all."""
    return "fen" if column.strip().lower().endswith("_fen") else unit_of(column)
