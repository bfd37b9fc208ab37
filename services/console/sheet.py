"""The numbers of one reading: any measure of any place in any window, each figure asked once for all places.

In: a state and who is asked. Out: numbers; None is unknown: nothing was ever counted until then, or there is no base.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dashboards.panels import Measure
from services.console.asker import Asker
from services.console.asking import beginning, everywhere
from services.console.state import State
from streams.comparison import RATIOS
from streams.windows import Window

# A place with nothing counted has no row: these are then unknown, all else is zero.
_RATIOS = RATIOS | {"people_share", "households_share", "visited_share"}
_Rows = Mapping[tuple[str, ...], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`_found` keeps rows by what names them, for one reading. Threads may use it side by side."""

    asker: Asker
    state: State
    now: datetime
    today: date
    _found: dict[tuple[str, Window], _Rows] = field(default_factory=dict)

    def number(self, measure: Measure, level: str, place: str, window: Window) -> float | None:
        if measure.figure == "rates" and window.counted(self.begins) == "none":
            return None
        rows = self.rows(measure, window)
        if measure.figure == "rolling":
            here = rows.values() if level == "county" else [rows.get((place,), {})]
            return sum(int(row.get(measure.column, 0)) for row in here)
        row = rows.get((level, place, *(value for values in measure.where.values() for value in values)), {})
        value = row.get(measure.column, None if measure.column in _RATIOS else 0)
        return None if value is None else float(value) if measure.unit in ("rate", "share") else int(value)

    def base(self, measure: Measure, level: str, place: str, window: Window) -> float | None:
        """A number to compare with: unknown where only a part of its window was counted."""
        whole = window.counted(self.begins) == "whole"
        return self.number(measure, level, place, window) if whole else None

    @property
    def begins(self) -> date | None:
        """The day on which counting began; None where nothing was counted yet."""
        plan = self.asker.answers.plan_at(self.state.known)
        if plan.counting_from is not None:
            return plan.counting_from
        return next((row["day"] for row in self.asker.rows(beginning(self.state))), None)

    def unknown(self, measure: Measure, level: str, place: str, window: Window) -> int:
        """Of how many communities a rate of a place does not know the people; 0 for what is no rate."""
        if measure.unit != "rate" or window.counted(self.begins) == "none":
            return 0
        return int(self.rows(measure, window).get((level, place), {}).get("unknown_communities", 0))

    def places(self, measure: Measure, level: str, window: Window) -> list[str]:
        """Places of a level with a row of their own; the empty one is where no place was stated."""
        return [key[1] for key in self.rows(measure, window) if key[0] == level]

    def audiences(self, measure: Measure, level: str, place: str, window: Window) -> list[Mapping[str, Any]]:
        """Coverage of a place, a row for each audience."""
        return [row for key, row in self.rows(measure, window).items() if key[:2] == (level, place)]

    def rows(self, measure: Measure, window: Window) -> _Rows:
        """All rows of a figure in a window, by what names them."""
        key = (measure.figure, window)
        if key not in self._found:
            names = {"rates": ("level", "place"), "coverage": ("level", "place", "audience")}
            named = names.get(measure.figure, ("station",))
            rows = self.asker.rows(everywhere(measure, self.state, window, self.now))
            self._found[key] = {tuple(row[name] for name in named): row for row in rows}
        return self._found[key]
