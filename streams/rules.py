"""The rules that alert the office: SQL over facts, events out. Rule L2.

In: a stretch of time under one plan, over which everything is in the marts. Out: alerts that were due within it, as
known then. An alert's id is made from what it says, and nothing in it depends on when or where a rule looked: who says
one twice says it once. A new rule is a row of `RULES` and an SQL file of its name.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from schemas import Plan
from schemas.alerts import Rule
from streams.figures import figures
from streams.fold import expand, folded_sources, present, template
from streams.warehouse import Warehouse

_NAMESPACE = UUID("3c0a2f6e-6a55-5c4a-8c43-0f0f5d0b9a11")
_START = datetime(1970, 1, 1, tzinfo=UTC)
SOURCE = "rules/alerts"


@dataclass(frozen=True, slots=True)
class Alert:
    rule: Rule
    place: str
    day: date
    threshold: int

    @property
    def id(self) -> str:
        return str(uuid5(_NAMESPACE, f"{self.rule}|{self.place}|{self.day}|{self.threshold}"))

    @property
    def subject(self) -> str:
        return f"{self.rule}:{self.place}"[:64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time after `since` until `to`, under one plan; `opens`: nobody has looked at how things stood at `since`."""

    plan: Plan
    since: datetime
    to: datetime
    opens: bool = True

    @property
    def params(self) -> dict[str, Any]:
        """Moments as microseconds since 1970."""
        since, to = ((moment - _START) // timedelta(microseconds=1) for moment in (self.since, self.to))
        of_plan = {"zone": self.plan.time_zone, "basis": self.plan.counting_basis}
        return {"since": since, "to": to, "opens": self.opens, "epoch": 0} | of_plan


def _high_incidence(warehouse: Warehouse, stretch: Stretch) -> list[Alert]:
    threshold = stretch.plan.alerts.incidents_7d
    params = stretch.params | {"threshold": threshold}
    stations = [station for (station,) in warehouse.query(template("rules", "many"), params).rows]
    if not stations:
        return []
    rows = warehouse.query(_high_incidence_sql(), params | {"stations": stations})
    return [Alert("high_incidence", row["place"], row["day"], threshold) for row in rows.dicts()]


def _high_incidence_sql() -> str:
    """Limit: ids that were said by several incidents decide nothing here; the log of one machine keeps them out."""
    own = {
        "incident_facts": "({{versioned}})", "component": "({{versioned_groups}})", "rivals": "",
        **{name: f"({template('rules', name)})" for name in ("version", "concerned", "near")},
        **{name: template("rules", name) for name in ("versioned", "versioned_groups")},
    }  # fmt: skip
    of_groups = "f.incident IN (SELECT incident FROM {{component}})"
    where = {"merge": of_groups}
    return expand(template("rules", "high_incidence"), lambda f: where.get(f, "1"), folded_sources() | own)


def _rejected(warehouse: Warehouse, stretch: Stretch) -> list[Alert]:
    threshold = stretch.plan.alerts.rejected
    rejected = present(figures()["rejected"].sql.replace("{{where}}", "1"))
    sql = template("rules", "rejected_records").replace("{{rejected}}", f"({rejected})")
    rows = warehouse.query(sql, stretch.params | {"threshold": threshold})
    return [Alert("rejected_records", row["place"], row["day"], threshold) for row in rows.dicts()]


RULES: Mapping[str, Callable[[Warehouse, Stretch], list[Alert]]] = MappingProxyType(
    {"high_incidence": _high_incidence, "rejected_records": _rejected}
)


def unsaid(warehouse: Warehouse, alerts: Collection[Alert]) -> list[Alert]:
    """Those that the facts do not know."""
    if not alerts:
        return []
    ids = {"ids": [alert.id for alert in alerts]}
    said = {
        i
        for (i,) in warehouse.query("SELECT event_id FROM alert_facts WHERE event_id IN {ids:Array(String)}", ids).rows
    }
    return [alert for alert in alerts if alert.id not in said]


def event_of(alert: Alert, zone: ZoneInfo) -> dict[str, Any]:
    """An alert as an event; who says it and when is added by whoever says it."""
    data = {"rule": alert.rule, "place": alert.place, "day": alert.day.isoformat(), "threshold": alert.threshold}
    return {
        "specversion": "1.0", "id": alert.id, "source": SOURCE, "type": "alert.raised", "subject": alert.subject,
        "time": datetime.combine(alert.day, time(), zone).isoformat(),
        "data": {name: value for name, value in data.items() if value},
    }  # fmt: skip
