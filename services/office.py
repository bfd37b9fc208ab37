"""The owner of a data folder: one process, one log, one warehouse, one pump, one vault.

In: a folder whose lock this process holds, and its parts. Out: answers, and marts that follow the log. Two ways of
life: *direct*, where a command catches up by itself, and *live*, where a thread follows the log. Where a migration asks
for a rebuild, no figure is answered before it is done; submissions are taken meanwhile.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path
from time import monotonic

import structlog

from schemas import Plan, instant, read_plan
from schemas.catalogue import Catalogue
from services.clock import read_confirmed, write_confirmed
from services.errors import Unavailable
from services.lock import FolderLock
from services.submit import Answer, Submit
from services.tokens import Tokens
from services.vault import Vault
from streams.comparison import Compared, compared
from streams.errors import TerminalError, TransientError
from streams.figures import Question, answer
from streams.lateness import Lateness
from streams.log import Appended, Log, NewRecord, Partition
from streams.marks import to_rebuild
from streams.migrations import migrate
from streams.plans import Plans, read_plans
from streams.progress import Progress, Version, read_progress
from streams.pump import Pump, read_definition
from streams.rebuild import Rebuilt, rebuild
from streams.stamps import Stamps
from streams.sweep import Sweep
from streams.warehouse import Rows, Warehouse

PATIENCE = 60.0  # seconds without movement until workers are taken for absent
LOOKS = 0.5  # seconds for which what workers have read of the registry is taken for known
SOON = 0.5  # seconds between two looks while a folder has no plan
REGISTRY: Partition = ("registry", 0)
Told = Callable[[int, int | None], None]
_log = structlog.get_logger("fanzha.office")


class Rebuilding(Unavailable):
    """Figures are made anew just now; says how far it is."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root puts together."""

    lock: FolderLock
    log: Log
    warehouse: Warehouse
    vault: Vault | None  # none: this process shows and takes no submissions
    tokens: Tokens
    plan: str  # the text of the plan of a folder that has none yet
    catalogue: Catalogue
    now: Callable[[], datetime]
    batch: int
    round_every: float
    clock: Path  # file of the confirmation of the clock
    follows: bool = True  # this process moves the marts; otherwise workers elsewhere do
    own: str = ""  # database of scratch tables
    cluster: str = ""  # of ClickHouse
    rules_every: float = 10.0  # seconds between two looks of the rules


