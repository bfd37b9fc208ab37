"""The campaign plan, in its minimal form: what a figure needs to know before it can be counted.

A plan is a reviewed YAML file; its content hash stands on everything decided under it. Exactly one plan is
primary and owns the time zone of days and the default counting basis of screens.
"""

from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from schemas.strict_yaml import faults, read_yaml

Basis = Literal["occurred", "reported", "filed"]
BASES: tuple[Basis, ...] = ("occurred", "reported", "filed")


class PlanError(ValueError):
    """The plan file cannot be used; says where and why."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"未知时区 / unknown time zone {name!r}")
    return name


class Plan(BaseModel):
    """`counting_from`: before it nothing was counted; without it that is the first counted incident of a basis."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: str
    name: str
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    counting_basis: Basis
    attribution: Literal["reporting_station", "residence", "work"]
    rate_base: Literal["pop_actual", "pop_resident", "pop_registered"]
    counting_from: date | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def read_plan(text: str, name: str = "plan") -> tuple[Plan, str]:
    """The plan in a YAML text, and the SHA-256 of that text. Raises `PlanError` with the line or field."""
    try:
        plan = Plan.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise PlanError(f"{name}: 不是 YAML / not YAML: {error}") from error
    except ValidationError as error:
        raise PlanError(f"{name}: {faults(error.errors())}") from error
    return plan, sha256(text.encode()).hexdigest()


def default_plan() -> tuple[Plan, str]:
    """The plan that stands from the first day."""
    name = "county-year.yaml"
    return read_plan(files("schemas").joinpath("plans", name).read_text("utf-8"), name)
