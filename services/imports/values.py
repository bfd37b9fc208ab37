"""From the text of a cell to the value of a field: money, counts, days, times, choices.

In: text as it stands in the export. Out: integer fen, integers, `YYYY-MM-DD`, UTC wire times, codes. Nothing
is guessed: what can be read in two ways, or not exactly, raises `CellError` with the reason and the way out.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from services.imports.clock import formatted, wall_time
from services.imports.problems import CellError

Scalar = str | int | bool

FEN_OF = {"fen": 1, "分": 1, "元": 100, "yuan": 100, "万元": 1_000_000, "万": 1_000_000, "wan": 1_000_000}
DECIMAL_OF = {",": ".", ".": ",", " ": "."}  # thousands separator → decimal separator
MAX_FEN = 10**15
MAX_COUNT = 2**53 - 1
BLANK = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
ABSENT = ("", "-", "--", "—", "——", "/", "\\", "无", "不详", "未知", "N/A", "n/a", "null", "NULL")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e01ff]"
)
_LOST = re.compile(r"\d(?:\.\d+)?E\+\d{2,}", re.I)

_MONEY = re.compile(r"^(?:¥|RMB|CNY|人民币)?\s*(\d[\d,. ]*?)\s*(分|fen|元整?|yuan|万元?|wan)?$", re.I | re.A)
_TRUE = {"true", "yes", "y", "1", "是", "已", "有"}
_FALSE = {"false", "no", "n", "0", "否", "未", "无"}


def clean(text: str) -> str:
    """A cell as it is compared and kept: of one width (NFKC), without invisible marks and blanks around it."""
    return text.strip(BLANK) if text.isascii() else _clean(text)


@lru_cache(maxsize=8192)
def _clean(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).strip(BLANK)


def parse_money(text: str, unit: str, thousands: str = ",") -> int:
    """Integer fen, exactly. A unit written in the cell itself (`3.5万元`) goes before the column's unit."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _MONEY.match(plain) if len(plain) <= 40 else None
    if found is None:
        raise CellError("不是金额（须为不小于零的数） / not an amount of zero or more")
    whole, _, fraction = found[1].partition(DECIMAL_OF[thousands])
    groups = whole.split(thousands)
    grouped = len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])
    if not all(g.isdecimal() for g in groups) or (len(groups) > 1 and not grouped):
        raise CellError(f"千分位不对（分隔符为 {thousands!r}） / digits are not grouped in threes by {thousands!r}")
    if fraction and not fraction.isdecimal():
        raise CellError("小数部分不是数字 / the decimals are not digits")
    own = (found[2] or unit).lower().removesuffix("整")
    scale: int = 10 ** len(fraction)
    fen, rest = divmod(int("".join(groups) + fraction) * FEN_OF[own], scale)
    if rest:
        raise CellError(f"不足一分（单位 {own}） / less than one fen in unit {own}")
    if fen > MAX_FEN:
        raise CellError("超过上限 10^15 分，请核对单位 / above 10^15 fen; check the unit")
    return fen


def parse_count(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not re.fullmatch(r"\d{1,16}|\d{1,3}(?:,\d{3}){1,5}", plain) or int(plain.replace(",", "")) > MAX_COUNT:
        raise CellError("不是不小于零的整数 / not a whole number of zero or more")
    return int(plain.replace(",", ""))


def parse_day(text: str, form: str = "") -> str:
    """`YYYY-MM-DD`. Without a strptime form: 2024-01-31, 2024/1/31, 2024.1.31, 2024年1月31日, 20240131."""
    if form and (moment := formatted(text, form)) is not None:
        day: date | None = moment.date()
    else:
        naive = wall_time(text)
        day = naive[0].date() if naive and naive[0].time() == datetime.min.time() and naive[1] is None else None
    if day is None:
        raise CellError(f"不是日期（格式 {form or 'YYYY-MM-DD'}） / not a day")
    if not 1990 <= day.year <= 2099:
        raise CellError("年份须在 1990–2099 / the year must be 1990–2099")
    return day.isoformat()


def parse_time(text: str, zone: tzinfo, form: str = "", *, day_is_midnight: bool = False) -> str:
    """A UTC wire time; local wall time is read in `zone` unless the text has an offset of its own.

    Without a strptime form: a day as in `parse_day` followed by h:mm[:ss] or h时mm分[ss秒], or ISO 8601. A
    bare day is refused unless `day_is_midnight`: whether midnight is meant is for the mapping to say, with a
    form.
    Limit: of a wall time that exists twice (end of summer time), the first is taken.
    """
    moment = formatted(text, form) if form else None
    if moment is None:
        naive = wall_time(text)
        if naive is None:
            raise CellError(f"不是时间（格式 {form or 'YYYY-MM-DD HH:MM[:SS]'}） / not a time")
        moment, offset, has_clock = naive
        if not has_clock and not day_is_midnight:
            raise CellError(
                "只有日期没有钟点；如按零点计，请在映射中写 format / a day without a time of day; if "
                "midnight is meant, say so with a format in the mapping"
            )
        moment = moment.replace(tzinfo=offset)
    return wire(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def wire(moment: datetime) -> str:
    """UTC with microseconds, as events carry it."""
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        utc = None
    if utc is None or not 1990 <= utc.year <= 2099:
        raise CellError("年份须在 1990–2099 / the year must be 1990–2099")
    return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def midnight(day: str, zone: tzinfo) -> str:
    """The wire time at which a day begins; the first representable moment for a day that begins before it."""
    moment = datetime.fromisoformat(day).replace(tzinfo=zone)
    return wire(max(moment, datetime(1990, 1, 1, tzinfo=UTC)))


def parse_code(text: str) -> str:
    """A code of at most 64 characters that still has all its digits."""
    return parse_text(whole_code(text), 64)


def whole_code(text: str) -> str:
    """The code, unless a spreadsheet has written its number in powers of ten."""
    if _LOST.fullmatch(text):
        raise CellError(
            "编号被表格软件写成科学计数，已丢失数字，请按文本重新导出 / a spreadsheet wrote this number in powers "
            "of ten and lost digits of it; export it as text"
        )
    return text


def is_flag(text: str) -> bool:
    return text.lower() in _TRUE or text.lower() in _FALSE


def parse_flag(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if plain in _TRUE or plain in _FALSE:
        return plain in _TRUE
    raise CellError("须为 是/否 / must be yes or no")


def parse_text(text: str, limit: int) -> str:
    if len(text) > limit:
        raise CellError(f"超过 {limit} 个字符 / longer than {limit} characters")
    if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t" for c in text):
        raise CellError("含有控制字符 / contains a control character")
    return text
