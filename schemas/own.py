"""Own JSON: the one way in which an event's model writes it, and the fast check that bytes are already that.

In: one record's or submission's bytes. Out: what they say by name, exactly where the model of their type admits them
and would write the same bytes; else nothing, and whoever asked reads with care and says why not. The check is made
from the models: their fields as structs, which are read in two fifths of a model's time and written again in an eighth.
Times are moments there: which spelling of one is wire form is seen when it is written again.
Left to the models: types of which little is said (their forms may be of any shape), text with escapes, identities,
what a model adds, drops or orders otherwise, and times of rare form, of other offsets than China's, or spelt as moments
are not: six zeros as a fraction, UTC as an offset.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from operator import attrgetter
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta, defstruct
from msgspec.json import Decoder, Encoder

from schemas.envelope import Event
from schemas.topics import EVENTS
from schemas.wire import TIME, alternatives

MAX_BYTES = 1_048_576  # the broker's own limit for one record
_ACTOR = b',"actor":"'  # quotes inside values are escaped, so the last one found is the envelope's own
_TYPE = b'","type":"'  # and the first one found is the envelope's own: no name before it holds anything but text
_ESCAPE = b"\\"
OFTEN = frozenset({"incident", "receipt", "action"})  # families whose types are read by structs
_MOMENT = Annotated[datetime, Meta(tz=True)]
_ZONES = frozenset({UTC, timezone(timedelta(hours=8))})  # looked up in a fifth of the time of asking for an offset


class Said(Protocol):
    """What an event or a submission says, whoever read it: a model, or a struct here. Stamps may be missing."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def data(self) -> Any: ...
    @property
    def actor(self) -> str | None: ...
    @property
    def recordedtime(self) -> object | None: ...


def own_json(event: Event) -> bytes:
    """The model's own JSON: declared order, no nulls, no spaces. This is the form submit writes."""
    return type(event).__pydantic_serializer__.to_json(event, exclude_none=True, by_alias=True)


def content_of(own: bytes) -> bytes:
    """The content of an event's own JSON: everything before `actor` and `recordedtime`, left open."""
    return own[: own.rindex(_ACTOR)]


def type_of(own: bytes) -> bytes:
    """The type that an event's own JSON names; anything where `own` is not that."""
    start = own.find(_TYPE) + len(_TYPE)
    return own[start : own.find(b'"', start)]


def content_digest(own: bytes) -> bytes:
    """SHA-256 over the content of an event's own JSON."""
    return sha256(content_of(own)).digest()


def read_own(raw: bytes) -> Said | None:
    """What own JSON says, of an event or of a submission without identities; None where `raw` may be something else."""
    if len(raw) > MAX_BYTES or _ESCAPE in raw:
        return None
    read = _READ.get(type_of(raw))
    if read is None:
        return None
    try:
        said = read(raw)
    except ValueError:  # of what it says, or of bytes that are not text
        return None
    moments = said.time, said.sourcetime, said.recordedtime
    good = _write(said) == raw and all(moment is None or _within(moment) for moment in moments)
    return said if good else None


def read_own_event(raw: bytes) -> Said | None:
    """The same where nothing is missing that submit stamps."""
    said = read_own(raw)
    return said if said is not None and said.actor is not None and said.recordedtime is not None else None


def _type(schema: Any) -> Any:
    """The core schema of a model, or of something in it, as the type of its own JSON."""
    match schema:
        case {"type": "model"}:
            return _struct(schema)
        case {"type": "function-after", "schema": {"type": "model", "cls": model} as inner}:
            return _struct(inner, rule=_rule(model))
        case {"type": "tuple", "items_schema": [item]}:
            return tuple[_type(item), ...]  # type: ignore[misc]  # a type that is made here, for msgspec
        case {"type": "str", "pattern": pattern} if pattern == TIME:
            return _MOMENT
        case {"type": "str"}:
            return Annotated[str, Meta(**{k: schema.get(k) for k in ("pattern", "min_length", "max_length")})]
        case {"type": "int"}:
            return Annotated[int, Meta(ge=schema.get("ge"), le=schema.get("le"))]
        case {"type": "bool"}:
            return bool
        case {"type": "literal", "expected": expected}:
            return Literal[*expected]
    raise TypeError(f"the own JSON of {schema['type']!r} is not known")


def _struct(model: Any, stamped: Collection[str] = (), rule: Callable[[Any], None] | None = None) -> Any:
    """What the model always writes is required, but for `stamped`; the rest is None and not written again."""
    fields: dict[str, Any] = model["schema"]["fields"]
    members: list[Any] = []
    moments: list[str] = []  # but for the envelope's: to look at them in `read_own` takes half the time
    for name, field in fields.items():
        schema = field["schema"]
        always = name not in stamped and (schema["type"] != "default" or schema["default"] is not None)
        while schema["type"] in ("default", "nullable"):
            schema = schema["schema"]
        kind = _type(schema)
        members.append((name, kind) if always else (name, kind | None, None))
        if kind is _MOMENT and not stamped:
            moments.append(name)
    rules = [rule] if rule else []
    if moments:
        rules.append(_bounds(moments))
    names = {name: field.get("serialization_alias", name) for name, field in fields.items()}
    return defstruct(
        model["cls"].__name__, members, rename=names, namespace={"__post_init__": _all(rules)} if rules else None,
        kw_only=True, omit_defaults=True, gc=False,  # what is not a field is not written again, and found so
    )  # fmt: skip


def _all(rules: Sequence[Callable[[Any], None]]) -> Callable[[Any], None]:
    def ruled(said: Any) -> None:
        for rule in rules:
            rule(said)

    return rules[0] if len(rules) == 1 else ruled


def _bounds(names: Sequence[str]) -> Callable[[Any], None]:
    """A rule: the moments of these names are within bounds."""
    of = attrgetter(*[*names, *names][: max(2, len(names))])  # of one name alone it would give no tuple

    def bounded(said: Any) -> None:
        for moment in of(said):
            if moment is not None and not _within(moment):
                raise ValueError

    return bounded


def _within(moment: datetime) -> bool:
    """The bounds of a wire time: what else it must be, its spelling shows."""
    return 1990 <= moment.year <= 2099 and moment.tzinfo in _ZONES


def _rule(model: Any) -> Callable[[Any], None]:
    """A validator of a whole model by what it states for JSON Schema: one of some fields is given."""
    one_of = alternatives(model)

    def given(said: Any) -> None:
        if all(getattr(said, name) is None for name in one_of):
            raise ValueError

    return given


def _reader(event: type[Event]) -> Callable[[bytes], Any]:
    return Decoder(_struct(event.__pydantic_core_schema__, stamped=("actor", "recordedtime"))).decode


_READ = {name.encode(): _reader(event) for name, event in EVENTS.items() if name.split(".")[0] in OFTEN}
_write = Encoder().encode
