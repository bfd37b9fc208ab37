"""Telling of alerts: each once in the life of a worker, also where telling fails at first."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from schemas import Event, Plan
from streams.app import teller
from streams.rules import Alert
from tests.loops import played
from tests.wire import alert_record


@pytest.mark.parametrize(("fails", "heard"), [(1, [1, 2, 3]), (2, [1, 2, 3]), (3, [2, 3])])
def test_who_cannot_be_told_is_told_again(plan: Plan, fails: int, heard: list[int]) -> None:
    """The first alert fails so many times; one is no event, one is said by two leaders; those after it are heard."""
    alerts = [Alert("high_incidence", f"ps-{n}", date(2026, 2, 10), 3) for n in (1, 2, 3)]
    one, two, three = (alert_record(alert, plan).value for alert in alerts)
    left, told = fails, []

    def tell(event: Event) -> None:
        nonlocal left
        if event.id == alerts[0].id and left:
            left -= 1
            raise OSError("nobody hears")
        told.append(event.id)

    async def said() -> AsyncIterator[bytes]:
        for value in (one, b"{", two, two, three):
            yield value

    played(teller(tell, (0.0, 0.0))(said()))
    assert told == [alerts[n - 1].id for n in heard]
