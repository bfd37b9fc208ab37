"""What the options of both benches mean."""

from datetime import UTC, datetime
from enum import StrEnum

import typer

from bench.load import DAILY, INCIDENTS, NAMED, Mix

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)  # the load is the same on every day it is played


class Events(StrEnum):
    """What a county says every day, receipts mostly; the same with people by name; incidents and corrections alone."""

    daily = "daily"
    named = "named"
    incidents = "incidents"

    @property
    def mix(self) -> Mix:
        return {Events.daily: DAILY, Events.named: NAMED, Events.incidents: INCIDENTS}[self]


def chosen(text: str, parts: tuple[str, ...], option: str) -> list[str]:
    """The parts named in `text`. Raises `BadParameter`."""
    wanted = [part.strip() for part in text.split(",")]
    if unknown := set(wanted) - set(parts):
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}; {', '.join(parts)}", param_hint=option)
    return wanted


def numbers(text: str, option: str) -> list[float]:
    """`1e6,1e7` as numbers. Raises `BadParameter`."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(f"{text!r}: 1e6,1e7", param_hint=option) from error
    if not all(1 <= number <= 1e9 for number in found):
        raise typer.BadParameter(f"{text!r}: 1…1e9", param_hint=option)
    return found
