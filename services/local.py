"""Commands for other processes of this machine: each a POST to /local/NAME with the owner's token.

In: a request as JSON. Out: NDJSON lines: `{"row": …}`, `{"told": [done, total]}`, and as the last one `{"end": true}`
or `{"error": {"status": …, "text": …}}`. A command runs in a thread of its own; where its reader goes away it stops
at the next row.
"""

import asyncio
import hmac
import json
import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any

import structlog
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse

from services.commands import COMMANDS
from services.errors import KNOWN, NOT_AVAILABLE, exit_status
from services.incoming import json_body
from services.office import Office

LINES = 500  # rows sent in one piece
WAIT = 0.2  # seconds a row waits at most for others
INTERNAL = "程序内部错误，详见服务进程的日志 / internal error, see the log of the serving process"

_log = structlog.get_logger("fanzha.local")


class _Gone(Exception):
    """The reader went away."""


def local_router(office: Office, token: str) -> APIRouter:
    router = APIRouter(prefix="/local", include_in_schema=False)

    @router.post("/{command}")
    async def run(command: str, request: Request) -> StreamingResponse:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
            raise HTTPException(403, "令牌不符 / wrong token")
        if command not in COMMANDS:
            raise HTTPException(404, f"没有这个命令 / no such command: {command}")
        try:
            asked = json.loads(await json_body(request))
        except ValueError as error:
            raise HTTPException(400, f"请求不是 JSON / the request is not JSON: {error}") from error
        if not isinstance(asked, dict):
            raise HTTPException(400, "请求应为 JSON 对象 / the request is a JSON object")
        work = _Work(office, command, asked)
        return StreamingResponse(work.pieces(), media_type="application/x-ndjson")

    return router


class _Work:
    """One command under way: a thread that makes lines, and a queue of pieces that a response reads."""

    def __init__(self, office: Office, command: str, request: Mapping[str, Any]) -> None:
        self._office, self._command, self._request = office, command, request
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=4)
        self._gone = threading.Event()
        self._lines: list[str] = []
        self._sent = monotonic()

    async def pieces(self) -> AsyncIterator[bytes]:
        threading.Thread(target=self._run, name=f"fanzha-{self._command}", daemon=True).start()
        try:
            while (piece := await self._pieces.get()) is not None:
                yield piece
        finally:
            self._gone.set()

    def _run(self) -> None:
        with suppress(_Gone):
            self._say(self._last())
            self._flush()
            self._put(None)

    def _last(self) -> dict[str, Any]:
        """Every row said; gives the line to end with."""
        try:
            for row in COMMANDS[self._command](self._office, self._request, self._told):
                self._say({"row": row})
        except KNOWN as error:
            return {"error": {"status": exit_status(error), "text": str(error)}}
        except _Gone:
            raise
        except Exception:  # noqa: BLE001  # a fault of ours: the whole story into the log, a word to the reader
            _log.exception("command failed", command=self._command)
            return {"error": {"status": NOT_AVAILABLE, "text": INTERNAL}}
        return {"end": True}

    def _told(self, done: int, total: int | None) -> None:
        if monotonic() - self._sent >= WAIT:
            self._say({"told": [done, total]})

    def _say(self, line: dict[str, Any]) -> None:
        self._lines.append(json.dumps(line, separators=(",", ":")))  # ASCII: lone surrogates survive
        if len(self._lines) >= LINES or monotonic() - self._sent >= WAIT:
            self._flush()

    def _flush(self) -> None:
        piece = "".join(f"{line}\n" for line in self._lines).encode()
        self._lines.clear()
        self._sent = monotonic()
        self._put(piece)

    def _put(self, piece: bytes | None) -> None:
        placed: Future[None] = asyncio.run_coroutine_threadsafe(self._pieces.put(piece), self._loop)
        while not self._gone.is_set():
            try:
                return placed.result(timeout=0.5)
            except TimeoutError:
                continue
        placed.cancel()
        raise _Gone
