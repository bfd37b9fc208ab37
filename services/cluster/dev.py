"""The whole cluster on one machine without containers: a broker, the gate, workers, and settings that name them.

In: a data folder, a number of workers. Out: settings of the cluster shape and its processes, as long as the block runs.
Workers use the adapters of production. All data stays in the folder; started again, it goes on.
"""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from types import FrameType

from services.cluster.broker import Broker, jars
from services.cluster.children import Child, GateProgram, Program, Say, deaf
from services.settings import Settings

USER = "fanzha"


@contextmanager
def cluster(
    settings: Settings, cache: Path, make_topics: Callable[[Settings], object], say: Say
) -> Iterator[tuple[Settings, Sequence[Child]]]:
    """Broker, topics and gate; `say` hears where they are. Raises `Unavailable` where Java or Maven is missing, or
    a child does not start."""
    folder = settings.data / "cluster"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _ends_in_order(), ExitStack() as stack:
        broker = Broker(jars(cache), folder / "kafka")
        stack.callback(_end, broker.stop)
        broker.start()
        say(f"Kafka {broker.address}")
        own = {"clickhouse_user": USER, "clickhouse_password_file": _password(folder)}
        gate = GateProgram(folder / "clickhouse", settings.model_copy(update=own), folder / "gate.log")
        stack.callback(_end, gate.stop)
        gate.start()
        say(f"ClickHouse {gate.address} (chDB)")
        said = {
            "log": "kafka", "warehouse": "clickhouse", "kafka_bootstrap": broker.address, "instance": "office",
            "clickhouse_address": gate.address,
        }  # fmt: skip
        made = settings.model_copy(update={**own, **said})
        make_topics(made)
        yield made, [broker, gate]


@contextmanager
def workers(settings: Settings, count: int, say: Say) -> Iterator[Sequence[Child]]:
    """Workers over migrated tables; each writes its log beside the data."""
    folder = settings.data / "cluster"
    with ExitStack() as stack:
        children = list[Program]()
        for number in range(1, count + 1):
            own = settings.model_copy(update={"instance": f"w{number}", "metrics_port": 0})
            name = f"worker-{number}"
            children.append(Program(name, ["services.cli", "worker"], own, folder / f"{name}.log"))
            stack.callback(_end, children[-1].stop)
            children[-1].start()
        say(f"{count} 个工作进程 / workers: {folder}/worker-*.log")
        try:
            yield children
        finally:
            for child in children:  # beside each other: one whose broker is away takes its time
                child.ask()


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


def _end(stop: Callable[[], None]) -> None:
    deaf()
    stop()


def _password(folder: Path) -> Path:
    file = folder / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(token_hex(16), "utf-8")
    return file
