"""An Apache Kafka broker on this machine, without containers: its jars from Maven Central, one KRaft node on loopback.

In: a cache folder for the jars, a folder for the data. Out: a running process and its address. The same folder may be
started again after any end, a kill too. For development and tests; a real cluster is installed as docs/operations.md
says.
"""

import fcntl
import shutil
import socket
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from uuid import uuid4

from services.errors import Unavailable

STARTS_IN = 60.0  # seconds a broker may take on a busy machine
# It shares its cores with everything else here, and its second compiler and collector took as much of them as its work.
_JAVA = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_LOGGING = """appenders = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {log}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c %m%n
rootLogger.level = warn
rootLogger.appenderRefs = file
rootLogger.appenderRef.file.ref = file
"""


def jars(cache: Path) -> Path:
    """The folder with the broker's jars: fetched once, by one process at a time, whole or not at all.

    Raises `Unavailable` where Java or Maven is missing, or the jars cannot be fetched.
    """
    for program, package in (("java", "default-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            raise Unavailable(f"缺少 {program}（Debian: apt-get install {package}） / {program} is missing")
    pom = files("services.cluster").joinpath("pom.xml").read_bytes()
    folder = cache / f"kafka-{sha256(pom).hexdigest()[:12]}"
    if (folder / "complete").exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():  # else whoever had the lock before has fetched them
            _fetch(pom, folder)
    return folder


def _fetch(pom: bytes, folder: Path) -> None:
    with TemporaryDirectory(dir=folder.parent, prefix="kafka-new-", ignore_cleanup_errors=True) as new:
        fresh = Path(new)
        (fresh / "pom.xml").write_bytes(pom)
        fetch = ["mvn", "-q", "-B", "-f", str(fresh / "pom.xml"), "dependency:copy-dependencies"]
        run = subprocess.run([*fetch, f"-DoutputDirectory={fresh}"], capture_output=True, text=True, check=False)
        if run.returncode:
            raise Unavailable(f"取不到 Kafka 的软件包 / the broker's jars cannot be fetched: {run.stdout[-500:]}")
        (fresh / "complete").touch()
        shutil.rmtree(folder, ignore_errors=True)  # half of one, of a version that fetched into it
        fresh.rename(folder)


class Broker:
    """One node, and a `Child`. `settings` are added to its server.properties; `format_` are arguments of formatting.

    Several become one cluster where they have one `name`, and settings that name each of them.
    """

    what = "Kafka"

    def __init__(
        self, jars: Path, folder: Path, settings: Mapping[str, str] | None = None, format_: tuple[str, ...] = ()
    ) -> None:
        self._jars, self._folder, self._format = jars, folder, format_
        self.settings = dict(settings or {})
        self.name = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")  # as the tool's own `random-uuid` writes one
        self.port, self._controller = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self._folder / "broker.log"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def controller(self) -> str:
        return f"127.0.0.1:{self._controller}"

    @property
    def ended(self) -> int | None:
        """The status with which it ended by itself."""
        return None if self._process is None else self._process.poll()

    @property
    def pid(self) -> int:
        if self._process is None:
            raise Unavailable("代理未启动 / the broker is not running")
        return self._process.pid

    def start(self) -> None:
        """Returns when the node answers. Raises `Unavailable` with the end of its log."""
        self._folder.mkdir(parents=True, exist_ok=True)
        properties, logging = self._folder / "server.properties", self._folder / "log4j2.properties"
        properties.write_text("".join(f"{k}={v}\n" for k, v in self._properties().items()), "utf-8")
        logging.write_text(_LOGGING.format(log=self.log), "utf-8")
        java = ["java", *_JAVA, f"-Dlog4j2.configurationFile={logging}", "-cp", f"{self._jars}/*"]
        if not (self._folder / "data" / "meta.properties").exists():
            self._prepare(java, properties)
        with (self._folder / "out").open("ab") as out:
            words = [*java, "kafka.Kafka", str(properties)]
            self._process = subprocess.Popen(words, stdout=out, stderr=out, start_new_session=True)
        end = monotonic() + STARTS_IN
        while not _answers(self.port):
            if self._process.poll() is not None or monotonic() > end:
                raise Unavailable(f"Kafka 未能启动 / the broker did not start: {self._said()}")
            sleep(0.1)

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(60)
            self._process = None

    def _prepare(self, java: list[str], properties: Path) -> None:
        tool = [*java, "kafka.tools.StorageTool"]
        named = f"--cluster-id={self.name}"  # in one word: a name may begin with "-"
        words = [*tool, "format", named, "-c", str(properties), *self._format]
        run = subprocess.run(words, capture_output=True, text=True, check=False)
        if run.returncode:
            raise Unavailable(f"Kafka 数据目录无法初始化 / the broker's folder: {run.stdout[-500:]}{run.stderr[-500:]}")

    def _properties(self) -> dict[str, str]:
        here, control = self.address, self.controller
        plain = {
            "process.roles": "broker,controller", "node.id": "1", "controller.quorum.voters": f"1@{control}",
            "listeners": f"PLAINTEXT://{here},CONTROLLER://{control}", "advertised.listeners": f"PLAINTEXT://{here}",
            "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self._folder / "data"), "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1", "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1", "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0", "log.message.timestamp.type": "LogAppendTime",
            "log.retention.ms": "-1",
        }  # fmt: skip
        return {k: v.format(here=here, control=control) for k, v in {**plain, **self.settings}.items()}

    def _said(self) -> str:
        texts = (self.log, self._folder / "out")
        return "".join(path.read_text("utf-8", errors="replace")[-500:] for path in texts if path.exists())


@contextmanager
def running(broker: Broker) -> Iterator[Broker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
