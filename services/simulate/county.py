"""The demonstration county: places, stations, units and people, drawn from a seed.

Township names, codes and sizes are published figures (a county of eleven townships; the census of another
of the same kind). Names of communities and the split of people among them are made up.
"""

import dataclasses
from dataclasses import dataclass
from math import log

from services.simulate.draws import Draws

HOME = "421222"
HOUSEHOLD = 2.7

# code, name, residents, risk against the county's mean. The seat has by far the most cases for its size.
TOWNSHIPS = (
    ("100", "隽水镇", 63_573, 1.7),
    ("101", "麦市镇", 20_396, 0.7),
    ("102", "塘湖镇", 17_169, 0.8),
    ("103", "关刀镇", 15_020, 1.0),
    ("104", "沙堆镇", 13_105, 0.7),
    ("105", "五里镇", 11_066, 1.5),
    ("106", "石南镇", 9_255, 0.6),
    ("107", "北港镇", 8_823, 0.6),
    ("108", "马港镇", 8_723, 0.7),
    ("200", "四庄乡", 8_515, 0.6),
    ("201", "大坪乡", 5_641, 0.8),
)
UNITS = (
    ("office", "反诈办公室", "office"),
    ("edu", "教育局", "department"),
    ("union", "总工会", "organisation"),
    ("publicity", "宣传部", "department"),
    ("civil", "民政局", "department"),
    ("commerce", "商务局", "department"),
    ("mobile", "中国移动", "operator"),
    ("unicom", "中国联通", "operator"),
    ("telecom", "中国电信", "operator"),
    ("cinema", "县影剧院", "cinema"),
    ("courier", "邮政快递网点", "courier"),
    ("school1", "第一中学", "school"),
    ("school2", "实验小学", "school"),
    ("school3", "隽水中学", "school"),
)
FIRST = "龙白石黄金大上下青新高柏杨梅桃竹松清双南东西北云凤锡油水宝左"
SECOND = "泉塘坪岭湾河港山桥洞坑铺冲沙源门畈屋垅井溪田堰台"
COMPOUNDS = ("锦绣花园", "银河小区", "秀水名城", "金湾新村", "玉立家园", "隽阳小区")
AVOIDED = ("黄泉", "金门")
MOST, FEWEST = 25, 12
RECOUNTED = 12  # every so many communities are counted again within the year


@dataclass(frozen=True, slots=True)
class Community:
    """A community or village. `eagerness`: the share of its households that a year of visits reaches."""

    code: str
    name: str
    township: str
    station: str
    residents: int
    actual: int
    registered: int
    households: int
    eagerness: float


@dataclass(frozen=True, slots=True)
class Station:
    """A police station."""

    code: str
    name: str
    township: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A member unit of the campaign, or a school, cinema or outlet under one."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Township:
    """`risk` is relative; the county's mean over its people is 1."""

    code: str
    name: str
    residents: int
    risk: float
    stations: tuple[Station, ...]
    communities: tuple[Community, ...]


@dataclass(frozen=True, slots=True)
class Reassignment:
    """A community goes to another station, some to another township, after this share of the history."""

    community: str
    township: str
    station: str
    after: float


@dataclass(frozen=True, slots=True)
class County:
    """All that is registered before the first incident. `closing` is a station that merges `into` another.

    Communities, by code: `recounted` have other numbers of people from the middle of the history on, those of
    `stated_late` have none before, and nobody ever says how many live in `unstated`.
    """

    code: str
    name: str
    townships: tuple[Township, ...]
    units: tuple[Unit, ...]
    compounds: tuple[tuple[str, str, str], ...]
    closing: Station
    into: Station
    reassignments: tuple[Reassignment, ...]
    recounted: tuple[str, ...]
    stated_late: tuple[str, ...]
    unstated: str

    @property
    def stations(self) -> tuple[Station, ...]:
        """The stations that stay, two of them in the county seat."""
        return tuple(station for township in self.townships for station in township.stations)

    @property
    def communities(self) -> tuple[Community, ...]:
        """All communities and villages, by code of township."""
        return tuple(community for township in self.townships for community in township.communities)

    @property
    def residents(self) -> int:
        """People who usually live here."""
        return sum(township.residents for township in self.townships)

    def unit(self, key: str) -> str:
        """The code of the unit with this key in `UNITS`."""
        return f"{self.code}-{key}"


