"""Windows of days and what they are compared with, computed here for screens, commands, boards and bulletins alike.

In: what kind of window, and the day of the moment T in the plan's zone; or two days. Out: its days, the same window of
last year (同比), the window before (环比), and whether a window was counted whole. Days are inclusive at both ends,
everywhere. Only a window said to be *to date* ends at T; one asked for by its dates is whole, also where it lies ahead.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from schemas import Plan

TELLING = 7  # days: over fewer, a move says next to nothing, so it is told without good or bad
Counted = Literal["whole", "part", "none"]


@dataclass(frozen=True, slots=True)
class Window:
    """`since` is the first day and `to` the last."""

    since: date
    to: date

    @property
    def days(self) -> int:
        return (self.to - self.since).days + 1

    @property
    def months(self) -> int:
        """How many calendar months it is, where it is nothing but whole ones; else 0."""
        whole = self.since.day == 1 and self.to == last_day(self.to)
        return _number(self.to) - _number(self.since) + 1 if whole else 0

    @property
    def telling(self) -> bool:
        return self.days >= TELLING

    @property
    def text(self) -> str:
        return str(self.since) if self.since == self.to else f"{self.since} – {self.to}"

    def counted(self, beginning: date | None) -> Counted:
        """How much of it was counted, where counting began on that day; None where it has not begun."""
        if beginning is None or self.to < beginning:
            return "none"
        return "whole" if beginning <= self.since else "part"


@dataclass(frozen=True, slots=True)
class Windows:
    """`previous` is the window before; a year to date has none."""

    now: Window
    last_year: Window
    previous: Window | None

    @property
    def last_year_label(self) -> str:
        return "去年同月" if self.now.months == self.last_year.months == 1 else "去年同期"


def day_of(moment: datetime, plan: Plan) -> date:
    """The day in the plan's zone. `moment` is aware."""
    return moment.astimezone(plan.zone).date()


def of_dates(since: date, to: date) -> Windows:
    """Whole months stand beside whole months, with the days these have; other windows beside the same dates of last
    year, and as many days before."""
    now = Window(since, to)
    if months := now.months:
        return Windows(
            now, _months_from(months_before(since, 12), months), _months_from(months_before(since, months), months)
        )
    before = Window(since - timedelta(days=now.days), since - timedelta(days=1))
    return Windows(now, Window(a_year_before(since), a_year_before(to)), before)


def month(day: date) -> Windows:
    """The whole month in which a day lies."""
    return of_dates(day.replace(day=1), last_day(day))


def month_to_date(today: date) -> Windows:
    """The month under way, beside the same days of last year's and, as far as it has them, of the month before."""
    now = Window(today.replace(day=1), today)
    before = months_before(today, 1)
    previous = Window(before, min(last_day(before), before + timedelta(days=now.days - 1)))
    return Windows(now, Window(a_year_before(now.since), a_year_before(today)), previous)


def year_to_date(today: date) -> Windows:
    since = today.replace(month=1, day=1)
    return Windows(Window(since, today), Window(a_year_before(since), a_year_before(today)), None)


def last_days(count: int, today: date) -> Windows:
    """So many days to date; those of last year are as many, and end on the same date."""

    def up_to(to: date) -> Window:
        return Window(to - timedelta(days=count - 1), to)

    return Windows(up_to(today), up_to(a_year_before(today)), up_to(today - timedelta(days=count)))


def to_date(since: date, today: date) -> Windows:
    """From a day until T: the month or the year under way where it begins with them, else so many days."""
    if since == today.replace(day=1):
        return month_to_date(today)
    if since == today.replace(month=1, day=1):
        return year_to_date(today)
    return last_days(Window(since, today).days, today)


def trend(to: date, count: int) -> list[tuple[Window, Window]]:
    """So many months, the last as far as `to`; each with the same of last year."""
    pairs = []
    for first in (months_before(to, n) for n in range(count - 1, -1, -1)):
        found = month_to_date(to) if first == to.replace(day=1) and to != last_day(to) else month(first)
        pairs.append((found.now, found.last_year))
    return pairs


def months_before(day: date, months: int) -> date:
    """The first day of the month so many months before that of `day`."""
    year, month_ = divmod(_number(day) - months, 12)
    return date(year, month_ + 1, 1)


def sql_months_before(day: str, months: int) -> str:
    """The same as `months_before`, in SQL over an expression of a day: a board's days are known when it is read."""
    return f"toStartOfMonth({day}) - INTERVAL {months} MONTH"


def a_year_before(day: date) -> date:
    """29 February is compared with 28 February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def last_day(day: date) -> date:
    """Of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _months_from(first: date, months: int) -> Window:
    return Window(first, last_day(months_before(first, 1 - months)))


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1
