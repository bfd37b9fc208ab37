"""Where a screen stands: place, period, basis, as known at; each state is a URL and each URL a state.

In: query parameters. Out: a `State`, its windows (streams/windows.py), and the URL back. Raises `WrongState`, saying
which parameter is wrong and what is possible.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboards.panels import Measure
from schemas import BASES, Plan
from services.moments import moment_of
from streams.windows import Windows, day_of, last_days, month, month_to_date, months_before, of_dates, year_to_date

PERIODS = {
    "30d": ("近 30 天", "30 days"),
    "7d": ("近 7 天", "7 days"),
    "month": ("本月", "this month"),
    "last_month": ("上月", "last month"),
    "year": ("今年以来", "this year"),
    "days": ("自选日期", "from – to"),
}
PERIOD = "30d"  # where none is named: a month has nothing to say on its first day
LEVELS = ("county", "township", "station", "community")


class WrongState(ValueError):
    """A URL that names no state."""


@dataclass(frozen=True, slots=True)
class State:
    """`since` and `to` belong to the period `days`; `known` is aware."""

    level: str = "county"
    place: str = ""
    period: str = PERIOD
    basis: str = ""
    known: datetime | None = None
    since: date | None = None
    to: date | None = None

    def at(self, **changes: Any) -> "State":
        return replace(self, **changes)

    @property
    def url(self) -> str:
        said = {name: value for name, value in self.parameters().items() if value}
        return f"/?{urlencode(said)}" if said else "/"

    def parameters(self) -> dict[str, str]:
        days = self.period == "days"
        return {
            "level": "" if self.level == "county" else self.level, "place": self.place,
            "period": "" if self.period == PERIOD else self.period, "basis": self.basis,
            "from": str(self.since) if days else "", "to": str(self.to) if days else "",
            "known": self.known.isoformat() if self.known else "",
        }  # fmt: skip


def read_state(parameters: Mapping[str, str]) -> State:
    level = parameters.get("level") or "county"
    if level not in LEVELS:
        raise WrongState(f"level={level}：可用 / possible: {', '.join(LEVELS)}")
    place = parameters.get("place", "")
    if (level == "county") != (place == ""):
        raise WrongState(f"place={place}：{level} 需要一个编码 / a level below the county needs a code")
    period = parameters.get("period") or PERIOD
    if period not in PERIODS:
        raise WrongState(f"period={period}：可用 / possible: {', '.join(PERIODS)}")
    basis = parameters.get("basis", "")
    if basis and basis not in BASES:
        raise WrongState(f"basis={basis}：可用 / possible: {', '.join(BASES)}")
    since, to = (_day(parameters, name) if period == "days" else None for name in ("from", "to"))
    if since and to and since > to:
        raise WrongState(f"起始日 {since} 晚于截止日 {to} / from is after to")
    return State(level, place, period, basis, _moment(parameters.get("known", "")), since, to)


def typed_moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment as people type it, in their time zone; to the end of its minute: what was known by then."""
    for form, rest in (("%Y-%m-%d %H:%M", 59), ("%Y-%m-%d %H:%M:%S", 0)):
        with suppress(ValueError):
            typed = datetime.strptime(text.strip().replace("T", " "), form).replace(tzinfo=zone)
            return typed + timedelta(seconds=rest)
    raise WrongState(f"{text}：时刻应写作 2026-12-01 14:30 / a moment is YYYY-MM-DD HH:MM")


def doubts_url(known: datetime | None, kind: str = "") -> str:
    said = {name: value for name, value in (("kind", kind), ("known", known.isoformat() if known else "")) if value}
    return f"/doubts?{urlencode(said)}" if said else "/doubts"


def why_url(state: State, measure: Measure, key: str = "") -> str:
    """Where the reason of a number is told; `key` is a category or an audience."""
    rest = state.url.partition("?")[2]
    own = f"/why?figure={measure.figure}&column={measure.column}" + (f"&key={key}" if key else "")
    return f"{own}&{rest}" if rest else own


def today_of(state: State, plan: Plan, now: datetime) -> date:
    """The last day a state may speak of. `now` is aware."""
    return day_of(state.known or now, plan)


def windows(state: State, plan: Plan, now: datetime) -> Windows:
    """The days a state speaks of, and those it compares with."""
    today = today_of(state, plan, now)
    if state.period == "days" and state.since and state.to:
        return of_dates(state.since, state.to)
    if state.period in ("7d", "30d"):
        return last_days(int(state.period[:-1]), today)
    if state.period == "last_month":
        return month(months_before(today, 1))
    return year_to_date(today) if state.period == "year" else month_to_date(today)


def _day(parameters: Mapping[str, str], name: str) -> date:
    text = parameters.get(name, "")
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise WrongState(f"{name}={text}：日期应写作 2026-12-01 / a day is YYYY-MM-DD") from error
    if not 2000 <= found.year <= 2100:
        raise WrongState(f"{name}={text}：年份应在 2000 至 2100 之间 / a year from 2000 to 2100")
    return found


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = moment_of(text)
    except ValueError as error:
        raise WrongState(f"known={text}：{error}") from error
    if not 2000 < found.year <= 2100:
        raise WrongState(f"known={text}：年份应在 2001 至 2100 之间 / a year from 2001 to 2100")
    return found
