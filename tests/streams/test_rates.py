"""Rates over person-time, day by day: communities that move, whose people are stated late, often, or never.

A small world made at random, in which every such thing happens; each window is held against the oracle, which counts
one day after the other. Beside it the cases that can be worked out on paper.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from schemas import Plan
from streams.figures import Question, answer
from streams.migrations import migrate
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests import oracle_figures as figures
from tests.memory_log import MemoryLog
from tests.oracle import Event, Known, Row
from tests.rows import same
from tests.wire import event, records

pytestmark = pytest.mark.chdb
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
FIRST = date(2023, 11, 1)
STATIONS, TOWNS = ("s1", "s2", "s3", "s4"), ("t1", "t2", "t3")
_ids = count()


def said(kind: str, subject: str, **data: Any) -> Event:
    return event(f"e{next(_ids)}", kind, subject, data)


def day_of(rng: Random) -> date:
    """Within thirty months around the leap day of 2024, and some way on from the clock's day."""
    return FIRST + timedelta(days=rng.randrange(900))


def world(rng: Random) -> list[Event]:
    """Forty communities with none to four statements of each kind, stations that merge, and 600 incidents."""
    events = [
        said("station.registered", s, name=s, township=rng.choice(TOWNS), valid_from=str(FIRST)) for s in STATIONS
    ]
    events.append(said("station.merged", "s4", into="s1", valid_from="2024-07-01"))
    for n in range(40):
        community = f"c{n}"
        if rng.random() < 0.8:
            since = str(rng.choice((date(2000, 1, 1), day_of(rng))))
            events.append(said("place.registered", community, level="community", name=community, valid_from=since))
        days = [date(2000, 1, 1)] * (rng.random() < 0.7) + [day_of(rng) for _ in range(rng.choice((0, 0, 1, 2)))]
        for day in days:
            home = {"station": rng.choice(STATIONS), "township": rng.choice(TOWNS)}
            events.append(said("community.assigned", community, **home, valid_from=str(day)))
        days = [date(2023, 1, 1)] * (rng.random() < 0.7) + [day_of(rng) for _ in range(rng.choice((0, 0, 1, 3)))]
        for day in days:
            people = {"pop_actual": rng.randrange(5_000)} if rng.random() < 0.9 else {"households": 9}
            events.append(said("population.recorded", community, valid_from=str(day), **people))
    for n in range(600):
        at = f"{day_of(rng)}T{rng.randrange(24):02d}:30:00+08:00"
        place = {"residence_community": f"c{rng.randrange(42)}"} if rng.random() < 0.9 else {}
        data: dict[str, Any] = {"occurred_at": at, "station": rng.choice(STATIONS)} | place
        data |= {"category": "romance", "loss_fen": 100, "stage": rng.choice(("completed", "completed", "dissuaded"))}
        events.append(said("incident.reported", f"i{n}", **data))
    return events


Asked = Callable[[date, date], list[Row]]


@pytest.fixture(scope="module")
def ask(engine: Warehouse, plan: Plan) -> Iterator[Callable[[Sequence[Event]], Asked]]:
    """Of events to what `rates` answers about them."""
    opened: list[Warehouse] = []

    def played(events: Sequence[Event]) -> Asked:
        warehouse = engine.sibling(f"rates_{len(opened)}")
        opened.append(warehouse)
        migrate(warehouse)
        log = MemoryLog(lambda: int(NOW.timestamp()) * 1_000_000)
        log.append(records(events))
        Pump(log, warehouse, plan).drain()
        return lambda since, to: answer(warehouse, Question("rates", since=since, to=to), plan, NOW).dicts()

    yield played
    for warehouse in opened:
        engine.run(f"DROP DATABASE `{warehouse.database}` SYNC")


def test_any_window_of_any_world(ask: Callable[[Sequence[Event]], Asked], plan: Plan) -> None:
    for seed in range(2):
        rng = Random(seed)
        events = world(rng)
        asked, known = ask(events), Known(events, plan.time_zone)
        pairs = [sorted((day_of(rng), day_of(rng))) for _ in range(6)]
        day = day_of(rng)
        pairs += [[date(2024, 2, 1), date(2024, 2, 29)], [date(2024, 1, 1), date(2024, 12, 31)], [day, day]]
        seen: set[str] = set()
        for since, to in pairs:
            want = figures.rates(known, basis="occurred", since=since, to=to, base=plan.rate_base)
            same(asked(since, to), want)
            seen |= {word for row in want for word in kinds(row)}
        assert seen == {"known", "partly", "unknown", "ranked", "empty"}, "an oracle proves nothing about what is not"


def kinds(row: Row) -> list[str]:
    unknown, people = row["unknown_communities"], row["person_days"]
    return [
        *["known"] * (people and not unknown), *["partly"] * (people > 0 and unknown > 0),
        *["unknown"] * (not people and unknown > 0), *["ranked"] * (row["rank_per_10k"] is not None),
        *["empty"] * (not row["communities"]),
    ]  # fmt: skip


