"""The county as a tree: names of places, and which communities a township or a station answers for.

In: the registers. Out: `Places`, as they stand on a day. A station that was merged into another is not among those that
stand, and keeps its name wherever rows of it do; what a place is called is said by the figure `place`. Limit: a
community is listed under today's township and station, also where the figures beside it are of an earlier day.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.labels import Lang
from services.console.asker import Asker
from services.console.state import State
from streams.figures import Question

STATION, PLACE = "station.registered", "place.registered"


@dataclass(frozen=True, slots=True)
class Places:
    """Codes in their own order; `names` by (level, code); `gone` are stations that were merged into others."""

    names: dict[tuple[str, str], str]
    townships: tuple[str, ...]
    stations: tuple[str, ...]
    of_township: dict[str, tuple[str, ...]]
    of_station: dict[str, tuple[str, ...]]
    county: str
    gone: tuple[str, ...] = ()

    def label(self, level: str, code: str) -> str:
        """The name; a place that is not registered stands under its code."""
        return self.names.get((level, code), code)

    def name_of(self, state: State) -> str:
        return self.county if state.level == "county" else self.label(state.level, state.place)

    def knows(self, state: State) -> bool:
        """Whether the place of a state is in the registers: zeros of one that is not say nothing."""
        return state.level == "county" or (state.level, state.place) in self.names

    def listed(self, level: str, state: State) -> tuple[str, ...]:
        """The registered places of a level that stand under the place of a state."""
        if level == "community":
            inside = self.of_township if state.level == "township" else self.of_station
            return inside.get(state.place, ())
        return self.stations if level == "station" else self.townships


def read_places(asker: Asker, lang: Lang, day: date, unnamed: str) -> Places:
    """`unnamed` is what a county without a registered name is called."""
    rows = asker.rows(Question("place"))
    names = {(_level(row), row["code"]): str(row["label" if lang == "zh" else "label_en"]) for row in rows}
    standing = [(_level(row), str(row["code"])) for row in rows if not row["merged_into"]]
    newest: dict[str, dict[str, Any]] = {}
    for row in asker.rows(Question("assignment")):
        if row["valid_from"] <= day:
            newest[row["community"]] = row  # rows come by community and day
    return Places(
        names,
        tuple(code for level, code in standing if level == "township"),
        tuple(code for level, code in standing if level == "station"),
        _inside(newest, "township"),
        _inside(newest, "station"),
        next((name for (level, _), name in names.items() if level == "county"), unnamed),
        tuple(str(row["code"]) for row in rows if row["merged_into"] and _level(row) == "station"),
    )


def _level(row: dict[str, Any]) -> str:
    return "station" if row["type"] == STATION else str(row["level"])


def _inside(newest: dict[str, dict[str, Any]], column: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for community, row in newest.items():
        found.setdefault(row[column], []).append(community)
    return {code: tuple(communities) for code, communities in found.items()}
