"""The interface for submitters while the broker is away: 503, and nothing that was acknowledged is lost.

F10 of docs/reliability.md. The short form has the broker away until somebody was told so, the long one for a minute.
"""

from itertools import count
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from services.wiring import open_office
from streams import log_kafka
from streams.pump import Pump
from streams.verify import verify
from tests.cluster.parts import TestCluster
from tests.schemas.samples import fresh, packed
from tests.services.test_api import REPORTED, Caller, listening

pytestmark = [pytest.mark.kafka, pytest.mark.chdb, pytest.mark.net]
LINES = 20
ENOUGH = 10  # requests that are answered before the broker goes, and after it is back


class Feed:
    """A submitter that says everything again until it is acknowledged; `said` holds the ids that were."""

    def __init__(self, caller: Caller, name: str) -> None:
        self.said: set[str] = set()
        self.answered = self.refused = 0
        self.errors: list[str] = []
        self._caller, self._name = caller, name
        self._stop = Event()
        self._thread = Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        for number in count():
            if self._stop.is_set():
                return
            ids = [f"{self._name}-{number}-{line}" for line in range(LINES)]
            body = b"\n".join(packed({**fresh(REPORTED), "id": id_, "subject": f"s-{id_}"}) for id_ in ids)
            while (answers := self._once(body)) is None:
                if self._stop.wait(0.2):  # a test does not wait as long as Retry-After says
                    return
            wrong = [answer for answer in answers if answer["status"] != "accepted"]
            if wrong or [answer["id"] for answer in answers] != ids:
                self.errors.append(f"{wrong}")
            self.said.update(ids)

    def _once(self, body: bytes) -> list[dict[str, Any]] | None:
        began = monotonic()
        try:
            got = self._caller.http.post("/events/lines", content=body)
        except httpx.HTTPError as error:
            self.errors.append(f"after {monotonic() - began:.0f} s: {error!r}")
            return None
        if got.status_code == 200:
            self.answered += 1
            return list(got.json()["answers"])
        self.refused += 1
        if got.status_code != 503 or got.headers.get("retry-after") != "5":
            self.errors.append(f"{got.status_code} {got.text}")
        return None


def play(cluster: TestCluster, plan: Any, away: float) -> None:
    cluster.worker("w0").asked("/health")
    office = open_office(cluster.settings.model_copy(update={"data": cluster.folder / "gateway", "serve": "api"}))
    try:
        with listening(office) as url:
            callers = [Caller(office, url, name) for name in ("feed-1", "feed-2")]
            feeds = [Feed(caller, caller.kept.name) for caller in callers]
            try:
                _until(lambda: all(feed.answered >= ENOUGH for feed in feeds))
                cluster.broker.stop(kill=True)
                sleep(away)
                _until(lambda: all(feed.refused for feed in feeds))
                before = [feed.answered for feed in feeds]
                cluster.broker.start()
                _until(lambda: all(f.answered >= b + ENOUGH for f, b in zip(feeds, before, strict=True)))
            finally:
                for feed, caller in zip(feeds, callers, strict=True):
                    feed.stop()
                    caller.http.close()
    finally:
        office.close()
    assert [feed.errors for feed in feeds] == [[], []]
    cluster.settle()
    held = {id_ for (id_,) in cluster.warehouse.query("SELECT DISTINCT event_id FROM event_index").rows}
    said = feeds[0].said | feeds[1].said
    assert said <= held, "whatever was acknowledged counts"
    # what was sent and never acknowledged may be there too, under the same ids: said again, it counts once
    (counted,) = cluster.warehouse.query("SELECT sum(incidents) FROM incident_day FINAL WHERE basis = 'reported'").rows
    assert counted == (len(held),)
    other = Pump(cluster.log, cluster.warehouse, plan, own="fanzha_round_check")
    for found in verify(cluster.warehouse, other.params, other.facts(), lambda done, total: None):
        assert not found.differing, found


def _until(true: Any) -> None:
    for _ in range(1200):
        if true():
            return
        sleep(0.1)
    pytest.fail("never came")


@pytest.mark.slow
def test_the_interface_while_the_broker_is_away(
    cluster: TestCluster, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_kafka, "ANSWER", 2.0)
    play(cluster, plan, 0)


@pytest.mark.slow
def test_the_interface_while_the_broker_is_away_for_long(cluster: TestCluster, plan: Any) -> None:
    play(cluster, plan, 60)
