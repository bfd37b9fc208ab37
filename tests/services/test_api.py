"""The HTTP interface: what is kept, who is let in, what is answered when something is away."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis import SerializationContext, checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth

from schemas import SUBMISSIONS
from schemas.json_schema import definitions
from services.api import MOST_AT_ONCE, MOST_BYTES, MOST_LINES, Answers, Figures, Problem, Rows, Said, api
from services.office import Office
from services.submit import Answer
from services.tokens import VERBS, Tokens
from streams.errors import TerminalError, TransientError
from tests.offices import Clock
from tests.poison import POISON
from tests.schemas.samples import SUBMISSION_NAMES, fresh, packed, raw

pytestmark = [pytest.mark.chdb, pytest.mark.net]
REPORTED = "incident.reported.submission"


@schemathesis.serializer("application/x-ndjson")
def as_it_is(context: SerializationContext, value: Any) -> bytes:
    """For the cases that schemathesis makes."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


class Caller:
    """A client with a token of its own."""

    def __init__(self, office: Office, url: str, name: str = "feed", may: tuple[str, ...] = VERBS) -> None:
        self.url = url
        self.token, self.kept = office.tokens.issue(name, may, office.now(), 30)
        self.headers = {"authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(base_url=url, headers=self.headers, timeout=60, trust_env=False)

    def one(self, event: dict[str, Any] | bytes) -> tuple[int, dict[str, Any]]:
        got = self.http.post("/events", content=event if isinstance(event, bytes) else packed(event))
        return got.status_code, got.json()

    def lines(self, *events: dict[str, Any] | bytes) -> list[dict[str, Any]]:
        body = b"\n".join(e if isinstance(e, bytes) else packed(e) for e in events)
        got = self.http.post("/events/lines", content=body)
        assert got.status_code == 200, got.text
        return list(got.json()["answers"])


@contextmanager
def listening(office: Office) -> Iterator[str]:
    """The interface on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(api(office), log_level="critical"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def url(office: Office) -> Iterator[str]:
    with listening(office) as url:
        yield url


@pytest.fixture
def caller(office: Office, url: str) -> Iterator[Caller]:
    caller = Caller(office, url)
    with caller.http:
        yield caller


def sample(id_: str, **changed: Any) -> dict[str, Any]:
    return {**fresh(REPORTED), "id": id_, "subject": f"s-{id_}", **changed}


def test_one_event_is_answered_by_the_status(caller: Caller, office: Office) -> None:
    event = sample("a-1")
    status, first = caller.one(event)
    assert (status, first["status"]) == (201, "accepted")
    assert caller.one(event) == (200, {**first, "status": "duplicate"}), "a retry gets the first stamp"
    status, other = caller.one({**event, "subject": "s-other"})
    assert (status, other["status"], other["id"]) == (409, "conflict", "a-1")
    status, refused = caller.one({**event, "specversion": "0.3"})
    assert (status, refused["status"]) == (422, "rejected")
    assert "specversion" in refused["reason"]
    assert sum(office.log.count(place, end) for place, end in office.log.ends().items()) == 1


@pytest.mark.parametrize("name", SUBMISSION_NAMES)
def test_every_example_is_accepted(caller: Caller, name: str) -> None:
    assert caller.one(raw(name))[0] == 201


def test_lines_get_their_answers_in_order(caller: Caller) -> None:
    good, poison = sample("b-1"), [value for _, value, _ in POISON if b"\n" not in value and value.strip()]
    said = caller.lines(good, *poison, good, sample("b-2"))
    assert [a["status"] for a in said[:1] + said[-2:]] == ["accepted", "duplicate", "accepted"]
    assert len(said) == len(poison) + 3
    assert caller.lines() == []


def test_identities_stop_at_the_edge(caller: Caller, office: Office) -> None:
    event = next(e for e in map(fresh, SUBMISSION_NAMES) if "person" in e["data"])
    assert caller.one(event)[0] == 201
    (record,) = office.log.read({}, 10)
    assert b'"person":' not in record.value
    assert b'_ref":"p-' in record.value or b'_ref":"h-' in record.value


def test_the_actor_is_the_token_or_stands_under_it(caller: Caller, office: Office) -> None:
    unsaid = {k: v for k, v in sample("c-1").items() if k != "actor"}
    own, under, foreign, near = (
        sample(f"c-{n}", actor=actor) for n, actor in enumerate(("feed", "feed/007", "mayor", "feeder"), 2)
    )
    said = caller.lines(unsaid, own, under, foreign, near)
    assert [a["status"] for a in said] == ["accepted"] * 3 + ["rejected"] * 2
    assert "mayor" in said[3]["reason"]
    actors = sorted(json.loads(r.value)["actor"] for r in office.log.read({}, 10))
    assert actors == ["feed", "feed", "feed/007"]


def test_a_given_stamp_is_not_kept(caller: Caller) -> None:
    _, said = caller.one(sample("d-1", recordedtime="2001-01-01T00:00:00Z"))
    assert said["recordedtime"] > "2020"


@pytest.mark.parametrize("path", ["/events", "/events/lines", "/figures", "/figures/incidents"])
def test_nobody_without_a_good_token(caller: Caller, office: Office, clock: Clock, path: str) -> None:
    method = "POST" if path.startswith("/events") else "GET"
    for headers in ({"authorization": ""}, {"authorization": "Bearer x"}, {"authorization": f"Basic {caller.token}"}):
        got = caller.http.request(method, path, headers=headers)
        assert (got.status_code, got.headers["www-authenticate"]) == (401, "Bearer")
    narrow = Caller(office, caller.url, "narrow", ("read",) if method == "POST" else ("submit",))
    with narrow.http:
        assert narrow.http.request(method, path).status_code == 403
    assert caller.http.request(method, path).status_code not in (401, 403)
    clock.moment += timedelta(days=31)
    assert caller.http.request(method, path).status_code == 401, "expired"


def test_a_token_that_was_ended_or_replaced(caller: Caller, office: Office) -> None:
    second = Caller(office, caller.url)
    assert office.tokens.end(caller.kept.id) == caller.kept
    with second.http:
        assert caller.http.get("/figures").status_code == 401
        assert second.http.get("/figures").status_code == 200
    assert office.tokens.end(caller.kept.id) is None


def test_tokens_lie_on_the_disk_as_hashes(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "tokens.json"
    text, token = Tokens(path).issue("feed", ("read",), clock(), 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert text.startswith("fanzha_")
    assert text not in path.read_text("utf-8")
    again = Tokens(path)
    assert again.of(text, clock()) == token
    assert list(again) == [token]
    path.write_text("[{}]", "utf-8")
    with pytest.raises(TerminalError, match=r"tokens\.json"):
        Tokens(path)


def test_figures_are_those_of_the_office(caller: Caller, office: Office) -> None:
    caller.one(sample("e-1"))
    office.settle()
    day = {"from": "2000-01-01", "to": "2099-12-31"}
    got = caller.http.get("/figures/incidents", params={**day, "by": "station,month"}).json()
    assert 0 < got["version"] < 2**53, "exact for every reader of JSON"
    assert sum(row["incidents"] for row in got["rows"]) == 1
    assert {"station", "month", "incidents", "loss_fen"} <= set(got["columns"])
    (row,) = got["rows"]
    where = {"where": [f"station={row['station']}", "station=nowhere"]}
    assert caller.http.get("/figures/incidents", params={**day, **where}).json()["rows"]
    none = caller.http.get("/figures/incidents", params={**day, "where": "station=nowhere", "by": "station"})
    assert none.json()["rows"] == []
    beside = caller.http.get("/figures/incidents", params={**day, "compare": "yoy,mom"})
    (row,) = beside.json()["rows"]
    assert (row["incidents"], row["incidents_yoy_base"], row["incidents_mom"]) == (1, None, None)
    assert len(beside.json()["notes"]) == 2
    listed = caller.http.get("/figures").json()["figures"]
    assert {"incidents", "coverage", "rejected"} <= {figure["figure"] for figure in listed}


@pytest.mark.parametrize(
    "asked",
    [
        "from=31.01.2026",
        "at=2026-01-01T00:00:00",
        "by=colour",
        "where=station",
        "basis=guess",
        "limit=0",
        "compare=last",
    ],
)
def test_a_wrong_question_says_what_is_wrong(caller: Caller, asked: str) -> None:
    got = caller.http.get(f"/figures/incidents?{asked}")
    assert got.status_code == 422
    assert asked.partition("=")[2].strip("=") in got.text or "limit" in got.text
    assert caller.http.get("/figures/nothing").status_code == 404


def test_addresses_work_as_they_are_written(caller: Caller) -> None:
    """The plus of an offset arrives as a blank."""
    got = caller.http.get("/figures/rolling?at=2026-01-31T08:00:00+08:00&as_known_at=2026-01-31T08:00:00+08:00")
    assert got.status_code == 200, got.text
    got = caller.http.get("/figures/incidents?colour=red&by=station")
    assert got.status_code == 422
    assert "colour" in got.text
    assert "as_known_at" in got.text


def test_bodies_that_are_not_utf8_json(caller: Caller, office: Office) -> None:
    for path in ("/events", "/events/lines"):
        for kind in ("text/plain", "application/json; charset=gb18030"):
            got = caller.http.post(path, content=packed(sample("u-1")), headers={"content-type": kind})
            assert got.status_code == 415
    assert caller.http.post("/events", content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert not office.log.read({}, 10)
    assert caller.one(sample("u-1"))[0] == 201


def test_too_much_is_refused(caller: Caller) -> None:
    assert caller.http.post("/events/lines", content=b"{}\n" * (MOST_LINES + 1)).status_code == 413
    assert caller.http.post("/events", content=b" " * (MOST_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    ("error", "status"), [(TransientError("the broker is away"), 503), (TerminalError("the log is broken"), 500)]
)
def test_a_log_that_is_away(
    caller: Caller, office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def away(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(office.log, "append", away)
        got = caller.http.post("/events", content=packed(sample("f-1")))
    assert got.status_code == status
    assert str(error) in got.json()["detail"]
    assert (got.headers.get("retry-after") == "5") == (status == 503)
    assert caller.one(sample("f-1"))[0] == 201, "said again, once the log is back"


def test_one_too_many_at_once_is_refused(caller: Caller, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that hangs holds so many requests and no more; the rest are told at once."""
    free, real = Event(), office.submit

    def slow(*given: Any, **named: Any) -> list[Answer]:
        assert free.wait(30)
        return real(*given, **named)

    monkeypatch.setattr(office, "submit", slow)
    most = MOST_AT_ONCE + 4
    with ThreadPoolExecutor(most) as pool:
        under_way = [pool.submit(caller.one, sample(f"g-{n}")) for n in range(most)]
        while sum(future.done() for future in under_way) < most - MOST_AT_ONCE:
            Event().wait(0.01)
        free.set()
        statuses = sorted(future.result()[0] for future in under_way)
    assert statuses == [201] * MOST_AT_ONCE + [503] * (most - MOST_AT_ONCE)
    assert caller.one(sample("g-late"))[0] == 201


def test_what_is_open_to_everyone(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/docs").status_code == 404, "its page would be fetched from the internet"
        described = client.get("/openapi.json").json()
    assert set(definitions(SUBMISSIONS)) <= set(described["components"]["schemas"])
    assert not {Problem.__name__, Said.__name__, Answers.__name__, Figures.__name__, Rows.__name__} & set(
        definitions(SUBMISSIONS)
    ), "two definitions of one name"


def test_the_interface_is_what_openapi_says(caller: Caller) -> None:
    """Cases made from the description, good and bad: no internal error, and every answer as described."""
    described = schemathesis.openapi.from_url(f"{caller.url}/openapi.json")
    # what a schema cannot say is refused too: check characters, categories of the catalogue, days that do not exist;
    # who is let in is tried above: the check calls again with the very header that lets in
    beyond = [checks.positive_data_acceptance, ignored_auth]
    tried = set()
    for found in described.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            case.call_and_validate(headers=caller.headers, excluded_checks=beyond)

        holds()
        tried.add(operation.label)
    assert tried == {
        "POST /events", "POST /events/lines", "GET /figures", "GET /figures/{name}", "GET /health"
    }  # fmt: skip
