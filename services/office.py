"""The owner of a data folder: one process, one log, one warehouse, one pump, one vault.

In: a folder whose lock this process holds, and its parts. Out: answers, and marts that follow the log. Two ways of
life: *direct*, where a command catches up by itself, and *live*, where a thread follows the log. Where a migration asks
for a rebuild, no figure is answered before it is done; submissions are taken meanwhile.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import IO

from schemas import Plan, instant
from schemas.catalogue import Catalogue
from services.clock import read_confirmed, write_confirmed
from services.errors import Unavailable
from services.submit import Answer, Submit
from services.tokens import Tokens
from services.vault import Vault
from streams.comparison import Compared, compared
from streams.figures import Question, answer
from streams.log import Appended, Log, NewRecord, Partition
from streams.marks import to_rebuild
from streams.migrations import migrate
from streams.progress import Progress, Version, read_progress
from streams.pump import Pump, read_definition
from streams.rebuild import Rebuilt, rebuild
from streams.stamps import Stamps
from streams.warehouse import Rows, Warehouse

PATIENCE = 60.0  # seconds without movement until workers are taken for absent
Told = Callable[[int, int | None], None]


class Held(Unavailable):
    """Another process holds the folder."""


class Rebuilding(Unavailable):
    """Figures are made anew just now; says how far it is."""


class FolderLock:
    """Held as long as the process lives, however it ends. Raises `Held` naming the holder, `Unavailable`."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = (folder / "lock").open("a+")
        except OSError as error:
            raise Unavailable(
                f"无法使用数据目录 {folder}：{error.strerror}；请检查路径和权限 / cannot use the data folder"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            pid = self._file.read().strip() or "?"
            self._file.close()
            raise Held(
                f"数据目录 {folder} 正由进程 {pid} 使用；请等它结束，或用 --data 换一个目录 / "
                f"the data folder is held by process {pid}; wait for it or name another folder"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root puts together."""

    lock: FolderLock
    log: Log
    warehouse: Warehouse
    vault: Vault | None  # none: this process shows and takes no submissions
    tokens: Tokens
    plan: Plan
    catalogue: Catalogue
    now: Callable[[], datetime]
    batch: int
    round_every: float
    clock: Path  # file of the confirmation of the clock
    follows: bool = True  # this process moves the marts; otherwise workers elsewhere do
    own: str = ""  # database of scratch tables
    cluster: str = ""  # of ClickHouse


class Office:
    """Everything that happens to a data folder happens here. Raises what log and warehouse raise."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.plan, self.catalogue, self.now = parts.plan, parts.catalogue, parts.now
        self.log, self.warehouse, self.tokens = parts.log, parts.warehouse, parts.tokens
        migrate(self.warehouse, parts.cluster)
        self.pump = Pump(self.log, self.warehouse, self.plan, batch=parts.batch, own=parts.own)
        self.follows = parts.follows
        self.stamps = Stamps(self.now, self.log.newest(), read_confirmed(parts.clock))
        self._submit = Submit(self.log, parts.vault, self.catalogue, self.now, self.stamps) if parts.vault else None
        self._to_rebuild, self._rebuilt = to_rebuild(self.warehouse), (0, 0)
        self._stop, self._woken = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

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
        return answer(self.warehouse, question, self.plan, self.now())

    def compared(self, question: Question, against: Sequence[str]) -> Compared:
        """The same beside last year (`yoy`) or the window before (`mom`), with what limits it."""
        return compared(question, against, self.plan, self.now(), self.answer)

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
        """Follow the log in a thread of its own; `ended` is told the error that ends it."""
        if not self.follows:
            return

        def run() -> None:
            try:
                if self._to_rebuild:
                    self.rebuild(lambda done, total: None)
                self.pump.live(self._stop, self._woken, self._parts.round_every)
            except Exception as error:  # noqa: BLE001  # whatever ends it must be seen by the owner
                ended(error)

        self._thread = threading.Thread(target=run, name="fanzha-pump")
        self._thread.start()

    def whole(self, told: Told = lambda done, total: None) -> None:
        """Facts and all that stands on them are of this program's definition: by a rebuild here, where one is due.

        Raises `Rebuilding` where another does it: the thread that follows the log, or whoever runs it for a cluster.
        """
        if not self._to_rebuild:
            return
        if self.follows and self._thread is None:
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
        if self._thread is not None:
            self._thread.join()
        if self._parts.vault is not None:
            self._parts.vault.close()
        self.warehouse.close()
        self.log.close()
        self._parts.lock.release()
