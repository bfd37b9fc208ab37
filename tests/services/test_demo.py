"""The trickle of a demonstration: what happens to it while the log is away."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from services.demo import Demo, go_on
from services.office import Office
from services.settings import Settings
from services.simulate import Params
from services.submit import Answer
from streams import pump
from streams.errors import TransientError

END = datetime(2026, 3, 1, tzinfo=UTC)
DEMO = Demo(Params(seed=1, end=END, months=1), complete=True)


class _Office:
    """Its log does not answer those submissions whose numbers are in `away`; `stop` is set after `enough` events."""

    def __init__(self, stop: threading.Event, away: Sequence[int], enough: int) -> None:
        self.said: list[str] = []
        self._stop, self._away, self._enough, self._asked = stop, away, enough, 0

    def now(self) -> datetime:
        return END

    def submit(self, raws: Sequence[bytes], actor: str, **_: Any) -> list[Answer]:
        self._asked += 1
        if self._asked in self._away:
            raise TransientError("the broker is away")
        self.said += [json.loads(raw)["id"] for raw in raws]
        if len(self.said) == self._enough:
            self._stop.set()
        return [Answer(json.loads(raw)["id"], "accepted") for raw in raws]


def settings(folder: Path) -> Settings:
    return Settings(data=folder, demo_rate=1000.0)


def test_the_trickle_says_again_what_was_not_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is away for a minute must not end the demonstration, and no event may be left out."""
    monkeypatch.setattr(pump, "PAUSES", (0.0,))
    calm, rough = threading.Event(), threading.Event()
    clean = _Office(calm, (), 5)
    go_on(cast("Office", clean), settings(tmp_path), DEMO, calm)
    found = _Office(rough, (2, 3, 4), 5)
    go_on(cast("Office", found), settings(tmp_path), DEMO, rough)
    assert found.said == clean.said
    assert len(set(found.said)) == 5


def test_the_trickle_ends_while_the_log_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "PAUSES", (600.0,))
    stop = threading.Event()
    found = _Office(stop, range(1, 9), 1)
    threading.Timer(0.3, stop.set).start()
    go_on(cast("Office", found), settings(tmp_path), DEMO, stop)
    assert found.said == []
