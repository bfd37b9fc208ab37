"""The campaign plan: what a figure needs to know before it can be counted, and from which value on rules alert.

A plan is a reviewed YAML file; an event carries its text and the same as JSON (`document`), so that the log alone
replays. Exactly one plan is primary and owns the time zone of days and the default counting basis of screens.
"""

from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from schemas import marked_yaml
from schemas.strict_yaml import read_yaml

Basis = Literal["occurred", "reported", "filed"]
BASES: tuple[Basis, ...] = ("occurred", "reported", "filed")
MAX_BYTES = 200_000
# Sections of the format that this program does not read: a plan that counts on them would count on nothing.
LATER = frozenset(
    {"phases", "terms", "working_days", "closes", "follows", "filings", "matters", "duties", "reductions", "ranking",
     "fraud_free", "evaluation"}
)  # fmt: skip
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Fault(NamedTuple):
    """One mistake of a plan file: its line, the path of keys to it, and what to do."""

    line: int
    where: str
    text: str

    def __str__(self) -> str:
        return f"第 {self.line} 行 / line {self.line} {self.where}: {self.text}"


class PlanError(ValueError):
    """The plan file cannot be used; says where and why. `faults` are all mistakes found."""

    def __init__(self, text: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(text)
        self.faults = faults


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"未知时区 / unknown time zone {name!r}")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False)


class Period(_Part):
    """Days, both in; without `until` it goes on (长期坚持)."""

    from_: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError("until 早于 from / until is before from")
        return self


class AlertLimits(_Part):
    """From which value on it alerts: incidents of one station in seven days; rejected records of one day."""

    incidents_7d: int = Field(10, ge=1, le=10**9)
    rejected: int = Field(1, ge=1, le=10**9)


class Plan(_Part):
    """`counting_from`: before it nothing was counted; without it that is the first counted incident of a basis.

    `settle_seconds`: so long rules wait for records that are stamped and not yet in the log.
    """

    id: _Code
    name: str
    version: _Code = "1"
    primary: bool = True
    issued_by: str | None = None
    period: Period | None = None
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    counting_basis: Basis
    counting_from: date | None = None
    attribution: Literal["reporting_station", "residence", "work"]
    rate_base: Literal["pop_actual", "pop_resident", "pop_registered"]
    settle_seconds: int = Field(60, ge=1, le=3600)
    alerts: AlertLimits = AlertLimits()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def document(self) -> dict[str, Any]:
        """The same as JSON, with every default written out: what a plan says does not change with the program."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def read_plan(text: str, name: str = "plan") -> tuple[Plan, str]:
    """The plan in a YAML text, and the SHA-256 of that text. Raises `PlanError` with line and field of each mistake."""
    raw = text.encode(errors="surrogatepass")
    if len(raw) > MAX_BYTES:
        raise PlanError(f"{name}: {len(raw)} 字节，最多 {MAX_BYTES} / too long: at most {MAX_BYTES} bytes")
    try:
        plan = Plan.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise PlanError(f"{name}: 不是 YAML / not YAML: {error}") from error
    except ValidationError as error:
        found = tuple(_faults(error, text))
        raise PlanError(f"{name}: {'; '.join(map(str, found))}", found) from error
    return plan, sha256(raw).hexdigest()


def read_document(json: str) -> Plan:
    """The plan that an event carries as JSON. Raises `PlanError` where a later program wrote it."""
    try:
        return Plan.model_validate_json(json)
    except ValidationError as error:
        raise PlanError(f"日志中的方案由更新的程序写入 / a later program wrote this plan: {error}") from error


def written(plan: Plan) -> str:
    """A plan as a file says it."""
    return str(yaml.safe_dump(plan.model_dump(by_alias=True, exclude_none=True), allow_unicode=True, sort_keys=False))


def ordered(value: Any) -> Any:
    """JSON with one order of keys, so that one content has one digest."""
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return [ordered(one) for one in value] if isinstance(value, list) else value


def adopted(text: str, since: str) -> dict[str, Any]:
    """The data of the event that adopts the plan in `text` from a day on. Raises `PlanError`."""
    plan, digest = read_plan(text)
    return {
        "version": plan.version, "sha256": digest, "valid_from": since, "text": text, "plan": ordered(plan.document),
        "primary": plan.primary,
    }  # fmt: skip


def default_plan() -> tuple[Plan, str]:
    """The plan that stands until one is adopted."""
    return read_plan(default_text(), _DEFAULT)


_DEFAULT = "county-year.yaml"


def default_text() -> str:
    return files("schemas").joinpath("plans", _DEFAULT).read_text("utf-8")


def _faults(error: ValidationError, text: str) -> list[Fault]:
    try:
        _, marks = marked_yaml.load(text)
    except marked_yaml.YamlError:  # an alias: the safe loader has read it
        marks = {(): 1}
    return sorted(
        Fault(
            marked_yaml.line_of(marks, one["loc"]),
            ".".join(map(str, one["loc"])) or "(全文 / whole file)",
            _remedy(one["type"], str(one["loc"][-1]) if one["loc"] else "", one["msg"]),
        )
        for one in error.errors()
    )


def _remedy(kind: str, key: str, said: str) -> str:
    if kind == "missing":
        return f"缺少此项，请补上 / Field required: {key}"
    if kind == "extra_forbidden" and key in LATER:
        return "本程序尚不读取此节，请先去掉 / not read by this program yet: leave it out"
    if kind == "extra_forbidden":
        return f"没有这一项；可用 / Extra inputs; possible: {', '.join(Plan.model_fields)}"
    return f"请改正 / {said}"
