"""How a field's text is read: its type, and what the mapping says about unit, format, zone, map and default.

In: a field of the kind and its rule. Out: a function from cell text to value, `None` where nothing is said.
Used for the cells of every row, and beforehand for the constants, defaults and map values of the mapping
itself.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from services.imports.kinds import Choices, Field
from services.imports.mapping import FieldRule
from services.imports.problems import CellError
from services.imports.values import (
    Scalar,
    parse_count,
    parse_day,
    parse_flag,
    parse_money,
    parse_text,
    parse_time,
    tidy,
)

Parser = Callable[[str], Scalar]


def parser_of(field: Field, rule: FieldRule, zone: ZoneInfo, *, typed_cells: bool = False) -> Parser:
    """Text that is not empty → value. `typed_cells`: a midnight has lost its time of day, as in XLSX."""
    form = rule.format or ""
    match field.type:
        case "time":
            own = ZoneInfo(rule.time_zone) if rule.time_zone else zone
            midnight = field.day_ok or typed_cells
            return lambda text: parse_time(text, own, form, day_is_midnight=midnight)
        case "day":
            return lambda text: parse_day(text, form)
        case "money":
            unit = rule.unit or "fen"
            thousands = rule.thousands or ","
            return lambda text: parse_money(text, unit, thousands)
        case "count":
            return parse_count
        case "flag":
            return parse_flag
        case "choice":
            return lambda text: _choice(text, field.choices)
        case "text":
            return lambda text: parse_text(text, 500)
        case "code":
            return lambda text: parse_text(text, 64)


def reader_of(field: Field, rule: FieldRule, parser: Parser) -> Callable[[str], Scalar | None]:
    """Cell text → value, with the rule's map and default. Raises `CellError`."""
    table, default, required = rule.map, rule.default or field.default, field.required

    def read(text: str) -> Scalar | None:
        text = tidy(text)
        if table is not None:
            text = table.get(text, rule.default or text)
        text = text or default
        if not text:
            if required:
                raise CellError("不能为空，请补填或在映射中写 default / empty: fill it in, or map it to a default")
            return None
        return parser(text)

    return read


def _choice(text: str, choices: Choices) -> str:
    if text in choices:
        return choices[text]
    known = ", ".join(dict.fromkeys(choices.values()))
    known = known if len(known) <= 300 else known[:300] + " …"
    raise CellError(f"不在可选值中，请用 map 对应：{known} / not one of these; use `map`")
