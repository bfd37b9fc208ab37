"""Registry events: places, stations, units, who answers for whom, how many live there, rosters, plans.

Everything here is effective-dated: `valid_from` says from which day on a statement holds.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from schemas.envelope import Event
from schemas.plan import MAX_BYTES, ordered
from schemas.wire import Code, Count, Day, Sha256, Text, Wire, any_of, given

Level = Literal["county", "township", "community", "compound"]


class PlaceData(Wire):
    level: Level
    name: Text
    parent: Code | None = None
    valid_from: Day


class PlaceRegistered(Event):
    """县、乡镇、社区/村、小区：名称与上级。"""

    type: Literal["place.registered"]
    data: PlaceData


class StationData(Wire):
    name: Text
    township: Code
    valid_from: Day


class StationRegistered(Event):
    """派出所及其所在乡镇。"""

    type: Literal["station.registered"]
    data: StationData


class StationMergedData(Wire):
    into: Code
    valid_from: Day


class StationMerged(Event):
    """派出所并入另一所。"""

    type: Literal["station.merged"]
    data: StationMergedData


class UnitData(Wire):
    name: Text
    kind: Code
    valid_from: Day


class UnitRegistered(Event):
    """成员单位。"""

    type: Literal["unit.registered"]
    data: UnitData


class AssignmentData(Wire):
    station: Code
    township: Code
    valid_from: Day


class CommunityAssigned(Event):
    """社区/村由哪个派出所、哪个乡镇负责。"""

    type: Literal["community.assigned"]
    data: AssignmentData


class PopulationData(Wire):
    valid_from: Day
    pop_actual: Count | None = None
    pop_resident: Count | None = None
    pop_registered: Count | None = None
    households: Count | None = None


class PopulationRecorded(Event):
    """社区/村的实有、常住、户籍人口与户数。"""

    type: Literal["population.recorded"]
    data: PopulationData


class Member(Wire):
    ref: Code = Field(description="保险库给出的随机引用 / the vault's random reference")
    household: Code | None = None
    community: Code | None = None


class RosterPartData(Wire):
    audience: Code
    scope: Code
    version: Code
    valid_from: Day
    part: int = Field(ge=1, le=100_000)
    parts: int = Field(ge=1, le=100_000)
    members: tuple[Member, ...]


class RosterPartRecorded(Event):
    """花名册的一部分；所有部分到齐才生效。"""

    type: Literal["roster.part_recorded"]
    data: RosterPartData


class RosterAmendedData(Wire):
    valid_from: Day
    add: tuple[Member, ...] = ()
    remove: tuple[Code, ...] = ()


class RosterAmended(Event):
    """花名册增减人员。"""

    type: Literal["roster.amended"]
    data: RosterAmendedData


class SourceCheckedData(Wire):
    kind: Code
    sha256: Sha256
    rows: Count
    missing: tuple[Code, ...] = Field(max_length=5_000)
    field: Literal["occurred_at", "reported_at", "filed_at"] | None = None
    from_: Day | None = Field(alias="from", default=None)
    until: Day | None = None


class SourceChecked(Event):
    """某来源的全量导出已核对：从 from 到 until（含）应有而不再有的编号；不写起止即该来源的全部。"""

    type: Literal["source.checked"]
    data: SourceCheckedData


_NO_TEXT: dict[str, Any] = {"not": any_of("text", "plan")}


class PlanAdoptedData(Wire):
    """`plan` is `text` as JSON, made and checked by submit: the engine reads no YAML."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_NO_TEXT, {"allOf": [given("text"), given("plan")]}]})

    version: Code
    sha256: Sha256
    valid_from: Day
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_BYTES)] | None = None
    plan: Annotated[dict[str, Any], AfterValidator(ordered)] | None = None
    days_off: tuple[Day, ...] | None = None
    days_on: tuple[Day, ...] | None = None
    primary: bool | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.text is None) != (self.plan is None):
            raise ValueError("text 与 plan 须并存 / text and plan come together")
        return self


class PlanAdopted(Event):
    """启用某一版工作方案：原文，及由提交环节核对过的同一内容。第 1 版没有原文，只作历史。"""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"properties": {"dataversion": {"const": 1}, "data": _NO_TEXT}, "required": ["dataversion"]},
                {"properties": {"dataversion": {"const": 2}, "data": given("text")}},
            ]
        }
    )

    type: Literal["plan.adopted"]
    dataversion: Literal[1, 2] = 2  # type: ignore[assignment]  # a later form, and the first one stands
    data: PlanAdoptedData

    @model_validator(mode="after")
    def _of_its_version(self) -> Self:
        if (self.dataversion == 1) != (self.data.text is None):
            raise ValueError("dataversion 2 有 text，1 没有 / version 2 has a text, version 1 has none")
        return self
