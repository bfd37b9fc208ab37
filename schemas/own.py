"""Own JSON: the one way in which an event's model writes it, and the fast check that bytes are already that.

In: one record's or submission's bytes. Out: what they say by name, exactly where the model of their type admits them
and would write the same bytes; else nothing, and whoever asked reads with care and says why not. The check is made
from the models: their fields as typed dictionaries, which take a sixth of a model's time to be written again.
Left to the models: text with escapes, identities, and what a model adds, drops or orders otherwise.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from orjson import dumps
from pydantic_core import SchemaValidator, ValidationError

from schemas.envelope import Event
from schemas.topics import EVENTS

MAX_BYTES = 1_048_576  # the broker's own limit for one record
_ACTOR = b',"actor":"'  # quotes inside values are escaped, so the last one found is the envelope's own
_ESCAPE = b"\\"


def own_json(event: Event) -> bytes:
    """The model's own JSON: declared order, no nulls, no spaces. This is the form submit writes."""
    return type(event).__pydantic_serializer__.to_json(event, exclude_none=True, by_alias=True)


def content_of(own: bytes) -> bytes:
    """The content of an event's own JSON: everything before `actor` and `recordedtime`, left open."""
    return own[: own.rindex(_ACTOR)]


def content_digest(own: bytes) -> bytes:
    """SHA-256 over the content of an event's own JSON."""
    return sha256(content_of(own)).digest()


def read_own(raw: bytes) -> dict[str, Any] | None:
    """What own JSON says, of an event or of a submission without identities; None where `raw` may be something else."""
    if len(raw) > MAX_BYTES or _ESCAPE in raw:
        return None
    try:
        said: dict[str, Any] = _validate(raw)
    except ValidationError:
        return None
    return said if dumps(said) == raw else None


def read_own_event(raw: bytes) -> dict[str, Any] | None:
    """The same where nothing is missing that submit stamps."""
    said = read_own(raw)
    return said if said is not None and "actor" in said and "recordedtime" in said else None


def _read(schema: Any) -> Any:
    """The core schema of a model as that of its own JSON: what is always written is required, and nothing is null."""
    match schema:
        case {"type": "model", "schema": fields}:
            return _read(fields)
        case {"type": "model-fields", "fields": fields}:
            said = {field.get("serialization_alias", name): _field(field["schema"]) for name, field in fields.items()}
            return {"type": "typed-dict", "fields": said, "extra_behavior": "forbid"}
        case {"type": "function-after", "schema": {"cls": model} as inner}:
            rule = {"type": "no-info", "function": _rule(model)}
            return {"type": "function-after", "function": rule, "schema": _read(inner)}
        case {"type": "tuple", "items_schema": [item]}:
            return {**schema, "items_schema": [_read(item)]}
        case {"type": "str" | "int" | "bool" | "literal"}:
            return {**schema, "strict": True}
    raise TypeError(f"the own JSON of {schema['type']!r} is not known")


def _field(schema: Any) -> Any:
    always = schema["type"] != "default" or schema["default"] is not None
    while schema["type"] in ("default", "nullable"):
        schema = schema["schema"]
    return {"type": "typed-dict-field", "schema": _read(schema), "required": always}


def _rule(model: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A validator of a whole model by what it states for JSON Schema: one of some fields is given."""
    one_of = {name for form in model.model_config["json_schema_extra"]["anyOf"] for name in form["required"]}

    def given(said: dict[str, Any]) -> dict[str, Any]:
        if one_of.isdisjoint(said):
            raise ValueError
        return said

    return given


def _form(event: type[Event]) -> Any:
    form = _read(event.__pydantic_core_schema__)
    for stamped in ("actor", "recordedtime"):
        form["fields"][stamped]["required"] = False
    return form


_FORMS: Any = {"type": "tagged-union", "discriminator": "type", "choices": {n: _form(e) for n, e in EVENTS.items()}}
_validate = SchemaValidator(_FORMS).validate_json
