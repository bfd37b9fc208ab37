"""From a panel and a state to a question: the one place that knows what a panel asks for where a screen stands."""

from dataclasses import replace
from datetime import date, datetime

from dashboards.panels import Panel
from services.console.state import State, Window, months_before
from streams.figures import Question

MONTHS = 25  # thirteen months and the same ones a year before
EVER = date(2000, 1, 1)


def question_of(panel: Panel, state: State, window: Window, now: datetime) -> Question:
    """What a panel asks for in one window. Rows of a table are asked for by `rows_of`."""
    asked = Question(panel.figure, dict(panel.where), as_known_at=state.known)
    if panel.figure == "rates":
        where = {"level": (state.level,), "place": (state.place,)}
        return replace(asked, where=where, since=window.since, to=window.to, basis=state.basis or None)
    if panel.figure == "coverage":
        where = {"period": (str(window.to.year),), "level": (state.level,), "place": (state.place,)}
        return replace(asked, where={**asked.where, **where}, to=window.to)
    if panel.figure == "rolling":
        return replace(asked, where=scope(state), at=state.known or now, basis=state.basis or None)
    since = months_before(window.to, MONTHS - 1) if panel.form == "trend" else window.since
    return replace(asked, where=scope(state), since=since, to=window.to, by=panel.by, basis=state.basis or None)


def rows_of(panel: Panel, state: State, window: Window, places: tuple[str, ...]) -> Question:
    """The rows of a table of places."""
    where = {"level": (panel.level,)} | ({"place": places} if places else {})
    return Question("rates", where, window.since, window.to, (), state.basis or None, None, state.known)


def first_month(state: State, to: date) -> Question:
    """The first month with anything counted: before it, nothing is known."""
    return Question("incidents", {}, EVER, to, ("month",), state.basis or None, None, state.known, 1)


def behind(panel: Panel, state: State, window: Window, now: datetime, limit: int) -> Question:
    """The entities that make up a number: incidents or receipts."""
    if panel.figure == "coverage":
        asked = question_of(panel, state, window, now)
        kind = ("person",) if panel.measures[0].column.startswith("people") else ("household",)
        return Question("reached", dict(asked.where) | {"kind": kind}, as_known_at=state.known, limit=limit)
    days = Question("counted", scope(state), window.since, window.to, (), state.basis or None, None, state.known, limit)
    return replace(days, where={**days.where, **panel.where})


def scope(state: State) -> dict[str, tuple[str, ...]]:
    """The condition that keeps what happened at the place of a state."""
    return {} if state.level == "county" else {state.level: (state.place,)}
