"""Incident events (警情): the report and everything that changes it later. Rules E1–E8.

Amounts are new totals. A correction names the new value only; the newest event that sets a field wins.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.envelope import Event
from schemas.wire import AnyOf, Code, Fen, Wire, WireTime, any_of

Stage = Literal["completed", "attempted", "dissuaded"]


class IncidentData(Wire):
    occurred_at: WireTime
    station: Code = Field(description="受理派出所 / the station that took the report")
    residence_community: Code | None = None
    work_community: Code | None = None
    unit: Code | None = None
    category: Code
    loss_fen: Fen
    person_ref: Code | None = None
    reporter_ref: Code | None = None
    sex: Literal["female", "male"] | None = None
    age_band: Code | None = None
    occupation: Code | None = None
    contact: Code | None = None
    stage: Stage


class IncidentReported(Event):
    """接报一起警情（E1）。"""

    type: Literal["incident.reported"]
    data: IncidentData


STATED = (*IncidentData.model_fields, "reported_at", "filed_at")


class StatedData(AnyOf):
    """Any fields of the report, and the times that other events give."""

    model_config = ConfigDict(json_schema_extra=any_of(*STATED))

    occurred_at: WireTime | None = None
    station: Code | None = None
    residence_community: Code | None = None
    work_community: Code | None = None
    unit: Code | None = None
    category: Code | None = None
    loss_fen: Fen | None = None
    person_ref: Code | None = None
    reporter_ref: Code | None = None
    sex: Literal["female", "male"] | None = None
    age_band: Code | None = None
    occupation: Code | None = None
    contact: Code | None = None
    stage: Stage | None = None
    reported_at: WireTime | None = None
    filed_at: WireTime | None = None


class Stated(Event):
    """另一来源对同一起警情的首次陈述；按更正计。"""

    type: Literal["incident.stated"]
    data: StatedData


class CaseFiledData(Wire):
    case_number: Code | None = None


class CaseFiled(Event):
    """立案；立案日为 `time`（E5）。"""

    type: Literal["incident.case_filed"]
    data: CaseFiledData


class ReclassifiedData(Wire):
    category: Code


class Reclassified(Event):
    """更正类别。"""

    type: Literal["incident.reclassified"]
    data: ReclassifiedData


class LossData(Wire):
    loss_fen: Fen


class LossCorrected(Event):
    """更正损失总额。"""

    type: Literal["incident.loss_corrected"]
    data: LossData


class TimeData(AnyOf):
    model_config = ConfigDict(json_schema_extra=any_of("occurred_at", "reported_at", "filed_at"))

    occurred_at: WireTime | None = None
    reported_at: WireTime | None = None
    filed_at: WireTime | None = None


class TimeCorrected(Event):
    """更正发案、接报或立案时间：凡口径所据，皆可更正。"""

    type: Literal["incident.time_corrected"]
    data: TimeData


class StageData(Wire):
    stage: Stage


class StageCorrected(Event):
    """更正既遂、未遂、劝阻成功。"""

    type: Literal["incident.stage_corrected"]
    data: StageData


class FrozenData(Wire):
    frozen_fen: Fen


class FundsFrozen(Event):
    """冻结资金总额。"""

    type: Literal["incident.funds_frozen"]
    data: FrozenData


class ReturnedData(Wire):
    returned_fen: Fen


class FundsReturned(Event):
    """返还资金总额。"""

    type: Literal["incident.funds_returned"]
    data: ReturnedData


class MovedData(AnyOf):
    model_config = ConfigDict(json_schema_extra=any_of("station", "residence_community", "work_community"))

    station: Code | None = None
    residence_community: Code | None = None
    work_community: Code | None = None


class Moved(Event):
    """移送另一派出所，或更正社区。"""

    type: Literal["incident.moved"]
    data: MovedData


class MergedData(Wire):
    into: Annotated[str, StringConstraints(max_length=64)] = Field(description="空串撤销合并 / empty undoes")


class Merged(Event):
    """并入重复的另一起：不再计数，目标不变。"""

    type: Literal["incident.merged"]
    data: MergedData


class WithdrawnData(Wire):
    withdrawn: bool


class Withdrawn(Event):
    """撤案；false 恢复。"""

    type: Literal["incident.withdrawn"]
    data: WithdrawnData


class ZeroReportData(Wire):
    from_: WireTime = Field(alias="from")
    until: WireTime


class ZeroReportFiled(Event):
    """零报告（E8）：零不等于缺报。"""

    type: Literal["zero_report.filed"]
    data: ZeroReportData