def counties(n: int, seed: int) -> tuple[County, ...]:
    """The demonstration county and n − 1 others of the same size.

    The others have codes under 99, which belongs to no province, so that no real county is spoken for.
    """
    codes = [(HOME, "通城县")] + [(f"99{i:04d}", f"演示{i:04d}县") for i in range(1, n)]
    return tuple(_county(code, name, Draws(seed, i, 0)) for i, (code, name) in enumerate(codes[:n]))


def _county(code: str, name: str, draws: Draws) -> County:
    residents = sum(row[2] for row in TOWNSHIPS)
    mean_risk = sum(row[2] * row[3] for row in TOWNSHIPS) / residents
    pairs = [a + b for a in FIRST for b in SECOND if a + b not in AVOIDED]
    names = [pairs[i] for i in draws.rng.permutation(len(pairs)).tolist()]
    stations = _stations(code)
    closing = Station(f"{code}5190", "黄袍派出所", f"{code}101")
    townships = []
    for short, town, people, risk in TOWNSHIPS:
        here = tuple(s for s in stations if s.township == code + short)
        places = _communities(code + short, people, here, names, draws, rural=short != "100")
        if short == "101":
            places = tuple(_at(p, closing.code) if i < 4 else p for i, p in enumerate(places))
        townships.append(Township(code + short, town, people, risk / mean_risk, here, places))
    seat, closed = townships[0], townships[1]
    moved = [Reassignment(c.code, c.township, closed.stations[0].code, 0.25) for c in closed.communities[:4]]
    first = [c for c in seat.communities if c.station == seat.stations[0].code]
    moved += [
        Reassignment(c.code, c.township, seat.stations[1].code, after)
        for c, after in zip(first, (0.4, 0.7), strict=False)
    ]
    moved += [
        Reassignment(townships[i].communities[3].code, other.code, other.stations[0].code, 0.55)
        for i, other in ((n, townships[n + 1]) for n in (3, 5, 8))
    ]
    unstated, *late = (townships[n].communities[-1].code for n in (9, 4, 7))
    others = [c.code for town in townships for c in town.communities if c.code not in {unstated, *late}]
    units = tuple(Unit(f"{code}-{key}", title, kind) for key, title, kind in UNITS)
    compounds = tuple((f"{c.code}01", title, c.code) for title, c in zip(COMPOUNDS, seat.communities, strict=False))
    return County(
        code, name, tuple(townships), units, compounds, closing, closed.stations[0], tuple(moved),
        tuple(others[::RECOUNTED]), tuple(late), unstated,
    )  # fmt: skip


def _stations(county: str) -> tuple[Station, ...]:
    """One station for each township, named after it, and a second in the seat."""
    rows = [(short, town[:-1]) for short, town, _, _ in TOWNSHIPS]
    rows.insert(1, ("100", "城关"))
    return tuple(
        Station(f"{county}51{i:02d}", f"{town}派出所", county + short) for i, (short, town) in enumerate(rows, 1)
    )


def _communities(
    township: str, people: int, stations: tuple[Station, ...], names: list[str], draws: Draws, *, rural: bool
) -> tuple[Community, ...]:
    """12 to 25 by the logarithm of the size; takes from the end of `names`; sizes add up to `people`."""
    sizes = [row[2] for row in TOWNSHIPS]
    scale = (log(people) - log(min(sizes))) / (log(max(sizes)) - log(min(sizes)))
    count = FEWEST + round(scale * (MOST - FEWEST))
    urban = 3 if rural else count - 5
    shares = draws.rng.dirichlet([6.0] * count) * 0.8 + 0.2 / count
    residents = [int(share * people) for share in shares.tolist()]
    residents[0] += people - sum(residents)
    places = []
    for i, here in enumerate(residents):
        number, kind = (i + 1, "社区") if i < urban else (201 + i - urban, "村")
        away = 0.08 + 0.17 * draws.uniform() if rural else -0.1 + 0.1 * draws.uniform()
        places.append(
            Community(
                code=f"{township}{number:03d}",
                name=names.pop() + kind,
                township=township,
                station=stations[i * len(stations) // count].code,
                residents=here,
                actual=round(here * (0.92 + 0.1 * draws.uniform())),
                registered=round(here * (1 + away)),
                households=round(here / HOUSEHOLD),
                eagerness=0.25 + 0.30 * draws.uniform(),
            )
        )
    return tuple(places)


def _at(place: Community, station: str) -> Community:
    """The same community under another station."""
    return dataclasses.replace(place, station=station)
