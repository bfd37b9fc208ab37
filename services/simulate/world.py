"""What the simulation of one county remembers: who answers for whom, who was reached lately, last numbers."""

from collections import deque
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from services.simulate.county import Community, County, Township
from services.simulate.draws import Draws, cumulative

REMEMBERED = 32
MEMBERS = 1_500

Person = tuple[str, str]  # person_ref, household_ref


@dataclass(slots=True)
class World:
    """Memory is bounded, so that a province of counties can be simulated as a stream.

    `met`: the last people of a community who signed a receipt; victims who had been reached are among them.
    `awaited`: victims of a community whom a later visit finds at home. `busy`: station and week (counted
    from `begin`, µs) with a report. `series` stands in every entity's id, so that live entities never share
    one with those of the history.
    """

    county: County
    zone: ZoneInfo
    begin: int
    series: str
    residents: dict[str, list[float]]
    visits: list[float]
    station_of: dict[str, str]
    members: list[str]
    met: dict[str, deque[Person]] = field(default_factory=dict)
    awaited: dict[str, list[Person]] = field(default_factory=dict)
    cases: dict[str, deque[str]] = field(default_factory=dict)
    busy: set[tuple[str, int]] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The `source` of every event of this county."""
        return f"simulator/{self.county.code}"

    def number(self, kind: str) -> str:
        """The next id of an entity of this kind; ids grow with time, which keeps sorted storage cheap."""
        n = self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return f"{kind}-{self.county.code}-{self.series}{n:07d}"

    def resident_community(self, township: Township, draws: Draws) -> Community:
        """Where somebody of the township lives, by population."""
        return township.communities[draws.index(self.residents[township.code])]

    def meet(self, community: str, person: Person) -> None:
        """Remember that a receipt was signed."""
        if community not in self.met:
            self.met[community] = deque(maxlen=REMEMBERED)
        self.met[community].append(person)


def new_world(county: County, zone: ZoneInfo, begin: int, draws: Draws, series: str = "") -> World:
    """The county on its first day. Draws the members of the trade unions, whose roster is registered."""
    return World(
        county=county,
        zone=zone,
        begin=begin,
        series=series,
        residents={t.code: cumulative([c.residents for c in t.communities]) for t in county.townships},
        visits=cumulative([c.eagerness * c.households for c in county.communities]),
        station_of={c.code: c.station for c in county.communities},
        members=[draws.ref("p-") for _ in range(MEMBERS)],
    )
