"""Merges of incidents: which hold, that every figure says the same, and that long chains and circles cost little."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from schemas import Plan
from streams import fold
from streams.figures import Question, answer
from streams.fold import as_known
from streams.merges import components
from streams.pump import Pump
from streams.verify import verify
from streams.warehouse import Params, Warehouse
from tests.marthash import TABLES
from tests.memory_log import MemoryLog
from tests.offices import Standing
from tests.properties.programs import empty
from tests.wire import Event, event, records

pytestmark = pytest.mark.chdb

NOW = datetime(2026, 4, 1, tzinfo=UTC)
MARCH: dict[str, Any] = {"since": date(2026, 3, 1), "to": date(2026, 3, 31)}
MANY = 3_000


def report(subject: str, time: str = "2026-03-05T10:00:00+08:00", recorded: str = "2026-03-05T03:00:00Z") -> Event:
    data = {"occurred_at": "2026-03-05T09:00:00+08:00", "station": "s1", "category": "romance", "loss_fen": 100}
    return event(
        f"r-{subject}", "incident.reported", subject, data | {"stage": "completed"}, recorded=recorded, time=time
    )


def merge(subject: str, into: str, recorded: str = "2026-03-06T00:00:00Z") -> Event:
    return event(f"m-{subject}-{into}-{recorded}", "incident.merged", subject, {"into": into}, recorded=recorded)


def withdrawal(subject: str) -> Event:
    return event(f"w-{subject}", "incident.withdrawn", subject, {"withdrawn": True})


def played(warehouse: Warehouse, plan: Plan, *pieces: Iterable[Event]) -> Pump:
    empty(warehouse)
    log = MemoryLog()
    pump = Pump(log, warehouse, plan)
    for piece in pieces:
        log.append(records(piece))
        pump.drain()
    return pump


def counted(warehouse: Warehouse, plan: Plan, known: datetime | None = None) -> set[str]:
    """What every figure says counts; they must agree."""

    def ask(figure: str, **words: Any) -> list[dict[str, Any]]:
        return answer(warehouse, Question(figure, as_known_at=known, **words), plan, NOW).dicts()

    found = {row["incident"] for row in ask("incident") if row["counted"]}
    assert {row["incident"] for row in ask("counted", **MARCH)} == found
    assert sum(row["incidents"] for row in ask("incidents", **MARCH)) == len(found)
    assert sum(row["incidents"] for row in ask("rates", where={"level": ("county",)}, **MARCH)) == len(found)
    assert sum(row["incidents_30d"] for row in ask("rolling", at=NOW)) == len(found)
    return found


EARLY, LATE = "2026-03-04T10:00:00+08:00", "2026-03-06T10:00:00+08:00"
CASES: dict[str, tuple[list[Event], set[str], dict[str, str]]] = {
    "into another": ([report("a"), report("b"), merge("a", "b")], {"b"}, {"a": ""}),
    "into itself": ([report("a"), merge("a", "a")], {"a"}, {"a": "self"}),
    "into one nobody knows": ([report("a"), merge("a", "x")], {"a"}, {"a": "unknown"}),
    "into one never reported": (
        [report("a"), merge("a", "b"), event("l", "incident.loss_corrected", "b", {"loss_fen": 1})],
        {"a"},
        {"a": "unknown"},
    ),
    "into a withdrawn one": ([report("a"), report("b"), merge("a", "b"), withdrawal("b")], set(), {"a": ""}),
    "of a withdrawn one": ([report("a"), report("b"), merge("a", "b"), withdrawal("a")], {"b"}, {"a": ""}),
    "undone": (
        [report("a"), report("b"), merge("a", "b"), merge("a", "", "2026-03-07T00:00:00Z")], {"a", "b"}, {"a": ""},
    ),
    "in a chain": (
        [report("a"), report("b"), report("c"), merge("a", "b"), merge("b", "c")], {"c"}, {"a": "", "b": ""},
    ),
    "in a chain into one nobody knows": (
        [report("a"), report("b"), merge("a", "b"), merge("b", "x")], {"b"}, {"a": "", "b": "unknown"},
    ),
    "in a circle, earliest by the time of report": (
        [report("a", LATE), report("b", EARLY), report("c", LATE), merge("a", "b"), merge("b", "c"), merge("c", "a")],
        {"b"},
        {"a": "", "b": "circle", "c": ""},
    ),
    "in a circle, earliest by when it was learned of": (
        [report("a", recorded="2026-03-05T04:00:00Z"), report("b"), merge("a", "b"), merge("b", "a")],
        {"b"},
        {"a": "", "b": "circle"},
    ),
    "in a circle, earliest by id": (
        [report("a"), report("b"), merge("a", "b"), merge("b", "a")], {"a"}, {"a": "circle", "b": ""},
    ),
    "in a circle whose earliest is withdrawn": (
        [report("a"), report("b"), merge("a", "b"), merge("b", "a"), withdrawal("a")], set(), {"a": "circle", "b": ""},
    ),
    "in a chain into a circle": (
        [report(s) for s in "abcd"] + [merge("d", "c"), merge("c", "b"), merge("a", "b"), merge("b", "a")],
        {"a"},
        {"a": "circle", "b": "", "c": "", "d": ""},
    ),
    "in a circle with one never reported": (
        [report("a"), merge("a", "b"), merge("b", "a")], {"a"}, {"a": "unknown", "b": ""},
    ),
}  # fmt: skip


def told_apart(events: Iterable[Event], case: int) -> list[Event]:
    """The events of one case among those of others."""
    out = []
    for e in events:
        data = {**e["data"], **({"into": f"{case}{e['data']['into']}"} if e["data"].get("into") else {})}
        out.append(e | {"id": f"{case}{e['id']}", "subject": f"{case}{e['subject']}", "data": data})
    return out


def test_what_holds_and_why_not(shared: Warehouse, plan: Plan) -> None:
    """All cases beside each other; whatever is learned first, in several rounds; now and as known."""
    events = [e for case, (said, _, _) in enumerate(CASES.values(), 10) for e in told_apart(said, case)]
    mixed = Random(2).sample(events, len(events))
    pump = played(shared, plan, *(mixed[n::4] for n in range(4)))
    found = {None: counted(shared, plan), NOW: counted(shared, plan, NOW)}
    rows = answer(shared, Question("incident"), plan, NOW).dicts()
    told = {row["incident"]: row["merge_fails"] for row in rows}
    for case, (name, (_, wanted, why)) in enumerate(CASES.items(), 10):
        for counts in found.values():
            assert {subject for subject in counts if subject.startswith(f"{case}")} == {f"{case}{w}" for w in wanted}, (
                name
            )
        assert {subject: told[f"{case}{subject}"] for subject in why} == why, name
    assert all(c.differing == 0 for c in verify(shared, pump.params, 1, lambda done, total: None))


def test_as_known_before_the_report_of_its_target(shared: Warehouse, plan: Plan) -> None:
    """A merge begins to hold when its target is reported, and nothing is rewritten of what was known before."""
    played(shared, plan, [report("a"), merge("a", "b")], [report("b", recorded="2026-03-08T00:00:00Z")])
    assert counted(shared, plan, datetime(2026, 3, 7, tzinfo=UTC)) == {"a"}
    assert counted(shared, plan, datetime(2026, 3, 8, tzinfo=UTC)) == counted(shared, plan) == {"b"}


def test_a_target_outside_the_days_asked_for(shared: Warehouse, plan: Plan) -> None:
    """Merges are folded without the restriction of a figure's days, also along a chain."""
    far = report("b")
    far["data"] = far["data"] | {"occurred_at": "2024-01-01T00:00:00+08:00"}
    last = report("c")
    last["data"] = last["data"] | {"occurred_at": "2023-01-01T00:00:00+08:00"}
    played(shared, plan, [report("a"), far, last, merge("a", "b"), merge("b", "c"), merge("c", "a")])
    for known in (None, NOW):
        rows = answer(shared, Question("counted", as_known_at=known, **MARCH), plan, NOW).dicts()
        assert [row["incident"] for row in rows] == ["a"]


