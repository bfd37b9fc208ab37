"""The simulated county: same params, same bytes; published rates; nothing that the event models refuse."""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas import EVENTS, parse, parse_submission
from services.simulate import Params, counties, history, trickle
from services.simulate.county import County
from services.simulate.draws import Draws
from services.simulate.times import local, microseconds, months_before, stamp, wire

pytestmark = pytest.mark.xdist_group("simulate")

END = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
Event = dict[str, Any]


def line(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def first(events: list[Event]) -> list[Event]:
    """One event of each id, the first that arrived."""
    seen: dict[str, Event] = {}
    for event in events:
        seen.setdefault(event["id"], event)
    return list(seen.values())


def of(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event["type"] == kind]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def demo() -> list[Event]:
    """What a demonstration begins with: one county, default rates."""
    return list(history(Params(seed=1, end=END)))


@pytest.fixture(scope="module")
def province() -> list[Event]:
    """Enough counties for rates to show, without receipts."""
    return list(history(Params(seed=2, end=END, months=18, counties=12, receipts_per_month=0)))


@pytest.fixture(scope="module")
def faulty() -> list[Event]:
    """Every defect, and often."""
    params = Params(seed=3, end=END, months=6, receipts_per_month=400)
    return list(history(params.replace(late=0.2, duplicate=0.1, conflict=0.05)))


def test_same_params_same_bytes() -> None:
    params = Params(seed=5, end=END, months=4, counties=2, receipts_per_month=200, conflict=0.01)
    once = [line(event) for event in history(params)]
    assert once == [line(event) for event in history(params)]
    assert once != [line(event) for event in history(params.replace(seed=6))]


def test_receipts_do_not_shift_incidents() -> None:
    params = Params(seed=5, end=END, months=6, receipts_per_month=0)

    def cases(params: Params) -> list[tuple[Any, ...]]:
        """Without the victim, who may have signed a receipt."""
        reports = of(list(history(params)), "incident.reported")
        return [(e["id"], e["subject"], e["time"], e["data"]["loss_fen"]) for e in reports]

    assert cases(params) == cases(params.replace(receipts_per_month=500))


def test_in_order_of_arrival_and_never_before_the_act(demo: list[Event], faulty: list[Event]) -> None:
    for events in (demo, faulty):
        arrivals = [(event["recordedtime"], event["id"]) for event in events]
        assert arrivals == sorted(arrivals)
        assert moment(arrivals[-1][0]) <= END
        for event in events:
            assert moment(event["time"]) <= moment(event["recordedtime"])
            if "occurred_at" in event["data"]:
                assert moment(event["data"]["occurred_at"]) <= moment(event["time"])


def test_ids_repeat_only_as_declared(demo: list[Event], faulty: list[Event]) -> None:
    def contents(events: list[Event]) -> dict[str, list[bytes]]:
        by_id: dict[str, list[bytes]] = defaultdict(list)
        for event in events:
            by_id[event["id"]].append(parse(line(event)).digest)
        return by_id

    calm, wild = contents(demo), contents(faulty)
    assert all(len(set(digests)) == 1 for digests in calm.values())
    repeated = sum(len(digests) > 1 for digests in calm.values())
    assert repeated / len(calm) == pytest.approx(0.02, rel=0.15)
    conflicts = sum(len(set(digests)) > 1 for digests in wild.values())
    assert conflicts / len(wild) == pytest.approx(0.05, rel=0.3)
    clean = Params(seed=4, end=END, months=3, receipts_per_month=300, duplicate=0)
    ids = [event["id"] for event in history(clean)]
    assert len(ids) == len(set(ids))


def test_ids_grow_with_arrival(demo: list[Event]) -> None:
    for event in first(demo)[:2_000]:
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", event["id"])
        milliseconds = int(event["id"].replace("-", "")[:12], 16)
        assert milliseconds == microseconds(moment(event["recordedtime"])) // 1000


def test_every_type_is_said_and_every_event_is_in_the_models_own_form(demo: list[Event], faulty: list[Event]) -> None:
    # rules say alerts; importers say what a second source says, and what a full export no longer has
    others = {"alert.raised", "incident.stated", "source.checked"}
    assert {event["type"] for event in demo} == set(EVENTS) - others
    for event in [*demo, *faulty]:
        assert parse(line(event)).lifted == b""


def test_a_demonstration_is_small_and_marked(demo: list[Event]) -> None:
    assert 45_000 < len(demo) <= 60_000
    assert {event["source"] for event in demo} == {"simulator/421222"}


def test_published_rates(province: list[Event]) -> None:
    events = first(province)
    reports = of(events, "incident.reported")
    incidents = [event for event in reports if event["data"]["stage"] != "dissuaded"]
    filed = len(of(events, "incident.case_filed"))
    people_months = 12 * 18 * counties(1, 2)[0].residents / 10_000
    assert filed / people_months == pytest.approx(0.75, rel=0.08)
    assert len(incidents) / filed == pytest.approx(2.1, rel=0.06)
    stages = Counter(event["data"]["stage"] for event in reports)
    assert stages["completed"] > 3 * stages["attempted"] > 3 * stages["dissuaded"] > 0
    assert [event["data"]["sex"] for event in reports].count("female") / len(reports) == pytest.approx(0.62, abs=0.03)
    losses = [event["data"]["loss_fen"] / 1_000_000 for event in incidents]
    assert 5 < sum(losses) / len(losses) < 12  # 万元
    assert max(losses) <= 120


def test_published_mix(province: list[Event]) -> None:
    reports = of(first(province), "incident.reported")
    mix = Counter(event["data"]["category"] for event in reports)
    published = {
        ("task_rebate",): 0.36,
        ("impersonate_authority", "impersonate_acquaintance", "fake_customer_service"): 0.26,
        ("fake_investment",): 0.14,
        ("fake_shopping", "game_trade"): 0.08,
        ("fake_loan",): 0.06,
        ("fake_credit_repair", "romance", "other"): 0.10,
    }
    assert set(mix) == {name for names in published for name in names}
    for names, share in published.items():
        assert sum(mix[name] for name in names) / len(reports) == pytest.approx(share, abs=0.03)
    ages = Counter(event["data"]["age_band"] for event in reports)
    for band, share in {"<20": 0.12, "20-29": 0.22, "30-39": 0.31, "40-49": 0.16, "50+": 0.19}.items():
        assert ages[band] / len(reports) == pytest.approx(share, abs=0.025)


def test_published_corrections_and_delays(province: list[Event]) -> None:
    events = first(province)
    reports = of(events, "incident.reported")
    completed = {event["subject"] for event in reports if event["data"]["stage"] == "completed"}
    changed: dict[str, set[str]] = defaultdict(set)
    for event in events:
        changed[event["type"]].add(event["subject"])
    names = ("loss_corrected", "reclassified", "time_corrected", "stage_corrected")
    corrected = set[str]().union(*(changed[f"incident.{name}"] for name in names))
    assert len(corrected) / len(reports) == pytest.approx(0.12, abs=0.02)
    assert len(changed["incident.moved"]) / len(reports) == pytest.approx(0.02, abs=0.007)
    gone = len(changed["incident.merged"]) + len(changed["incident.withdrawn"])
    assert gone / len(reports) == pytest.approx(0.03, abs=0.009)
    assert changed["incident.funds_returned"] <= changed["incident.funds_frozen"] <= completed
    days = [(moment(e["recordedtime"]) - moment(e["time"])) / timedelta(days=1) for e in reports]
    assert sorted(days)[len(days) // 2] == pytest.approx(1.1, abs=0.4)  # a geometric one of mean 1.5 has median 1
    assert sum(day > 10 for day in days) / len(days) == pytest.approx(0.05 * 21 / 29, abs=0.015)


def test_merges_and_withdrawals_are_sometimes_undone(province: list[Event]) -> None:
    events = first(province)
    merged = {e["subject"] for e in of(events, "incident.merged") if e["data"]["into"]}
    undone = {e["subject"] for e in of(events, "incident.merged") if not e["data"]["into"]}
    assert undone
    assert len(undone) < len(merged)
    into = {e["subject"]: e["data"]["into"] for e in of(events, "incident.merged") if e["data"]["into"]}
    reported = {e["subject"] for e in of(events, "incident.reported")}
    found = {
        "self": sum(other == subject for subject, other in into.items()),
        "unknown": sum(other not in reported for other in into.values()),
        "circle": sum(into.get(other) == subject != other for subject, other in into.items()),
        "chain": sum(other != subject and into.get(other, subject) != subject for subject, other in into.items()),
    }
    assert all(0 < number < len(into) / 3 for number in found.values()), found
    withdrawn = Counter(e["data"]["withdrawn"] for e in of(events, "incident.withdrawn"))
    assert 0 < withdrawn[False] < withdrawn[True]


def test_weeks_differ_more_than_by_chance_alone(province: list[Event]) -> None:
    """Negative binomial counts and clusters: the variance of a seat's weeks is well above their mean."""
    weeks: Counter[tuple[str, int]] = Counter()
    for event in of(first(province), "incident.reported"):
        community = event["data"].get("residence_community", "")
        if community[6:9] == "100":
            day = (moment(event["data"]["occurred_at"]) - END).days
            weeks[event["source"], day // 7] += 1
    counts = [weeks[f"simulator/{c.code}", -n] for c in counties(12, 2) for n in range(4, 76)]
    mean = sum(counts) / len(counts)
    assert sum((n - mean) ** 2 for n in counts) / len(counts) > 1.4 * mean


def test_some_cases_share_a_script(province: list[Event]) -> None:
    """Four cases of one category in one community within ten days: seldom by chance, here again and again."""
    days: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for event in of(first(province), "incident.reported"):
        data = event["data"]
        days[data.get("residence_community", ""), data["category"]].append(moment(data["occurred_at"]))
    placed = {key: sorted(times) for key, times in days.items() if key[0]}
    rows = [t for times in placed.values() for t in zip(times, times[3:], strict=False)]
    assert sum(last - begin <= timedelta(days=10) for begin, last in rows) > 40


def test_everything_named_is_registered(demo: list[Event]) -> None:
    known: dict[str, set[str]] = defaultdict(set)
    for event in demo:
        known[event["type"]].add(event["subject"])
    stations, places, units = (known[f"{x}.registered"] for x in ("station", "place", "unit"))
    groups = {"incident": "incident.reported", "receipt": "receipt.signed", "action": "action.recorded"}
    for event in demo:
        data = event["data"]
        if event["type"] != "incident.merged":  # which are said of cases that nobody knows too
            assert {data[k] for k in ("station", "into") if data.get(k)} <= stations
        assert {data[k] for k in ("residence_community", "work_community", "community") if k in data} <= places
        assert {data["unit"]} <= units if "unit" in data else True
        group = event["type"].split(".")[0]
        assert event["subject"] in known[groups[group]] if group in groups else True
        assert {data["action"]} <= known["action.recorded"] if "action" in data else True
    assert known["community.assigned"] - known["population.recorded"] == {counties(1, 1)[0].unstated}
    assert known["population.recorded"] < known["community.assigned"] <= places
    assert known["occasion.counted"] <= units
    assert known["zero_report.filed"] <= stations | units


def test_zero_means_zero(demo: list[Event]) -> None:
    """No station that files a zero report has a case that was reported to it in those days."""
    reported = {(e["data"]["station"], moment(e["time"])) for e in of(demo, "incident.reported")}
    for event in of(demo, "zero_report.filed"):
        since, until = moment(event["data"]["from"]), moment(event["data"]["until"])
        assert not any(s == event["subject"] and since <= at < until for s, at in reported)


def test_registry_of_the_demo_county(demo: list[Event]) -> None:
    places = Counter(e["data"]["level"] for e in first(of(demo, "place.registered")))
    assert places["county"] == 1
    assert places["township"] == 11
    home = counties(1, 1)[0]
    by_day: dict[str, Counter[str]] = defaultdict(Counter)
    for event in first(of(demo, "population.recorded")):
        by_day[event["data"]["valid_from"]][event["subject"]] += event["data"]["pop_resident"]
    first_year, second, recount, third = sorted(by_day)
    assert (first_year, second, third) == ("2024-01-01", "2025-01-01", "2026-01-01")
    unknown = {home.unstated, *home.stated_late}
    assert by_day[first_year].keys() == {c.code for c in home.communities} - unknown
    left_out = sum(c.residents for c in home.communities if c.code in unknown)
    assert 0 < left_out == home.residents - by_day[first_year].total()
    assert by_day[recount].keys() == {*home.recounted, *home.stated_late}
    assert by_day[third].keys() - by_day[first_year].keys() == {*home.stated_late}
    stations = {e["subject"] for e in of(demo, "station.registered")}
    (merged,) = first(of(demo, "station.merged"))
    assert len(stations - {merged["subject"]}) == 12
    moves = Counter(e["subject"] for e in first(of(demo, "community.assigned")))
    assert sum(n == 2 for n in moves.values()) == len(home.reassignments) == 9
    assert max(moves.values()) == 2
    assert sum(home_of(home, r.community) != r.township for r in home.reassignments) == 3


def home_of(county: County, community: str) -> str:
    return next(c.township for c in county.communities if c.code == community)


def test_two_years_of_population_however_short(faulty: list[Event]) -> None:
    for months in (1, 6):
        events = history(Params(seed=1, end=END, months=months, receipts_per_month=0))
        days = {e["data"]["valid_from"] for e in events if e["type"] == "population.recorded"}
        assert len({day for day in days if day.endswith("-01-01")}) == 2


def test_roster_in_parts_then_amended(demo: list[Event]) -> None:
    parts = first(of(demo, "roster.part_recorded"))
    assert {e["data"]["part"] for e in parts} == set(range(1, parts[0]["data"]["parts"] + 1))
    members = {m["ref"] for e in parts for m in e["data"]["members"]}
    (change,) = first(of(demo, "roster.amended"))
    assert set(change["data"]["remove"]) < members
    assert members.isdisjoint(m["ref"] for m in change["data"]["add"])
    members |= {m["ref"] for m in change["data"]["add"]}
    signed = {e["data"]["person_ref"] for e in of(demo, "receipt.signed") if e["data"]["audience"] == "union_member"}
    assert len(signed) > 100
    assert signed <= members


def test_households_reached_in_a_year(demo: list[Event]) -> None:
    reached: dict[str, set[str]] = defaultdict(set)
    slips = 0
    for event in of(first(demo), "receipt.signed"):
        data = event["data"]
        door = data["audience"] in {"household", "resident"} and "household_ref" in data
        if door and moment(event["time"]) > END - timedelta(days=365):
            reached[data["community"]].add(data["household_ref"])
            slips += 1
    communities = counties(1, 1)[0].communities
    shares = [len(reached[c.code]) / c.households for c in communities]
    assert 0.35 < sum(map(len, reached.values())) / sum(c.households for c in communities) < 0.45
    assert sum(0.20 < share < 0.60 for share in shares) / len(shares) > 0.95
    assert 0.02 < 1 - sum(map(len, reached.values())) / slips < 0.10  # some households sign twice


def test_persons_and_households_in_one_audience(demo: list[Event]) -> None:
    """Slips that name one, the other, or both: a figure that takes the larger of two counts is found out."""
    for audience in ("household", "resident"):
        named = Counter(
            tuple(ref for ref in ("person_ref", "household_ref") if ref in event["data"])
            for event in of(first(demo), "receipt.signed")
            if event["data"]["audience"] == audience
        )
        assert set(named) == {("person_ref",), ("household_ref",), ("person_ref", "household_ref")}
        assert all(count > 50 for count in named.values())


def test_people_are_opaque(demo: list[Event]) -> None:
    forms = {"person_ref": "p", "reporter_ref": "p", "household_ref": "h"}
    for event in demo:
        for key, prefix in forms.items():
            if key in event["data"]:
                assert re.fullmatch(prefix + r"-[A-Za-z0-9_-]{22}", event["data"][key])


def test_some_victims_had_been_reached_before(demo: list[Event]) -> None:
    signed: dict[str, datetime] = {}
    for event in of(demo, "receipt.signed"):
        signed.setdefault(event["data"].get("person_ref"), moment(event["time"]))
    reports = first(of(demo, "incident.reported"))
    times = [(e, signed.get(e["data"]["person_ref"])) for e in reports]
    before = sum(t is not None and t < moment(e["data"]["occurred_at"]) for e, t in times)
    after = sum(t is not None and t > moment(e["time"]) for e, t in times)
    assert 0.05 < before / len(reports) < 0.25
    assert after > 0


def test_counties() -> None:
    home, *others = counties(3, 9)
    assert (home.code, home.name, home.residents) == ("421222", "通城县", 181_286)
    assert [t.code for t in home.townships] == [f"421222{n}" for n in (*range(100, 109), 200, 201)]
    assert len(home.stations) == 12
    assert len(home.townships[0].stations) == 2
    for county in (home, *others):
        codes = [c.code for c in county.communities]
        assert len(codes) == len(set(codes))
        assert all(code.startswith(county.code) and len(code) == 12 for code in codes)
        assert len({c.name for c in county.communities}) == len(codes)
        households = sum(c.households for c in county.communities)
        assert county.residents / households == pytest.approx(2.7, abs=0.02)
        for township in county.townships:
            assert 12 <= len(township.communities) <= 25
            assert sum(c.residents for c in township.communities) == township.residents
            assert all(c.residents > 0 for c in township.communities)
    assert len({c.code for c in (home, *others)}) == 3
    assert counties(3, 9) == (home, *others)


def test_load_grows_by_counties() -> None:
    params = Params(seed=8, end=END, months=3, receipts_per_month=300)
    sources = Counter(e["source"] for e in history(params.replace(counties=4)))
    alone = Counter(e["source"] for e in history(params))
    assert len(sources) == 4
    assert sources["simulator/421222"] == alone["simulator/421222"]
    assert all(n == pytest.approx(alone["simulator/421222"], rel=0.2) for n in sources.values())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("end", datetime(2026, 1, 1)),  # noqa: DTZ001  # what is refused
        ("seed", -1),
        ("months", 0),
        ("counties", 0),
        ("receipts_per_month", -1),
        ("late", 1.5),
        ("conflict", -0.1),
    ],
)
def test_impossible_params_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        Params(seed=1, end=END).replace(**{field: value})


def test_fast_enough_for_a_load() -> None:
    """Beside what reading the same events as JSON takes of this process's own time, by turns; the best of three."""
    params = Params(seed=1, end=END, months=6)
    lines = [json.dumps(event, ensure_ascii=False) for event in history(params)]

    def ratio() -> float:
        begin = time.process_time()
        assert sum(1 for _ in history(params)) == len(lines)
        made = time.process_time()
        for line in lines:
            json.loads(line)
        return (time.process_time() - made) / (made - begin)

    assert max(ratio() for _ in range(3)) > 1 / 5


@pytest.mark.parametrize("name", ["Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"])
def test_wire_times_are_those_of_the_library(name: str) -> None:
    zone, draws = ZoneInfo(name), Draws(1)
    for _ in range(2_000):
        us = int(draws.uniform() * 2e15)
        there = local(us, zone)
        assert wire(us, zone) == there.isoformat(timespec="seconds")
        assert stamp(us) == there.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_months_before() -> None:
    assert str(months_before(END.date(), 25)) == "2024-02-01"
    assert str(months_before(datetime(2024, 3, 31, tzinfo=UTC).date(), 1)) == "2024-02-29"


def live(count: int, **options: float) -> list[tuple[float, Event]]:
    return list(islice(trickle(Params(seed=1, end=END), END, **options), count))


def test_trickle_is_what_submit_takes() -> None:
    events = live(4_000)
    now = END
    for wait, event in events:
        assert wait >= 0
        now += timedelta(seconds=wait)
        assert "recordedtime" not in event
        assert timedelta() <= now - moment(event["time"]) < timedelta(seconds=2)
        if "occurred_at" in event["data"]:
            assert moment(event["data"]["occurred_at"]) < moment(event["time"])
        submitted = parse_submission(line(event))
        assert not submitted.has_identity
    assert sum(wait for wait, _ in events) / len(events) == pytest.approx(1.0, rel=0.06)
    kinds = Counter(event["type"] for _, event in events)
    assert kinds["receipt.signed"] > kinds["action.recorded"] > kinds["incident.reported"] > 0
    assert {"incident.loss_corrected", "incident.case_filed", "receipt.reviewed", "receipt.voided"} <= set(kinds)
    assert len({event["id"] for _, event in events}) == len(events)


def test_trickle_names_only_what_it_said() -> None:
    said: set[str] = set()
    home = {c.code for c in counties(1, 1)[0].communities}
    for _, event in live(3_000, incident_share=0.1):
        data, group = event["data"], event["type"].split(".")[0]
        if event["type"] in {"incident.reported", "receipt.signed", "action.recorded"}:
            said.add(event["subject"])
        assert event["subject"] in said or group not in {"incident", "receipt", "action"}
        assert data.get("action", event["subject"]) in said
        assert not data.get("into") or data["into"] in said
        assert data.get("community") is None or data["community"] in home


def test_trickle_is_reproducible_and_apart_from_the_history(demo: list[Event]) -> None:
    assert live(300) == live(300)
    later = list(islice(trickle(Params(seed=1, end=END), END + timedelta(seconds=1)), 300))
    ours = {event["id"] for _, event in live(300)}
    assert ours.isdisjoint(event["id"] for _, event in later)
    subjects = {event["subject"] for _, event in live(300)}
    assert subjects.isdisjoint(event["subject"] for _, event in later)
    assert subjects.isdisjoint(event["subject"] for event in demo)
    assert sum(wait for wait, _ in live(2_000, rate=50.0)) == pytest.approx(40, rel=0.1)


def test_trickle_refuses_what_it_cannot_do() -> None:
    params = Params(seed=1, end=END)

    def refused(after: datetime = END, **options: float) -> Iterator[tuple[float, Event]]:
        with pytest.raises(ValueError, match=r"after|rate"):
            trickle(params, after, **options)
        return iter(())

    refused(datetime(2026, 1, 1))  # noqa: DTZ001  # what is refused
    refused(rate=0)
    refused(incident_share=0.9)
