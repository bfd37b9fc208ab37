"""The rules that alert the office, pure: figures in, events out. Rule L2.

An alert's id is made from what it says, and what it says does not depend on when a rule looked; so a rule that looks
twice, in two processes or after a crash, says one alert. What was said before is left out where it is known.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from schemas import TOPIC_OF, Plan
from schemas.alerts import AlertData, AlertRaised, Rule
from schemas.own import own_json
from streams.figures import Question, answer
from streams.log import NewRecord
from streams.stamps import Stamps
from streams.warehouse import Warehouse

_NAMESPACE = UUID("3c0a2f6e-6a55-5c4a-8c43-0f0f5d0b9a11")
SOURCE = "rules/alerts"


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on: incidents of one station in seven days; seconds that figures stand still while records wait;
    rejected records."""

    incidents_7d: int = 10
    late_seconds: int = 120
    rejected: int = 1


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


def alerts_due(warehouse: Warehouse, plan: Plan, now: datetime, limits: Limits, waited: float) -> list[Alert]:
    """What is to be told now and was not told today. `waited`: seconds that figures stand still."""
    today = now.astimezone(plan.zone).date()
    rolling = answer(warehouse, Question("rolling", by=("station",), at=now), plan, now).dicts()
    rejected = answer(warehouse, Question("rejected"), plan, now).dicts()
    found = [
        *(Alert("high_incidence", row["station"], today, limits.incidents_7d) for row in rolling
          if row["incidents_7d"] >= limits.incidents_7d),
        *_late(today, limits, waited),
        *_rejected(today, plan.zone, limits, rejected),
    ]  # fmt: skip
    said = answer(warehouse, Question("alerts", since=today, to=today), plan, now).dicts()
    known = {Alert(row["rule"], row["place"], row["day"], row["threshold"]) for row in said}
    return [alert for alert in found if alert not in known]


def _late(today: date, limits: Limits, waited: float) -> Iterable[Alert]:
    if waited >= limits.late_seconds:
        yield Alert("late_data", "", today, limits.late_seconds)


def _rejected(today: date, zone: ZoneInfo, limits: Limits, rows: Iterable[dict[str, object]]) -> Iterable[Alert]:
    """One for each topic with records of today that never count."""
    of_today: dict[str, int] = {}
    for row in rows:
        moment = row["appended"]
        if isinstance(moment, datetime) and moment.astimezone(zone).date() == today:
            of_today[str(row["topic"])] = of_today.get(str(row["topic"]), 0) + 1
    return [Alert("rejected_records", t, today, limits.rejected) for t, n in of_today.items() if n >= limits.rejected]


def records(alerts: Collection[Alert], zone: ZoneInfo, stamps: Stamps) -> list[NewRecord]:
    """Alerts as records of the log."""
    return [_record(alert, zone, stamp) for alert, stamp in zip(alerts, stamps.take(len(alerts)), strict=True)]


def _record(alert: Alert, zone: ZoneInfo, recorded: str) -> NewRecord:
    midnight = datetime.combine(alert.day, time(), zone)
    place, day = alert.place or None, alert.day.isoformat()
    event = AlertRaised(
        specversion="1.0", id=alert.id, source=SOURCE, type="alert.raised", subject=alert.subject,
        time=midnight.isoformat(), actor="rules", recordedtime=recorded,
        data=AlertData(rule=alert.rule, place=place, day=day, threshold=alert.threshold),
    )  # fmt: skip
    return NewRecord(TOPIC_OF[event.type], event.subject, own_json(event))
