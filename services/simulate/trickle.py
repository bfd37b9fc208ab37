"""An endless trickle of live events for a county that has a history: what a demonstration shows from then on.

In: the same `Params` as the history, and the moment after which live events go on. Out: seconds to wait, then
a submission without `recordedtime`. The same arguments give the same stream; another moment gives other ids.
Limit: at the default rate a county has far more incidents than in real life, so that something is to be seen.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import log
from zoneinfo import ZoneInfo

from services.simulate import amendments, incidents, publicity, receipts
from services.simulate.county import Township, counties
from services.simulate.draws import Draws, cumulative
from services.simulate.outbox import Event, submission
from services.simulate.params import Params
from services.simulate.times import HOUR, MINUTE, SECOND, microseconds, wire
from services.simulate.world import World, new_world

LONGEST = 10.0  # no wait is longer than so many mean waits
ROUNDS = 4  # visitors under way at the same time
KEPT = 200  # cases and slips that may still be changed

Act = tuple[World, str, str, Event, str]  # world, type, subject, data, actor


@dataclass(slots=True)
class Round:
    """A visitor's round under way: which action, and how many doors are left."""

    world: World
    action: str
    visit: Event
    left: int


@dataclass(frozen=True, slots=True)
class Case:
    """A live incident as it was reported."""

    world: World
    township: Township
    subject: str
    data: Event


@dataclass(slots=True)
class Live:
    """What live events hang on: rounds under way, recent cases and slips, acts that go with the last one.

    `now` (µs) moves with the waits.
    """

    worlds: list[World]
    draws: Draws
    now: int
    rounds: list[Round] = field(default_factory=list)
    cases: deque[Case] = field(default_factory=lambda: deque(maxlen=KEPT))
    pending: list[Act] = field(default_factory=list)
    slips: deque[tuple[World, str, str]] = field(default_factory=lambda: deque(maxlen=KEPT))


def trickle(
    params: Params, after: datetime, *, rate: float = 1.0, incident_share: float = 0.02
) -> Iterator[tuple[float, Event]]:
    """Seconds to wait and what to submit then, for ever: about `rate` events a second from `after` on.

    Raises ValueError for an `after` without UTC offset, a rate not above 0, or a share outside 0 to 0.2.
    """
    if after.utcoffset() is None:
        raise ValueError("after: a moment with its UTC offset is needed")
    if rate <= 0 or not 0.0 <= incident_share <= 0.2:
        raise ValueError("rate must be above 0, incident_share from 0 to 0.2")
    return _endless(_begin(params, microseconds(after)), rate, incident_share)


def _begin(params: Params, now: int) -> Live:
    """The counties as they stand after all re-assignments, with the same union members as in the history."""
    zone, worlds = ZoneInfo(params.zone), []
    for i, county in enumerate(counties(params.counties, params.seed)):
        world = new_world(county, zone, now, Draws(params.seed, i, 1), series=f"{now // SECOND:x}-")
        for change in county.reassignments:
            world.station_of[change.community] = change.station
        worlds.append(world)
    return Live(worlds, Draws(params.seed, now, 4), now)


