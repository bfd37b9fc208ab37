"""The process that serves a data folder: the console and the commands of other processes, over HTTP, until a signal.

In: an office, settings, and work to do beside it (following the log, a demonstration). Out: nothing; it ends with
SIGINT or SIGTERM, or with the error that ended the work. A batch and a round in hand are finished first.
"""

import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from services.api import AT, api
from services.console import attach
from services.errors import Unavailable
from services.incoming import KNOWN_PARAMETERS, tell_refusals
from services.local import local_router
from services.office import Office
from services.runfile import Owner, announced
from services.settings import Settings

GRACE = 3  # seconds for open pages to go, at the end
Work = Callable[[threading.Event], object]


def serve(office: Office, settings: Settings, work: Work, ready: Callable[[str], None]) -> None:
    """`ready` is told the address once it answers; `work` runs in a thread until its event is set.

    Raises `Unavailable` where the address cannot be had, and what ended the pump or the work.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with _listening(settings) as listener:
        port = listener.getsockname()[1]
        owner = Owner(os.getpid(), settings.host, port, secrets.token_hex(32))
        beside = _Beside(office, work)

        @asynccontextmanager
        async def alive(_: FastAPI) -> AsyncIterator[None]:
            with announced(settings.data, owner):
                beside.start(server)
                ready(owner.url + (AT if settings.serve == "api" else ""))
                yield
                beside.stop.set()

        app = FastAPI(lifespan=alive, docs_url=None, redoc_url=None, openapi_url=None, dependencies=[KNOWN_PARAMETERS])
        tell_refusals(app)
        app.include_router(local_router(office, owner.token))
        if settings.serve != "console":
            app.mount(AT, api(office))
        if settings.serve != "api":
            attach(app, office, settings.lang)
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GRACE, ws_max_size=1 << 20)
        server = uvicorn.Server(config)
        with _signals_end_it():
            server.run(sockets=[listener])
        beside.finish()


class _Beside:
    """The pump and the work, and what they ended with; the end of either ends the server."""

    def __init__(self, office: Office, work: Work) -> None:
        self.stop = threading.Event()
        self._office, self._work = office, work
        self._errors: list[Exception] = []
        self._thread: threading.Thread | None = None

    def start(self, server: uvicorn.Server) -> None:
        def ended(error: Exception) -> None:
            self._errors.append(error)
            self.stop.set()

        def run() -> None:
            try:
                self._work(self.stop)
            except Exception as error:  # noqa: BLE001  # told by finish
                ended(error)
            server.should_exit = True

        self._office.go_live(ended)
        self._thread = threading.Thread(target=run, name="fanzha-work")
        self._thread.start()

    def finish(self) -> None:
        self.stop.set()
        if self._thread is None:
            raise Unavailable("服务未能启动，原因见上 / the server did not start; its reason stands above")
        self._thread.join()
        if self._errors:
            raise self._errors[0]


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise Unavailable(
            f"无法监听 {settings.host}:{settings.port}（{error.strerror}）；用 FANZHA_PORT=0 任选一个端口 / "
            "cannot listen there; FANZHA_PORT=0 picks a free port"
        ) from error
    with listener:
        yield listener


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """uvicorn raises the signal that ended it once more when it is done; here that must end nothing else."""

    def heard(number: int, frame: FrameType | None) -> None: ...

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
