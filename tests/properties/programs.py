"""Small random programs for the marts, and rough ways to play them.

In: a source of random choices. Out: events about a handful of entities, partial, contradictory and in no order; and a
run of them with batches, rounds, crashes, zombies and replays in between. Whatever the run, the marts must be those
of a clean one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from schemas import TOPIC_OF, Plan
from streams.lift import archive_columns
from streams.progress import Progress, read_progress, write_progress
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.marthash import TABLES
from tests.memory_log import PLACES, MemoryLog
from tests.oracle import Event
from tests.wire import event, records

# The same word is the subject of several families, as a station's code is in life.
INCIDENTS, RECEIPTS, ACTIONS = ("x", "i1", "i2", "i3", "i4", "i5"), ("x", "r1", "r2", "r3"), ("x", "a1", "a2")
COMMUNITIES, STATIONS = ("x", "c1", "c2"), ("x", "s1", "s2", "s3", "s4")
PEOPLE, HOUSEHOLDS = ("p1", "p2"), ("h1", "h2")
CATEGORIES = ("task_rebate", "romance", "fake_loan")
STAGES = ("completed", "completed", "attempted", "dissuaded")
DAYS = ("2025-12-31", "2026-01-01", "2026-01-02")
# Around midnight UTC+8, where a day, a month and a year change.
MOMENTS = (
    "2025-12-31T15:59:59.999999Z",
    "2025-12-31T16:00:00Z",
    "2026-01-01T00:00:00+08:00",
    "2026-01-01T23:59:59+08:00",
)
STAGE_NAMES = ("validate", "archive+facts", "progress", "fold+places", "marts")


def program(rng: Random, size: int, topic: str = "", of: Sequence["Kind"] = ()) -> list[Event]:
    """`size` events, of one topic where it is named, and a third as many that rival them for their ids."""
    kinds = [kind for kind in of or KINDS if topic in ("", TOPIC_OF[kind[0]])]
    events = [_event(rng, f"e{number}", kinds) for number in range(size)]
    return events + [_rival(rng, rng.choice(events), events, kinds) for _ in range(size // 3)]


def _event(rng: Random, id_: str, kinds: Sequence["Kind"]) -> Event:
    kind, subjects, data = rng.choice(kinds)
    subject = rng.choice(subjects)
    return event(id_, kind, subject, data(rng), recorded=_stamp(rng), time=rng.choice(MOMENTS))


def _stamp(rng: Random) -> str:
    """Few moments, so that stamps are equal now and then."""
    return (datetime(2026, 1, 3, tzinfo=UTC) + timedelta(seconds=rng.randrange(20))).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rival(rng: Random, e: Event, events: Sequence[Event], kinds: Sequence["Kind"]) -> Event:
    """The id again: a retry, other content, another subject of the same kind, or anything at all."""
    stamp = {"recordedtime": _stamp(rng)}
    subjects, data = next((subjects, data) for kind, subjects, data in kinds if kind == e["type"])
    other = rng.choice(events)
    return rng.choice(
        (
            e | stamp,
            e | {"data": data(rng)} | stamp,
            e | {"data": data(rng), "time": rng.choice(MOMENTS)} | stamp,
            e | {"subject": rng.choice(subjects)} | stamp,
            other | {"id": e["id"]} | stamp,
            _event(rng, e["id"], kinds) | stamp,
        )
    )


def _report(rng: Random) -> Event:
    data = {"occurred_at": rng.choice(MOMENTS), "station": rng.choice(STATIONS)}
    if rng.random() < 0.7:
        data["residence_community"] = rng.choice(COMMUNITIES)
    return data | {"category": rng.choice(CATEGORIES), "loss_fen": rng.randrange(100), "stage": rng.choice(STAGES)}


def _move(rng: Random) -> Event:
    place = {"station": rng.choice(STATIONS), "residence_community": rng.choice(COMMUNITIES)}
    return rng.choice((place, {"station": place["station"]}, {"residence_community": place["residence_community"]}))


def _statement(rng: Random) -> Event:
    """Some of what a report says, and of the times that others give."""
    whole = _report(rng) | {name: rng.choice(MOMENTS) for name in TIMES}
    return {name: whole[name] for name in whole if name == "loss_fen" or rng.random() < 0.5}


def _signature(rng: Random) -> Event:
    who = {"person_ref": rng.choice(PEOPLE), "household_ref": rng.choice(HOUSEHOLDS)}
    who = rng.choice((who, {"person_ref": who["person_ref"]}, {"household_ref": who["household_ref"]}))
    return {
        "action": rng.choice(ACTIONS),
        **who,
        "audience": rng.choice(("resident", "pupil")),
        "community": rng.choice(COMMUNITIES),
        "method": "paper_slip",
        "collector": "k",
        "explained_in_person": rng.random() < 0.7,
        "topics": [],
    }


def _action(rng: Random) -> Event:
    channel = rng.choice(("household_visit", "lecture"))
    return {"channel": channel, "performer_kind": "unit", "topics": [], "evidence": []}


def _assignment(rng: Random) -> Event:
    towns = ("t1", "t2")
    return {"station": rng.choice(STATIONS), "township": rng.choice(towns), "valid_from": rng.choice(DAYS)}


TIMES = ("occurred_at", "reported_at", "filed_at")
Kind = tuple[str, Sequence[str], Callable[[Random], Event]]
_REPORTED: Kind = ("incident.reported", INCIDENTS, _report)
_SIGNED: Kind = ("receipt.signed", RECEIPTS, _signature)
_RECORDED: Kind = ("action.recorded", ACTIONS, _action)
_ASSIGNED: Kind = ("community.assigned", COMMUNITIES, _assignment)
# Into itself, in circles and chains, into one that may not be reported yet, and into one that never is; and undone.
_MERGED: Kind = ("incident.merged", INCIDENTS, lambda rng: {"into": rng.choice(("", "i9", *INCIDENTS))})
_WITHDRAWN: Kind = ("incident.withdrawn", INCIDENTS, lambda rng: {"withdrawn": rng.random() < 0.4})
MERGING: tuple[Kind, ...] = (
    _REPORTED,
    _REPORTED,
    _MERGED,
    _MERGED,
    _MERGED,
    _WITHDRAWN,
    ("incident.loss_corrected", INCIDENTS, lambda rng: {"loss_fen": rng.randrange(100)}),
)
KINDS: tuple[Kind, ...] = (
    _REPORTED,
    _REPORTED,
    ("incident.moved", INCIDENTS, _move),
    ("incident.moved", INCIDENTS, _move),
    ("incident.reclassified", INCIDENTS, lambda rng: {"category": rng.choice(CATEGORIES)}),
    ("incident.loss_corrected", INCIDENTS, lambda rng: {"loss_fen": rng.randrange(100)}),
    ("incident.time_corrected", INCIDENTS, lambda rng: {rng.choice(TIMES): rng.choice(MOMENTS)}),
    ("incident.stated", INCIDENTS, _statement),
    ("incident.stage_corrected", INCIDENTS, lambda rng: {"stage": rng.choice(STAGES)}),
    ("incident.case_filed", INCIDENTS, lambda rng: {}),
    ("incident.funds_frozen", INCIDENTS, lambda rng: {"frozen_fen": rng.randrange(100)}),
    ("incident.funds_returned", INCIDENTS, lambda rng: {"returned_fen": rng.randrange(100)}),
    _MERGED,
    _WITHDRAWN,
    _SIGNED,
    _SIGNED,
    _SIGNED,
    ("receipt.reviewed", RECEIPTS, lambda rng: {"verdict": rng.choice(("accepted", "accepted", "queried"))}),
    ("receipt.voided", RECEIPTS, lambda rng: {"reason": "r"}),
    _RECORDED,
    _RECORDED,
    _RECORDED,
    ("action.voided", ACTIONS, lambda rng: {"reason": "r"}),
    _ASSIGNED,
    _ASSIGNED,
    ("zero_report.filed", STATIONS, lambda rng: {"from": MOMENTS[0], "until": MOMENTS[3]}),
)


class Killed(Exception):
    """The worker died here."""


def empty(warehouse: Warehouse) -> None:
    """The same database as if nothing had ever been said; faster than another one."""
    rows = warehouse.query(
        """SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0
           AND name != 'migration' AND engine NOT LIKE '%View'"""
    ).rows
    for (name,) in rows:
        warehouse.run(f"TRUNCATE TABLE `{name}`")


def play_clean(warehouse: Warehouse, plan: Plan, events: Sequence[Event]) -> None:
    """Everything once, in one batch and one round."""
    empty(warehouse)
    log = MemoryLog()
    log.append(records(events))
    Pump(log, warehouse, plan).drain()


@dataclass
class Rough:
    """A run with everything that may go wrong; `steps` says afterwards what did."""

    warehouse: Warehouse
    plan: Plan
    rng: Random
    steps: list[str] = field(default_factory=list)
    _pump: Pump | None = None
    _deadly: str = ""
    _stale: bool = False

    def play(self, events: Sequence[Event], pieces: int) -> None:
        """In any order, some of it twice, in `pieces`; then a worker that finishes in peace, or builds all anew, and
        a zombie that wakes up after it."""
        empty(self.warehouse)
        log = MemoryLog(gap=self.rng.choice((0, 0, 3)))
        for piece in self._pieces(events, pieces):
            log.append(records(piece))
            self._piece(log)
        last = Pump(log, self.warehouse, self.plan)
        if self.rng.random() < 0.3:
            self.steps.append("all built at once")
            last.bulk()
            last.build()
        else:
            last.drain()
        self._zombie_writes()

    def _pieces(self, events: Sequence[Event], pieces: int) -> list[list[Event]]:
        """Cut anywhere; often the last are a few rivals, when most entities are not touched any more."""
        rng = self.rng
        order = [*events, *(rng.choice(events) for _ in range(len(events) // 6))]
        rivals = events[len(events) * 3 // 4 :]
        late = rng.sample(rivals, min(len(rivals), 5)) if rng.random() < 0.8 else []
        early = [e for e in order if e not in late]
        rng.shuffle(early)
        borders = sorted(rng.randrange(len(early) + 1) for _ in range(pieces - 1 - bool(late)))
        cut = [early[start:end] for start, end in zip([0, *borders], [*borders, len(early)], strict=True)]
        return [*cut, late] if late else cut

    def _piece(self, log: MemoryLog) -> None:
        rng = self.rng
        log.order = rng.sample(PLACES, len(PLACES))
        log.cuts = iter([rng.randrange(1, 12)] if rng.random() < 0.3 else [])
        self._deadly = rng.choice(STAGE_NAMES) if rng.random() < 0.4 else ""
        self.steps.append(f"piece, deadly: {self._deadly or 'nothing'}")
        if rng.random() < 0.6:
            self._zombie_reads()
        try:
            self._pump = self._pump or Pump(log, self.warehouse, self.plan, stage=self._stage)
            if rng.random() < 0.2:
                self._torn(log)
            self._pump.take()
            if rng.random() < 0.7:
                self._round()
        except Killed:
            self._pump = None
        if rng.random() < 0.1:
            self._rewound()

    def _stage(self, name: str) -> None:
        if name == self._deadly:
            self._deadly = ""
            raise Killed

    def _round(self) -> None:
        assert self._pump
        self.steps.append("round")
        self._pump.round()
        if self.rng.random() < 0.3:
            table = self.rng.choice(TABLES)
            self.steps.append(f"merge of {table}")
            self.warehouse.run(f"OPTIMIZE TABLE {table} FINAL")
        if self.rng.random() < 0.15:
            self._zombie_writes()

    def _torn(self, log: MemoryLog) -> None:
        """Dies inside an insert: the archive has the next batch, one family of facts does not."""
        assert self._pump
        batch = log.read(self._pump.progress.facts_next, 8)
        if not batch:
            return
        view = self.rng.choice(("incident_view", "receipt_view", "action_view", "event_index_view"))
        self.steps.append(f"{len(batch)} records without {view}")
        self.warehouse.run(f"DETACH TABLE {view}")
        self.warehouse.insert("archive", dict(archive_columns(batch)))
        self.warehouse.run(f"ATTACH TABLE {view}")
        raise Killed

    def _zombie_reads(self) -> None:
        """A worker has folded what there was, and stops before it writes."""
        self.steps.append("zombie reads")
        self._stale = True
        for table in TABLES:
            self.warehouse.run(f"CREATE OR REPLACE TABLE zombie_{table} AS {table} ENGINE = Memory")
            self.warehouse.run(f"INSERT INTO zombie_{table} SELECT * FROM {table} FINAL")

    def _zombie_writes(self) -> None:
        if self._stale:
            self.steps.append("zombie writes")
            self._stale = False
            for table in TABLES:
                self.warehouse.run(f"INSERT INTO {table} SELECT * FROM zombie_{table}")

    def _rewound(self) -> None:
        """Positions lost: everything is read once more."""
        self.steps.append("positions lost")
        self._pump = None
        nothing = dict.fromkeys(PLACES, 0)
        generation = read_progress(self.warehouse).generation
        write_progress(self.warehouse, Progress(nothing, nothing, generation + 1))


def told(events: Sequence[Event]) -> str:
    """A program as one line an event."""
    lines: list[Any] = [
        (e["recordedtime"][-7:], e["id"], e["type"], e["subject"], e["time"], e["data"]) for e in events
    ]
    assert all(e["type"] in TOPIC_OF for e in events)
    return "\n".join(map(str, lines))
