"""The rules that alert the office: the same alert whoever looks and when, once a day, and read back from the log."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from schemas import Event, Plan, parse
from streams.app import LEADER, Looked, Watch, look, teller
from streams.figures import Question, answer
from streams.log import NewRecord, Partition
from streams.pump import Pump
from streams.rules import Alert, Limits, alerts_due, records
from streams.stamps import Stamps
from streams.warehouse import Warehouse
from tests.loops import played
from tests.memory_log import MemoryLog
from tests.wire import event, record

NOW = datetime(2026, 2, 10, 1, 30, tzinfo=UTC)
pytestmark = pytest.mark.chdb


def report(number: int, station: str, at: datetime) -> NewRecord:
    data = {"occurred_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "station": station, "category": "brushing",
            "loss_fen": 1, "stage": "completed"}  # fmt: skip
    return record(event(f"e-{station}-{number}", "incident.reported", f"jq-{station}-{number}", data))


def test_an_alert_says_the_same_whoever_looks(plan: Plan) -> None:
    alert = Alert("high_incidence", "ps-1", date(2026, 2, 10), 3)
    (one,) = records([alert], plan.zone, Stamps(lambda: NOW))
    (other,) = records([alert], plan.zone, Stamps(lambda: NOW + timedelta(hours=3)))
    assert parse(one.value).digest == parse(other.value).digest
    assert parse(one.value).event.id == alert.id
    assert len({Alert("late_data", "", alert.day, 3).id, Alert("late_data", "", alert.day, 4).id, alert.id}) == 3


def test_what_is_on_its_way_is_not_said_again(warehouse: Warehouse, plan: Plan) -> None:
    """The rule looks again before the pump has brought its alert to the figures."""
    log = MemoryLog(lambda: int(NOW.timestamp()) * 1_000_000)
    log.append([report(n, "ps-1", NOW) for n in range(3)])
    pump = Pump(log, warehouse, plan)
    pump.drain()
    watch = Watch(plan, Limits(3, 120), lambda: NOW, lambda event: None, 10.0)
    looked = Looked(Stamps(lambda: NOW))
    (first,) = look(pump, watch, looked)
    assert looked.said == {first.id}
    assert look(pump, watch, looked) == []
    assert [alert.id for alert in look(pump, watch, Looked(Stamps(lambda: NOW)))] == [first.id], (
        "another process says it again"
    )
    pump.drain()
    assert look(pump, watch, Looked(Stamps(lambda: NOW))) == []


class Leads(MemoryLog):
    """A log of which this pump has the registry alone, as a leader beside another worker."""

    def places(self) -> frozenset[Partition]:
        return frozenset({LEADER})

    def ends(self) -> dict[Partition, int]:
        return {LEADER: super().ends()[LEADER]}


def test_the_records_of_a_worker_that_is_gone_are_late_too(
    warehouse: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Leads(lambda: int(NOW.timestamp()) * 1_000_000)
    log.append([report(1, "ps-1", NOW)])
    pump = Pump(log, warehouse, plan)
    watch, looked = Watch(plan, Limits(9, 120), lambda: NOW, lambda event: None, 10.0), Looked(Stamps(lambda: NOW))

    def rules(at: float) -> list[str]:
        monkeypatch.setattr("streams.app.monotonic", lambda: at)
        return [alert.rule for alert in look(pump, watch, looked)]

    assert [rules(at) for at in (0.0, 119.0, 120.0, 121.0)] == [[], [], ["late_data"], []]


def test_figures_that_move_are_not_late() -> None:
    """However far behind they are; what stands still counts from where it was seen to stand, until all is there."""
    looked, place, other = Looked(Stamps(lambda: NOW)), ("publicity", 1), ("incidents", 0)
    seen = [(0, 0.0, 0.0), (1, 50.0, 0.0), (1, 90.0, 40.0), (2, 99.0, 0.0), (2, 149.0, 50.0), (9, 150.0, 0.0)]
    for at, now, waited in seen:
        assert looked.waited({place: 9, other: 3}, {place: at, other: 3}, now) == waited


def test_high_incidence_late_and_rejected(warehouse: Warehouse, plan: Plan) -> None:
    log = MemoryLog(lambda: int(NOW.timestamp()) * 1_000_000)
    log.append([report(n, "ps-1", NOW - timedelta(days=n)) for n in range(3)])
    log.append([report(n, "ps-2", NOW - timedelta(days=n * 4)) for n in range(3)])
    log.append([NewRecord("publicity", "k", b"{")])
    pump = Pump(log, warehouse, plan)
    pump.drain()
    limits = Limits(incidents_7d=3, late_seconds=60)
    due = alerts_due(warehouse, plan, NOW, limits, 61.0)
    assert {(alert.rule, alert.place) for alert in due} == {
        ("high_incidence", "ps-1"), ("late_data", ""), ("rejected_records", "publicity"),
    }  # fmt: skip
    assert alerts_due(warehouse, plan, NOW, limits, 59.0) == [a for a in due if a.rule != "late_data"]
    log.append(records(due, plan.zone, Stamps(lambda: NOW)))
    log.append(
        records(due, plan.zone, Stamps(lambda: NOW + timedelta(seconds=9)))
    )  # another worker, or the same after a crash
    pump.drain()
    assert alerts_due(warehouse, plan, NOW, limits, 61.0) == [], "told once a day"
    found = answer(warehouse, Question("alerts", since=date(2026, 2, 10), to=date(2026, 2, 10)), plan, NOW).dicts()
    assert {(row["rule"], row["place"], row["threshold"]) for row in found} == {
        (alert.rule, alert.place, alert.threshold) for alert in due
    }
    assert len(found) == 3
    for days, rules in ((1, {"high_incidence", "late_data"}), (9, {"late_data"})):
        later = alerts_due(warehouse, plan, NOW + timedelta(days=days), limits, 61.0)
        assert {alert.rule for alert in later} == rules, f"{days} days later, once more where it still holds"


@pytest.mark.parametrize(("fails", "heard"), [(1, [1, 2, 3]), (2, [1, 2, 3]), (3, [2, 3])])
def test_who_cannot_be_told_is_told_again(plan: Plan, fails: int, heard: list[int]) -> None:
    """The first alert fails so many times; one is no event, one is said by two leaders; those after it are heard."""
    alerts = [Alert("high_incidence", f"ps-{n}", date(2026, 2, 10), 3) for n in (1, 2, 3)]
    one, two, three = (r.value for r in records(alerts, plan.zone, Stamps(lambda: NOW)))
    left, told = fails, []

    def tell(event: Event) -> None:
        nonlocal left
        if event.id == alerts[0].id and left:
            left -= 1
            raise OSError("nobody hears")
        told.append(event.id)

    async def said() -> AsyncIterator[bytes]:
        for value in (one, b"{", two, two, three):
            yield value

    played(teller(tell, (0.0, 0.0))(said()))
    assert told == [alerts[n - 1].id for n in heard]
