"""What every HTTP route demands of a request, in one place: known query parameters, and a body of UTF-8 JSON.

In: a request and its route. Out: nothing, or the body's bytes. Raises `Refused`: 422 with the parameters that there
are, 413 and 415 for bodies. What is wrong within the JSON is told by whoever parses it. Invariant: the parameters of a
route are those its function declares; there is no second list of them.
"""

from codecs import lookup
from email.message import Message
from html import escape
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import HTMLResponse, JSONResponse, Response

_JSON = frozenset({"application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"})
# What curl and Python's urllib call any body where nothing was said: its first sign tells whether it is JSON.
_UNSAID = frozenset({"", "application/x-www-form-urlencoded"})
_NOT_JSON = "请求体应为 UTF-8 的 JSON，类型写 application/json 或 application/x-ndjson / the body must be JSON in UTF-8"


class Refused(HTTPException):
    """A request that is refused before anything is done for it."""


def _known_parameters(request: Request) -> None:
    known = _parameters(request.scope["route"].dependant)
    unknown = sorted({name for name in request.query_params if name not in known})
    if unknown:
        there_are = ", ".join(known) or "没有参数 / none"
        raise Refused(
            422, f"没有参数 {', '.join(unknown)}；可用：{there_are} / no such parameter; possible ones stand here"
        )


KNOWN_PARAMETERS: Any = Depends(_known_parameters)  # a dependency of every route of ours


def tell_refusals(app: FastAPI) -> None:
    """A browser is told as a page, a program as JSON."""
    app.add_exception_handler(Refused, _told)


async def json_body(request: Request, most: int | None = None, *, whole: bool = True) -> bytes:
    """The body, refused as soon as it has more than `most` bytes. Not `whole`: each line is judged by itself."""
    said = Message()
    said["content-type"] = request.headers.get("content-type", "")
    media = said["content-type"].partition(";")[0].strip().lower()
    charset = said.get_content_charset("utf-8")
    if not (media in _UNSAID or media in _JSON or (media.startswith("application/") and media.endswith("+json"))):
        raise Refused(415, f"{_NOT_JSON}: {media}")
    if _codec(charset) not in ("utf-8", "ascii"):
        raise Refused(415, f"{_NOT_JSON}: charset={charset}")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, f"{_NOT_JSON}: Content-Encoding: {request.headers['content-encoding']}")
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if most is not None and size > most:
            raise Refused(413, f"请求最多 {most >> 20} MiB / a request is too large")
        pieces.append(piece)
    body = b"".join(pieces)
    if (media and media in _UNSAID and body.strip()[:1] not in b"{[") or (whole and not _is_utf8(body)):
        raise Refused(415, _NOT_JSON)
    return body


def _parameters(dependant: Dependant) -> list[str]:
    """Names of the query parameters that a route and what it depends on declare."""
    inner = (name for part in dependant.dependencies for name in _parameters(part))
    return list(dict.fromkeys([*(field.alias for field in dependant.query_params), *inner]))


def _codec(charset: str) -> str:
    try:
        return lookup(charset).name
    except (LookupError, ValueError):
        return charset


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if "text/html" in request.headers.get("accept", ""):
        page = f'<!doctype html><meta charset="utf-8"><title>422</title><p role="alert">{escape(error.detail)}</p>'
        back = '<p><a href="/">回到主页 / home</a></p>'
        return HTMLResponse(page.replace("422", str(error.status_code)) + back, error.status_code)
    return JSONResponse({"detail": error.detail}, error.status_code)
