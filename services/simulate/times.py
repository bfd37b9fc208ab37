"""Moments as whole microseconds since 1970, and how they are written on the wire.

Formatting by table: `datetime.isoformat` alone would take half of the time of a simulation.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
QUARTER = 15 * MINUTE
WEEKS_PER_MONTH = 365.25 / 12 / 7
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TWO = tuple(f"{n:02d}" for n in range(60))
CLOCK = tuple(f"{hour:02d}:{minute}" for hour in range(24) for minute in TWO)


def microseconds(moment: datetime) -> int:
    """The moment (aware) as microseconds since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def local(us: int, zone: tzinfo) -> datetime:
    """The moment in the zone's own time."""
    return (EPOCH + timedelta(microseconds=us)).astimezone(zone)


def wire(us: int, zone: tzinfo) -> str:
    """To the second, with the zone's offset: as people and forms give it."""
    minutes = _offset(us // QUARTER, zone)
    day, rest = divmod(us + minutes * MINUTE, DAY)
    minute, second = divmod(rest // SECOND, 60)
    return f"{_day(day)}T{CLOCK[minute]}:{TWO[second]}{_sign(minutes)}"


def stamp(us: int) -> str:
    """To the microsecond, in UTC: as a machine records it."""
    day, rest = divmod(us, DAY)
    rest, fraction = divmod(rest, SECOND)
    minute, second = divmod(rest, 60)
    return f"{_day(day)}T{CLOCK[minute]}:{TWO[second]}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    """The date so many days after 1970 began; a simulation writes each of them thousands of times."""
    return str(EPOCH.date() + timedelta(days=number))


@lru_cache(maxsize=65_536)
def _offset(quarter: int, zone: tzinfo) -> int:
    """Minutes east of UTC in a quarter of an hour; no zone changes its clocks within one."""
    offset = local(quarter * QUARTER, zone).utcoffset()
    return 0 if offset is None else offset // timedelta(minutes=1)


@lru_cache(maxsize=64)
def _sign(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{CLOCK[abs(minutes)]}"


def midnight(day: date, zone: tzinfo) -> int:
    """The beginning of a day in the zone."""
    return microseconds(datetime.combine(day, time(), zone))


def months_before(day: date, months: int) -> date:
    """The same day so many calendar months earlier, or the last day of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
