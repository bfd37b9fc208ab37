"""The submission form: what a form, an API caller or an importer may say.

It is the event form with two differences: `recordedtime` and `actor` may be missing, because submit
stamps them, and a person or household may be named by identity where the event has a reference.
Identities end here: submit asks the vault for the random reference and drops them, so that no personal
data passes the submit edge.
"""

import json
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    create_model,
    model_validator,
)

from schemas.envelope import Event
from schemas.events import invalid_field, lift, strict_json
from schemas.incidents import STATED, IncidentData, IncidentReported, Stated, StatedData
from schemas.own import Said, content_of, own_json, read_own
from schemas.plan import PlanError, adopted
from schemas.publicity import ReceiptData, ReceiptSigned
from schemas.registry import (
    PlanAdopted,
    PlanAdoptedData,
    RosterAmended,
    RosterAmendedData,
    RosterPartData,
    RosterPartRecorded,
)
from schemas.topics import EVENTS
from schemas.tuples import made
from schemas.wire import Code, Sha256, Text, Wire, WireTime, any_of, given


class Identity(Wire):
    """Exactly one of the three. A name alone is only as good as the community it is said in."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [given("id_number"), given("phone"), given("name")]})

    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9Xx]$")] | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9 -]{5,20}$")] | None = None
    name: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(v is not None for v in (self.id_number, self.phone, self.name)) != 1:
            raise ValueError("id_number、phone、name 三者恰取其一 / exactly one of id_number, phone, name")
        return self


class Household(Wire):
    community: Code
    address: Text


_TWICE = "身份与引用不可并存 / an identity and a reference for the same one"


def _not_both(*pairs: tuple[str, str]) -> list[JsonValue]:
    return [{"not": {"allOf": [given(identity), given(ref)]}} for identity, ref in pairs]


_VICTIMS: dict[str, JsonValue] = {"allOf": _not_both(("person", "person_ref"), ("reporter", "reporter_ref"))}


class _Victims(Wire):
    """The people of an incident, by identity or by reference."""

    person: Identity | None = None
    reporter: Identity | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        refs = getattr(self, "person_ref", None), getattr(self, "reporter_ref", None)
        if (self.person and refs[0]) or (self.reporter and refs[1]):
            raise ValueError(_TWICE)
        return self


class SubmittedIncident(_Victims, IncidentData):
    model_config = ConfigDict(json_schema_extra=_VICTIMS)


class SubmittedStatement(_Victims, StatedData):
    model_config = ConfigDict(json_schema_extra={**any_of(*STATED, "person", "reporter"), **_VICTIMS})


class SubmittedReceipt(ReceiptData):
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [given(f) for f in ("person_ref", "household_ref", "person", "household")],
            "allOf": _not_both(("person", "person_ref"), ("household", "household_ref")),
        }
    )

    person: Identity | None = None
    household: Household | None = None

    @model_validator(mode="after")
    def _someone(self) -> "SubmittedReceipt":
        if self.person is None and self.household is None:
            if self.person_ref is None and self.household_ref is None:
                raise ValueError("回执须有本人或住户 / a receipt proves a person or a household")
        elif (self.person and self.person_ref) or (self.household and self.household_ref):
            raise ValueError(_TWICE)
        return self


class SubmittedMember(Wire):
    model_config = ConfigDict(json_schema_extra={"oneOf": [given("ref"), given("person")]})

    ref: Code | None = None
    person: Identity | None = None
    household: Code | Household | None = None
    community: Code | None = None

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if (self.ref is None) == (self.person is None):
            raise ValueError("成员须有 ref 或 person 之一 / a member has either ref or person")
        return self


class SubmittedRosterPart(RosterPartData):
    members: tuple[SubmittedMember, ...]  # type: ignore[assignment]  # the form of a member before the vault


class SubmittedAmendment(RosterAmendedData):
    add: tuple[SubmittedMember, ...] = ()  # type: ignore[assignment]  # the form of a member before the vault


class SubmittedPlan(PlanAdoptedData):
    """`text` says everything else: what is left out is filled in from it, what is given has to agree with it."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [given("text"), {"allOf": [given("version"), given("sha256")]}]}
    )

    version: Code | None = None  # type: ignore[assignment]  # the text says it
    sha256: Sha256 | None = None  # type: ignore[assignment]  # the text says it

    @model_validator(mode="after")
    def _both(self) -> Self:
        if self.text is None:
            if self.version is None or self.sha256 is None:
                raise ValueError("须有 text / text is needed")
            return self
        try:
            own = adopted(self.text, self.valid_from)
        except PlanError as error:
            raise ValueError(str(error)) from error
        if other := [name for name, value in own.items() if getattr(self, name) not in (None, value)]:
            raise ValueError(f"与 text 不符 / does not agree with text: {', '.join(other)}")
        return self.model_copy(update=own)


