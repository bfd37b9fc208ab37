"""Registry events: places, stations, units, who answers for whom, how many live there, rosters, plans.

Everything here is effective-dated: `valid_from` says from which day on a statement holds.
"""

from typing import Literal

from pydantic import Field

from schemas.envelope import Event
from schemas.wire import Code, Count, Day, Sha256, Text, Wire

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


class PlanAdoptedData(Wire):
    version: Code
    sha256: Sha256
    valid_from: Day


class PlanAdopted(Event):
    """启用某一版工作方案。"""

    type: Literal["plan.adopted"]
    data: PlanAdoptedData
