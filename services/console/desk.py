"""The figures of the desk as values: what stands where, ready to be drawn, each panel by itself.

In: a state and who is asked. Out: a `Desk`. A panel that fails carries its reason in place of its figures; the others
stay. Blocks while it asks.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from dashboards import labels, panels
from dashboards.formats import Change, change, shown
from dashboards.labels import Lang
from dashboards.panels import Measure, Panel
from schemas.catalogue import Catalogue
from services.console.asker import Asker
from services.console.asking import first_month, question_of, rows_of
from services.console.places import Places
from services.console.state import State, Window, Windows, months_before, windows
from services.errors import KNOWN
from streams.figures import Question

STALE = 24 * 3600  # seconds without a new event: a county hears something every day, and says so where it has nothing
SLOW = 10.0  # seconds an event may wait for its figures


@dataclass(frozen=True, slots=True)
class Value:
    """One number: its text, what it is compared with, where its reason is told; `part` (0–1) is its bar."""

    text: str
    why: str
    changes: tuple[Change, ...] = ()
    part: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    link: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    panel: Panel
    value: Value
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    panel: Panel
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """`months` as YYYY-MM; a month before anything was counted is None, not zero."""

    panel: Panel
    months: tuple[str, ...]
    this: tuple[int | None, ...]
    last: tuple[int | None, ...]
    why: str


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


Part = Tile | Table | Trend | Failure


@dataclass(frozen=True, slots=True)
class Desk:
    state: State
    place: str
    windows: Windows
    basis: str
    stamp: Stamp
    parts: Mapping[str, Part] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        return self.stamp.recorded is None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads desks. `lang` decides labels."""

    asker: Asker
    lang: Lang

    def desk(self, state: State, places: Places) -> Desk:
        answers = self.asker.answers
        now = answers.now()
        days = windows(state, answers.plan, now)
        desk = Desk(state, places.name_of(state), days, state.basis or answers.plan.counting_basis, self.stamp(state))
        if desk.empty:
            return desk
        view = _View(self, state, places, days, now)
        parts = {panel.id: view.attempt(panel, view.tile) for panel in (*panels.TILES, *view.rolling_panel())}
        parts["trend"] = view.attempt(panels.TREND, view.trend)
        parts["categories"] = view.attempt(panels.CATEGORIES, view.categories)
        parts["audiences"] = view.attempt(panels.AUDIENCES, view.audiences)
        parts |= {panel.id: view.attempt(panel, view.places) for panel in view.tables()}
        return replace(desk, parts=parts)

    def stamp(self, state: State) -> Stamp:
        rows = self.asker.rows(Question("freshness", as_known_at=state.known))
        if not rows:
            return Stamp(None, 0.0, 0, simulated=False)
        recorded = max(row["recorded"] for row in rows)
        age = max(0.0, ((state.known or self.asker.answers.now()) - recorded).total_seconds())
        return Stamp(recorded, age, sum(row["waiting"] for row in rows), any(row["simulated"] for row in rows))


