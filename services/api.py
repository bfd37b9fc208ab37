"""The HTTP interface for other programs: submit events, ask figures. Mounted at /api/v1; described by openapi.json.

In: a bearer token (`fanzha token issue`); one event, or lines of them; a question in the query string. Out: JSON.
One event is answered by the status: 201 kept, 200 said before, 409 taken by other content, 422 refused. Lines are
answered one by one. 503 means that the log or the warehouse is away, or that too much is under way: what was answered
before is kept, and saying it again is harmless. Invariant: what a token submits bears its name as actor.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from schemas import SUBMISSIONS
from schemas.json_schema import definitions
from services.errors import KNOWN, WRONG_INPUT, exit_status
from services.incoming import KNOWN_PARAMETERS, json_body, tell_refusals
from services.office import Office
from services.requests import comparisons, parse_conditions, plain, question, words
from services.submit import Answer
from services.tokens import Token
from streams.errors import TerminalError
from streams.figures import figures

AT = "/api/v1"
MOST_LINES, MOST_BYTES = 2_000, 16 << 20  # of one request
MOST_AT_ONCE = 8  # requests under way; more wait at the sender, not in our memory
MOST_ROWS = 100_000
RETRY_AFTER = "5"  # seconds
STATUS = {"accepted": 201, "duplicate": 200, "conflict": 409, "rejected": 422}
_REF = "#/components/schemas/{model}"

_log = structlog.get_logger("fanzha.api")


class Problem(BaseModel):
    detail: str = Field(description="错在哪里，怎么办 / what was wrong and what to do")


class Said(BaseModel):
    """What became of one event; `recordedtime` is the stamp that counts, for a retry the first one."""

    id: str = ""
    status: str
    reason: str = ""
    recordedtime: str = ""


class Answers(BaseModel):
    answers: list[Said]


class Figures(BaseModel):
    figures: list[dict[str, Any]]


class Rows(BaseModel):
    """`version` grows whenever figures may have moved; `notes` say what limits them."""

    columns: list[str]
    rows: list[dict[str, Any]]
    version: int
    notes: list[str] = []


def _documented(*codes: int, said: tuple[int, ...] = ()) -> dict[int | str, dict[str, Any]]:
    models = dict.fromkeys(codes, Problem) | dict.fromkeys(said, Said)
    return {code: {"model": model} for code, model in models.items()}


def api(office: Office) -> FastAPI:
    """The application; `office` answers."""
    app = _Described(
        title="fanzha 反诈",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[KNOWN_PARAMETERS],
    )
    turns = _Turns()
    app.exception_handler(RequestValidationError)(_invalid)
    tell_refusals(app)
    for kind in KNOWN:
        app.exception_handler(kind)(_known)
    app.include_router(_submitting(office, turns))
    app.include_router(_reading(office, turns))

    @app.get("/openapi.json", include_in_schema=False)
    def described(request: Request) -> dict[str, Any]:
        return {**app.openapi(), "servers": [{"url": request.scope.get("root_path") or "/"}]}

    @app.get("/health", responses=_documented(422))
    def health() -> dict[str, Any]:
        """进程在答复 / the process answers; whether the log is there is told by the submissions.

        `rebuilding`: figures are made anew after an upgrade, so many records of so many are done.
        """
        if office.rebuilding is None:
            return {"status": "ok"}
        done, total = office.rebuilding
        return {"status": "rebuilding", "done": done, "total": total}

    return app


def _submitting(office: Office, turns: "_Turns") -> APIRouter:
    router = APIRouter(tags=["submit"])

    @router.post(
        "/events", status_code=201, response_model=Said,
        responses=_documented(401, 403, 413, 415, 500, 503, said=(200, 409, 422)),
        openapi_extra=_body("application/cloudevents+json", {"oneOf": _forms()}),
    )  # fmt: skip
    async def one(request: Request, by: Annotated[Token, Depends(_may(office, "submit"))]) -> JSONResponse:
        """提交一个事件 / submit one event."""
        raw = await json_body(request, MOST_BYTES)
        async with turns.taken():
            (answer,) = await run_in_threadpool(office.submit, [raw], by.name, within_actor=True)
        return JSONResponse(_said(answer), STATUS[answer.status])

    @router.post(
        "/events/lines", response_model=Answers, responses=_documented(401, 403, 413, 415, 422, 500, 503),
        openapi_extra=_body("application/x-ndjson", {"type": "string", "description": "一行一个事件 / one a line"}),
    )  # fmt: skip
    async def lines(request: Request, by: Annotated[Token, Depends(_may(office, "submit"))]) -> JSONResponse:
        """提交多个事件，每行一个 / submit events, one a line; each gets its answer, in order."""
        raws = [line for line in (await json_body(request, MOST_BYTES, whole=False)).split(b"\n") if line.strip()]
        if len(raws) > MOST_LINES:
            raise HTTPException(413, f"一次最多 {MOST_LINES} 行 / at most so many lines at once: {len(raws)}")
        async with turns.taken():
            answers = await run_in_threadpool(office.submit, raws, by.name, within_actor=True)
        return JSONResponse({"answers": [_said(answer) for answer in answers]})

    return router


def _reading(office: Office, turns: "_Turns") -> APIRouter:
    router = APIRouter(tags=["read"])

    @router.get("/figures", response_model=Figures, responses=_documented(401, 403, 422))
    def listed(by: Annotated[Token, Depends(_may(office, "read"))]) -> dict[str, Any]:
        """全部指标：含义、各列、可按什么筛选 / every figure with its meaning, columns and what it may be asked by."""
        return {"figures": [_figure(name) for name in figures()]}

    @router.get(
        "/figures/{name}", response_model=Rows,
        responses=_documented(401, 403, 404, 422, 500, 503),
    )  # fmt: skip
    async def rows(
        name: str,
        by: Annotated[Token, Depends(_may(office, "read"))],
        asked: Annotated[dict[str, Any], Depends(_asked)],
        compare: Annotated[str, Query(description="对比：yoy 同比、mom 环比，逗号分隔 / comparisons")] = "",
    ) -> dict[str, Any]:
        """一个指标的数据 / rows of a figure as the marts stand, or as known at a moment."""
        if name not in figures():
            raise HTTPException(404, f"没有指标 / no such figure: {name}; {', '.join(figures())}")
        asked_for, against = question({**asked, "figure": name}), comparisons({"compare": words(compare)})
        async with turns.taken():
            version = await run_in_threadpool(office.version)
            answer = await run_in_threadpool(office.compared, asked_for, against)
        found = answer.rows
        shown = [{c: plain(v) for c, v in zip(found.columns, row, strict=True)} for row in found.rows]
        return {"columns": list(found.columns), "rows": shown, "version": int(version), "notes": list(answer.notes)}

    return router


class _Described(FastAPI):
    """Its description holds the submission form of every event type."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            super().openapi()["components"]["schemas"].update(definitions(SUBMISSIONS, ref=_REF))
        return super().openapi()


