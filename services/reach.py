"""How a command reaches the data folder: it opens the folder, or goes through the process that holds it.

In: settings. Out: a runner `(command, request) → rows` that is the same either way; the folder's lock is held as long
as a directly opened folder is used. Raises `Unavailable` where another process holds the folder and serves nobody.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from schemas import PlanError, read_plan
from services.commands import COMMANDS
from services.errors import Unavailable, said_again
from services.imports import Runner
from services.lock import Held
from services.office import Office
from services.runfile import Owner, read_owner
from services.settings import Settings, another_plan, plan_text
from services.wiring import open_office

Told = Callable[[int, int | None], None]
PATIENCE = 10.0  # seconds until an owner that is there must have taken the connection


@contextmanager
def reach(settings: Settings, told: Told = lambda done, total: None, *, any_plan: bool = False) -> Iterator[Runner]:
    """`told` hears of progress: how many are done, of how many where that is known.

    Raises `PlanError` where a plan file is named and the log has another one in force, unless `any_plan`.
    """
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
        if not any_plan:
            _same_plan(settings, way)
        yield way


@contextmanager
def reach_when_asked(settings: Settings, zone: str) -> Iterator[Runner]:
    """As `reach`, with the first question: until then the folder is neither made nor held.

    Raises `PlanError` where its days are of another zone than `zone`, in which files were read.
    """
    with ExitStack() as stack:
        ways: list[Runner] = []

        def run(command: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
            if not ways:
                way = stack.enter_context(reach(settings))
                plan, _ = read_plan(next(way("plan", {"text": True}))["text"])
                if plan.time_zone != zone:
                    raise PlanError(
                        f"此目录按 {plan.time_zone} 划分日期，文件按 {zone} 读取：请以 --plan 写明方案 / "
                        f"days of this folder are of another zone: name its plan with --plan"
                    )
                ways.append(way)
            return ways[0](command, request)

        yield run


def _same_plan(settings: Settings, run: Runner) -> None:
    """Raises `PlanError` where the folder counts under another plan than the file that is named."""
    if settings.plan is None:
        return
    _, digest = read_plan(plan_text(settings), str(settings.plan))
    if in_force := next((row for row in run("plan", {}) if row["in_force"] and row["sha256"] != digest), None):
        raise another_plan(settings.plan, in_force["plan"], in_force["version"])


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
