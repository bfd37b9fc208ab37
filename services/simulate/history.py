"""The history of one or more counties as one stream of events, in the order in which they arrived.

In: `Params`. Out: CloudEvents as dicts, ordered by `recordedtime`, none after `params.end`. The same params
give the same bytes. Works week by week, so that memory holds a few weeks of events however long it is.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from zoneinfo import ZoneInfo

from services.simulate import incidents, publicity, registry
from services.simulate.county import County, counties
from services.simulate.draws import Draws
from services.simulate.outbox import Arrival, Event, Outbox
from services.simulate.params import Params
from services.simulate.times import WEEK, local, microseconds, midnight, months_before
from services.simulate.world import World, new_world

CAMPAIGN_MONTHS = 12
BEFORE = 0.1  # intensity of publicity before the campaign
CONCENTRATED = (1.35, 0.88)  # intensity in the first three months of a year, and in the others
YEAR_WEEKS = 365.25 / 7

__all__ = ["Params", "history"]


@dataclass(slots=True)
class Run:
    """One county under way, with a stream of draws for each kind of event."""

    world: World
    registers: Outbox
    cases: Outbox
    actions: Outbox
    due: list[registry.Due]

    def drain(self) -> list[Arrival]:
        """Everything that was put since the last call."""
        return [*self.registers.drain(), *self.cases.drain(), *self.actions.drain()]


def history(params: Params) -> Iterator[Event]:
    """All events, in order of `(recordedtime, id)`. A retry shares its `data` with the first: read only."""
    zone = ZoneInfo(params.zone)
    end = microseconds(params.end)
    last_day = params.end.astimezone(zone).date()
    start = midnight(months_before(last_day, params.months), zone)
    campaign = midnight(months_before(last_day, CAMPAIGN_MONTHS), zone)
    places = counties(params.counties, params.seed)
    runs = [_open(params, county, i, zone, start) for i, county in enumerate(places)]
    weeks = -(-(end - start) // WEEK)
    waiting: list[Arrival] = []
    for number in range(weeks):
        begin = start + number * WEEK
        for run in runs:
            _week(run, begin, number, (end - start) / WEEK, intensity(begin, campaign, zone))
            waiting += run.drain()
        waiting.sort(key=itemgetter(0, 1))
        known = bisect_left(waiting, begin + WEEK, key=itemgetter(0))
        for _, _, event in waiting[:known]:
            yield event
        del waiting[:known]
    for _, _, event in waiting:
        yield event


def intensity(week: int, campaign: int, zone: ZoneInfo) -> float:
    """How much publicity a week sees; 1 on average over a year of the campaign."""
    if week < campaign:
        return BEFORE
    return CONCENTRATED[0] if local(week, zone).month <= 3 else CONCENTRATED[1]


def _open(params: Params, county: County, index: int, zone: ZoneInfo, start: int) -> Run:
    """Register the county; registers are kept by careful people and are never late."""
    streams = [Draws(params.seed, index, kind) for kind in (1, 2, 3)]
    world = new_world(county, zone, start, streams[0])
    careful = params.replace(late=0.0)
    boxes = [Outbox(p, world.source, zone, draws) for p, draws in zip((careful, params, params), streams, strict=True)]
    registry.opening(world, boxes[0])
    return Run(world, boxes[0], boxes[1], boxes[2], registry.calendar(world, boxes[0]))


def _week(run: Run, begin: int, number: int, weeks: float, publicised: float) -> None:
    """One week of one county. Incidents come first: a victim of it can only have been reached before it."""
    while run.due and run.due[0].at < begin + WEEK:
        registry.act(run.due.pop(0), run.world, run.registers)
    factor = incidents.season(begin, run.world) * incidents.trend(number / weeks, weeks / YEAR_WEEKS)
    incidents.week(run.world, run.cases, begin, factor)
    publicity.week(run.world, run.actions, begin, number, publicised)
    publicity.zero_reports(run.world, run.actions, begin, number)
