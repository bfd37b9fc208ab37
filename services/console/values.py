"""What a desk shows, as values: each panel by itself, ready to be drawn; texts are final, links are URLs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from dashboards.formats import Change
from dashboards.panels import Measure, Panel
from services.console.state import State
from streams.windows import Windows

STALE = 24 * 3600  # seconds without a new event: a county hears something every day, and says so where it has nothing
SLOW = 10.0  # seconds an event may wait for its figures


@dataclass(frozen=True, slots=True)
class Compared:
    """A change, and where the reason of its base is told; `why` is empty where nothing is known of the base."""

    change: Change
    why: str


@dataclass(frozen=True, slots=True)
class Value:
    """One number: its text, what it is compared with, where its reason is told; `part` (0–1) is its bar."""

    measure: Measure
    text: str
    why: str
    compared: tuple[Compared, ...] = ()
    part: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """`link` leads to the desk of the row's place; `share` is its part of the whole, as text."""

    key: str
    name: str
    link: str
    values: tuple[Value, ...]
    share: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """The head of a panel large, its other measures small."""

    panel: Panel
    values: tuple[Value, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`note` says what the marks of its numbers mean."""

    panel: Panel
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A month, YYYY-MM, and the same a year before; None before anything was counted, which is not zero."""

    month: str
    this: int | None
    why: str
    last: int | None
    why_last: str


@dataclass(frozen=True, slots=True)
class Trend:
    """`until`: both series end on that day of their last month."""

    panel: Panel
    points: tuple[Point, ...]
    until: int


@dataclass(frozen=True, slots=True)
class Alerted:
    """One alert; `link` leads to the desk of its place on its day."""

    day: date
    rule: str
    threshold: int
    name: str
    link: str


@dataclass(frozen=True, slots=True)
class Alerts:
    """The latest ones, and how many there are in all."""

    panel: Panel
    rows: tuple[Alerted, ...]
    all: int


@dataclass(frozen=True, slots=True)
class Failure:
    panel: Panel
    text: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """`recorded`: when the latest event was learned of; None where there is none. Ages in seconds."""

    recorded: datetime | None
    age: float
    waiting: int
    simulated: bool

    @property
    def stale(self) -> bool:
        return self.age > STALE or (self.waiting > 0 and self.age > SLOW)


Part = Tile | Table | Trend | Alerts | Failure


@dataclass(frozen=True, slots=True)
class Desk:
    """`began`: the day on which counting began, where only a part of the window was counted."""

    state: State
    place: str
    windows: Windows
    basis: str
    stamp: Stamp
    began: date | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return self.stamp.recorded is None


def sorted_table(
    panel: Panel, rows: Iterable[Row], numbers: Mapping[str, Mapping[str, Any]], *, bars: bool = True
) -> Table:
    """Rows by the head of the panel, largest first; each column's bars are parts of its largest value."""
    held = sorted(rows, key=lambda r: (-(numbers[r.key].get(panel.head.column) or 0), r.key == "", r.key))
    if not bars:
        return Table(panel, tuple(held))
    most = [0.0 if m.unit == "rank" else max((float(n.get(m.column) or 0) for n in numbers.values()), default=0.0)
            for m in panel.measures]  # fmt: skip

    def barred(row: Row) -> Row:
        parts = [float(numbers[row.key].get(m.column) or 0) / top if top else 0.0
                 for m, top in zip(panel.measures, most, strict=True)]  # fmt: skip
        return replace(row, values=tuple(replace(v, part=p) for v, p in zip(row.values, parts, strict=True)))

    return Table(panel, tuple(barred(row) for row in held))
