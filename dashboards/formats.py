"""Numbers as people read them. 0 is zero, — is unknown.

In: integers, fen, shares, or None. Out: text; for a comparison also what it means, good or bad. A percentage never
stands without its base.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

UNKNOWN = "—"
MARK = "*"  # beside a number that a footnote limits; never without it
Unit = Literal["count", "wan_yuan", "rate", "share", "rank"]
Meaning = Literal["good", "bad", "same", "unknown"]
Better = Literal["down", "up", "neither"]
_CENT = Decimal("0.01")


def count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def wan_yuan(fen: int | None) -> str:
    """Integer fen as 万元 with two decimals."""
    return UNKNOWN if fen is None else f"{(Decimal(fen) / 1_000_000).quantize(_CENT, ROUND_HALF_UP):,}"


def rate(value: float | None) -> str:
    """Per 10,000, two decimals."""
    return UNKNOWN if value is None else f"{Decimal(str(value)).quantize(_CENT, ROUND_HALF_UP):,}"


def share(value: float | None) -> str:
    """A share of 1 as a percentage with one decimal."""
    return UNKNOWN if value is None else f"{_percent(Decimal(str(value)))}%"


def shown(value: float | None, unit: Unit) -> str:
    if unit == "rate":
        return rate(value)
    if unit == "share":
        return share(value)
    whole = None if value is None else int(value)
    return wan_yuan(whole) if unit == "wan_yuan" else count(whole)


@dataclass(frozen=True, slots=True)
class Change:
    """What a value is compared with, the way it moved from there, and whether that is good: `去年同期 42`, `↓26.2%`.

    `move` is empty where it is unknown; it is never shown without its base.
    """

    base: str
    move: str
    meaning: Meaning


def change(value: float | None, base: float | None, unit: Unit, better: Better, label: str) -> Change:
    """A value against its base. From zero there is no percentage: then the difference is told."""
    told = f"{label} {shown(base, unit)}"
    if value is None or base is None:
        return Change(told, "", "unknown")
    difference = Decimal(str(value)) - Decimal(str(base))
    if difference == 0:
        return Change(told, "→0.0%" if base else "→0", "same")
    arrow = "↑" if difference > 0 else "↓"
    size = f"{_percent(abs(difference) / Decimal(str(base)))}%" if base else shown(abs(float(difference)), unit)
    return Change(told, f"{arrow}{size}", _meaning(difference > 0, better))


def _meaning(rises: bool, better: Better) -> Meaning:
    if better == "neither":
        return "same"
    return "good" if rises == (better == "up") else "bad"


def _percent(part: Decimal) -> str:
    return f"{(part * 100).quantize(Decimal('0.1'), ROUND_HALF_UP):,}"
