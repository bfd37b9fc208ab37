"""The entities behind a number, a page at a time.

In: a number where a screen stands. Out: incidents or receipts under the very question the number is asked with, and how
many events they have.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboards.panels import Measure
from services.console.asker import Asker
from services.console.asking import behind, number
from services.console.state import State
from streams.figures import Question
from streams.windows import Window

LISTED = 200  # entities on one page
_ROLLING = {"incidents_24h": 1, "incidents_7d": 7, "incidents_30d": 30}  # days


@dataclass(frozen=True, slots=True)
class Behind:
    """`first` entities stand on the pages before; `total` is None where the number itself does not say it."""

    column: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    page: int
    more: bool
    total: int | None
    events: int

    @property
    def first(self) -> int:
        return (self.page - 1) * LISTED


def find_behind(asker: Asker, measure: Measure, state: State, window: Window, now: datetime, page: int) -> Behind:
    asked = behind(measure, state, window, now, page * LISTED + 1)
    rows = [row for row in asker.rows(asked) if _within(measure, row, number(measure, state, window, now).at)]
    here = rows[(page - 1) * LISTED : page * LISTED]
    column = "receipt" if measure.figure == "coverage" else "incident"
    columns: tuple[str, ...] = ("receipt", "ref", "day")
    if column == "incident":
        money = "recovered_fen" if measure.column == "recovered_fen" else "loss_fen"
        columns = ("incident", "moment", "station", "community", "category", money)
    more = len(rows) > page * LISTED
    total = _total(asker, measure, number(measure, state, window, now)) if more else len(rows)
    return Behind(column, columns, here, page, more, total, _events(asker, [row[column] for row in here]))


def _total(asker: Asker, measure: Measure, asked: Question) -> int | None:
    """How many entities, where a number counts them."""
    dissuaded = "dissuaded" if measure.column == "dissuaded" else "incidents"
    column = {"rates": dissuaded, "incidents": "incidents", "rolling": measure.column}.get(measure.figure)
    return sum(int(row[column]) for row in asker.rows(asked)) if column else None


def _within(measure: Measure, row: dict[str, Any], at: datetime | None) -> bool:
    """Days are whole; a rolling window is to the second."""
    return at is None or bool(at - timedelta(days=_ROLLING[measure.column]) < row["moment"] <= at)


def _events(asker: Asker, keys: list[str]) -> int:
    """Events of the listed entities; ids are counted, retries are not."""
    if not keys:
        return 0
    rows = asker.rows(Question("history", {"key": tuple(sorted(set(keys)))}))
    return len({row["event_id"] for row in rows})
