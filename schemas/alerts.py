"""Alerts (预警): what the office is told without asking. Rule L2.

Derived events: rules over figures say them, under ids made from their content, so that whoever says one again says the
same. Therefore nothing in them may depend on when a rule happened to look.
"""

from typing import Literal

from pydantic import Field

from schemas.envelope import Event
from schemas.wire import Code, Day, Wire

Rule = Literal["high_incidence", "late_data", "rejected_records"]


class AlertData(Wire):
    rule: Rule
    place: Code | None = Field(None, description="派出所，或数据所在的主题 / a station, or the topic of the data")
    day: Day = Field(description="方案时区的日子 / the day in the plan's time zone")
    threshold: int = Field(ge=1, le=10**9, description="达到多少即预警 / from which value on it is told")


class AlertRaised(Event):
    """发出一条预警：同一规则、地点、日子只发一次（L2）。"""

    type: Literal["alert.raised"]
    data: AlertData