@dataclass(frozen=True, slots=True)
class _View:
    """One reading of one state."""

    reader: Reader
    state: State
    place_names: Places
    days: Windows
    now: datetime

    def attempt(self, panel: Panel, read: Callable[[Panel], Part]) -> Part:
        try:
            return read(panel)
        except KNOWN as error:
            return Failure(panel, str(error))

    def tables(self) -> tuple[Panel, ...]:
        if self.state.level == "county":
            return (panels.STATIONS, panels.TOWNSHIPS)
        return () if self.state.level == "community" else (panels.COMMUNITIES,)

    def rolling_panel(self) -> tuple[Panel, ...]:
        """Rolling figures stand at the station that took the report, so they are known there and for the county."""
        return (panels.ROLLING,) if self.state.level in ("county", "station") else ()

    def tile(self, panel: Panel) -> Tile:
        measure = panel.measures[0]
        row = self._row(panel, self.days.now)
        value = row.get(measure.column, None if panel.figure == "rates" and measure.column == "rate_per_10k" else 0)
        why = why_url(self.state, panel.id, measure.column)
        if panel.figure == "rates":
            return Tile(panel, Value(shown(value, measure.unit), why, self._changes(panel, measure, value)))
        note = self._coverage_note(row) if panel.figure == "coverage" else ""
        return Tile(panel, Value(shown(value, measure.unit), why), note)

    def trend(self, panel: Panel) -> Trend:
        rows = self._rows(question_of(panel, self.state, self.days.now, self.now))
        counted = {row["month"]: int(row["incidents"]) for row in rows}
        first = self._first()
        last_day = self.days.now.to

        def series(offset: int) -> tuple[int | None, ...]:
            months = [months_before(last_day, n + offset) for n in range(12, -1, -1)]
            return tuple(counted.get(f"{m:%Y-%m}", 0) if first and m >= first else None for m in months)

        names = tuple(f"{months_before(last_day, n):%Y-%m}" for n in range(12, -1, -1))
        return Trend(panel, names, series(0), series(12), why_url(self.state, panel.id, "incidents"))

    def categories(self, panel: Panel) -> Table:
        """Families, largest first: what a method is counted under."""
        catalogue = self.reader.asker.answers.catalogue
        sums: dict[str, dict[str, int]] = {}
        for row in self._rows(question_of(panel, self.state, self.days.now, self.now)):
            family = sums.setdefault(catalogue.family_of(row["category"]) or row["category"], {})
            for measure in panel.measures:
                family[measure.column] = family.get(measure.column, 0) + int(row[measure.column])
        names = {code: _category(catalogue, code, self.reader.lang) for code in sums}
        rows = [{"place": code, **values} for code, values in sums.items()]
        return Table(panel, self._table(panel, rows, names, {}, ""))

    def audiences(self, panel: Panel) -> Table:
        rows = [{"place": row["audience"], **row} for row in self._rows(self._asked(panel, self.days.now))]
        names = {row["audience"]: labels.name(row["audience"], self.reader.lang) for row in rows}
        held = [{**row, "place": row["audience"]} for row in rows]
        return Table(panel, self._table(panel, held, names, {}, "", bars=False))

    def places(self, panel: Panel) -> Table:
        codes = self.place_names.inside(self.state)
        rows = self._rows(rows_of(panel, self.state, self.days.now, codes))
        known = self.days.last_year.since >= (self._first() or date.max)
        last = (
            {r["place"]: r for r in self._rows(rows_of(panel, self.state, self.days.last_year, codes))} if known else {}
        )
        names = {row["place"]: self.place_names.label(panel.level, row["place"]) for row in rows}
        return Table(panel, self._table(panel, [r for r in rows if r["place"]], names, last, panel.level))

    def _table(
        self, panel: Panel, rows: Iterable[Mapping[str, Any]], names: Mapping[str, str],
        last: Mapping[str, Mapping[str, Any]], level: str, *, bars: bool = True,
    ) -> tuple[Row, ...]:  # fmt: skip
        """Rows by their first measure, largest first."""
        head = panel.measures[0].column
        held = sorted(rows, key=lambda r: (-(r[head] or 0), r["place"]))
        most = {m.column: max((float(r[m.column] or 0) for r in held), default=0.0) for m in panel.measures}
        return tuple(
            Row(
                names[row["place"]],
                self.state.at(level=level, place=row["place"]).url if level else "",
                tuple(
                    Value(
                        shown(row[m.column], m.unit),
                        self._row_why(panel, m, row["place"], level),
                        (self._last_year(m, row[m.column], last[row["place"]].get(m.column)),)
                        if row["place"] in last and m.column == head else (),
                        (float(row[m.column] or 0) / most[m.column] if most[m.column] else 0.0) if bars else None,
                    )
                    for m in panel.measures
                ),
            )
            for row in held
        )  # fmt: skip

    def _row_why(self, panel: Panel, measure: Measure, place: str, level: str) -> str:
        if level:
            return why_url(self.state.at(level=level, place=place), "incidents", measure.column)
        return why_url(self.state, panel.id, measure.column, place)

    def _changes(self, panel: Panel, measure: Measure, value: float | None) -> tuple[Change, ...]:
        windows_ = [(self._text("去年同期", "last year"), self.days.last_year)]
        if self.days.previous:
            windows_.append((self._text("上期", "before"), self.days.previous))
        first = self._first()
        found = []
        for label, window in windows_:
            known = first is not None and window.since >= first
            row = self._row(panel, window) if known else {}
            base = row.get(measure.column, None if not known or measure.column == "rate_per_10k" else 0)
            found.append(change(value, base, measure.unit, measure.better, label))
        return tuple(found)

    def _last_year(self, measure: Measure, value: float | None, base: float | None) -> Change:
        return change(value, base, measure.unit, measure.better, self._text("去年", "last year"))

    def _coverage_note(self, row: Mapping[str, Any]) -> str:
        due = row.get("households_due")
        if not due:
            return self._text(
                "应覆盖户数未知：请导入人口或名册", "households due unknown: import populations or a roster"
            )
        share = shown(row["households_share"], "share")
        return self._text(f"入户覆盖率 {share}（应 {due:,} 户）", f"{share} of {due:,} households")

    def _asked(self, panel: Panel, window: Window) -> Question:
        return question_of(panel, self.state, window, self.now)

    def _row(self, panel: Panel, window: Window) -> Mapping[str, Any]:
        """The one row of a tile; rows of several stations are added up."""
        rows = self._rows(self._asked(panel, window))
        if panel.figure == "rolling":
            return {m.column: sum(row[m.column] for row in rows) for m in panel.measures}
        return rows[0] if rows else {}

    def _first(self) -> date | None:
        rows = self._rows(first_month(self.state, self.days.now.to))
        return date.fromisoformat(f"{rows[0]['month']}-01") if rows else None

    def _rows(self, question: Question) -> list[dict[str, Any]]:
        return self.reader.asker.rows(question)

    def _text(self, zh: str, en: str) -> str:
        return zh if self.reader.lang == "zh" else en


def why_url(state: State, panel: str, column: str, key: str = "") -> str:
    """Where the reason of a number is told; `key` is a category or an audience."""
    rest = state.url.partition("?")[2]
    own = f"/why?panel={panel}&column={column}" + (f"&key={key}" if key else "")
    return f"{own}&{rest}" if rest else own


def _category(catalogue: Catalogue, code: str, lang: Lang) -> str:
    return catalogue.label(code) if lang == "zh" else code.replace("_", " ")
