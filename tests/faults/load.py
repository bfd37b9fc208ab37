"""Load L: a simulated campaign as log records, with the shares of defects the fault list names.

In: the number of events. Out: records in the order of their arrival. Days advance, so that most keys are never
spoken of again. Every second event is vouched for, as submit does it; retries are not, because the embedded log
would answer a retry that is vouched for instead of keeping it.
Invariant: the same number gives the same bytes.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from random import Random

from services.simulate import Params, history
from streams.log import NewRecord
from tests.wire import Event, record, stamped

FULL = 200_000
COUNTY = 20_000  # events of one county, at least
INVALID = 1_000  # one record in so many
_PARAMS = Params(
    seed=20_260_301,
    end=datetime(2026, 3, 1, 2, 30, tzinfo=UTC),
    months=13,
    receipts_per_month=820,
    late=0.05,
    duplicate=0.05,
    corrected=1.0,
    moved=0.4,
    merged=0.05,
    withdrawn=0.35,
)
_MOVING = {"incident.moved", "incident.time_corrected"}
_CORRECTIONS = _MOVING | {"incident.loss_corrected", "incident.stage_corrected", "incident.reclassified"}
_RETRACTIONS = {"incident.withdrawn", "receipt.voided", "action.voided"}


@dataclass(frozen=True)
class Load:
    """`events` as they arrive, retries among them; `records` are these and the invalid ones between them."""

    events: list[Event]
    records: list[NewRecord]

    def shares(self) -> dict[str, float]:
        """What the load is made of, as shares of its events; `moving` is a share of the corrections."""
        kinds = Counter(e["type"] for e in self.events)
        corrections = sum(kinds[k] for k in _CORRECTIONS)
        return {
            "duplicates": 1 - len({e["id"] for e in self.events}) / len(self.events),
            "corrections": corrections / len(self.events),
            "moving": sum(kinds[k] for k in _MOVING) / corrections,
            "retractions": sum(kinds[k] for k in _RETRACTIONS) / len(self.events),
            "invalid": len(self.records) / len(self.events) - 1,
        }


@cache
def load(size: int) -> Load:
    params = _PARAMS.replace(counties=max(1, size // COUNTY))
    events = list(islice(history(params), size))
    assert len(events) == size, f"{params.counties} counties have only {len(events)} events"
    return Load(events, list(_records(events, Random(params.seed))))


def _records(events: list[Event], rng: Random) -> Iterator[NewRecord]:
    seen: set[str] = set()
    for number, event in enumerate(events):
        retry = event["id"] in seen
        seen.add(event["id"])
        yield record(event) if retry or rng.random() < 0.5 else stamped(event)
        if number % INVALID == INVALID // 2:
            yield _invalid(event, rng)


def _invalid(event: Event, rng: Random) -> NewRecord:
    """The record cut short, of a version to come, without its stamp, or under a subject that is not its own."""
    good = record(event)
    spoilt = (
        NewRecord(good.topic, good.key, good.value[: len(good.value) // 2]),
        NewRecord(good.topic, good.key, json.dumps(event | {"dataversion": 99}).encode()),
        NewRecord(good.topic, good.key, json.dumps({k: event[k] for k in event if k != "recordedtime"}).encode()),
        NewRecord(good.topic, f"{good.key}?", good.value),
    )
    return rng.choice(spoilt)
