"""What is known about a county before and beside its incidents: places, stations, people, rosters, the plan.

Everything is effective-dated. The opening is recorded on the day before the history begins; populations
follow each January, those of some communities once more, re-assignments and the roster's amendment during the history.
"""

from dataclasses import dataclass
from datetime import date

from schemas.plan import adopted, default_plan, written
from services.simulate.county import Community, County, Station
from services.simulate.outbox import Outbox
from services.simulate.times import DAY, HOUR, MINUTE, SECOND, local, midnight
from services.simulate.world import World

ROSTER_PARTS = 5
YEARLY_GROWTH = -0.004
RECOUNT = (0.6, 1.06)  # after which share of the history, and how many more people are found then


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is registered once, from a moment (µs) on; what `act` does about it."""

    at: int
    act: str
    subject: str = ""


def calendar(world: World, outbox: Outbox) -> list[Due]:
    """All that falls due during the history, in order of time."""
    county, zone, start, end = world.county, world.zone, world.begin, outbox.end
    first, last = local(start, zone).year, local(end, zone).year
    yearly = [Due(midnight(date(year, 1, 1), zone) + 9 * HOUR, "year") for year in range(first + 1, last + 1)]
    moves = [Due(start + int((end - start) * r.after), "reassign", r.community) for r in county.reassignments]
    recount = [Due(recounted_at(world, outbox), "recount")]
    merged = [Due(min(d.at for d in moves), "merge_station")]
    rosters = [Due(start + DAY, "roster"), Due(start + (end - start) // 2, "amend")]
    return sorted([*yearly, *recount, *merged, *moves, *rosters], key=lambda due: due.at)


def opening(world: World, outbox: Outbox) -> None:
    """Register the county on the day before it begins."""
    county, office = world.county, world.county.unit("office")
    base = base_year(world, outbox)
    since = f"{base}-01-01"
    moment = world.begin - DAY
    places = [("county", county.code, county.name, "")]
    places += [("township", t.code, t.name, county.code) for t in county.townships]
    places += [("community", c.code, c.name, c.township) for c in county.communities]
    places += [("compound", code, name, parent) for code, name, parent in county.compounds]
    for level, code, name, parent in places:
        moment += SECOND
        data = {"level": level, "name": name, "parent": parent, "valid_from": since}
        if not parent:
            del data["parent"]
        outbox.put("place.registered", code, moment, 2 * SECOND, data, office)
    for station in (*county.stations, county.closing):
        moment += SECOND
        _register_station(outbox, station, moment, since, office)
    for unit in county.units:
        moment += SECOND
        data = {"name": unit.name, "kind": unit.kind, "valid_from": since}
        outbox.put("unit.registered", unit.code, moment, 2 * SECOND, data, office)
    for community in county.communities:
        moment += SECOND
        _assign(outbox, community, community.station, moment, since)
    for year in range(base, local(world.begin, world.zone).year + 1):
        moment += HOUR
        populations(world, outbox, moment, year)
    adopt_plan(world, outbox, moment + HOUR, since)


def act(due: Due, world: World, outbox: Outbox) -> None:
    """Carry out what falls due, in the registry and in the world's memory."""
    county, office = world.county, world.county.unit("office")
    today = local(due.at, world.zone).date()
    if due.act == "year":
        populations(world, outbox, due.at, today.year)
        adopt_plan(world, outbox, due.at + HOUR, str(today))
    elif due.act == "recount":
        again = {*county.recounted, *county.stated_late}
        for number, community in enumerate(c for c in county.communities if c.code in again):
            _count(outbox, community, due.at + number * SECOND, str(today), RECOUNT[1], office)
    elif due.act == "merge_station":
        data = {"into": county.into.code, "valid_from": str(today)}
        outbox.put("station.merged", county.closing.code, due.at, HOUR, data, office)
    elif due.act == "reassign":
        change = next(r for r in county.reassignments if r.community == due.subject)
        world.station_of[change.community] = change.station
        data = {"station": change.station, "township": change.township, "valid_from": str(today)}
        outbox.put("community.assigned", change.community, due.at, HOUR, data, office)
    elif due.act == "roster":
        _roster(world, outbox, due.at, str(today))
    else:
        _amend(world, outbox, due.at, str(today))


