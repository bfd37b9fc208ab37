"""A simulated county-year, spoilt in every way a broker allows, against the brute-force fold: row by row.

Once, for all tests here: the events go through a log that refuses nothing, in pieces with rounds in between.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from schemas import BASES, TOPIC_OF, Plan, parse
from services.simulate import Params, history
from services.simulate.times import microseconds
from streams.figures import Question, answer
from streams.fold import as_known, folded
from streams.log import Record
from streams.migrations import migrate
from streams.pump import Pump
from streams.registers import REGISTERS
from streams.rounds import MARTS, Mart, sums
from streams.verify import verify
from streams.warehouse import Warehouse
from tests import oracle_figures as figures
from tests.memory_log import MemoryLog
from tests.oracle import Event, Known, Row, said
from tests.rows import plain, same
from tests.wire import event, raw, record

pytestmark = [pytest.mark.chdb, pytest.mark.xdist_group("oracle")]

END = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
NOW = END + timedelta(hours=1)
ROUNDS = 5


def spoilt(events: Sequence[Event], rng: random.Random) -> list[Event]:
    """The events, and what a broker may bring besides: replays, retries with other stamps, and conflicts.

    An id is said again with other data, of another subject, as another type, and in another family of the same
    subject; each before the first one or after it.
    """
    out = list(events)
    kinds: dict[str, list[Event]] = {}
    for e in events:
        kinds.setdefault(e["type"], []).append(e)
    rare = [e for kind, found in kinds.items() for e in rng.sample(found, min(len(found), 12))]
    for e in rare + rng.sample(list(events), 600):
        out.append(e)
        same_kind = rng.choice(kinds[e["type"]])
        any_kind = rng.choice(rng.choice(list(kinds.values())))
        out.append(restamped(e, rng))
        out.append(restamped(same_kind | {"id": e["id"]}, rng))
        out.append(restamped(e | {"data": same_kind["data"]}, rng))
        if rng.random() < 0.4:
            out.append(restamped(any_kind | {"id": e["id"]}, rng))
    codes = {e["subject"]: e for e in kinds["station.registered"]}
    owners = [e for e in kinds["zero_report.filed"][::20] if e["subject"] in codes]
    return out + [restamped(codes[e["subject"]] | {"id": e["id"]}, rng) for e in owners]


def mixed(events: Sequence[Event], rng: random.Random) -> list[Event]:
    """What life mixes and a simulation does not: people as another audience and elsewhere, households as persons of
    none, communities that go away and come back, names twice, and rosters of those who live somewhere."""
    signed = [e for e in events if e["type"] == "receipt.signed"]
    homes = [e for e in events if e["type"] == "community.assigned"]
    out = []
    for number, e in enumerate(rng.sample(signed, 240)):
        other = rng.choice(signed)
        data = e["data"] | {"audience": other["data"]["audience"]}
        if number % 3 == 0:
            data |= {"community": other["data"]["community"]}
        if number % 4 == 0 and "household_ref" in data:
            data = {name: value for name, value in data.items() if name != "person_ref"}
        again = {"id": f"again-{number}", "subject": f"again-{number}", "time": other["time"], "data": data}
        out.append(e | again | {"recordedtime": other["recordedtime"]})
    stamp = {"recorded": "2025-06-01T00:00:00Z"}
    for number, (e, other) in enumerate(zip(homes[:12], homes[-12:], strict=True)):
        for since, data in (("2025-06-15", other["data"]), ("2025-12-25", e["data"])):
            moved = data | {"valid_from": since}
            out.append(event(f"moved-{number}-{since}", "community.assigned", e["subject"], moved, **stamp))
    stations = [e for e in events if e["type"] == "station.registered"]
    for number, e in enumerate(stations[1:5]):
        twin = e["data"] | {"valid_from": "2025-05-01", "name": stations[0]["data"]["name"]}
        out.append(event(f"twin-{number}", "station.registered", e["subject"], twin, **stamp))
    for audience in ("resident", "household"):
        listed = [e["data"] for e in signed if {"person_ref", "household_ref"} <= e["data"].keys()][::5]
        members = [
            {"ref": d["person_ref"], "household": d["household_ref"], "community": d["community"]} for d in listed
        ]
        members = list({m["ref"]: m for m in members if audience == "resident" or rng.random() < 0.5}.values())
        part = {"audience": audience, "scope": "s", "version": "1", "valid_from": "2025-08-01", "part": 1, "parts": 1}
        data = part | {"members": members}
        out.append(event(f"list-{audience}", "roster.part_recorded", f"list-{audience}", data, **stamp))
    return out


def restamped(event: Event, rng: random.Random) -> Event:
    """The same with a stamp up to two days earlier or later, and not after the end."""
    moved = datetime.fromisoformat(event["recordedtime"]) + timedelta(seconds=rng.randint(-172_800, 172_800))
    return event | {"recordedtime": min(moved, END).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


@dataclass(frozen=True)
class CountyYear:
    """Everything that was said, where it is now, and the moments at which it is looked at."""

    events: list[Event]
    log: MemoryLog
    pump: Pump
    moments: tuple[datetime | None, ...]
    oracles: dict[datetime | None, Known]
    plan: Plan

    def ask(self, figure: str, known: datetime | None, **words: Any) -> list[Row]:
        question = Question(figure, as_known_at=known, **words)
        return answer(self.pump.warehouse, question, self.plan, NOW).dicts()


@pytest.fixture(scope="module")
def county(engine: Warehouse, plan: Plan) -> Iterator[CountyYear]:
    params = Params(seed=11, end=END, months=13, receipts_per_month=120, conflict=0.01, duplicate=0.03)
    params = params.replace(late=0.1, corrected=0.3, moved=0.1, merged=0.3, withdrawn=0.08)
    rng = random.Random(7)
    events = list(history(params))
    events = spoilt(events + mixed(events, rng), rng)
    events.sort(key=lambda e: datetime.fromisoformat(e["recordedtime"]) + timedelta(days=rng.choice((0, 0, 0, 20))))
    moment = iter(events)
    log = MemoryLog(lambda: microseconds(datetime.fromisoformat(next(moment)["recordedtime"])))
    warehouse = engine.sibling("county_year")
    migrate(warehouse)
    pump = Pump(log, warehouse, plan, batch=1_500)
    size = -(-len(events) // ROUNDS)
    for start in range(0, len(events), size):
        log.append([record(e) for e in events[start : start + size]])
        pump.drain()
    stamps = sorted(e["recordedtime"] for e in events)
    moments = (
        None,
        datetime(2025, 6, 30, 16, 0, tzinfo=UTC),  # midnight UTC+8
        datetime.fromisoformat(stamps[len(stamps) * 2 // 3]),  # exactly when something was recorded
        END,
    )
    oracles = {at: Known(events, plan.time_zone, at) for at in moments}
    yield CountyYear(events, log, pump, moments, oracles, plan)
    engine.run("DROP DATABASE county_year SYNC")


def test_every_defect_is_there(county: CountyYear) -> None:
    """An oracle proves nothing about what does not occur."""
    now = county.oracles[None]
    assert 10_000 < len(county.events) < 25_000
    subjects: dict[str, set[tuple[str, str]]] = {}
    for s in now.said:
        subjects.setdefault(s.id, set()).add(s.entity)
    rivals = [found for found in subjects.values() if len(found) > 1]
    assert len(rivals) > 300
    assert sum(len({subject for _, subject in found}) < len(found) for found in rivals) > 3
    assert len(now.conflicts()) > 1_000
    assert {row["why"] for row in now.merge} == {"", "self", "circle", "unknown"}
    assert {e["type"] for e in county.events} >= {f"incident.{w}" for w in ("merged", "moved", "withdrawn")}


def test_everything_is_mixed(county: CountyYear) -> None:
    """Each of what makes coverage hard is there, often enough to be told from chance, among the contacts that count."""
    now = county.oracles[None]
    contacts = [row for row in now.contact if row["here"]]
    kinds: dict[tuple[str, str], set[str]] = {}
    for row in contacts:
        kinds.setdefault((row["audience"], row["receipt"]), set()).add(row["kind"])
    of_resident = [frozenset(found) for (audience, _), found in kinds.items() if audience == "resident"]
    assert all(of_resident.count(frozenset(k)) > 3 for k in (["person"], ["household"], ["person", "household"]))
    for name in ("audience", "community", "day"):
        said: dict[tuple[str, str], set[Any]] = {}
        for row in contacts:
            said.setdefault((row["kind"], row["ref"]), set()).add(row[name])
        assert sum(len(found) > 1 for found in said.values()) > 20, name
    moved = {row["community"] for row in now.assignment if date(2025, 4, 1) < row["valid_from"] < date(2026, 2, 1)}
    assert len([row for row in contacts if row["community"] in moved]) > 50
    names = [row["name"] for row in now.place if row["type"] == "station.registered"]
    assert len(names) > len(set(names))
    merged = {row["code"] for row in now.place if row["merged_into"]}
    assert {station for row in contacts if (station := now.home(row["community"], row["day"])[0]) in merged}


def test_the_oracle_sees_the_same_content(county: CountyYear) -> None:
    for e in county.events[::7]:
        assert parse(raw(e)).digest.hex() == said(e).digest


@pytest.mark.parametrize("table", ["merge_said", "merge", "incident_place", "incident_day"])
def test_marts_of_incidents(county: CountyYear, table: str) -> None:
    rows = county.pump.warehouse.query(f"SELECT * FROM {table} FINAL").dicts()
    same([{k: row[k] for k in row if k not in ("slot", "v")} for row in rows], getattr(county.oracles[None], table))


RECEIPTS = {"contact": "contact", "reached": "days"}  # tables, and what the oracle calls their rows


@pytest.mark.parametrize("table", RECEIPTS)
def test_marts_of_receipts(county: CountyYear, table: str) -> None:
    rows = county.pump.warehouse.query(f"SELECT * EXCEPT v FROM {table} FINAL").dicts()
    same(map(as_said, rows), getattr(county.oracles[None], RECEIPTS[table]))


@pytest.mark.parametrize("mart", [mart for mart in MARTS if "slot" in mart.order], ids=lambda mart: mart.name)
def test_a_slot_is_the_hash_of_its_row(county: CountyYear, mart: Mart) -> None:
    """Of the texts themselves, however a column is kept: another one would leave a place in two slots."""
    texts = ", ".join(k if k == "day" else f"CAST({k}, 'String')" for k in mart.key.split(", "))
    found = county.pump.warehouse.query(f"SELECT count(), countIf(slot != sipHash128({texts})) FROM {mart.places}")
    ((rows, wrong),) = found.rows
    assert rows > 0 == wrong


def test_marts_as_known(county: CountyYear) -> None:
    """The folds behind the marts at each moment, zero rows included."""
    for at in county.moments[1:]:
        known = {"zone": "Asia/Shanghai", "epoch": 0, "known": at}
        for table in ("incident_place", "incident_day"):
            rows = county.pump.warehouse.query(as_known(f"SELECT * EXCEPT v FROM {{{{{table}}}}}"), known).dicts()
            same(
                [{k: v for k, v in row.items() if k not in ("at", "here", "slot")} for row in rows],
                getattr(county.oracles[at], table),
            )
        for table, name in RECEIPTS.items():
            rows = county.pump.warehouse.query(as_known(f"SELECT * EXCEPT v FROM {{{{{table}}}}}"), known).dicts()
            same(map(as_said, rows), getattr(county.oracles[at], name))


def as_said(row: Row) -> Row:
    """A row as the oracle has it: whether there are others of the same person, and no number of them."""
    return row | ({"elsewhere": row["elsewhere"] > 0} if "elsewhere" in row else {})


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_folds_give_the_columns_of_their_tables(county: CountyYear, mart: Mart) -> None:
    """They are written in the order in which they come."""

    def names(of: str) -> list[str]:
        return [str(name) for name, *_ in county.pump.warehouse.query(f"DESCRIBE {of}", county.pump.params).rows]

    assert names(f"({folded(mart.places)})") == names(f"TABLE {mart.places}")
    assert names(f"({sums(mart, mart.places, mart.key)})") == names(f"TABLE {mart.name}")


@pytest.mark.parametrize("table", ["merge", "incident_place", "incident_day", "contact", "reached"])
def test_each_mart_equals_its_query_over_the_fold(county: CountyYear, table: str) -> None:
    found = ", ".join(columns(county.pump.warehouse, table))
    params = county.pump.params
    left = county.pump.warehouse.query(f"SELECT {found} FROM {table} FINAL", params).dicts()
    right = county.pump.warehouse.query(f"SELECT {found} FROM ({folded(table)})", params).dicts()
    assert left
    same(map(as_said, left), map(as_said, right))


def columns(warehouse: Warehouse, table: str) -> list[str]:
    return [str(row["name"]) for row in warehouse.query(f"DESCRIBE TABLE {table}").dicts()]


REGISTERED = {register.name for register in REGISTERS}


def test_verify_finds_nothing(county: CountyYear) -> None:
    least = dict.fromkeys(REGISTERED, 10) | {"arrival": 5, "merge_said": 50, "merge": 50}
    for comparison in verify(county.pump.warehouse, county.pump.params, 1_000, lambda done, total: None):
        assert comparison.compared >= least.get(comparison.table, 500)
        assert comparison.differing == 0, comparison.examples


def test_incidents_by_every_dimension(county: CountyYear) -> None:
    dims = ("station", "township", "community", "category", "day", "month", "township category")
    words: dict[str, Any] = {"since": date(2025, 4, 1), "to": date(2026, 1, 31)}
    for at, basis, by in asked(county.moments, dims):
        want = figures.incidents(county.oracles[at], basis=basis, by=by.split(), **words)
        assert want
        same(county.ask("incidents", at, by=tuple(by.split()), basis=basis, **words), want)


def test_rolling_windows_by_every_dimension(county: CountyYear) -> None:
    for at, basis, by in asked(county.moments, ("station", "category", "station category")):
        moment = at or datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)
        want = figures.rolling(county.oracles[at], basis=basis, by=by.split(), at=moment)
        assert want
        same(county.ask("rolling", at, by=tuple(by.split()), basis=basis, at=moment), want)


def asked(moments: Sequence[datetime | None], dims: Sequence[str]) -> list[tuple[datetime | None, str, str]]:
    """The bases in turn: of the moments, each sees a dimension under another one."""
    return [(at, BASES[(i + j) % 3], by) for i, at in enumerate(moments) for j, by in enumerate(dims)]


def test_filters(county: CountyYear) -> None:
    """A row asked for by its dimensions comes alone."""
    words: dict[str, Any] = {"since": date(2025, 4, 1), "to": date(2026, 1, 31)}
    by = ("township", "category")
    for at in county.moments:
        every = figures.incidents(county.oracles[at], basis="reported", by=by, **words)
        for row in every[3::40]:
            where = {name: (row[name], "no such") for name in by}
            same(county.ask("incidents", at, by=by, basis="reported", where=where, **words), [row])


def test_rolling_windows_to_the_second(county: CountyYear) -> None:
    """At the moment itself an incident is in; exactly a window later it is out; days change at UTC+8."""
    now = county.oracles[None]
    rows = figures.counted_incidents(now, "occurred")
    moments = sorted({row["moment"] for row in rows if row["incidents"]})
    late = [m for m in moments if (m + timedelta(hours=8)).hour == 23][:2] + moments[20:21]
    second = timedelta(seconds=1)
    for m in late:
        midnight = datetime.combine((m + timedelta(hours=8)).date(), datetime.min.time(), UTC) + timedelta(hours=16)
        for window in (timedelta(0), *figures.WINDOWS.values()):
            for at in (m + window - second, m + window, midnight, midnight - second):
                same(county.ask("rolling", None, at=at), figures.rolling(now, basis="occurred", at=at, by=["station"]))


def test_rates(county: CountyYear, plan: Plan) -> None:
    for at, basis, to in asked(county.moments, ("2025-12-31", "2026-02-20")):
        words: dict[str, Any] = {"basis": basis, "since": date(2025, 5, 1), "to": date.fromisoformat(to)}
        want = figures.rates(county.oracles[at], base=plan.rate_base, **words)
        assert want
        same(county.ask("rates", at, **words), want)


WINDOWS = [
    (date(2025, 2, 1), date(2026, 2, 20)),
    (date(2025, 12, 20), date(2026, 1, 10)),  # over the end of a year
    (date(2025, 5, 1), date(2025, 7, 31)),
    (date(2025, 9, 14), date(2025, 9, 14)),
]


@pytest.mark.parametrize(("since", "to"), WINDOWS)
def test_coverage(county: CountyYear, plan: Plan, since: date, to: date) -> None:
    for at in county.moments:
        want = figures.coverage(county.oracles[at], since=since, to=to, base=plan.rate_base)
        assert want
        same(county.ask("coverage", at, since=since, to=to), want)


def test_what_is_behind_a_number(county: CountyYear) -> None:
    """Each incident that counts and each receipt that covers, alone on its row: what `incidents` and `coverage` sum."""
    words: dict[str, Any] = {"since": date(2025, 4, 1), "to": date(2026, 1, 31)}
    for at, basis, _ in asked(county.moments, ("",)):
        want = figures.counted(county.oracles[at], basis=basis, **words)
        assert want
        same(county.ask("counted", at, basis=basis, **words), want)
    for at, known in county.oracles.items():
        want = figures.reached(known, since=words["since"], to=words["to"])
        assert want
        same(county.ask("reached", at, **words), want)


@pytest.mark.parametrize(
    "figure", ["incident", "receipt", "action", "place", "assignment", "population", "zero_reports"]
)
def test_states(county: CountyYear, figure: str) -> None:
    for at, known in county.oracles.items():
        want = getattr(figures, figure)(known) if hasattr(figures, figure) else getattr(known, figure)
        assert want
        same(county.ask(figure, at), want)


def test_rosters(county: CountyYear) -> None:
    for at, day in product(county.moments, (date(2025, 2, 20), date(2026, 2, 20))):
        same(county.ask("roster", at, to=day), figures.roster(county.oracles[at], day=day))
    assert county.ask("roster", None)


def test_freshness(county: CountyYear) -> None:
    for at in county.moments:
        want = figures.freshness(county.events, dict(TOPIC_OF), at, simulated=True)
        same(county.ask("freshness", at), want)


def test_rejected(county: CountyYear) -> None:
    """Every stamp under a taken id, once, at a position where it was said."""
    said_at: dict[tuple[str, str, str], set[tuple[str, int, int]]] = {}
    for r in county.log.records():
        e = json.loads(r.value)
        moment = datetime.fromisoformat(e["recordedtime"]).astimezone(UTC)
        said_at.setdefault((e["subject"], e["id"], str(moment)), set()).add((r.topic, r.partition, r.offset))
    for at, known in county.oracles.items():
        rows = county.ask("rejected", at)
        got = [{"key": r["key"], "id": r["detail"].split()[1], "appended": r["appended"]} for r in rows]
        same(got, figures.conflicts(known))
        for row, named in zip(rows, got, strict=True):
            place = (row["topic"], row["part"], row["off"])
            assert row["reason"] == "conflict"
            assert place in said_at[named["key"], named["id"], str(plain(named["appended"]))]


def test_history(county: CountyYear) -> None:
    """Every record behind an entity, as it was said, wherever it stands."""
    behind: dict[str, list[Row]] = {}
    for r in county.log.records():
        behind.setdefault(r.key, []).append(row_of(r))
    busiest = max(behind, key=lambda key: len(behind[key]))
    for at, subject in product(county.moments, (busiest, "case-421222-0000007")):
        want = [row for row in behind[subject] if at is None or row["recorded"] <= at]
        same(county.ask("history", at, where={"key": (subject,)}), want)


def row_of(r: Record) -> Row:
    e = json.loads(r.value)
    recorded = datetime.fromisoformat(e["recordedtime"]).astimezone(UTC)
    row = {"key": e["subject"], "event_id": e["id"], "type": e["type"], "recorded": recorded}
    return row | {"topic": r.topic, "part": r.partition, "off": r.offset, "event": r.value.decode()}
