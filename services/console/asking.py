"""From a number and a state to a question: the one place that knows what is asked where a screen stands."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from dashboards.panels import Measure
from services.console.state import State
from streams.figures import Question
from streams.windows import Window


def number(measure: Measure, state: State, window: Window, now: datetime) -> Question:
    """What a number at the place of a state is asked with: one row, or rows that add up to it."""
    asked = everywhere(measure, state, window, now)
    if measure.figure in ("rates", "coverage"):
        place = {"level": (state.level,), "place": (state.place,)}
        return replace(asked, where={**asked.where, **place, **measure.where})
    return replace(asked, where={**scope(state), **measure.where})


def everywhere(measure: Measure, state: State, window: Window, now: datetime) -> Question:
    """The same of all places at once: a screen asks so, once for all its numbers."""
    basis = state.basis or None
    if measure.figure == "coverage":
        days = covering(state, window)
        return Question("coverage", {}, days.since, days.to, as_known_at=state.known)
    if measure.figure == "rolling":
        # to the whole second after: all screens of one second ask the same, and nothing that has happened is missed
        at = now.replace(microsecond=0) + timedelta(seconds=1)
        return Question("rolling", {}, basis=basis, at=state.known or at, as_known_at=state.known)
    return Question(measure.figure, {}, window.since, window.to, (), basis, None, state.known)


def covering(state: State, window: Window) -> Window:
    """The days of coverage: those chosen, else the year up to the last day."""
    return window if state.period == "days" else replace(window, since=window.to.replace(month=1, day=1))


def split(measure: Measure, by: tuple[str, ...], state: State, window: Window, now: datetime) -> Question:
    """A number at the place of a state, by something."""
    return replace(number(measure, state, window, now), by=by)


def beginning(state: State) -> Question:
    """Since when incidents have counted, where the plan does not say since when they were counted."""
    return Question("counting", basis=state.basis or None, as_known_at=state.known)


def behind(measure: Measure, state: State, window: Window, now: datetime, limit: int) -> Question:
    """The entities that make up a number: incidents or receipts."""
    asked = number(measure, state, window, now)
    if measure.figure == "coverage":
        column = measure.column
        where: dict[str, tuple[str, ...]] = dict(asked.where)
        if "receipts" in column:
            where["slip"] = ("1",)
        else:
            where["kind"] = ("person",) if column.startswith("people") else ("household",)
        if column.startswith("visit"):
            where["visit"] = ("1",)
        return Question("reached", where, asked.since, asked.to, as_known_at=state.known, limit=limit)
    counts = ("dissuaded",) if measure.column == "dissuaded" else ("incidents",)
    where = {**scope(state), **measure.where, "counts": counts}
    # a rolling window lies within these days; who lists them looks at the moments
    since, to = (day(asked.at, -31), day(asked.at, 1)) if asked.at else (window.since, window.to)
    return Question("counted", where, since, to, (), asked.basis, None, state.known, limit)


def day(moment: datetime, days: int) -> date:
    return (moment + timedelta(days=days)).date()


def scope(state: State) -> dict[str, tuple[str, ...]]:
    """The condition that keeps what happened at the place of a state."""
    return {} if state.level == "county" else {state.level: (state.place,)}