_FORMS_OF_DATA: Mapping[type[Event], type[Wire]] = MappingProxyType(
    {
        IncidentReported: SubmittedIncident,
        Stated: SubmittedStatement,
        ReceiptSigned: SubmittedReceipt,
        RosterPartRecorded: SubmittedRosterPart,
        RosterAmended: SubmittedAmendment,
        PlanAdopted: SubmittedPlan,
    }
)


def _form(event: type[Event]) -> type[Event]:
    fields: dict[str, Any] = {"actor": (Code | None, None), "recordedtime": (WireTime | None, None)}
    if event in _FORMS_OF_DATA:
        fields["data"] = (_FORMS_OF_DATA[event], ...)
    return create_model(f"{event.__name__}Submission", __base__=event, __doc__=event.__doc__, **fields)


SUBMISSIONS: Mapping[str, type[Event]] = MappingProxyType({n: _form(event) for n, event in EVENTS.items()})
_RECORDED = b',"recordedtime":"'
_FORMS: Any = Annotated[reduce(or_, SUBMISSIONS.values()), Field(discriminator="type")]
_UNION: TypeAdapter[Event] = TypeAdapter(_FORMS)
_validate: Callable[[bytes | str], Event] = _UNION.validator.validate_json


class Submission(NamedTuple):
    """What a validated submission says, and its own JSON, in which either stamp may be missing.

    Where `has_identity` is true both still name people, and submit must ask the vault first of all.
    """

    said: Said
    own: bytes
    has_identity: bool

    @property
    def content(self) -> bytes:
        """Own JSON as far as the stamps, left open."""
        if self.said.actor is not None:
            return content_of(self.own)
        return self.own[: self.own.rindex(_RECORDED)] if self.said.recordedtime is not None else self.own[:-1]

    @property
    def recordedtime(self) -> str | None:
        """The stamp in the words in which it was given."""
        if self.said.recordedtime is None:
            return None
        return self.own[self.own.rindex(_RECORDED) + len(_RECORDED) : -len('"}')].decode()


def parse_submission(raw: bytes) -> Submission:
    """The submission in `raw`, lifted to the current version. Raises `Invalid`."""
    said = read_own(raw)
    if said is not None:
        return made(Submission, (said, raw, False))
    value = strict_json(raw)
    lift(value)
    try:
        event = _validate(json.dumps(value, ensure_ascii=False))
    except ValidationError as error:
        raise invalid_field(error) from None
    return Submission(event, own_json(event), _names_someone(event.data))


def _names_someone(data: object) -> bool:
    """Whether an identity is given where events have a reference."""
    if type(data) is SubmittedReceipt:
        return data.person is not None or data.household is not None
    if isinstance(data, _Victims):
        return data.person is not None or data.reporter is not None
    members: tuple[SubmittedMember, ...] = ()
    if type(data) is SubmittedRosterPart:
        members = data.members
    elif type(data) is SubmittedAmendment:
        members = data.add
    return any(m.person is not None or isinstance(m.household, Household) for m in members)
