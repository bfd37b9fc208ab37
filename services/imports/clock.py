"""Wall time as people and programs write it: a day, a time of day, both in Chinese or in digits.

In: the text of a cell, or of several joined. Out: the moment, its own offset if it has one, and whether a time of
day was written; None where the text is no time. Nothing is guessed: a time of day that contradicts its own word
(15:20 上午) or that people mean in two ways (晚上12点) is no time.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

Wall = tuple[datetime, tzinfo | None, bool]

_DAY = re.compile(r"^(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})(?:日|(?=\D|$))")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$")
_WORD = "凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|晚间|夜间|夜里|晚|am|pm"
_CLOCK = re.compile(
    rf"^(?:T|\s*)({_WORD})?\s*(\d{{1,2}})(?:(:|时|点)(\d{{1,2}})(?:(?::|分)(\d{{1,2}})(?:\.(\d{{1,6}})\d*)?秒?|分)?"
    rf"|[时点](半|整)?)(?:许|左右)?\s*({_WORD})?",
    re.I,
)
_OFFSET = re.compile(r"^\s*(?:(Z)|([+-])(0\d|1[0-4]):?([0-5]\d))?$")
_RANGE = re.compile(
    r"^(.+?\d.*?)\s*(?:-|–|—|~|至|到)\s*(\d{4}(?:[-/.年]\d{1,2}[-/.月]|\d{4}).*|\d{1,2}[:时点].*)$", re.S
)
_EVENING = frozenset({"傍晚", "晚上", "晚间", "夜间", "夜里", "晚"})
_TRIAL = datetime(2001, 12, 23, 16, 57, 58)  # noqa: DTZ001 every part has all its digits
_ADJACENT = re.compile(r"(?:%[YymdHIMSj]){2}")


def wall_time(text: str) -> Wall | None:
    """A day as 2024-01-31, 2024/1/31, 2024.1.31, 2024年1月31日 or 20240131, with or without a time of day."""
    plain = unicodedata.normalize("NFKC", text).strip()
    offset: tzinfo | None = None
    if found := _COMPACT.match(plain):
        parts, micro, has_clock = [int(g or 0) for g in found.groups()], 0, found[4] is not None
    elif found := _DAY.match(plain):
        parts, rest = [int(g) for g in found.groups() if g is not None], plain[found.end() :]
        clock = _CLOCK.match(rest)
        micro, has_clock = 0, clock is not None
        if clock:
            hour = _hour(clock)
            if hour is None:
                return None
            parts += [hour, int(clock[4] or (30 if clock[7] == "半" else 0)), int(clock[5] or 0)]
            micro = int((clock[6] or "").ljust(6, "0"))
            rest = rest[clock.end() :]
        own = _OFFSET.match(rest)
        if own is None or (own[0].strip() and not clock):
            return None
        offset = UTC if own[1] else _offset(own)
    else:
        return None
    moment = _moment(parts, micro)
    return None if moment is None else (moment, offset, has_clock)


def formatted(text: str, form: str) -> datetime | None:
    """What a strptime format reads, with every number at its full width.

    `115` for `%H%M` is 0115: a number lost its leading zeros, and strptime alone would read 11:05. Where a number
    cannot be filled up (its neighbours are not the format's), parts without a separator must be whole.
    """
    shown = _trial(form)
    found = re.split(r"(\d+)", text)
    if "%f" not in form and len(found[1::2]) == len(shown):
        found[1::2] = [digits.zfill(len(like)) for digits, like in zip(found[1::2], shown, strict=True)]
        return _strptime("".join(found), form)
    moment = _strptime(text, form)
    if moment is not None and _ADJACENT.search(form):
        digits = re.sub(r"\D", "", text)
        return moment if re.sub(r"\D", "", moment.strftime(form)).rstrip("0") == digits.rstrip("0") else None
    return moment


def part_of(text: str, which: str) -> str:
    """The `start` or `end` of a range in one cell (`2026-10-11 20:00-2026-10-12 09:30`); one time alone is both."""
    found = _RANGE.match(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return text
    return found[1 if which == "start" else 2]


def _hour(clock: re.Match[str]) -> int | None:
    """The hour of 24, by the word beside it; 24 is the end of the day. None where the two contradict each other."""
    hour, word = int(clock[2]), (clock[1] or clock[8] or "").lower()
    if clock[1] and clock[8] and clock[1].lower() != clock[8].lower():
        return None
    if not word:
        return hour
    if word in ("pm", "下午"):
        return hour if hour >= 12 else hour + 12 if hour > 0 else None
    if word == "中午":
        return hour if hour in (11, 12, 13) else hour + 12 if hour in (1, 2) else None
    if word in _EVENING:
        return hour if hour >= 17 else hour + 12 if 5 <= hour <= 11 else None
    if hour == 12:  # a program writes 上午 12:05 for five past midnight, a person 上午12点 for noon
        return 0 if word in ("am", "凌晨") or clock[3] == ":" else None
    return hour if hour < 12 else None


def _moment(parts: list[int], micro: int) -> datetime | None:
    ends = len(parts) > 3 and parts[3:] == [24, 0, 0] and micro == 0
    try:
        said = datetime(*parts[:3], *([0, 0, 0] if ends else parts[3:]), microsecond=micro)  # type: ignore[arg-type, misc]  # noqa: DTZ001  # 3 or 6; zone beside
        return said + timedelta(days=1) if ends else said
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=64)
def _trial(form: str) -> list[str]:
    return re.findall(r"\d+", _TRIAL.strftime(form))


def _strptime(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 the zone is the caller's, who adds it
    except ValueError:
        return None


def _offset(found: re.Match[str]) -> tzinfo | None:
    if found[2] is None:
        return None
    sign = -1 if found[2] == "-" else 1
    return timezone(sign * timedelta(hours=int(found[3]), minutes=int(found[4])))
