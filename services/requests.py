"""What the JSON of a request means, and how a row is JSON again.

In: a request, or the words of a command line. Out: questions, windows, conditions, positions; each raises `InputError`
for what cannot be read.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas import wire_time
from services.imports import InputError
from services.moments import moment_of
from streams.figures import Question
from streams.log import Partition
from streams.states import MOMENTS, Window

Request = Mapping[str, Any]


def question(request: Request) -> Question:
    """A question from its JSON form. Raises `InputError`."""
    try:
        return Question(
            str(request.get("figure", "")), conditions(request),
            _day(request.get("from")), _day(request.get("to")), tuple(request.get("by", ())), request.get("basis"),
            _moment(request.get("at")), _moment(request.get("as_known_at")), _number(request.get("limit")),
        )  # fmt: skip
    except (ValueError, TypeError) as error:
        raise InputError(f"问题写法有误 / the question cannot be read: {error}") from error


def comparisons(request: Request) -> tuple[str, ...]:
    """Which comparisons are asked for, each once."""
    return tuple(dict.fromkeys(str(what) for what in request.get("compare") or ()))


def conditions(request: Request) -> dict[str, tuple[str, ...]]:
    where = request.get("where", {})
    values = list(where.values()) if isinstance(where, Mapping) else [where]
    if not all(isinstance(v, (list, tuple)) and all(isinstance(text, str) for text in v) for v in values):
        raise InputError(f"筛选应为 {{列: [值, …]}} / where is {{column: [values]}}: {where!r}")
    return {str(name): tuple(v) for name, v in where.items()}


def listed(request: Request, name: str) -> list[Any]:
    found = request.get(name)
    if not isinstance(found, (list, tuple)):
        raise InputError(f"请求中 {name} 应为列表 / the request needs a list: {name}")
    return list(found)


def window(asked: Request) -> Window:
    """Raises `InputError` for a field that is no moment, a day that is none, and a zone nobody knows."""
    try:
        first, last = (date.fromisoformat(str(asked.get(name))).isoformat() for name in ("from", "until"))
        zone = ZoneInfo(str(asked.get("zone"))).key
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise InputError(f"不是时段 / no window: {error}") from error
    if asked.get("field") not in MOMENTS:
        raise InputError(f"没有这样的时刻 / no such moment {asked.get('field')!r}; {', '.join(MOMENTS)}")
    return Window(str(asked["field"]), first, last, zone)


def plain(value: Any) -> Any:
    """A value as JSON has it: ISO days, wire times."""
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value.hex() if isinstance(value, bytes) else value


def _number(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise InputError(f"行数上限应为整数 / a limit is a whole number: {value!r}")
    return value


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except (ValueError, TypeError) as error:
        raise InputError(f"日期应写作 2026-01-31 / a day is YYYY-MM-DD: {text!r}") from error


def _moment(text: str | None) -> datetime | None:
    try:
        return moment_of(text) if text else None
    except (ValueError, TypeError) as error:
        raise InputError(str(error)) from error


def parse_conditions(words: Sequence[str] | None) -> dict[str, list[str]]:
    """`column=value` words; several values of one column are alternatives. Raises `InputError`."""
    found: dict[str, list[str]] = {}
    for word in words or ():
        name, sign, value = word.partition("=")
        if not (name and sign):
            raise InputError(f"筛选应写作 列=值，如 station=4212225101 / write where as column=value: {word!r}")
        found.setdefault(name, []).append(value)
    return found


def words(text: str | None) -> list[str]:
    """`a, b` as words."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def parse_position(text: str) -> tuple[Partition, int]:
    """`incidents/0=123`: a partition and where to begin in it. Raises `InputError`."""
    place, _, at = text.partition("=")
    topic, _, part = place.partition("/")
    if not (topic and part.isdecimal() and at.isdecimal()):
        raise InputError(f"位置应写作 主题/分区=偏移，如 incidents/0=100 / a position is TOPIC/PART=OFFSET: {text!r}")
    return (topic, int(part)), int(at)
