"""The whole cluster on one machine without containers: a broker, the gate, workers, and settings that name them.

In: a data folder, a number of workers. Out: settings of the cluster shape, as long as the block runs. Workers are
processes of their own and use the adapters of production. All data stays in the folder; started again, it goes on.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import IO

from services.cluster.broker import Broker, jars
from services.errors import Unavailable
from services.settings import Settings

ENDS_IN = 30.0  # seconds a child may take to finish what it has in hand
USER = "fanzha"
Say = Callable[[str], None]
Child = subprocess.Popen[bytes]


@contextmanager
def cluster(settings: Settings, cache: Path, make_topics: Callable[[Settings], object], say: Say) -> Iterator[Settings]:
    """Broker, topics and gate; `say` hears where they are. Raises `Unavailable` where Java or Maven is missing, or
    a child does not start."""
    folder = settings.data / "cluster"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _ends_in_order(), ExitStack() as stack:
        broker = Broker(jars(cache), folder / "kafka")
        broker.start()
        stack.callback(broker.stop)
        say(f"Kafka {broker.address}")
        password = _password(folder)
        address = stack.enter_context(_gate(folder, settings, password))
        say(f"ClickHouse {address} (chDB)")
        said = {
            "log": "kafka", "warehouse": "clickhouse", "kafka_bootstrap": broker.address, "instance": "office",
            "clickhouse_address": address, "clickhouse_user": USER, "clickhouse_password_file": password,
        }  # fmt: skip
        made = settings.model_copy(update=said)
        make_topics(made)
        yield made


@contextmanager
def workers(settings: Settings, count: int, say: Say) -> Iterator[list[Child]]:
    """Workers over migrated tables; each writes its log beside the data."""
    with ExitStack() as stack:
        children = []
        for number in range(1, count + 1):
            log = stack.enter_context((settings.data / "cluster" / f"worker-{number}.log").open("ab"))
            own = settings.model_copy(update={"instance": f"w{number}", "metrics_port": 0})
            children.append(_start(stack, ["services.cli", "worker"], own, out=log, err=log))
        say(f"{count} 个工作进程 / workers: {settings.data / 'cluster'}/worker-*.log")
        try:
            yield children
        finally:
            for child in children:  # beside each other: one whose broker is away takes its time
                child.terminate()


@contextmanager
def _gate(folder: Path, settings: Settings, password: Path) -> Iterator[str]:
    own = settings.model_copy(update={"clickhouse_user": USER, "clickhouse_password_file": password})
    with ExitStack() as stack:
        log = stack.enter_context((folder / "gate.log").open("ab"))
        words = ["services.cluster.gate", str(folder / "clickhouse")]
        child = _start(stack, words, own, out=subprocess.PIPE, err=log)
        assert child.stdout is not None
        stack.callback(child.stdout.close)
        address = child.stdout.readline().decode().strip()
        if not address:
            raise Unavailable(f"ClickHouse 协议入口未能启动，见 / the gate did not start: {folder}/gate.log")
        yield address


def _start(stack: ExitStack, words: list[str], settings: Settings, *, out: int | IO[bytes], err: IO[bytes]) -> Child:
    """A child under these settings; it ends with the block."""
    started = ["env", *settings.as_variables(), sys.executable, "-m", *words]
    # Ctrl-C in a terminal goes to the parent alone, which ends its children in order
    child = subprocess.Popen(started, stdout=out, stderr=err, start_new_session=True)
    stack.callback(_end, child)
    return child


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does: children first. Once they are ended, a further signal is not heard."""

    def heard(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, heard), signal.SIGINT: signal.getsignal(signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(child: Child) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    child.terminate()
    try:
        child.wait(ENDS_IN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _password(folder: Path) -> Path:
    file = folder / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(token_hex(16), "utf-8")
    return file
