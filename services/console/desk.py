"""The figures of the desk: what stands where, ready to be drawn, each panel by itself.

In: a state and who is asked. Out: a `Desk`. A panel that fails carries its reason in place of its figures; the others
stay. Blocks while it asks; panels are read side by side.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from dashboards import labels, panels
from dashboards.formats import MARK, change, share, shown
from dashboards.labels import Lang
from dashboards.panels import Measure, Panel
from services.console.asker import Asker
from services.console.asking import covering, split
from services.console.places import Places
from services.console.sheet import Sheet
from services.console.state import State, today_of, why_url, windows
from services.console.values import (
    Alerted,
    Alerts,
    Compared,
    Desk,
    Failure,
    Part,
    Point,
    Row,
    Stamp,
    Table,
    Tile,
    Trend,
    Value,
    sorted_table,
)
from services.errors import KNOWN
from streams.figures import Question
from streams.windows import Window, Windows, last_day, trend

MONTHS = 13
NAMED = 12  # places that a footnote names, and alerts of a list


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads desks. `lang` decides labels."""

    asker: Asker
    lang: Lang

    def pinned(self) -> "Reader":
        return replace(self, asker=self.asker.pinned())

    def desk(self, state: State, places: Places) -> Desk:
        answers = self.asker.answers
        now, plan = answers.now(), answers.plan_at(state.known)
        days = windows(state, plan, now)
        desk = Desk(state, places.name_of(state), days, state.basis or plan.counting_basis, self.stamp(state))
        if desk.empty:
            return desk
        view = _View(self, state, places, days, Sheet(self.asker, state, now, today_of(state, plan, now)))
        drawn = self.asker.side_by_side(lambda read: read(), [*view.ahead(), *view.panels()])
        began = view.sheet.begins if days.now.counted(view.sheet.begins) == "part" else None
        return replace(desk, parts={part.panel.id: part for part in drawn if part is not None}, began=began)

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
    names: Places
    days: Windows
    sheet: Sheet

    def ahead(self) -> list[Callable[[], None]]:
        """What several panels want, one window after the other: asked side by side before they do."""
        rates = next(m for panel in panels.TILES for m in panel.measures if m.figure == "rates")
        windows_ = (self.days.now, self.days.last_year, self.days.previous)
        return [partial(self._fetch, rates, window) for window in windows_ if window is not None]

    def _fetch(self, measure: Measure, window: Window) -> None:
        with suppress(*KNOWN):  # the panel that wants it says so
            self.sheet.rows(measure, window)

    def panels(self) -> list[Callable[[], Part]]:
        """What a state shows. Rolling figures stand at the station that took the report: known there and in sum."""
        level = self.state.level
        tables = {"county": (panels.STATIONS, panels.TOWNSHIPS), "community": ()}.get(level, (panels.COMMUNITIES,))
        rolls = level in ("county", "station")
        wanted: list[tuple[Callable[[Panel], Part], Panel]] = [
            *((self.places, panel) for panel in tables),
            *((self.tile, panel) for panel in panels.TILES if rolls or panel.head.figure != "rolling"),
            (self.trend, panels.TREND),
            (self.categories, panels.CATEGORIES),
            (self.audiences, panels.AUDIENCES),
            *([(self.alerts, panels.ALERTS)] if rolls else []),
        ]
        return [partial(self._attempt, read, panel) for read, panel in wanted]

    def _attempt(self, read: Callable[[Panel], Part], panel: Panel) -> Part:
        try:
            return read(panel)
        except KNOWN as error:
            return Failure(panel, str(error))

    def tile(self, panel: Panel) -> Tile:
        values = [self._value(panel.id, m, self.state) for m in panel.measures]
        if panel.compared:
            values[0] = replace(values[0], compared=self._changes(panel, self.state))
        return Tile(panel, tuple(values), self._due(panel) or self._footnote(panel, [self.state]))

    def trend(self, panel: Panel) -> Trend:
        """Thirteen months, and the same a year before up to the same day."""
        to, months = self.days.now.to, trend(self.days.now.to, MONTHS)
        asked = split(panel.head, ("day",), self.state, Window(months[0][1].since, to), self.sheet.now)
        found = {row["day"]: int(row[panel.head.column]) for row in self._rows(asked)}
        points = tuple(
            Point(f"{this.since:%Y-%m}", *self._month(panel, found, this), *self._month(panel, found, last, base=True))
            for this, last in months
        )
        return Trend(panel, points, to.day if to != last_day(to) else 0)

    def categories(self, panel: Panel) -> Table:
        """Families, largest first: what a method is counted under."""
        catalogue = self.reader.asker.answers.catalogue
        sums: dict[str, dict[str, int]] = {}
        for row in self._rows(split(panel.head, panel.by, self.state, self.days.now, self.sheet.now)):
            family = sums.setdefault(catalogue.family_of(row["category"]) or row["category"], {})
            for m in panel.measures:
                family[m.column] = family.get(m.column, 0) + int(row[m.column])
        sums = {code: values for code, values in sums.items() if any(values.values())}
        whole = sum(values[panel.head.column] for values in sums.values())
        rows = []
        for code, values in sums.items():
            cells = tuple(self._cell(panel, m, values[m.column], code) for m in panel.measures)
            name = catalogue.label(code) if self.reader.lang == "zh" else code.replace("_", " ")
            part = share(values[panel.head.column] / whole) if whole else ""
            rows.append(Row(code, name or self._text("未填", "not stated"), "", cells, part))
        return sorted_table(panel, rows, sums)

    def audiences(self, panel: Panel) -> Table:
        found = self.sheet.audiences(panel.head, self.state.level, self.state.place, self.days.now)
        together = self._text("全部受众", "all together")
        rows = [
            Row(row["audience"], labels.name(row["audience"], self.reader.lang) or together, "",
                tuple(self._cell(panel, m, row[m.column], row["audience"]) for m in panel.measures))
            for row in found
        ]  # fmt: skip
        return sorted_table(panel, rows, {row["audience"]: row for row in found}, bars=False)

    def alerts(self, panel: Panel) -> Alerts:
        """Of the period, newest first; at a station its own."""
        where = {"place": (self.state.place,)} if self.state.level == "station" else {}
        days = self.days.now
        found = self._rows(Question("alerts", where, days.since, days.to, as_known_at=self.state.known))
        return Alerts(panel, tuple(self._alerted(row) for row in found[:NAMED]), len(found))

    def _alerted(self, row: Mapping[str, Any]) -> Alerted:
        rule, place = row["rule"], row["place"]
        if rule != "high_incidence":
            return Alerted(row["day"], rule, row["threshold"], labels.name(place, self.reader.lang), "")
        at = self.state.at(level="station", place=place, period="days", since=row["day"], to=row["day"])
        return Alerted(row["day"], rule, row["threshold"], self.names.label("station", place), at.url)

    def places(self, panel: Panel) -> Table:
        """Every registered place, and each that something was counted at."""
        counted = self.sheet.places(panel.head, panel.level, self.days.now)
        known = self.names.listed(panel.level, self.state)
        here = [*known, *(c for c in counted if c not in known)] if self.state.level == "county" else list(known)
        rows, numbers = [], {}
        for code in here:
            numbers[code] = {
                m.column: self.sheet.number(m, panel.level, code, self.days.now)
                for m in panel.measures
                if code or m.figure == "rates"
            }
            rows.append(self._place(panel, code, numbers[code]))
        shown_ = [self.state.at(level=panel.level, place=code) for code in here if code]
        return replace(sorted_table(panel, rows, numbers), note=self._footnote(panel, shown_))

    def _place(self, panel: Panel, code: str, numbers: Mapping[str, float | None]) -> Row:
        """A row of a place; where no place was stated there is nothing to lead to."""
        if not code:
            values = tuple(Value(m, shown(numbers.get(m.column), m.unit), "") for m in panel.measures)
            return Row("", self._text("未填地方", "place not stated"), "", values)
        at = self.state.at(level=panel.level, place=code)
        values = tuple(self._value(panel.id, m, at) for m in panel.measures)
        if panel.compared:
            values = (replace(values[0], compared=self._changes(panel, at, last_year_only=True)), *values[1:])
        return Row(code, self.names.label(panel.level, code), at.url, values)

    def _value(self, id_: str, m: Measure, at: State) -> Value:
        found = self.sheet.number(m, at.level, at.place, self.days.now)
        return Value(m, shown(found, m.unit) + self._mark(m, at, self.days.now), why_url(at, m))

    def _mark(self, m: Measure, at: State, window: Window) -> str:
        return MARK if self.sheet.unknown(m, at.level, at.place, window) else ""

    def _footnote(self, panel: Panel, places: Sequence[State]) -> str:
        """What a mark means: of how many communities of which places the people are unknown; and why a base is."""
        bases = [w for w in (self.days.last_year, self.days.previous if panel.form == "tile" else None) if w]
        rates = [m for m in panel.measures if m.unit == "rate"]
        notes, said = [], []
        for at in places if rates else ():
            here, *there = (self.sheet.unknown(rates[0], at.level, at.place, w) for w in (self.days.now, *bases))
            base = max(there) if panel.form == "tile" else here  # a table compares no rates
            more = self._text(f"（对比期 {base}）", f" (base {base})") if base > here else ""
            if here or base:
                said.append(f"{self.names.name_of(at)} {here}{more}")
        if said:
            told = "、".join(said[:NAMED]) + (self._text(f" 等 {len(said)} 处", " …") if len(said) > NAMED else "")
            zh = f"{MARK} 人口未知的社区数：{told}；不计入分母，不排名"
            notes.append(self._text(zh, f"{MARK} communities without known people: {told}; not in the rate, no rank"))
        begins = self.sheet.begins
        if panel.compared and begins and any(w.counted(begins) != "whole" for w in bases):
            notes.append(self._text(f"—：{begins} 起计数，此前的同期未计全", f"—: counted only from {begins}"))
        return "。".join(notes)

    def _cell(self, panel: Panel, m: Measure, value: float | None, key: str) -> Value:
        return Value(m, shown(value, m.unit), why_url(self.state, m, key))

    def _changes(self, panel: Panel, at: State, *, last_year_only: bool = False) -> tuple[Compared, ...]:
        m, days = panel.head, self.days
        against = [(self._text("去年" if last_year_only else days.last_year_label, "last year"), days.last_year)]
        if days.previous and not last_year_only:
            against.append((self._text("上期", "before"), days.previous))
        value = self.sheet.number(m, at.level, at.place, days.now)
        found = []
        for label, window in against:
            base = self.sheet.base(m, at.level, at.place, window)
            better = m.better if days.now.telling else "neither"  # a move over a few days is told without colour
            moved = change(value, base, m.unit, better, label)
            if base is not None:
                moved = replace(moved, base=moved.base + self._mark(m, at, window))
            there = at.at(period="days", since=window.since, to=window.to)
            why = "" if base is None else why_url(there, m)
            found.append(Compared(moved, why))
        return tuple(found)

    def _due(self, panel: Panel) -> str:
        """Since when visits are counted, which is not the period of the desk; and of how many households."""
        if panel.head.figure != "coverage":
            return ""
        since = covering(self.state, self.days.now).since
        counted = self._text(f"{since} 起", f"since {since}")
        if panel.head.column != "visited_share":
            return counted
        due = self.sheet.number(replace(panel.head, column="households_due", unit="count"), self.state.level,
                                self.state.place, self.days.now)  # fmt: skip
        return (
            self._text(f"{counted}，应覆盖 {due:,} 户", f"{counted}, of {due:,} households")
            if due
            else self._text(
                "应覆盖户数未知：请导入人口或名册", "households due unknown: import populations or a roster"
            )
        )

    def _month(
        self, panel: Panel, found: Mapping[date, int], window: Window, *, base: bool = False
    ) -> tuple[int | None, str]:
        """A month's number and where its reason is told; unknown before counting began, a base also where it began
        within."""
        counted = window.counted(self.sheet.begins)
        if counted == "none" or (base and counted == "part"):
            return None, ""
        number = sum(n for day, n in found.items() if window.since <= day <= window.to)
        return number, self._why_days(panel.head, window)

    def _why_days(self, m: Measure, window: Window) -> str:
        return why_url(self.state.at(period="days", since=window.since, to=window.to), m)

    def _rows(self, question: Question) -> list[dict[str, Any]]:
        return self.reader.asker.rows(question)

    def _text(self, zh: str, en: str) -> str:
        return zh if self.reader.lang == "zh" else en
