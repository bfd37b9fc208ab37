"""The sweep of rules: what is due at any moment, as known then, however often and from where somebody looks."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from schemas import Plan, default_plan, parse, read_plan
from schemas.plan import AlertLimits
from streams.figures import Question, answer
from streams.log import NewRecord
from streams.migrations import migrate
from streams.plans import adoption, read_plans
from streams.pump import Pump
from streams.rules import RULES, Alert, Stretch, event_of
from streams.stamps import Stamps
from streams.sweep import Sweep
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.plans import limited
from tests.properties.programs import empty
from tests.wire import Event, event, raw, records

pytestmark = pytest.mark.chdb
BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=12)
STATIONS = ("s1", "s2")


def wire(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def some_events(random: Random, count: int) -> list[Event]:
    """Reports, and all that can make an incident count elsewhere, at another time or not at all; in any order."""
    incidents = [f"jq-{n}" for n in range(count // 2)]
    said: list[Event] = []
    for number in range(count):
        at = BEGIN + (END - BEGIN) * random.random()
        subject, moment = random.choice(incidents), at - timedelta(days=random.choice([0, 0, 1, 6.9, 9, -0.5]))
        report = {
            "occurred_at": wire(moment), "station": random.choice(STATIONS), "category": "romance", "loss_fen": 1,
            "stage": random.choice(["completed", "dissuaded"]),
        }  # fmt: skip
        changes: list[tuple[str, dict[str, Any]]] = [
            ("incident.moved", {"station": random.choice(STATIONS)}),
            ("incident.time_corrected", {"occurred_at": wire(moment)}),
            ("incident.withdrawn", {"withdrawn": random.random() < 0.7}),
            ("incident.merged", {"into": random.choice([*incidents, ""])}),
            ("incident.stage_corrected", {"stage": random.choice(["completed", "attempted", "dissuaded"])}),
        ]
        kind, data = random.choice([("incident.reported", report)] * 8 + changes)
        said.append(event(f"e{number}", kind, subject, data, recorded=wire(at), time=wire(at)))
    return said


def filled(warehouse: Warehouse, plan: Plan, said: Sequence[Event]) -> None:
    empty(warehouse)
    log = MemoryLog()
    pump = Pump(log, warehouse, plan)
    log.append(records(said))
    pump.drain()


def known_then(warehouse: Warehouse, plan: Plan, moments: Sequence[datetime]) -> set[tuple[str, date]]:
    """The plain rule: at each moment, what the figure of rolling windows says, as known then."""
    found = set()
    for at in moments:
        question = Question("rolling", by=("station",), at=at, as_known_at=at)
        for row in answer(warehouse, question, plan, END).dicts():
            if row["incidents_7d"] >= plan.alerts.incidents_7d:
                found.add((row["station"], at.astimezone(plan.zone).date()))
    return found


def turning_points(said: Sequence[Event], plan: Plan, since: datetime, to: datetime) -> list[datetime]:
    """Every moment of (since, to] at which a count can grow, and each midnight."""
    texts = [text for e in said for text in (e["recordedtime"], e["data"].get("occurred_at")) if text]
    days = (since.astimezone(plan.zone).date() + timedelta(days=n) for n in range((to - since).days + 2))
    midnights = (datetime.combine(day, time(), plan.zone) for day in days)
    first = since + timedelta(microseconds=1)
    return sorted({m for m in (first, *map(datetime.fromisoformat, texts), *midnights) if since < m <= to})


def swept(warehouse: Warehouse, plan: Plan, edges: Sequence[datetime]) -> set[tuple[str, date]]:
    pieces = [Stretch(plan, since, to, opens=since == edges[0]) for since, to in pairwise(edges)]
    return {(a.place, a.day) for piece in pieces for a in RULES["high_incidence"](warehouse, piece)}


def compared(warehouse: Warehouse, plan: Plan, seed: int) -> None:
    random = Random(seed)
    plan = plan.model_copy(update={"alerts": AlertLimits(incidents_7d=random.choice([1, 2, 3]))})
    said = some_events(random, 30)
    filled(warehouse, plan, said)
    since, to = BEGIN + timedelta(days=1), END - timedelta(days=1)
    want = known_then(warehouse, plan, turning_points(said, plan, since, to))
    assert want, "a program of which nothing follows shows nothing"
    assert swept(warehouse, plan, [since, to]) == want
    looks = sorted(since + (to - since) * random.random() for _ in range(4))
    assert swept(warehouse, plan, [since, *looks, to]) == want, "however often somebody looks"


@pytest.mark.parametrize("seed", [3])
def test_high_incidence_is_what_the_figure_says_at_any_moment(warehouse: Warehouse, plan: Plan, seed: int) -> None:
    compared(warehouse, plan, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [n for n in range(40) if n != 3])
def test_high_incidence_for_long(warehouse: Warehouse, plan: Plan, seed: int) -> None:
    compared(warehouse, plan, seed)


class Folder:
    """A log, marts that a pump moves when it is told to, and a clock that the test moves."""

    def __init__(self, warehouse: Warehouse, text: str) -> None:
        self.moment, self.text, self.warehouse = BEGIN, text, warehouse
        self.log = MemoryLog(lambda: int(self.moment.timestamp()) * 1_000_000)
        self.pump = Pump(self.log, warehouse, read_plan(text)[0])
        self.sweep = self.new_process()

    def now(self) -> datetime:
        return self.moment

    def new_process(self) -> Sweep:
        """Whoever looks next knows what the warehouse knows, and nothing else."""
        self.sweep = Sweep(self.log, self.warehouse, self.text, self.now, Stamps(self.now), self.log.append)
        return self.sweep

    def say(self, *events: Event) -> None:
        self.log.append(records(events))
        self.pump.drain()

    def report(self, number: int, station: str = "s1", at: datetime | None = None) -> None:
        at = at or self.moment
        data = {"occurred_at": wire(at), "station": station, "category": "romance", "loss_fen": 1, "stage": "completed"}
        self.say(event(f"r{number}", "incident.reported", f"jq{number}", data, recorded=wire(at), time=wire(at)))

    def look(self, after: timedelta = timedelta(0)) -> list[tuple[str, str, str]]:
        """What is said by one look, so long after the last one; it reaches the figures."""
        self.moment += after
        said = [(str(alert.rule), alert.place, str(alert.day)) for alert in self.sweep.look()]
        self.pump.drain()
        return said

    def alerts(self) -> list[tuple[str, bytes]]:
        """Ids and contents of all alerts of the log."""
        found = (parse(r.value) for r in self.log.records() if r.topic == "alerts")
        return sorted({(one.event.id, one.digest) for one in found})


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_folder_without_a_plan_adopts_the_one_it_is_opened_with_and_alerts_of_nothing_before(
    warehouse: Warehouse,
) -> None:
    folder = Folder(warehouse, limited(2))
    for number in range(8):  # days of which each would have been told
        folder.report(number, at=BEGIN - number * DAY)
    assert folder.look() == []
    (adopted,) = read_plans(warehouse, default_plan()[0]).adopted
    assert (adopted.plan.alerts.incidents_7d, adopted.recorded) == (2, BEGIN)
    assert adopted.since.date() == date(2026, 2, 1)
    assert folder.look(HOUR) == [("high_incidence", "s1", "2026-02-01")], "of today, once"
    assert folder.look(HOUR) == []
    assert len(read_plans(warehouse, default_plan()[0]).adopted) == 1, "nor is the plan adopted again"


def test_a_plan_of_a_later_program_is_not_put_aside(warehouse: Warehouse) -> None:
    """Nothing is known of its thresholds, so nothing is said; and no other plan is adopted over it."""
    said = adoption(limited(1, version="2"), BEGIN.date())
    said["data"]["plan"]["of_tomorrow"] = True
    folder = Folder(warehouse, limited(1))
    folder.say({**said, "actor": "office", "recordedtime": wire(BEGIN)})
    folder.report(1)
    assert [folder.look(HOUR) for _ in range(2)] == [[], []]
    assert [r.key for r in folder.log.records() if r.topic == "registry"] == ["county-year"]


def test_nothing_is_said_before_it_has_settled(warehouse: Warehouse) -> None:
    folder = Folder(warehouse, limited(1, settle=60))
    folder.look()
    folder.moment += HOUR
    folder.report(1)
    assert folder.look(timedelta(seconds=59)) == [], "somebody may hold a stamp of then and not have appended"
    assert folder.look(timedelta(seconds=1)) == [("high_incidence", "s1", "2026-02-01")]


def test_nothing_is_said_while_records_wait_for_the_marts(warehouse: Warehouse) -> None:
    folder = Folder(warehouse, limited(1))
    folder.look()
    folder.log.append(records([event("r1", "incident.reported", "jq1", {
        "occurred_at": wire(BEGIN), "station": "s1", "category": "romance", "loss_fen": 1, "stage": "completed",
    }, recorded=wire(BEGIN + HOUR), time=wire(BEGIN))]))  # fmt: skip
    folder.moment += 2 * HOUR
    assert [folder.sweep.look() for _ in range(3)] == [[], [], []]
    folder.pump.drain()
    assert folder.look(HOUR) == [("high_incidence", "s1", "2026-02-01")]


def test_a_threshold_holds_from_its_adoption_on(warehouse: Warehouse) -> None:
    """Two incidents stand all the time; the plan that alerts from two on comes on the third day, for the fourth."""
    folder = Folder(warehouse, limited(3))
    folder.look()
    folder.report(1)
    folder.report(2)
    assert folder.look(2 * DAY) == []
    since = (folder.moment + DAY).astimezone(default_plan()[0].zone).date()
    said = adoption(limited(2, version="2"), since)
    folder.say({**said, "actor": "office", "recordedtime": wire(folder.moment)})
    assert folder.look(3 * DAY) == [("high_incidence", "s1", f"2026-02-0{n}") for n in (4, 5, 6)]
    assert {alert.threshold for alert in folder.sweep.look()} == set()


def test_kills_and_pauses_change_nothing(warehouse: Warehouse, new_database: Callable[[], Warehouse]) -> None:
    """One looks every hour, of another the process is killed with each look, and one comes back after ten days: the
    same alerts, their ids and contents."""
    other, lazy = new_database(), new_database()
    migrate(other)
    migrate(lazy)
    folders = [Folder(one, limited(2)) for one in (warehouse, other, lazy)]
    random = Random(11)
    for one in folders:
        one.look()
    for number in range(7):
        step, station = timedelta(hours=random.randint(4, 24)), random.choice(STATIONS)
        for one in folders:
            one.moment += step
            one.report(number, station)
        folders[0].look()
        folders[1].new_process().look()  # killed before its figures know what it said
        if random.random() < 0.5:
            folders[1].pump.drain()
    for one in folders:
        one.look(HOUR)
    assert len(folders[0].alerts()) > 2
    assert folders[0].alerts() == folders[1].alerts() == folders[2].alerts()


def test_what_comes_late_with_an_early_stamp_decides_nothing_anew(warehouse: Warehouse) -> None:
    folder = Folder(warehouse, limited(1))
    folder.look()
    assert folder.look(9 * DAY) == []
    folder.report(1, at=BEGIN + HOUR)
    folder.new_process()
    assert folder.look(HOUR) == [], "it was not known then, and it is not of the last seven days now"


def test_rejected_records_of_a_day(warehouse: Warehouse) -> None:
    folder = Folder(warehouse, limited(10, rejected=2))
    folder.look()
    folder.log.append([NewRecord("publicity", "k", b"{")])
    folder.pump.drain()
    assert folder.look(HOUR) == []
    folder.log.append([NewRecord("publicity", "k", b"["), NewRecord("incidents", "k", b"[")])
    folder.pump.drain()
    assert folder.look(HOUR) == [("rejected_records", "publicity", "2026-02-01")]
    assert folder.look(2 * DAY) == []


def test_what_an_alert_says_does_not_depend_on_who_looked(plan: Plan) -> None:
    alert = Alert("high_incidence", "ps-1", date(2026, 2, 10), 3)
    said = event_of(alert, plan.zone)
    one, other = (parse(raw({**said, "actor": who, "recordedtime": wire(BEGIN)})) for who in ("rules", "w2"))
    assert one.digest == other.digest
    assert one.event.id == alert.id == "8af51803-798c-5a54-b25a-8fc580d65cad", (
        "what was said before has this id for ever"
    )
    assert len({alert.id, replace(alert, threshold=4).id, replace(alert, place="ps-2").id}) == 3
