"""What every route demands: known parameters, and bodies in UTF-8 JSON."""

import inspect
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.routing import APIRoute
from nicegui import app as nicegui_app

from services.console import attach
from services.incoming import KNOWN_PARAMETERS, json_body, tell_refusals
from tests.loops import played

pytestmark = pytest.mark.net
JSON = "application/json"


def inner(deep: str = "", from_: str = Query("", alias="from")) -> str:
    return deep + from_


class Client:
    """Requests to an application in this process."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def get(self, path: str, **said: Any) -> httpx.Response:
        return played(self._ask("GET", path, said))

    def post(self, path: str, **said: Any) -> httpx.Response:
        return played(self._ask("POST", path, said))

    async def _ask(self, method: str, path: str, said: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, **said)


@pytest.fixture
def client() -> Client:
    app = FastAPI(dependencies=[KNOWN_PARAMETERS], openapi_url=None)
    tell_refusals(app)
    router = APIRouter(prefix="/in")

    @router.post("/one")
    async def one(request: Request) -> int:
        return len(await json_body(request, 1 << 20))

    @router.post("/lines")
    async def lines(request: Request) -> int:
        return len(await json_body(request, whole=False))

    @router.get("/asked/{name}")
    def asked(name: str, own: int = 0, said: str = Depends(inner)) -> str:
        return f"{name}{own}{said}"

    app.include_router(router)
    return Client(app)


def test_unknown_parameters_are_named_with_those_there_are(client: Client) -> None:
    assert client.get("/in/asked/x", params={"own": 1, "deep": "d", "from": "f"}).json() == "x1df"
    got = client.get("/in/asked/x", params={"own": 1, "form": "f", "Deep": "d"})
    assert got.status_code == 422
    assert "Deep, form" in got.json()["detail"]
    assert "own, deep, from" in got.json()["detail"]
    assert client.get("/in/asked/x?from_=1").status_code == 422, "the name in the address, not the one in the program"
    assert client.get("/in/asked/x?name=y").status_code == 422, "a part of the path is no parameter"
    assert client.post("/in/one?x=1", content=b"{}").status_code == 422


@pytest.mark.parametrize(
    "kind",
    [
        "", JSON, "application/cloudevents+json", "Application/JSON ; Charset=UTF-8", "application/json;charset=utf8",
        "application/x-ndjson", "application/json; charset=us-ascii", "application/x-www-form-urlencoded",
    ],
)  # fmt: skip
def test_json_by_any_of_its_names(client: Client, kind: str) -> None:
    assert client.post("/in/one", content=b' {"a": 1}', headers={"content-type": kind} if kind else {}).json() == 9


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"{}"), ("text/csv", b"a,b"), ("application/xml", b"<a/>"), ("image/svg+xml", b"{}"),
        ("application/json; charset=gbk", "{}".encode("gbk")), ("application/json; charset=nothing", b"{}"),
        ("application/x-www-form-urlencoded", b"a=b"), ("multipart/form-data; boundary=x", b"--x"),
        (JSON, "{}".encode("utf-16")), (JSON, '{"a":"\u53cd\u8bc8"}'.encode("gb18030")), ("nonsense", b"{}"),
    ],
)  # fmt: skip
def test_other_bodies_are_refused_with_what_to_do(client: Client, kind: str, body: bytes) -> None:
    got = client.post("/in/one", content=body, headers={"content-type": kind})
    assert got.status_code == 415
    assert "UTF-8" in got.json()["detail"]


def test_packed_bodies_are_refused(client: Client) -> None:
    got = client.post("/in/one", content=b"{}", headers={"content-type": JSON, "content-encoding": "gzip"})
    assert got.status_code == 415


def test_lines_are_judged_one_by_one(client: Client) -> None:
    """A line that is not UTF-8 is answered as a bad line, and does not take the others with it."""
    assert client.post("/in/lines", content=b'{}\n{"a":"\xff"}').json() == 12
    assert client.post("/in/lines", content=b"{}", headers={"content-type": "text/plain"}).status_code == 415


def test_too_large_is_told_before_anything_else_of_the_body(client: Client) -> None:
    assert client.post("/in/one", content=b"\xff" * ((1 << 20) + 1)).status_code == 413


def test_every_page_asks_for_known_parameters() -> None:
    answers: Any = SimpleNamespace(plan=SimpleNamespace(zone=ZoneInfo("Asia/Shanghai")), version=lambda: None)
    attach(FastAPI(), answers, "zh")
    pages = [r for r in nicegui_app.routes if isinstance(r, APIRoute) and not r.path.startswith("/_nicegui")]
    assert {page.path for page in pages} >= {"/", "/why", "/events"}
    for page in pages:
        calls = [part.call for part in page.dependant.dependencies]
        assert cast("Any", KNOWN_PARAMETERS).dependency in calls, page.path
        build = inspect.unwrap(page.endpoint)
        assert not inspect.iscoroutinefunction(build), f"{page.path}: what is awaited before a page is served has 3 s"
