"""The words events are made of: wire types shared by every event model.

In: JSON text. Out: validated `str` and `int` values, unchanged. Times stay text on purpose: the pattern
admits one form only (calendar-correct, 1990–2099), so pydantic and ClickHouse cannot disagree about it,
the stored bytes are the submitted ones, and a digest over them is stable. `instant` gives the aware
datetime where one is needed.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# [0-9], never \d: for pydantic \d is any script's digit, for ClickHouse it is not.
_YEAR = r"(?:199[0-9]|20[0-9][0-9])"
_LEAP = r"(?:199[26]|20(?:[02468][048]|[13579][26]))"  # exact for 1990–2099: 2000 has one, 2100 is outside
_DAY = (
    rf"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    rf"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
TIME = rf"^{_DAY}T{_CLOCK}$"

WireTime = Annotated[
    str,
    StringConstraints(pattern=TIME),
    Field(
        json_schema_extra={"format": "date-time"},
        description="YYYY-MM-DDThh:mm:ss[.ffffff](Z|±hh:mm), 1990–2099",
    ),
]
Day = Annotated[
    str,
    StringConstraints(pattern=rf"^{_DAY}$"),
    Field(json_schema_extra={"format": "date"}, description="YYYY-MM-DD, a day of the plan's time zone"),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Fen = Annotated[int, Field(ge=0, le=10**15, description="金额，整数分，新总额 / integer fen, a new total")]


class Wire(BaseModel):
    """A value as it travels: strict, frozen, and nothing beside its declared fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False)


def given(name: str) -> dict[str, Any]:
    """JSON Schema of "this field is given": model validators state their rule with it for documents."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def any_of(*names: str) -> dict[str, Any]:
    """JSON Schema of "one of these fields is given": an `AnyOf` states its rule with it, and reads it there."""
    return {"anyOf": [given(name) for name in names]}


def alternatives(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of which a model's JSON Schema demands one at least."""
    extra: Any = model.model_config["json_schema_extra"]
    return tuple(name for form in extra["anyOf"] for name in form["required"])


class AnyOf(Wire):
    """Data of which one of the fields named in `any_of` is given at least."""

    @model_validator(mode="after")
    def _one_is_given(self) -> Self:
        names = alternatives(type(self))
        if all(getattr(self, name) is None for name in names):
            raise ValueError(f"至少写明其一 / at least one of: {', '.join(names)}")
        return self


def instant(text: str) -> datetime:
    """The moment a `WireTime` names, as an aware datetime in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def wire_time(moment: datetime) -> str:
    """The wire form of an aware datetime: UTC, always with microseconds, so that texts sort as moments do."""
    if moment.tzinfo is None:
        raise ValueError("a wire time needs an aware datetime")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
