"""Plans of tests: the one that ships, with other values."""

from typing import Any

from schemas import default_plan
from schemas.plan import AlertLimits, written


def changed(**values: Any) -> str:
    """Its text, with these fields."""
    return written(default_plan()[0].model_copy(update=values))


def limited(incidents: int, *, rejected: int = 1, settle: int = 60, version: str = "1") -> str:
    """Its text, with these thresholds."""
    return changed(
        alerts=AlertLimits(incidents_7d=incidents, rejected=rejected), settle_seconds=settle, version=version
    )
