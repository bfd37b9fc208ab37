"""F1 and F1n: kill -9 of the worker under load, half at random and half aimed at a stage; and a wrong worker that the
same kills must find out.

The log grows while the worker follows it, a piece whenever the worker is idle, so that keys go cold: what a killed
round left undone is not done by a later one. Nothing is replayed before the marts are looked at.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from services.lock import FolderLock
from streams.log import NewRecord
from streams.log_sqlite import SqliteLog
from tests.faults.killer import STAGES, Worker, drain, look
from tests.faults.load import FULL, load
from tests.faults.survey import Survey

pytestmark = pytest.mark.chdb  # in child processes

SEED = 1
ROOM = 10  # kills more than planned, where a stage was not hit often enough
HEAD = 0.2  # of the log is there before the first worker: places are registered before anything counts at them
PIECES = 4  # of the log, at most, in one life
ROUND = ("fold+places", "marts")


class Feed:
    """The log from the side of those who append; the worker only reads it."""

    def __init__(self, folder: Path, records: list[NewRecord], head: int, piece: int) -> None:
        folder.mkdir()
        self._log = SqliteLog(folder / "log.db", lambda: 0)
        self._records, self._piece, self._next = records, piece, 0
        self._append(head)

    def more(self) -> None:
        assert self._next < len(self._records), "the load is too small for so many kills"
        self._append(self._piece)

    def rest(self) -> int:
        """Appends what is left; gives the sum of all ends."""
        self._append(len(self._records))
        return sum(self._log.ends().values())

    def _append(self, count: int) -> None:
        self._log.append(self._records[self._next : self._next + count])
        self._next += count

    def close(self) -> None:
        self._log.close()


@dataclass(frozen=True, slots=True)
class Aim:
    """Where to kill: `pause` seconds after the stage is announced, when the worker was idle `skip` times before.

    Without a stage: `pause` seconds after the office is open, or with `starting` after the process is started.
    """

    stage: str
    pause: float
    skip: int = 0
    starting: bool = False


@dataclass
class Killing:
    """A run of kills over one folder. `hits`: kills by the stage they hit; `restarts`: seconds from a start to the
    first position remembered, of those who lived to remember one."""

    folder: Path
    feed: Feed
    rng: Random
    batch: int
    wrong: tuple[str, ...]
    hits: Counter[str] = field(default_factory=Counter)
    restarts: list[float] = field(default_factory=list)

    def play(self, kills: int, least: int, aims: Callable[["Killing", int], Aim]) -> None:
        while (done := self.hits.total()) < kills or self.rarest[1] < least:
            assert done < kills + ROOM, f"{done} kills: {dict(self.hits)}"
            self._life(aims(self, done))

    def finish(self) -> None:
        """The rest of the log in batches of the usual size, and a worker that lives."""
        end = self.feed.rest()
        with Worker("follow", self.folder, *self.wrong) as worker:
            worker.wait_for(f"at {end} {end}")
            worker.stop()
            self._count_restart(worker)
        self.feed.close()

    @property
    def rarest(self) -> tuple[str, int]:
        stage = min(STAGES, key=lambda s: (self.hits[s], self.rng.random()))
        return stage, self.hits[stage]

    def _life(self, aim: Aim) -> None:
        self.feed.more()
        with Worker("follow", self.folder, "--batch", str(self.batch), *self.wrong) as worker:
            self._until(worker, aim)
            worker.kill()
            self.hits[worker.stage] += 1
            self._count_restart(worker)
        FolderLock(self.folder).release()  # raises where the killed one still held it

    def _until(self, worker: Worker, aim: Aim) -> None:
        """Returns at the moment of the kill."""
        moment = worker.started + aim.pause if aim.starting else None
        fed = 0
        while line := worker.hear(moment):
            match line.words:
                case ["ready"] if not aim.stage and not aim.starting:
                    moment = monotonic() + aim.pause
                case ["idle"] if fed + 1 < PIECES:
                    self.feed.more()
                    fed += 1
                case ["idle"] if not aim.stage:
                    return
                case [stage] if stage == aim.stage and fed >= aim.skip:
                    sleep(aim.pause)
                    return

    def _count_restart(self, worker: Worker) -> None:
        if worker.first_position is not None:
            self.restarts.append(worker.first_position)

    def told(self) -> str:
        rows = [
            f"  {stage:14} {'#' * self.hits[stage]} {self.hits[stage]}" for stage in (*STAGES, "between", "start-up")
        ]
        times = f"{len(self.restarts)} restarts, p95 {self.p95:.2f} s, longest {max(self.restarts):.2f} s"
        return "\n".join([f"{self.hits.total()} kills by the stage they hit:", *rows, times])

    @property
    def p95(self) -> float:
        """From a start to the first position remembered, in seconds."""
        return sorted(self.restarts)[int(0.95 * (len(self.restarts) - 1) + 0.5)]


def half_aimed(run: Killing, done: int) -> Aim:
    """Every second one at the stage hit most rarely so far; of the others one in five while the office opens."""
    rng = run.rng
    if done % 2 and run.hits.total() == done:
        stage = run.rarest[0]
        return Aim(stage, rng.uniform(0, 0.05) if stage in ("archive+facts", *ROUND) else 0.0, rng.choice((0, 1)))
    if rng.random() < 0.2 and run.restarts:
        return Aim("", rng.uniform(0.3, min(run.restarts)), starting=True)
    return Aim("", rng.uniform(0, 0.8))


def at_rounds(run: Killing, done: int) -> Aim:
    """As soon as a round over new pieces has begun: the head of the log, all registers, is behind the worker."""
    return Aim(ROUND[0], 0.0, 1)


def killed(
    folder: Path,
    size: int,
    kills: int,
    least: int,
    aims: Callable[[Killing, int], Aim],
    *wrong: str,
    part: float = HEAD,
) -> tuple[Killing, Survey]:
    """`part` of the load is there before the first worker."""
    records = load(size).records
    head = int(part * len(records))
    piece = (len(records) - head) // (PIECES * (kills + ROOM))
    feed = Feed(folder, records, head, piece)
    run = Killing(folder, feed, Random(SEED), 2 * piece, wrong)
    run.play(kills, least, aims)
    run.finish()
    print(f"\n{size} events, {head} of them at the start, then in pieces of {piece}\n{run.told()}")
    return run, look(folder)


def clean(folder: Path, size: int) -> Survey:
    feed = Feed(folder, load(size).records, head=0, piece=0)
    feed.rest()
    feed.close()
    drain(folder)
    return look(folder)


def check_f1(tmp_path: Path, size: int, kills: int, least: int) -> None:
    _, after = killed(tmp_path / "killed", size, kills, least, half_aimed)
    assert after.whole
    assert after.same == clean(tmp_path / "clean", size).same


def test_f1_kills_leave_the_marts_of_a_clean_run(tmp_path: Path) -> None:
    check_f1(tmp_path, size=3_000, kills=6, least=0)


@pytest.mark.slow
def test_f1n_marts_next_before_the_round_is_found(tmp_path: Path) -> None:
    # half of so small a load registers places: what is lost later counts somewhere
    _, after = killed(tmp_path / "killed", 2_000, 3, 0, at_rounds, "--wrong", "marts-first", part=0.5)
    right = clean(tmp_path / "clean", 2_000)
    assert right.whole
    assert after.differing > 0
    assert after.marts != right.marts
    assert (after.missing, after.facts) == (0, right.facts), "the control is wrong in its marts alone"


@pytest.mark.slow
def test_f1_for_long(tmp_path: Path) -> None:
    check_f1(tmp_path, size=FULL, kills=50, least=3)


@pytest.mark.slow
def test_f1n_for_long(tmp_path: Path) -> None:
    _, after = killed(tmp_path / "killed", FULL, 40, 0, half_aimed, "--wrong", "marts-first")
    right = clean(tmp_path / "clean", FULL)
    assert after.differing > 0
    assert after.marts != right.marts