def base_year(world: World, outbox: Outbox) -> int:
    """The first year with a population: that of the beginning, or one before, so that there are two."""
    return min(local(world.begin, world.zone).year, local(outbox.end - DAY, world.zone).year - 1)


def populations(world: World, outbox: Outbox, at: int, year: int) -> None:
    """The people of each community as counted for a year; published sizes are those of the base year."""
    factor = (1 + YEARLY_GROWTH) ** (year - base_year(world, outbox))
    county, begun = world.county, at >= recounted_at(world, outbox)
    for community in county.communities:
        if community.code == county.unstated or (community.code in county.stated_late and not begun):
            continue
        at += SECOND
        _count(outbox, community, at, f"{year}-01-01", factor, county.unit("office"))


def recounted_at(world: World, outbox: Outbox) -> int:
    """When some communities are counted once more (µs)."""
    return world.begin + int((outbox.end - world.begin) * RECOUNT[0])


def _count(outbox: Outbox, community: Community, at: int, since: str, factor: float, actor: str) -> None:
    data = {
        "valid_from": since,
        "pop_actual": round(community.actual * factor),
        "pop_resident": round(community.residents * factor),
        "pop_registered": round(community.registered * factor),
        "households": round(community.households * factor),
    }
    outbox.put("population.recorded", community.code, at, SECOND, data, actor)


def adopt_plan(world: World, outbox: Outbox, at: int, since: str) -> None:
    """The year's work plan: the one that ships, under an id of the county's own and with the year as its version."""
    own = {"id": f"plan-{world.county.code}", "version": since[:4], "time_zone": world.zone.key}
    data = adopted(written(default_plan()[0].model_copy(update=own)), since)
    outbox.put("plan.adopted", own["id"], at, MINUTE, data, world.county.unit("office"))


def _register_station(outbox: Outbox, station: Station, at: int, since: str, actor: str) -> None:
    data = {"name": station.name, "township": station.township, "valid_from": since}
    outbox.put("station.registered", station.code, at, 2 * SECOND, data, actor)


def _assign(outbox: Outbox, community: Community, station: str, at: int, since: str) -> None:
    data = {"station": station, "township": community.township, "valid_from": since}
    outbox.put("community.assigned", community.code, at, 2 * SECOND, data, station)


def _roster(world: World, outbox: Outbox, at: int, since: str) -> None:
    """The members of the trade unions; counts only when all parts have arrived."""
    county, members = world.county, world.members
    homes = [outbox.draws.pick(county.townships[0].communities).code for _ in members]
    rows = [{"ref": ref, "community": home} for ref, home in zip(members, homes, strict=True)]
    size = -(-len(rows) // ROSTER_PARTS)
    for part in range(ROSTER_PARTS):
        data = {
            "audience": "union_member",
            "scope": county.unit("union"),
            "version": since,
            "valid_from": since,
            "part": part + 1,
            "parts": ROSTER_PARTS,
            "members": rows[part * size : (part + 1) * size],
        }
        outbox.put("roster.part_recorded", roster_id(county), at, (part + 1) * MINUTE, data, county.unit("union"))


def _amend(world: World, outbox: Outbox, at: int, since: str) -> None:
    """Some have joined and some have left."""
    county, draws = world.county, outbox.draws
    leaving = draws.some(world.members, 20)
    joining = [draws.ref("p-") for _ in range(35)]
    gone = set(leaving)
    world.members = [ref for ref in world.members if ref not in gone] + joining
    home = county.townships[0].communities[0].code
    data = {
        "valid_from": since,
        "add": [{"ref": ref, "community": home} for ref in joining],
        "remove": leaving,
    }
    outbox.put("roster.amended", roster_id(county), at, HOUR, data, county.unit("union"))


def roster_id(county: County) -> str:
    """The subject of the roster of union members."""
    return f"roster-{county.code}-union"
