"""Reading a mapping file: the mapping, or every fault in it with its line, before any row is read."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas import marked_yaml
from services.imports.full import WINDOWED
from services.imports.kinds import INCIDENT, INCIDENTS, Field, Kind
from services.imports.mapping import FieldRule, Full, ImportMapping
from services.imports.problems import CellError, InputError
from services.imports.reading import parser_of
from services.imports.shipped import mapping_text
from services.imports.values import parse_day

Fault = tuple[marked_yaml.Path, str]
_UTC = ZoneInfo("UTC")
_TRIAL = datetime(2001, 12, 23, 16, 57, 58)  # noqa: DTZ001 only to see whether a format says a whole day
_SAID = {
    "extra_forbidden": "未知的键 / unknown key",
    "missing": "缺少这一项 / missing",
    "string_too_short": "不能为空 / must not be empty",
    "string_too_long": "过长 / too long",
    "too_short": "不能为空 / must not be empty",
    "model_type": "应为键值表 / should be a table of keys",
    "model_attributes_type": "应为键值表 / should be a table of keys",
    "dict_type": "应为键值表 / should be a table of keys",
    "tuple_type": "应为列表 / should be a list",
    "string_type": "应为一个文字值 / should be one plain value",
    "int_parsing": "应为整数 / should be a whole number",
}


def load_mapping(path: Path, kind: Kind) -> ImportMapping:
    """The mapping in a file, or the shipped one of that name. Raises `InputError` that names the file and, for each
    fault, its line."""
    return read_mapping(mapping_text(path), kind, str(path))


def read_mapping(text: str, kind: Kind, name: str = "map") -> ImportMapping:
    """The mapping in a YAML text. Raises `InputError` like `load_mapping`."""
    try:
        value, marks = marked_yaml.load(text)
    except marked_yaml.YamlError as error:
        raise InputError(f"{name}:{error.line}: {error.reason}") from error
    try:
        mapping = ImportMapping.model_validate(value)
        faults = list(faults_of(mapping, kind))
    except ValidationError as error:
        mapping, faults = None, [_fault(detail) for detail in error.errors(include_url=False)]
    if mapping is None or faults:
        placed = sorted({(marked_yaml.line_of(marks, path), message) for path, message in faults})
        raise InputError("\n".join(f"{name}:{line}: {message}" for line, message in placed))
    return mapping


def faults_of(mapping: ImportMapping, kind: Kind) -> Iterator[Fault]:
    """What makes a well-formed mapping unusable for a kind, with the path of the part at fault."""
    if mapping.kind not in (None, kind.name):
        yield ("kind",), f"映射用于 {mapping.kind}，不是 {kind.name} / this mapping is for another kind"
    if mapping.time_zone is not None:
        yield from _zone(mapping.time_zone, ("time_zone",))
    yield from _id_faults(mapping)
    for name, rule in mapping.fields.items():
        yield from _field_faults(name, rule, kind)
    for field in kind.fields:
        if field.required and not field.default and field.name not in mapping.fields:
            yield ("fields",), f"缺少必需字段 {field.name} / required field {field.name} is missing"
    if kind.one_of and not any(name in mapping.fields for name in kind.one_of):
        yield ("fields",), f"至少需要其一 / at least one of: {', '.join(kind.one_of)}"
    yield from _identity_faults(mapping, kind)
    yield from _day(mapping.unregistered.valid_from, ("unregistered", "valid_from"))
    if mapping.full is not None:
        yield from _full_faults(mapping, mapping.full, kind)


def _full_faults(mapping: ImportMapping, full: Full, kind: Kind) -> Iterator[Fault]:
    """What is missing is told of incidents alone, by their numbers, to a source that says who it is."""
    if kind.entities != (INCIDENT,):
        yield ("full",), f"full 用于 {INCIDENTS.name} / full is for {INCIDENTS.name}"
    if full.field not in WINDOWED:
        yield ("full", "field"), f"可用 / one of: {', '.join(WINDOWED)}"
    elif full.field not in mapping.fields:
        yield ("full", "field"), f"字段 {full.field} 不在 fields 中 / this field is not among `fields`"
    if mapping.id.template is None:
        yield ("full",), "full 须有编号：id 应为模板 / full needs numbers: an id that is a template"
    if mapping.source is None:
        yield ("full",), "full 须写明 source / full needs `source`"
    faults = [fault for key, day in (("from", full.from_), ("until", full.until)) for fault in _day(day, ("full", key))]
    yield from faults
    if not faults and parse_day(full.from_) > parse_day(full.until):
        yield ("full", "until"), "早于 from / before `from`"


def _day(text: str, path: marked_yaml.Path) -> Iterator[Fault]:
    try:
        parse_day(text)
    except CellError as error:
        yield path, error.reason


def _id_faults(mapping: ImportMapping) -> Iterator[Fault]:
    template = mapping.id.template
    if template is not None:
        yield from _template(template, ("id",))
        if not mapping.id.uses:
            yield (
                ("id",),
                "模板中没有列，如 {编号}，所有行会成为同一个 / the template names no column such as {PdId}",
            )


def _field_faults(name: str, rule: FieldRule, kind: Kind) -> Iterator[Fault]:
    path: marked_yaml.Path = ("fields", name)
    field = kind.find(name)
    if field is None:
        known = ", ".join(f.name for f in kind.fields)
        yield path, f"{kind.name} 没有字段 {name}，可用：{known} / no such field; there are these"
        return
    if field is kind.subject:
        yield path, f"{name} 由 id 给出，请写在 id 中 / {name} is what `id` says; put it there"
        return
    if rule.template is not None:
        yield from _template(rule.template, (*path, "template"))
    yield from _option_faults(field, rule, path)
    if rule.time_zone is not None:
        zone_faults = list(_zone(rule.time_zone, (*path, "time_zone")))
        yield from zone_faults
        if zone_faults:
            return
    parser = parser_of(field, rule.model_copy(update={"unit": "元"}) if rule.unit == "header" else rule, _UTC)
    given = [((*path, "constant"), rule.constant), ((*path, "default"), rule.default)]
    given += [((*path, "map", key), value) for key, value in (rule.map or {}).items()]
    for where, text in given:
        try:
            if text is not None:
                parser(text)
        except CellError as error:
            yield where, f"{text!r}: {error.reason}"


def _option_faults(field: Field, rule: FieldRule, path: marked_yaml.Path) -> Iterator[Fault]:
    """Options on a field that has no use for them, and those it cannot do without."""
    money, moment = field.type == "money", field.type in ("time", "day")
    fitting = {"unit": money, "thousands": money, "format": moment, "range": moment, "time_zone": moment}
    for option, fits in fitting.items():
        if getattr(rule, option) is not None and not fits:
            yield (*path, option), f"{field.name} 不用 {option} / {field.name} has no use for {option}"
    if money and rule.unit is None and rule.constant is None:
        yield path, "金额须写明 unit：元、万元或 fen / say the unit of the amount: 元, 万元 or fen"
    if rule.unit == "header" and rule.column is None:
        yield (*path, "unit"), "unit: header 只用于 column / unit: header goes with `column` alone"
    if rule.format is not None and moment:
        try:
            shown = _TRIAL.strftime(rule.format)
            whole = datetime.strptime(shown, rule.format).date() == _TRIAL.date()  # noqa: DTZ007 a trial
        except ValueError:
            whole = False
        if not whole:
            yield (
                (*path, "format"),
                "不是完整的 strptime 格式（须含年月日） / not a format with year, month and day",
            )


def _identity_faults(mapping: ImportMapping, kind: Kind) -> Iterator[Fault]:
    for role, parts in mapping.identities.items():
        if role not in kind.identities:
            known = ", ".join(kind.identities) or "无 / none"
            yield ("identities", role), f"{kind.name} 没有身份 {role}，可用：{known} / no such identity here"
            continue
        for part in parts:
            if part not in kind.identities[role]:
                known = ", ".join(kind.identities[role])
                yield (
                    ("identities", role, part),
                    f"未知的身份项，可用：{known} / unknown part; there are these",
                )
    secret = mapping.identity_columns
    places: list[tuple[marked_yaml.Path, tuple[str, ...]]] = [(("id",), mapping.id.uses)]
    places += [(("where", column), (column,)) for column in mapping.where]
    places += [(("where_not", column), (column,)) for column in mapping.where_not]
    places += [(("fields", name), rule.uses) for name, rule in mapping.fields.items()]
    for path, columns in places:
        for column in secret.intersection(columns):
            yield path, f"身份列 {column} 不得另作他用 / an identity column must not be used anywhere else"


def _template(template: str, path: marked_yaml.Path) -> Iterator[Fault]:
    depth = 0
    for char in template:
        depth += (char == "{") - (char == "}")
        if depth not in (0, 1):
            break
    if depth != 0 or "{}" in template:
        yield path, "模板的花括号不成对或为空 / braces of the template are unbalanced or empty"


def _zone(name: str, path: marked_yaml.Path) -> Iterator[Fault]:
    if name not in available_timezones():
        yield path, f"未知时区 {name!r}，例如 Asia/Shanghai / unknown time zone"


def _fault(detail: ErrorDetails) -> Fault:
    path, kind = detail["loc"], detail["type"]
    if kind == "value_error":
        return path, str(detail["ctx"]["error"])
    name = str(path[-1]) if path else "mapping"
    said = _SAID.get(kind, f"值不对 / wrong value: {detail['msg']}")
    return path, f"{name}: {said}"
