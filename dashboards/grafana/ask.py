"""What a panel of Grafana asks, as data: a figure, conditions in SQL, and the columns to show with their names.

SQL is made from it by whoever knows the figures, whose parameters (`{day:Date}`, `{zone:String}`) it may name. Time
comes from the page's range; nothing is asked of the browser but the value of a variable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dashboards.formats import MARK, UNKNOWN, Unit
from dashboards.panels import Measure

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of the answer: SQL over the figure's columns, its title, how it is written."""

    sql: str
    title: str
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """`where`: column → list of SQL values, as text. `names`: the column that holds codes of places, to be named.
    `time`: an expression for the first column of a series; rows then come in its order. `months`: so many up to the end
    of the range, where the panel has a window of its own; `year`: the year of that day, up to it."""

    figure: str
    shown: tuple[Shown, ...]
    where: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    by: tuple[str, ...] = ()
    names: str = ""
    time: str = ""
    order: str = ""
    limit: int = 500
    months: int = 0
    year: bool = False


def shown(measure: Measure) -> Shown:
    """A measure as a column: money in 万元, shares in per cent, the unit in the title."""
    unit = "%" if measure.unit == "share" else measure.unit_zh
    title = measure.zh + (f"（{unit}）" if unit else "")
    scaled = {
        "wan_yuan": f"round({measure.column} / 1000000, 2)",
        "share": f"round({measure.column} * 100, 1)",
    }
    return Shown(scaled.get(measure.unit, measure.column), title, measure.unit)


def marked(rate: Measure) -> Shown:
    """A rate as text, with how many communities of its place have no known people beside it where there are any."""
    # rates have four digits: a little more makes a half go up, as everywhere else
    text = f"ifNull(printf('%.2f', {rate.column} + 0.00000001), '{UNKNOWN}')"
    mark = f"concat('{MARK}（', toString(unknown_communities), ' 个社区人口未知）')"
    return Shown(f"concat({text}, if(unknown_communities > 0, {mark}, ''))", shown(rate).title)