def town(number: int, **people: int) -> list[Event]:
    """A township, its station and its communities, each with people from 2024 on; none where there are 0."""
    code = str(number)
    found = [said("station.registered", f"s{code}", name="所", township=f"t{code}", valid_from="2000-01-01")]
    for community, n in people.items():
        home = {"station": f"s{code}", "township": f"t{code}", "valid_from": "2000-01-01"}
        found.append(said("community.assigned", community, **home))
        if n:
            found.append(said("population.recorded", community, valid_from="2024-01-01", pop_actual=n))
    return found


def case(number: int, community: str, at: str, station: str = "s1") -> Event:
    data = {"occurred_at": f"{at}T10:00:00+08:00", "station": station, "residence_community": community}
    return said("incident.reported", f"p{number}", **data, category="romance", loss_fen=100, stage="completed")


def row_of(rows: list[Row], level: str, place: str = "") -> Row:
    (found,) = (row for row in rows if (row["level"], row["place"]) == (level, place))
    return found


def test_a_move_in_mid_year_splits_the_denominator(ask: Callable[[Sequence[Event]], Asked]) -> None:
    """60 incidents over 8,000 people for 181 days and 3,000 for 184: 10⁴ · 60 · 365 / 2,000,000."""
    events = [*town(1, a=3_000, b=5_000), *town(2, c=1_000)]
    events.append(said("community.assigned", "b", station="s2", township="t2", valid_from="2025-07-01"))
    events += [case(n, "a", f"2025-{n % 12 + 1:02d}-11") for n in range(60)]
    rows = ask(events)(date(2025, 1, 1), date(2025, 12, 31))
    here, there, whole = (row_of(rows, *at) for at in (("township", "t1"), ("township", "t2"), ("county", "")))
    assert (here["person_days"], here["rate_per_10k"]) == (8_000 * 181 + 3_000 * 184, 109.5)
    assert there["person_days"] == 1_000 * 181 + 6_000 * 184
    assert (whole["person_days"], whole["population"]) == (9_000 * 365, 9_000)
    assert [row_of(rows, "township", t)["communities"] for t in ("t1", "t2")] == [2, 2], "it belonged to both"
    assert (here["rank_per_10k"], there["rank_per_10k"]) == (1, 2)


def test_a_community_without_people_is_told_at_every_level(ask: Callable[[Sequence[Event]], Asked]) -> None:
    events = [*town(1, a=4_000, b=0), *town(2, c=2_000), case(1, "b", "2025-03-02"), case(2, "c", "2025-03-03", "s2")]
    rows = ask(events)(date(2025, 3, 1), date(2025, 3, 31))
    for at in (("county", ""), ("township", "t1"), ("station", "s1"), ("community", "b")):
        row = row_of(rows, *at)
        assert (row["unknown_communities"], row["rank_per_10k"]) == (1, None), at
    assert (row_of(rows, "station", "s1")["communities"], row_of(rows, "station", "s1")["population"]) == (2, 4_000)
    assert row_of(rows, "community", "b")["rate_per_10k"] is None
    assert row_of(rows, "township", "t2") == row_of(rows, "station", "s2") | {"level": "township", "place": "t2"}
    assert row_of(rows, "township", "t2")["rank_per_10k"] == 1


def test_people_stated_in_mid_window_are_unknown_for_it(ask: Callable[[Sequence[Event]], Asked]) -> None:
    """One missing day is enough; from the first stated day on they are known."""
    asked = ask(town(1, a=1_000))
    before, after = (
        row_of(asked(since, date(2024, 1, 31)), "county") for since in (date(2023, 12, 31), date(2024, 1, 1))
    )
    assert (before["unknown_communities"], before["population"]) == (1, None)
    assert (after["unknown_communities"], after["population"]) == (0, 1_000)


def test_days_to_come_count_with_what_is_known_of_them(ask: Callable[[Sequence[Event]], Asked]) -> None:
    """The window is whole, though the clock stands in its third month."""
    events = [*town(1, a=1_000), said("population.recorded", "a", valid_from="2026-07-01", pop_actual=2_000)]
    row = row_of(ask(events)(date(2026, 1, 1), date(2026, 12, 31)), "county")
    assert row["person_days"] == 1_000 * 181 + 2_000 * 184


@pytest.mark.parametrize(("year", "days"), [(2024, 29), (2025, 28)])
def test_a_leap_day_has_its_people(ask: Callable[[Sequence[Event]], Asked], year: int, days: int) -> None:
    row = row_of(ask(town(1, a=700))(date(year, 2, 1), date(year, 2, days)), "community", "a")
    assert (row["person_days"], row["population"]) == (700 * days, 700)