def _endless(live: Live, rate: float, incident_share: float) -> Iterator[tuple[float, Event]]:
    acts: tuple[tuple[Callable[[Live], Act], float], ...] = (
        (_incident, incident_share),
        (_amendment, incident_share * 1.5),
        (_campaign, 0.05),
        (_second_look, 0.04),
        (_door, 0.91 - 2.5 * incident_share),
    )
    shares, draws = cumulative([share for _, share in acts]), live.draws
    while True:
        wait = round(min(-log(1.0 - draws.uniform()), LONGEST) / rate, 3)
        live.now += round(wait * SECOND)
        act = live.pending.pop() if live.pending else acts[draws.index(shares)][0](live)
        world, kind, subject, data, actor = act
        id_, when = draws.uuid7(live.now // 1000), wire(live.now, world.zone)
        yield wait, submission(id_, world.source, kind, subject, when, data, actor)


def _door(live: Live) -> Act:
    """The next door of a round; a round begins with its action."""
    draws = live.draws
    live.rounds = [r for r in live.rounds if r.left]
    if len(live.rounds) < ROUNDS:
        world = draws.pick(live.worlds)
        community = world.county.communities[draws.index(world.visits)]
        doors = draws.between(6, publicity.ROUND)
        visit = publicity.visit(world, draws, community, doors)
        live.rounds.append(Round(world, world.number("act"), visit, doors))
        return world, "action.recorded", live.rounds[-1].action, visit, visit["station"]
    going = draws.pick(live.rounds)
    going.left -= 1
    data = receipts.door(going.world, draws, going.action, going.visit)
    subject, station = going.world.number("rec"), going.visit["station"]
    live.slips.append((going.world, subject, station))
    return going.world, "receipt.signed", subject, data, station


def _campaign(live: Live) -> Act:
    """An action on a channel without signatures, in a township or by an operator; rarely one is voided."""
    draws, world = live.draws, live.draws.pick(live.worlds)
    if live.rounds and draws.chance(0.04):
        wrong = draws.pick(live.rounds)
        wrong.left = 0
        reason = {"reason": draws.pick(publicity.WRONG_ACTIONS)}
        return wrong.world, "action.voided", wrong.action, reason, wrong.visit["station"]
    if draws.chance(0.15):
        operator = draws.pick(tuple(publicity.OPERATORS))
        data = publicity.push(world, draws, operator, publicity.OPERATORS[operator])
        return world, "action.recorded", world.number("act"), data, data["unit"]
    township = draws.pick(world.county.townships)
    data = publicity.in_township(world, draws, township, draws.pick(publicity.CHANNELS))
    return world, "action.recorded", world.number("act"), data, data["station"]


def _second_look(live: Live) -> Act:
    """A recent slip is reviewed or voided; without one, another door."""
    draws = live.draws
    if not live.slips:
        return _door(live)
    world, subject, station = draws.pick(live.slips)
    if draws.chance(0.15):
        return world, "receipt.voided", subject, {"reason": draws.pick(receipts.WRONG_SLIPS)}, station
    verdict = draws.pick(("accepted", "accepted", "accepted", "queried", "rejected"))
    return world, "receipt.reviewed", subject, receipts.review(draws, verdict), world.county.unit("office")


def _incident(live: Live) -> Act:
    """A fraud of the last hours is reported just now."""
    draws, world = live.draws, live.draws.pick(live.worlds)
    townships = world.county.townships
    township = townships[draws.index(cumulative([incidents.expected(t) for t in townships]))]
    occurred = live.now - 5 * MINUTE - min(draws.exponential(4 * HOUR), 48 * HOUR)
    data = incidents.reported(world, draws, township, occurred, None)
    case = Case(world, township, world.number("case"), data)
    live.cases.append(case)
    return world, "incident.reported", case.subject, data, data["station"]


def _amendment(live: Live) -> Act:
    """Something is learned about a live case: filed, corrected, moved, money saved, merged or withdrawn."""
    draws = live.draws
    if not live.cases:
        return _incident(live)
    case = draws.pick(live.cases)
    earlier = [c.subject for c in live.cases if c.world is case.world and c.subject < case.subject]
    acts: list[Act] = [
        (case.world, kind, case.subject, data, case.data["station"]) for kind, data in _learned(case, draws, earlier)
    ]
    live.pending += acts[1:]
    return acts[0]


def _learned(case: Case, draws: Draws, earlier: list[str]) -> list[tuple[str, Event]]:
    what, loss = draws.uniform(), case.data["loss_fen"]
    if what < 0.35 and case.data["stage"] != "dissuaded":
        return [("incident.case_filed", amendments.case_number(case.world, draws))]
    if what < 0.50 and loss:
        return [("incident.funds_frozen", {"frozen_fen": max(100, int(loss * draws.uniform()))})]
    if what < 0.58:
        return [("incident.moved", amendments.move(case.world, draws, case.data))]
    if what < 0.62 and earlier:
        return [("incident.merged", {"into": draws.pick(earlier)})]
    if what < 0.66:
        return [("incident.withdrawn", {"withdrawn": draws.chance(0.8)})]
    return amendments.correction(case.world, draws, case.data)
