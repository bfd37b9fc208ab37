"""How a field's text is read: its type, and what the mapping says about unit, format, zone, map and default.

In: a field of the kind and its rule. Out: a function from cell text to value, `None` where nothing is said.
Used for the cells of every row, and beforehand for the constants, defaults and map values of the mapping
itself.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from services.imports.clock import part_of
from services.imports.kinds import Choices, Field
from services.imports.mapping import FieldRule
from services.imports.problems import CellError
from services.imports.values import (
    Scalar,
    clean,
    is_flag,
    parse_code,
    parse_count,
    parse_day,
    parse_flag,
    parse_money,
    parse_text,
    parse_time,
)

Parser = Callable[[str], Scalar]


def parser_of(field: Field, rule: FieldRule, zone: ZoneInfo, *, typed_cells: bool = False) -> Parser:
    """Text that is not empty → value. `typed_cells`: a midnight has lost its time of day, as in XLSX."""
    form = rule.format or ""
    match field.type:
        case "time":
            own = ZoneInfo(rule.time_zone) if rule.time_zone else zone
            midnight = field.day_ok or typed_cells
            return _ranged(rule, lambda text: parse_time(text, own, form, day_is_midnight=midnight))
        case "day":
            return _ranged(rule, lambda text: parse_day(text, form))
        case "money":
            unit, thousands = rule.unit or "fen", rule.thousands or ","
            return lambda text: parse_money(text, unit, thousands)
        case "count":
            return parse_count
        case "flag":
            return parse_flag
        case "choice":
            choices = {clean(spelling): code for spelling, code in field.choices.items()}
            return lambda text: _choice(text, choices)
        case "text":
            return lambda text: parse_text(text, 500)
        case "code":
            return parse_code


def reader_of(
    field: Field, rule: FieldRule, parser: Parser, absent: frozenset[str] = frozenset()
) -> Callable[[str], Scalar | None]:
    """Clean cell text → value, with the rule's map and default. Raises `CellError`.

    A word that means absent is empty for every type, unless the rule's `map` or the field itself knows it.
    """
    table = None if rule.map is None else {clean(key): value for key, value in rule.map.items()}
    default, required = rule.default or field.default, field.required
    own = field.choices if field.type == "choice" else {}

    def read(text: str) -> Scalar | None:
        is_mapped = table is not None and text in table
        if not is_mapped and text in absent and text not in own and not (field.type == "flag" and is_flag(text)):
            text = ""
        if table is not None:
            text = table.get(text, rule.default or text)
        text = text or default
        if not text:
            if required:
                raise CellError("不能为空，请补填或在映射中写 default / empty: fill it in, or map it to a default")
            return None
        return parser(text)

    return read


def _ranged(rule: FieldRule, parser: Parser) -> Parser:
    which = rule.range
    return parser if which is None else lambda text: parser(part_of(text, which))


def _choice(text: str, choices: Choices) -> str:
    if text in choices:
        return choices[text]
    known = ", ".join(dict.fromkeys(choices.values()))
    known = known if len(known) <= 300 else known[:300] + " …"
    raise CellError(f"不在可选值中，请用 map 对应：{known} / not one of these; use `map`")