class Office:
    """Everything that happens to a data folder happens here. Raises what log and warehouse raise."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.catalogue, self.now = parts.catalogue, parts.now
        self.log, self.warehouse, self.tokens = parts.log, parts.warehouse, parts.tokens
        migrate(self.warehouse, parts.cluster)
        self._plans, self._plans_at = read_plans(self.warehouse, read_plan(parts.plan)[0]), object()
        self.pump = Pump(self.log, self.warehouse, self._plans.at(self.now()), batch=parts.batch, own=parts.own)
        self.follows = parts.follows
        self.stamps = Stamps(self.now, self.log.newest(), read_confirmed(parts.clock))
        self._submit = (
            Submit(self.log, parts.vault, self.catalogue, self.pump.definition.zone, self.now, self.stamps)
            if parts.vault
            else None
        )
        self._to_rebuild, self._rebuilt = to_rebuild(self.warehouse), (0, 0)
        self._stop, self._woken = threading.Event(), threading.Event()
        self.late = 0.0  # seconds for which figures have stood still while records wait
        self._threads: list[threading.Thread] = []

    def submit(
        self, raws: Sequence[bytes], actor: str, *, keep_recordedtime: bool = False, within_actor: bool = False
    ) -> list[Answer]:
        """As `Submit.submit`. Raises `Unavailable` where this process has no vault."""
        if self._submit is None:
            raise Unavailable(
                "本进程只提供界面，请向网关提交 / this process only shows (FANZHA_SERVE=console): submit at the gateway"
            )
        answers = self._submit.submit(raws, actor, keep_recordedtime=keep_recordedtime, within_actor=within_actor)
        self._woken.set()
        return answers

    def append(self, records: Sequence[NewRecord]) -> list[Appended]:
        """Records that are events already, into the log as they are."""
        appended = self.log.append(records)
        for stamp in (record.stamp for record in records if record.stamp):
            self.stamps.seen(instant(stamp.recorded))
        self._woken.set()
        return appended

    @property
    def clock_doubt(self) -> str:
        """Why submissions are refused for this machine's clock; empty where they are not."""
        return self.stamps.doubt

    def confirm_clock(self) -> None:
        """Somebody says that the clock is right, however far it is past the newest record."""
        write_confirmed(self._parts.clock, self.stamps.confirm())

    def answer(self, question: Question) -> Rows:
        """Raises `Rebuilding` too."""
        self.whole()
        return answer(self.warehouse, question, self.plan_at(question.as_known_at), self.now())

    def compared(self, question: Question, against: Sequence[str]) -> Compared:
        """The same beside last year (`yoy`) or the window before (`mom`), with what limits it."""
        return compared(question, against, self.plan_at(question.as_known_at), self.now(), self.answer)

    @property
    def plan(self) -> Plan:
        """The plan in force now."""
        return self.plan_at(None)

    def plan_at(self, known: datetime | None) -> Plan:
        """The plan in force at a moment, as known then; now where none is named."""
        return self.plans().at(known or self.now())

    @property
    def first_plan(self) -> str:
        """The text of the plan that stands until one is adopted."""
        return self._parts.plan

    def plans(self) -> Plans:
        """The plans of the log, read anew whenever the registry may have moved."""
        at = self._registry_at()
        if at != self._plans_at:
            self._plans, self._plans_at = read_plans(self.warehouse, self._plans.given), at
        return self._plans

    def _registry_at(self) -> object:
        """Moves with the registry. Where workers move the figures it is not asked for more than twice a second."""
        if self.follows:
            return self.pump.definition.epoch, self.pump.progress.facts_next.get(REGISTRY)
        return int(monotonic() / LOOKS)

    @property
    def rebuilding(self) -> tuple[int, int] | None:
        """How many records of how many are through a rebuild that has to end before figures are answered."""
        return self._rebuilt if self._to_rebuild else None

    def rebuild(self, told: Told, *, accept: bool = False) -> Rebuilt:
        """As `streams.rebuild.rebuild`."""

        def heard(done: int, total: int) -> None:
            self._rebuilt = done, total
            told(done, total)

        result = rebuild(self.pump, self.plan, heard, accept=accept)
        self._to_rebuild = not result.swapped and to_rebuild(self.warehouse)
        return result

    def version(self) -> Version:
        if self.follows:
            return self.pump.progress.version(self.pump.definition.epoch)
        return read_progress(self.warehouse).version(read_definition(self.warehouse, self.plan).epoch)

    def catch_up(self, progress: Callable[[int], None] = lambda records: None) -> None:
        """Facts of all that was accepted until now. Raises `Rebuilding` too."""
        self.whole(lambda done, total: progress(done))
        if not self.follows:
            self._await(lambda at: at.facts_next, progress)
            return
        with self.pump.turn:
            self.pump.bulk(progress)

    def settle(self, progress: Callable[[int], None] = lambda records: None) -> None:
        """Marts of all that was accepted until now. Raises `Rebuilding` too."""
        self.whole(lambda done, total: progress(done))
        if not self.follows:
            self._await(lambda at: at.marts_next, progress)
            return
        with self.pump.turn:
            self.pump.bulk(progress)
            self.pump.round()

    def go_live(self, ended: Callable[[Exception], None]) -> None:
        """Follow the log, and watch what follows from it, each in a thread; `ended` is told what ends one.

        Where workers move the figures their leader looks at the rules, and here only whether figures are late.
        """

        def watched(work: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    work()
                except Exception as error:  # noqa: BLE001  # whatever ends it must be seen by the owner
                    ended(error)

            return run

        pump = (("fanzha-pump", self._follow),) if self.follows else ()
        for name, work in (*pump, ("fanzha-rules", self._watch)):
            self._threads.append(threading.Thread(target=watched(work), name=name))
        for thread in self._threads:
            thread.start()

    def _follow(self) -> None:
        if self._to_rebuild:
            self.rebuild(lambda done, total: None)
        self.pump.live(self._stop, self._woken, self._parts.round_every)

    def _watch(self) -> None:
        """What fails comes again with the next look."""
        late = Lateness()
        sweep = Sweep(self.log, self.warehouse, self._parts.plan, self.now, self.stamps, self.append)
        while not self._stop.wait(min(self._parts.rules_every, SOON if self.plans().none else inf)):
            if self._to_rebuild:
                continue
            try:
                marts = read_progress(self.warehouse).marts_next
                self.late = late.seconds(self.log.all_ends(), marts, monotonic())
                for alert in sweep.look() if self.follows else ():
                    _log.warning("alert", rule=alert.rule, place=alert.place, day=str(alert.day))
            except (TransientError, TerminalError) as error:
                _log.warning("rules could not look", error=str(error))

    def whole(self, told: Told = lambda done, total: None) -> None:
        """Facts and all that stands on them are of this program's definition: by a rebuild here, where one is due.

        Raises `Rebuilding` where another does it: the thread that follows the log, or whoever runs it for a cluster.
        """
        if not self._to_rebuild:
            return
        if self.follows and not self._threads:
            self.rebuild(told)
            return
        if not self.follows:
            self._to_rebuild = to_rebuild(self.warehouse)
            if not self._to_rebuild:
                return
            raise Rebuilding(
                "升级后须重建统计：请停下全部工作进程，再运行 fanzha migrate / "
                "figures are to be made anew after the upgrade: stop all workers, then run fanzha migrate"
            )
        done, total = self._rebuilt
        raise Rebuilding(
            f"升级后正在重建统计：{done} / {total} 条，完成后自动显示；提交照常 / "
            "figures are made anew after the upgrade; submissions are taken meanwhile"
        )

    def _await(self, reached: Callable[[Progress], Mapping[Partition, int]], progress: Callable[[int], None]) -> None:
        """Until the workers have come as far as the log is now. Raises `Unavailable` where nothing moves any more."""
        ends, before, since = self.log.ends(), -1, monotonic()
        while True:
            at = reached(read_progress(self.warehouse))
            waiting = sum(max(0, end - at.get(place, 0)) for place, end in ends.items())
            if not waiting or self._stop.is_set():
                return
            if waiting != before:
                before, since = waiting, monotonic()
            if monotonic() - since > PATIENCE:
                raise Unavailable(
                    f"{waiting} 条记录无人处理：请确认工作进程在运行（fanzha worker） / no worker moves the figures on"
                )
            progress(sum(ends.values()) - waiting)
            self._stop.wait(0.1)

    def close(self) -> None:
        """Finish the batch and the round in hand, then let go of everything."""
        self._stop.set()
        self._woken.set()
        for thread in self._threads:
            thread.join()
        if self._parts.vault is not None:
            self._parts.vault.close()
        self.warehouse.close()
        self.log.close()
        self._parts.lock.release()
