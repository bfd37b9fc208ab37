"""How a command reaches the data folder: it opens the folder, or goes through the process that holds it.

In: settings. Out: a runner `(command, request) → rows` that is the same either way; the folder's lock is held as long
as a directly opened folder is used. Raises `Unavailable` where another process holds the folder and serves nobody.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from services.commands import COMMANDS
from services.errors import Unavailable, said_again
from services.imports import Runner
from services.office import Held, Office
from services.runfile import Owner, read_owner
from services.settings import Settings
from services.wiring import open_office

Told = Callable[[int, int | None], None]
PATIENCE = 10.0  # seconds until an owner that is there must have taken the connection


@contextmanager
def reach(settings: Settings, told: Told = lambda done, total: None) -> Iterator[Runner]:
    """`told` hears of progress: how many are done, of how many where that is known."""
    with ExitStack() as stack:
        try:
            office = open_office(settings)
        except Held:
            owner = read_owner(settings.data)
            if owner is None:
                raise
            way = stack.enter_context(_through(owner, told))
        else:
            stack.callback(office.close)
            way = _directly(office, told)
        yield way


@contextmanager
def reach_when_asked(settings: Settings) -> Iterator[Runner]:
    """As `reach`, with the first question: until then the folder is neither made nor held."""
    with ExitStack() as stack:
        ways: list[Runner] = []

        def run(command: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
            if not ways:
                ways.append(stack.enter_context(reach(settings)))
            return ways[0](command, request)

        yield run


def _directly(office: Office, told: Told) -> Runner:
    def run(command: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        return COMMANDS[command](office, request, told)

    return run


@contextmanager
def _through(owner: Owner, told: Told) -> Iterator[Runner]:
    headers = {"authorization": f"Bearer {owner.token}", "content-type": "application/json"}
    timeout = httpx.Timeout(None, connect=PATIENCE)  # a rebuild takes as long as it takes
    # a proxy named in the environment has no business between two processes of one machine
    with httpx.Client(base_url=owner.url, headers=headers, timeout=timeout, trust_env=False) as client:

        def run(command: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
            return _rows(client, owner, command, request, told)

        yield run


def _rows(
    client: httpx.Client, owner: Owner, command: str, request: dict[str, Any], told: Told
) -> Iterator[dict[str, Any]]:
    body = json.dumps(request, separators=(",", ":")).encode()
    try:
        with client.stream("POST", f"/local/{command}", content=body) as response:
            if response.status_code != httpx.codes.OK:
                raise Unavailable(
                    f"服务进程 {owner.pid} 拒绝了请求 / process {owner.pid} refused: {response.read().decode()}"
                )
            for line in response.iter_lines():
                said = json.loads(line)
                if "row" in said:
                    yield said["row"]
                elif "told" in said:
                    told(*said["told"])
                elif "error" in said:
                    raise said_again(said["error"]["status"], said["error"]["text"])
                else:
                    return
    except httpx.HTTPError as error:
        raise Unavailable(
            f"与持有数据目录的进程 {owner.pid} 的连接中断（{error}）；已确认的不会丢失，请再运行一次 / "
            f"the connection to process {owner.pid} broke; nothing confirmed is lost, run it again"
        ) from error
    raise Unavailable(f"进程 {owner.pid} 的答复不完整，请再运行一次 / the answer of process {owner.pid} is cut short")
