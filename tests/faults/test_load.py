"""The load is what the fault list names: its shares of defects, and keys that go cold."""

from datetime import datetime, timedelta

import pytest

from tests.faults.load import load

SIZE = 20_000


@pytest.mark.parametrize(
    ("share", "least", "most"),
    [
        ("duplicates", 0.04, 0.06),
        ("corrections", 0.025, 0.035),
        ("moving", 0.28, 0.39),  # of the corrections
        ("retractions", 0.008, 0.015),
        ("invalid", 0.0009, 0.0012),
    ],
)
def test_shares(share: str, least: float, most: float) -> None:
    assert least <= load(SIZE).shares()[share] <= most


def test_late_events_come_in_between() -> None:
    late = [e for e in load(SIZE).events if _delay(e["time"], e["recordedtime"]) > timedelta(days=1)]
    assert len(late) > SIZE * 0.05
    assert max(_delay(e["time"], e["recordedtime"]) for e in late) > timedelta(days=25)


def test_keys_go_cold() -> None:
    """Else a later round would do what a killed one left undone, and the kills would prove nothing."""
    events = [e for e in load(SIZE).events if e["type"].startswith(("incident.", "receipt."))]
    half = len(events) // 2
    early, late = ({e["subject"] for e in part} for part in (events[:half], events[half:]))
    assert len(early & late) < 0.05 * len(early)


def test_the_same_bytes_again() -> None:
    first = load(SIZE).records
    load.cache_clear()
    assert load(SIZE).records == first


def _delay(time: str, recorded: str) -> timedelta:
    return datetime.fromisoformat(recorded) - datetime.fromisoformat(time)