class _Turns:
    """Requests under way; one too many is refused at once."""

    def __init__(self) -> None:
        self._under_way = 0

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        if self._under_way >= MOST_AT_ONCE:
            raise HTTPException(503, "正忙，请稍后再试 / busy, try again", {"Retry-After": RETRY_AFTER})
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


def _may(office: Office, verb: str) -> Callable[..., Coroutine[Any, Any, Token]]:
    """The token of a request that may do `verb`; every denial is logged."""
    bearer = HTTPBearer(auto_error=False, description="fanzha token issue")

    async def held(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Token:
        token = office.tokens.of(given.credentials, office.now()) if given is not None else None
        if token is None:
            _log.warning("denied", path=request.url.path, verb=verb, reason="no good token")
            raise HTTPException(
                401, "需要有效的令牌：fanzha token issue / a good token is needed", {"WWW-Authenticate": "Bearer"}
            )
        if verb not in token.may:
            _log.warning("denied", path=request.url.path, verb=verb, name=token.name, token=token.id)
            raise HTTPException(403, f"令牌 {token.name} 无此权限 / this token may not {verb}")
        return token

    return held


def _asked(
    from_: Annotated[str | None, Query(alias="from", description="起始日 / first day, 2026-01-31")] = None,
    to: Annotated[str | None, Query(description="截止日 / last day")] = None,
    by: Annotated[str | None, Query(description="分组的列，逗号分隔 / group by columns, comma-separated")] = None,
    where: Annotated[list[str] | None, Query(description="列=值，可重复 / column=value, may be repeated")] = None,
    basis: Annotated[str | None, Query(description="统计口径 / counting basis")] = None,
    at: Annotated[str | None, Query(description="滚动窗口的末端，带时区 / end of a rolling window")] = None,
    as_known_at: Annotated[str | None, Query(description="当时所知，带时区 / as known at this moment")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="最多行数 / most rows")] = 10_000,
) -> dict[str, Any]:
    return {
        "from": from_, "to": to, "by": words(by), "where": parse_conditions(where), "basis": basis, "at": at,
        "as_known_at": as_known_at, "limit": limit,
    }  # fmt: skip


def _said(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer._asdict().items() if value or name in ("id", "status")}


def _figure(name: str) -> dict[str, Any]:
    figure = figures()[name]
    columns = [{"name": c.name, "zh": c.zh, "en": c.en, "kind": c.kind, "unit": c.unit} for c in figure.columns]
    said = {"figure": name, "zh": figure.zh, "en": figure.en, "note": figure.note, "columns": columns}
    return said | {"by": list(figure.by), "asks": sorted(figure.asks), "compares": list(figure.compares)}


def _forms() -> list[dict[str, str]]:
    return [{"$ref": _REF.format(model=form.__name__)} for form in SUBMISSIONS.values()]


def _body(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media: {"schema": schema}}}}


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    faults = error.errors() if isinstance(error, RequestValidationError) else ()
    text = "; ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults)
    return JSONResponse({"detail": f"请求有误 / the request is wrong: {text}"}, 422)


async def _known(request: Request, error: Exception) -> JSONResponse:
    """Wrong questions are the asker's; what is away may come back; the rest needs a person."""
    if isinstance(error, TerminalError):
        _log.error("cannot go on", path=request.url.path, reason=str(error))
        return JSONResponse({"detail": str(error)}, 500)
    if exit_status(error) == WRONG_INPUT:
        return JSONResponse({"detail": str(error)}, 422)
    _log.warning("not available", path=request.url.path, reason=str(error))
    detail = f"{error}；未确认的请再提交一次 / not confirmed: send it again, which is harmless"
    return JSONResponse({"detail": detail}, 503, {"Retry-After": RETRY_AFTER})
