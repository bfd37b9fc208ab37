"""From an act to the events that arrive because of it: envelope, delay, and the declared defects.

In: type, subject, moment and data of an act. Out: arrivals, not in order yet. Invariant: nothing is recorded
before it happened, nor after the end of the history.
"""

from typing import Any
from zoneinfo import ZoneInfo

from schemas.topics import VERSION_OF
from services.simulate.draws import Draws
from services.simulate.params import Params
from services.simulate.times import DAY, MINUTE, SECOND, microseconds, stamp, wire

Event = dict[str, Any]
Arrival = tuple[int, str, Event]  # recorded (µs), id, event

LATEST_DAYS = 30


def submission(id_: str, source: str, kind: str, subject: str, time: str, data: Event, actor: str) -> Event:
    """An event without its `recordedtime`, its keys in the model's order, so that its JSON is as well."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": time,
        "dataversion": VERSION_OF[kind],
        "data": data,
        "actor": actor,
    }


class Outbox:
    """Collects the arrivals of one stream of one county; `drain` hands them over."""

    __slots__ = ("_arrivals", "draws", "end", "params", "source", "zone")

    def __init__(self, params: Params, source: str, zone: ZoneInfo, draws: Draws) -> None:
        self.params = params
        self.source = source
        self.zone = zone
        self.draws = draws
        self.end = microseconds(params.end)
        self._arrivals: list[Arrival] = []

    def put(self, kind: str, subject: str, time: int, delay: int, data: Event, actor: str) -> bool:
        """Hand in what happened at `time`, `delay` later (both µs). False if that is after the end.

        A late one arrives up to 30 days later still; a repeated one or one in conflict comes besides.
        """
        draws, params = self.draws, self.params
        recorded = time + delay + draws.between(0, SECOND - 1)
        if draws.chance(params.late):
            recorded += DAY + int(draws.uniform() * (LATEST_DAYS - 1) * DAY)
        again, conflict = draws.chance(params.duplicate), draws.chance(params.conflict)
        if recorded > self.end:
            return False
        id_, when = draws.uuid7(recorded // 1000), wire(time, self.zone)
        event = submission(id_, self.source, kind, subject, when, data, actor)
        self._arrive(recorded, event)
        if again:
            self._arrive(recorded + SECOND + draws.exponential(20 * MINUTE), event)
        if conflict:
            other = {**event, "time": wire(time - MINUTE, self.zone)}
            self._arrive(recorded + SECOND + draws.exponential(60 * MINUTE), other)
        return True

    def _arrive(self, recorded: int, event: Event) -> None:
        if recorded <= self.end:
            self._arrivals.append((recorded, event["id"], {**event, "recordedtime": stamp(recorded)}))

    def drain(self) -> list[Arrival]:
        """The arrivals since the last call."""
        arrivals, self._arrivals = self._arrivals, []
        return arrivals