def stale(warehouse: Warehouse, plan: Plan) -> set[str]:
    """What counts where a writer who had not seen the report of the target writes last."""
    log = MemoryLog()
    empty(warehouse)
    pump = Pump(log, warehouse, plan)
    log.append(records([report("a"), merge("a", "b")]))
    pump.drain()
    for table in TABLES:
        warehouse.run(f"CREATE OR REPLACE TABLE stale_{table} AS {table} ENGINE = Memory")
        warehouse.run(f"INSERT INTO stale_{table} SELECT * FROM {table} FINAL")
    log.append(records([report("b")]))
    pump.drain()
    for table in TABLES:
        warehouse.run(f"INSERT INTO {table} SELECT * FROM stale_{table}")
        warehouse.run(f"DROP TABLE stale_{table}")
    rows = warehouse.query("SELECT DISTINCT incident FROM incident_place FINAL WHERE incidents > 0").rows
    return {str(subject) for (subject,) in rows}


def test_a_stale_writer_loses(shared: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing new is said of the one that is merged, and its version grows all the same; else the stale one wins."""
    assert stale(shared, plan) == {"b"}
    right = fold.template

    def own_facts(folder: str, name: str) -> str:
        text = right(folder, name)
        if (folder, name) != ("folds", "incident_place"):
            return text
        version = "if(m.v = 0, i.n + {epoch:UInt64} * 1099511627776, m.v)"
        assert version in text
        return text.replace(version, "i.n")

    monkeypatch.setattr(fold, "template", own_facts)
    assert stale(shared, plan) == {"a", "b"}, "this control proves nothing"


class Counting(Standing):
    """Counts what the engine is asked."""

    asked = 0

    def run(self, sql: str, params: Params | None = None) -> None:
        Counting.asked += 1
        super().run(sql, params)

    def query(self, sql: str, params: Params | None = None) -> Any:
        Counting.asked += 1
        return super().query(sql, params)


def statements(pump: Pump, log: MemoryLog, events: Iterable[Event]) -> int:
    log.append(records(events))
    Counting.asked = 0
    pump.drain()
    return Counting.asked


def test_who_is_in_no_group_costs_nothing(shared: Warehouse, plan: Plan) -> None:
    """No statement more, however many groups there are beside; and one of thousands needs as many as one of two."""
    empty(shared)
    log = MemoryLog()
    pump = Pump(log, Counting(shared), plan)
    alone = statements(pump, log, [report("alone")])
    in_two = statements(pump, log, [report("a"), report("b"), merge("a", "b")])
    assert in_two > alone
    names = [f"i{n:05d}" for n in range(MANY)]
    chain = [merge(one, other) for one, other in pairwise(names)]
    assert statements(pump, log, [*map(report, names), *chain]) == in_two
    assert statements(pump, log, [report("alone too")]) == alone


SHORT = "SELECT countIf(holds), countIf(why = 'circle') FROM {{merge}} SETTINGS max_recursive_cte_evaluation_depth = 20"


@pytest.mark.parametrize("closed", [False, True])
def test_thousands_in_one_group(closed: bool, shared: Warehouse, plan: Plan) -> None:
    """A chain or a circle of thousands is walked in steps that double: a few levels, whatever its length."""
    names = [f"i{n:05d}" for n in Random(5).sample(range(MANY), MANY)]
    links = [*pairwise(names), *([(names[-1], names[0])] if closed else [])]
    pump = played(shared, plan, map(report, names), [merge(one, other) for one, other in links])
    wanted = "i00000" if closed else names[-1]
    assert counted(shared, plan) == {wanted}
    params = pump.params | {"known": NOW}
    assert shared.query(as_known(SHORT), params).rows == [(MANY - 1, int(closed))]
    versions = shared.query("SELECT DISTINCT v FROM incident_place FINAL").rows
    assert versions == [(MANY + len(links),)], "the facts of the whole group"


def test_components() -> None:
    """Against the plainest way to say it: whoever is linked is in one set."""
    rng = Random(3)
    for _ in range(200):
        links = [(f"{rng.randrange(30)}", f"{rng.randrange(30)}") for _ in range(rng.randrange(25))]
        sets: dict[str, set[str]] = {}
        for one, other in links:
            whole = sets.get(one, {one}) | sets.get(other, {other})
            sets |= dict.fromkeys(whole, whole)
        assert components(links) == {key: min(whole) for key, whole in sets.items()}
