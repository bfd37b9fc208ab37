"""Doubts: each kind appears where it should, stays away where it should not, and goes with its remedy.

One county where everything is wrong once and right beside it, and the remedies a day later: as known before them every
doubt is there, and nothing else; now none is.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from schemas import Plan
from streams.doubts import doubts
from streams.figures import Question, WrongQuestion, answer
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.oracle import Known
from tests.oracle_doubts import found_in
from tests.properties.programs import empty, program
from tests.wire import Event, event, records

pytestmark = pytest.mark.chdb

BEFORE, AFTER = "2026-04-01T00:00:00.000000Z", "2026-04-02T00:00:00.000000Z"
REMEDIED = datetime(2026, 4, 3, tzinfo=UTC)
COMMUNITIES = ("c1", "c2", "c3")
Found = set[tuple[str, str, tuple[str, ...]]]


def said(id_: str, kind: str, subject: str, recorded: str = BEFORE, time: str = "", **data: Any) -> Event:
    return event(id_, kind, subject, data, recorded=recorded, time=time or "2026-03-10T09:00:00+08:00")


def report(id_: str, subject: str = "", recorded: str = BEFORE, time: str = "", **changed: Any) -> Event:
    data = {"occurred_at": "2026-03-10T08:00:00+08:00", "station": "s1", "residence_community": "c1",
            "category": "task_rebate", "loss_fen": 100, "stage": "completed"}  # fmt: skip
    return said(id_, "incident.reported", subject or id_, recorded, time, **(data | changed))


def action(id_: str, subject: str = "", recorded: str = BEFORE, time: str = "", **changed: Any) -> Event:
    order = ("duty", "channel", "station", "community", "performer_kind", "audience_size", "reached")
    data: dict[str, Any] = {"duty": "d", "channel": "stall", "station": "s1", "performer_kind": "unit"} | changed
    ordered = {name: data[name] for name in order if name in data} | {"topics": [], "evidence": []}
    return said(id_, "action.recorded", subject or id_, recorded, time, **ordered)


def receipt(id_: str, time: str = "", **changed: Any) -> Event:
    data = {"action": "a1", "household_ref": f"h-{id_}", "audience": "household", "community": "c1",
            "method": "paper_slip", "collector": "k", "explained_in_person": True}  # fmt: skip
    return said(id_, "receipt.signed", id_, BEFORE, time, **(data | changed), topics=[])


def assigned(id_: str, subject: str, valid_from: str = "2020-01-01", recorded: str = BEFORE) -> Event:
    return said(id_, "community.assigned", subject, recorded, station="s1", township="t1", valid_from=valid_from)


def peopled(id_: str, subject: str, recorded: str = BEFORE, **numbers: int) -> Event:
    return said(id_, "population.recorded", subject, recorded, "", valid_from="2020-01-01", **numbers)


def checked(
    id_: str, days: tuple[str, str], *missing: str, recorded: str = BEFORE, source: str = "/county/110"
) -> Event:
    data = {"kind": "incidents", "sha256": "0" * 64, "rows": 1, "missing": list(missing), "field": "reported_at",
            "from": days[0], "until": days[1]}  # fmt: skip
    return event(id_, "source.checked", source, data, recorded=recorded, source=source)


STANDING = [
    said("g1", "station.registered", "s1", name="一所", township="t1", valid_from="2020-01-01"),
    said("g2", "station.registered", "s9", name="老所", township="t1", valid_from="2020-01-01"),
    said("g3", "station.merged", "s9", into="s1", valid_from="2026-03-01"),
    said("g4", "place.registered", "t1", level="township", name="镇", valid_from="2020-01-01"),
    *(assigned(f"g-{c}", c) for c in COMMUNITIES),
    *(peopled(f"p-{c}", c, pop_actual=100, households=2) for c in COMMUNITIES),
    action("a1", reached=5, audience_size=5), report("fine"), receipt("r1"), receipt("r2"),
    report("early", time="2026-02-28T23:59:59+08:00", station="s9", occurred_at="2026-02-28T09:00:00+08:00"),
    report("same", time="2026-03-10T08:00:00+08:00"),
    report("tomorrow", time="2026-04-02T09:00:00+08:00", occurred_at="2026-04-02T08:00:00+08:00"),
    report("void", category="no_such", residence_community="nowhere"),
    said("void-2", "incident.withdrawn", "void", withdrawn=True),
]  # fmt: skip
EARLY, TIED = "2026-03-31T00:00:00.000000Z", "2026-04-01T06:00:00.000000Z"
SINCE = [f"2026-04-01T07:00:0{n}.000000Z" for n in range(5)]
MARCH = ("2026-03-01", "2026-03-31")
WRONG: dict[str, tuple[list[Event], Found, list[Event]]] = {
    "tied": (
        [
            report("t1"), said("t2", "incident.loss_corrected", "t1", TIED, loss_fen=1),
            said("t3", "incident.loss_corrected", "t1", TIED, loss_fen=2),
            report("t4"), said("t5", "incident.loss_corrected", "t4", TIED, loss_fen=1),
            said("t6", "incident.loss_corrected", "t4", TIED, loss_fen=1),
            said("t7", "incident.stage_corrected", "t4", TIED, stage="attempted"),
            peopled("t8", "c2", TIED, pop_actual=7), peopled("t9", "c2", TIED, pop_actual=8),
        ],
        {("t1", "", ("t2", "t3")), ("c2", "", ("t8", "t9"))},
        [said("t10", "incident.loss_corrected", "t1", AFTER, loss_fen=2), peopled("t11", "c2", AFTER, pop_actual=8)],
    ),
    "reported_before": (
        [
            report("b1", time="2026-03-10T07:59:59+08:00"),
            report("b2"), said("b3", "incident.time_corrected", "b2", occurred_at="2026-03-10T09:00:01+08:00"),
        ],
        {("b1", "s1", ("b1",)), ("b2", "s1", ("b2", "b3"))},
        [
            said(id_, "incident.time_corrected", subject, AFTER, occurred_at="2026-03-10T07:00:00+08:00")
            for id_, subject in (("b4", "b1"), ("b5", "b2"))
        ],
    ),
    "in_future": (
        [
            report("f1", time="2026-04-05T09:00:00+08:00", occurred_at="2026-04-05T08:00:00+08:00"),
            action("f2", time="2026-04-05T09:00:00+08:00", community="c1"),
            receipt("f3", time="2027-03-10T09:00:00+08:00"),
        ],
        {("f1", "s1", ("f1",)), ("f2", "c1", ("f2",)), ("f3", "c1", ("f3",))},
        [
            said("f4", "incident.withdrawn", "f1", AFTER, withdrawn=True),
            said("f5", "action.voided", "f2", AFTER, reason="x"),
            said("f6", "receipt.voided", "f3", AFTER, reason="x"),
        ],
    ),
    "gone_place": (
        [
            report("m1", station="s9", time="2026-03-01T00:00:00+08:00", occurred_at="2026-02-01T00:00:00+08:00"),
            assigned("m0", "c4", "2026-03-10"), peopled("m00", "c4", pop_actual=9),
            report("m2", occurred_at="2026-03-09T23:59:59+08:00", residence_community="c4"),
            report("m3", occurred_at="2026-03-10T00:00:00+08:00", residence_community="c4"),
            action("m4", station="s9", time="2026-03-20T09:00:00+08:00"),
        ],
        {("m1", "s9", ("m1", "g3")), ("m2", "c4", ("m2",)), ("m4", "s9", ("m4", "g3"))},
        [
            said("m5", "incident.moved", "m1", AFTER, station="s1"),
            said("m6", "incident.moved", "m2", AFTER, residence_community="c1"),
            said("m7", "action.voided", "m4", AFTER, reason="x"),
        ],
    ),
    "unknown_community": (
        [
            report("u1", residence_community="x1"), report("u2", work_community="x2"), action("u3", community="x3"),
            receipt("u4", community="x4"), receipt("u5", community="x4"),
        ],
        {("u1", "x1", ("u1",)), ("u2", "x2", ("u2",)), ("u3", "x3", ("u3",)), ("x4", "x4", ("u4", "u5"))},
        [*(assigned(f"u-{x}", x, recorded=AFTER) for x in ("x1", "x2", "x3", "x4")),
         *(peopled(f"up-{x}", x, AFTER, pop_actual=9, households=9) for x in ("x1", "x2", "x3", "x4"))],
    ),
    "unknown_category": (
        [report("k1", category="no_such"), report("k2"),
         said("k3", "incident.reclassified", "k2", category="nor_this")],
        {("k1", "s1", ("k1",)), ("k2", "s1", ("k3",))},
        [said("k4", "incident.reclassified", "k1", AFTER, category="romance"),
         said("k5", "incident.reclassified", "k2", AFTER, category="m01")],
    ),
    "no_population": (
        [
            assigned("n1", "c8"),
            said("n2", "place.registered", "c9", level="community", name="村", valid_from="2020-01-01"),
            peopled("n3", "c9", households=4),
        ],
        {("c8", "c8", ("n1",)), ("c9", "c9", ("n2",))},
        [peopled("n4", "c8", AFTER, pop_actual=9), peopled("n5", "c9", AFTER, pop_actual=9)],
    ),
    "merge_fails": (
        [
            report("x1"), said("x1m", "incident.merged", "x1", into="x1"),
            report("x2"), said("x2m", "incident.merged", "x2", into="nobody"),
            report("x3"), said("x3m", "incident.merged", "x3", into="x4"),
            report("x4", time="2026-03-10T10:00:00+08:00"), said("x4m", "incident.merged", "x4", into="x3"),
            report("x5"), said("x5m", "incident.merged", "x5", into="x3"),
        ],
        {("x1", "", ("x1m",)), ("x2", "", ("x2m",)), ("x3", "", ("x3m",))},
        [said(f"{x}u", "incident.merged", x, AFTER, into="") for x in ("x1", "x2", "x3")],
    ),
    "contradicted": (
        [report("z1"), report("z1", recorded=TIED, loss_fen=7), report("z2"), report("z2", recorded=TIED)],
        {("z1", "", ("z1",))},
        [],
    ),
    "number_gone": (
        [
            *(report(f"e{n}", recorded=EARLY) for n in range(1, 8)), report("e8", recorded=EARLY) | {"source": "else"},
            report("e9", recorded=EARLY, time="2026-05-10T09:00:00+08:00", occurred_at="2026-03-30T08:00:00+08:00"),
            checked("q1", MARCH, "e1", "e2", "e3", "e4", "e5", "e6", recorded=SINCE[1]),
            # e2 is there again; e3 was withdrawn, e4 merged; of e5 the source has spoken since, of e6 somebody else
            checked("q2", ("2026-03-10", "2026-03-10"), "e1", "e3", "e4", "e5", "e6", recorded=SINCE[2]),
            said("e3w", "incident.withdrawn", "e3", withdrawn=True), said("e4m", "incident.merged", "e4", into="e7"),
            said("e5c", "incident.loss_corrected", "e5", SINCE[3], loss_fen=1),
            said("e6c", "incident.loss_corrected", "e6", SINCE[3], loss_fen=1) | {"source": "else"},
            # other days, another source and the other field say nothing of them; a day is of its window, both ends in
            checked("q3", ("2026-03-11", "2026-03-31"), "e9", recorded=SINCE[4]),
            checked("q4", MARCH, "e8", recorded=SINCE[4], source="else"),
            checked("q5", MARCH, "e7", recorded=SINCE[4], source="nobody"),
        ],
        {("e1", "s1", ("q2", "e1")), ("e6", "s1", ("q2", "e6")), ("e8", "s1", ("q4", "e8"))},
        [
            said("e1w", "incident.withdrawn", "e1", AFTER, withdrawn=True),
            checked("q6", ("2026-03-10", "2026-04-10"), recorded=AFTER),
            checked("q7", ("2026-01-01", "2026-03-10"), recorded=AFTER, source="else"),
        ],
    ),
    "no_duty": (
        [action("d1", duty=None), action("d2", duty=None), said("d3", "action.voided", "d2", reason="x")],
        {("d1", "s1", ("d1",))},
        [action("d4", "d1", AFTER)],
    ),
    "more_reached": (
        [
            action("o1", reached=6, audience_size=5), action("o2", reached=5, audience_size=5), action("o3", reached=6),
            *(receipt(f"o-{n}", community="c3") for n in range(3)),
        ],
        {("o1", "s1", ("o1",)), ("c3", "c3", ())},
        [action("o4", "o1", AFTER, reached=5, audience_size=5),
         peopled("o5", "c3", AFTER, pop_actual=100, households=3)],
    ),
}  # fmt: skip
LASTING = {"contradicted"}  # what was said twice stays said twice


def unfilled(e: Event) -> Event:
    return e | {"data": {name: value for name, value in e["data"].items() if value is not None}}


@pytest.fixture(scope="module")
def county(shared: Warehouse, plan: Plan) -> Iterator[Warehouse]:
    events = [*STANDING, *(e for wrong, _, right in WRONG.values() for e in (*wrong, *right))]
    filled(shared, plan, [unfilled(e) for e in events])
    yield shared
    empty(shared)


def filled(warehouse: Warehouse, plan: Plan, events: list[Event]) -> None:
    empty(warehouse)
    log = MemoryLog()
    log.append(records(events))
    Pump(log, warehouse, plan).drain()


def asked(warehouse: Warehouse, plan: Plan, kind: str, known: datetime | None = None) -> Found:
    rows = answer(warehouse, Question("doubts", {"kind": (kind,)}, as_known_at=known), plan, REMEDIED).dicts()
    assert {row["kind"] for row in rows} <= {kind}
    assert len({(row["subject"], row["detail"], *row["events"]) for row in rows}) == len(rows)
    return {(row["subject"], row["place"], tuple(row["events"])) for row in rows}


def test_every_kind_is_tried() -> None:
    assert set(WRONG) == set(doubts())


@pytest.mark.parametrize("kind", WRONG)
def test_it_appears_and_goes_with_its_remedy(county: Warehouse, plan: Plan, kind: str) -> None:
    _, wanted, _ = WRONG[kind]
    assert asked(county, plan, kind, datetime.fromisoformat(AFTER) - timedelta(microseconds=1)) == wanted
    assert asked(county, plan, kind) == (wanted if kind in LASTING else set())


def test_all_kinds_are_one_figure(county: Warehouse, plan: Plan) -> None:
    """With what to do in both languages, and as known before anything was said there is nothing."""
    known = datetime.fromisoformat(AFTER) - timedelta(microseconds=1)
    rows = answer(county, Question("doubts", as_known_at=known), plan, REMEDIED).dicts()
    assert sorted(row["kind"] for row in rows) == sorted(kind for kind, (_, f, _) in WRONG.items() for _ in f)
    assert all(row["remedy"] == f"{doubts()[row['kind']].do_zh} / {doubts()[row['kind']].do_en}" for row in rows)
    never = datetime(2026, 1, 1, tzinfo=UTC)
    assert answer(county, Question("doubts", as_known_at=never), plan, REMEDIED).rows == []


def test_a_kind_that_there_is_not(plan: Plan, county: Warehouse) -> None:
    with pytest.raises(WrongQuestion, match=r"no_such.*tied"):
        answer(county, Question("doubts", {"kind": ("no_such",)}), plan, REMEDIED)


def test_against_the_brute_force_fold(shared: Warehouse, plan: Plan) -> None:
    """Random programs with equal stamps, rivals for ids and odd moments; now, and in the middle of it."""
    seen: set[str] = set()
    for seed in (1, 2):
        events = program(Random(seed), 150)
        filled(shared, plan, events)
        for known in (None, datetime(2026, 1, 3, 0, 0, 9, tzinfo=UTC)):
            for kind, wanted in found_in(Known(events, plan.time_zone, known), plan.rate_base).items():
                assert asked(shared, plan, kind, known) == wanted, (seed, kind, known)
                seen |= {kind} if wanted else set()
    assert seen >= {"tied", "contradicted", "no_population", "reported_before"}
