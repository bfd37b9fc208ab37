"""From bytes to an event, or to the reason why not.

In: one record's bytes. Out: `Parsed`, the validated event with its content digest and its lifted form
where the bytes were not already the current model's own JSON; or `Invalid`, with a stable reason; `parse`
raises nothing else. Invariant: what SQL reads (`lifted`, or `raw` where that is empty) is always the
model's own JSON, so the two parsers cannot disagree; two records have one digest exactly when that JSON,
less `actor` and `recordedtime`, is the same.
"""

import json
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from schemas.envelope import Event
from schemas.own import MAX_BYTES, content_digest, own_json, read_own_event
from schemas.topics import EVENTS, VERSION_OF
from schemas.upcast import UnknownVersion, UpcastError, upcast


class Invalid(ValueError):
    """Why a record or a submission cannot be an event: `reason` is a stable word, `detail` where and what."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Parsed(NamedTuple):
    """`lifted` is empty where the record's bytes are the current model's own JSON already."""

    event: Event
    digest: bytes
    lifted: bytes


_FORMS: Any = Annotated[reduce(or_, EVENTS.values()), Field(discriminator="type")]
_UNION: TypeAdapter[Event] = TypeAdapter(_FORMS)
_validate: Callable[[bytes | str], Event] = _UNION.validator.validate_json


def parse(raw: bytes) -> Parsed:
    """The event in `raw`. Raises `Invalid`."""
    if read_own_event(raw) is not None:
        return Parsed(_validate(raw), content_digest(raw), b"")
    value = strict_json(raw)
    lift(value)
    event = checked(value)
    own = own_json(event)
    return Parsed(event, content_digest(own), b"" if own == raw else own)


def checked(value: dict[str, Any]) -> Event:
    """A JSON object of the current version, validated. Raises `Invalid`: fields at fault, never values."""
    try:
        return _validate(json.dumps(value, ensure_ascii=False))
    except ValidationError as error:
        raise invalid_field(error) from None


def invalid_field(error: ValidationError) -> Invalid:
    """A validation error as a reason; inputs are left out because they may be somebody's identity."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    where = ("/".join(str(p) for p in f["loc"][1:]) or "event" for f in faults)
    what = ("格式不符 / wrong form" if f["type"] == "string_pattern_mismatch" else f["msg"] for f in faults)
    return Invalid("invalid_field", "; ".join(f"{w}: {m}" for w, m in zip(where, what, strict=True))[:500])


def lift(value: dict[str, Any]) -> None:
    """Bring an event object to the current version of its type, in place. Raises `Invalid`."""
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in EVENTS:
        raise Invalid("unknown_type", f"未知类型 / unknown type: {str(kind)[:80]!r}")
    version = value.get("dataversion", VERSION_OF[kind])
    if not isinstance(version, int) or isinstance(version, bool) or version > VERSION_OF[kind]:
        raise Invalid("unknown_version", f"{kind}: 未知版本 / unknown version {str(version)[:20]!r}")
    try:
        upcast(value, kind, version, VERSION_OF[kind])
    except UnknownVersion as error:
        raise Invalid("unknown_version", f"{kind}: {error}"[:200]) from error
    except UpcastError as error:
        raise Invalid("invalid_field", str(error)) from error


def strict_json(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`; refuses duplicate keys, NaN, lone surrogates and the NUL character.

    The models' own reader goes first: its limit on nesting does not depend on how deep our caller stands.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid("too_large", f"{len(raw)} 字节，上限 {MAX_BYTES} / bytes, limit {MAX_BYTES}")
    try:
        from_json(raw)
        value = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except Invalid:
        raise
    except RecursionError as error:
        raise Invalid("not_json", "嵌套过深 / nested too deeply") from error
    except ValueError as error:
        raise Invalid("not_json", str(error)[:200]) from error
    if "\\u0000" in text.replace("\\\\", ""):  # an escaped backslash before u0000 is no NUL
        raise Invalid("nul_character", "含有 NUL 字符 / contains the NUL character")
    if not isinstance(value, dict):
        raise Invalid("not_json", "不是 JSON 对象 / not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        keys = [k for k, _ in pairs]
        twice = next(k for k in keys if keys.count(k) > 1)
        raise Invalid("duplicate_key", f"重复的键 / duplicate key {twice[:80]!r}")
    return out


def _no_constant(text: str) -> Any:
    raise Invalid("not_json", f"{text} 不是 JSON 数 / is not a JSON number")
