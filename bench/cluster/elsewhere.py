"""Records that other machines' gateways send: a process of its own offers them, see `bench.cluster.send`.

In: a load, the size of its chunks, a pace. Out: the form of `bench.offering.Offering`. What submitting and the producer
of our own process take of the cores is not measured then, only what reads the log.
"""

import json
import pickle
import subprocess
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from bench.load import Load
from bench.offering import Note
from services.errors import Unavailable
from services.settings import Settings

TOP = Path(__file__).parents[2]
PEER = TOP / ".venv-peer" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Paced:
    """`size` events of a load every `pace` seconds."""

    load: Load
    size: int
    pace: float


class Sending:
    """Raises `Unavailable` where the process does not come up or ends early."""

    def __init__(self, settings: Settings, load: Load, size: int, pace: float, note: Note) -> None:
        if not PEER.exists():
            raise Unavailable("先运行 / run first: make bench-cluster")
        self._note, self._wanted, self._seen = note, load.count, 0
        command = ["env", *settings.as_variables(), str(PEER), "-m", "bench.cluster.send"]
        pipe = subprocess.PIPE
        self._child = subprocess.Popen(command, cwd=TOP, stdin=pipe, stdout=pipe, stderr=pipe)
        paced = Paced(replace(load, stamped=True), size, pace)
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self._out, self._errors = self._child.stdout, self._child.stderr
        self._child.stdin.write(pickle.dumps(paced))
        self._child.stdin.flush()
        self._out.readline()
        self.start = self._last = monotonic()
        self._child.stdin.write(b"\n")
        self._child.stdin.close()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def goes_on(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return self._thread.is_alive()

    def finish(self) -> float:
        self._thread.join()
        said = self._errors.read().decode()
        self._child.wait()
        if self._seen < self._wanted:
            raise Unavailable(f"{self._seen} < {self._wanted}: {said[-2000:]}")
        return self._last

    def _listen(self) -> None:
        for line in self._out:
            told = json.loads(line)
            self._last, self._seen = told["at"], self._seen + told["events"]
            self._note({(topic, part): end for topic, part, end in told["ends"]}, told["events"], told["at"])
