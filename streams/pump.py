"""The pump: from the log to the marts, at least once, with the result of exactly once.

A batch:
 1 fetch     records from every partition at facts_next
 2 validate  and lift them; a bad one becomes a row with its reason
 3 store     one insert into the archive; its views write facts, index and rejected records; then the facts of
             families rarely spoken of, where the batch has any (facts.py)
 4 remember  facts_next; live with step 8, for a round follows at once
In bulk, and live where a cycle takes longer than its time, 1 and 2 are done ahead (ahead.py), beside what follows.
A round (rounds.py), over what was stored since the last one:
 5 gather, 6 fold places, 7 sum marts
 8 remember  marts_next
What happens if a step fails. 1–3: nothing is remembered, the batch comes again; an insert that stopped half-way is
completed, because every table keeps one row per record or event. 4: the same. 5–7: the round comes again, and live in
a new process its batch too. 8: the same.
A transient error is retried with growing pauses while the lag grows; a terminal one ends the pump with its reason.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, repeat
from time import monotonic
from typing import Any

from schemas import Plan
from streams.ahead import Ahead, Batch
from streams.errors import TerminalError, TransientError
from streams.facts import has_rare, write_rare
from streams.lift import archive_columns
from streams.log import Log, Partition, Positions, ends_of
from streams.progress import Progress, checked_against, read_progress, write_progress
from streams.registers import refresh
from streams.rounds import build_all, play_round, prepare, rows_of, spans, waiting
from streams.warehouse import Warehouse

BATCH = 40_000
UNMERGED = 100  # batches of one load that leave a part each until it ends: a table slows at a thousand parts
REBUILD_ABOVE = 500_000  # rows waiting for a round: above it everything is built at once instead
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
Stage = Callable[[str], None]


def pauses() -> Iterator[float]:
    """Seconds to wait before what may pass is tried again: growing, without an end."""
    return chain(PAUSES, repeat(PAUSES[-1]))


def silent(_: str) -> None:
    """The stage observer of those who do not look."""


@dataclass(slots=True)
class Counts:
    """What this pump has done since it was opened; seconds are sums, `committed` is on the monotonic clock."""

    batches: int = 0
    records: int = 0
    rounds: int = 0
    failures: int = 0
    insert_seconds: float = 0.0
    round_seconds: float = 0.0
    committed: float = 0.0


@dataclass(frozen=True, slots=True)
class Definition:
    """What the marts were counted under: the plan's time zone, and the epoch that rebuilds increase."""

    zone: str
    epoch: int

    @property
    def params(self) -> dict[str, Any]:
        return {"zone": self.zone, "epoch": self.epoch}


def read_definition(warehouse: Warehouse, plan: Plan) -> Definition:
    """The definition the tables stand under; that of the plan where they are new. Raises `TerminalError`."""
    rows = warehouse.query("SELECT name, value FROM definition FINAL").rows
    said = {str(name): str(value) for name, value in rows}
    if "zone" not in said:
        write_definition(warehouse, Definition(plan.time_zone, 0))
        return Definition(plan.time_zone, 0)
    if said["zone"] != plan.time_zone:
        raise TerminalError(
            f"数据按时区 {said['zone']} 统计，方案要求 {plan.time_zone}：请用原方案，或另建数据目录并重新导入 / "
            f"figures stand under time zone {said['zone']}, the plan says {plan.time_zone}"
        )
    return Definition(said["zone"], int(said["epoch"]))


def write_definition(warehouse: Warehouse, definition: Definition) -> None:
    said = {"zone": definition.zone, "epoch": str(definition.epoch)}
    seq = [definition.epoch] * len(said)
    warehouse.insert("definition", {"name": list(said), "value": list(said.values()), "seq": seq})


class Pump:
    """One log, one warehouse, one place in both. Another thread than the one in `live` takes `turn` first."""

    def __init__(
        self, log: Log, warehouse: Warehouse, plan: Plan, *, stage: Stage = silent, batch: int = BATCH, own: str = ""
    ) -> None:
        """`own` names the database of this pump's scratch tables, where several pumps fill one warehouse."""
        self.log, self.warehouse, self.batch = log, warehouse, batch
        self.turn = threading.RLock()  # whoever holds it is the only one to move this pump
        self._stage, self._plan = stage, plan
        self._own = warehouse.sibling(own).database if own else warehouse.database
        self._places: frozenset[Partition]
        self.counts = Counts(committed=monotonic())
        self.definition: Definition
        self.progress: Progress
        self._remembered: Progress
        self.reopen()

    def reopen(self) -> None:
        """Read from the warehouse where to go on, and under which definition."""
        self.definition = read_definition(self.warehouse, self._plan)
        self._places = self.log.places()
        progress = read_progress(self.warehouse, self._places)
        self.progress = self._remembered = checked_against(self.log, self.warehouse, progress)
        prepare(self.warehouse, self.params)
        refresh(self.warehouse, self.params)

    @property
    def params(self) -> dict[str, Any]:
        """What rounds and full folds need to know: the definition, and where the scratch tables are."""
        return {**self.definition.params, "own": self._own}

    def take(self, ahead: Ahead | None = None, *, late: bool = False) -> int:
        """Steps 1 to 3 for one batch, that of `ahead` if it has one; gives the number of records. A round remembers it.

        Who is `late` has what comes after them read ahead from here on.
        """
        if self.log.places() != self._places:
            self.reopen()
        start = self.progress.facts_next
        batch = (ahead.batch(start) if ahead else None) or self._next(start, self.batch)
        if ahead and late:
            ahead.begin({**start, **batch.ends} if batch else start)
        if batch:
            self._keep(batch)
        return batch.records if batch else 0

    def round(self) -> bool:
        """Steps 4 to 8; false where there was nothing to do."""
        todo = spans(self.progress.facts_next, self.progress.marts_next)
        if not todo:
            return False
        bound = sum(s.end - s.start for s in todo)  # rows are counted only where there may be as many
        if bound > REBUILD_ABOVE and waiting(self.warehouse, todo) > REBUILD_ABOVE:
            self._remember(self.progress)  # what follows takes long
            self.build()
            return True
        began = monotonic()
        play_round(self.warehouse, todo, self.params, self._stage)
        self.counts.rounds += 1
        self.counts.round_seconds += monotonic() - began
        self._remember(self.progress.summed(dict(self.progress.facts_next)))
        self.log.acknowledge(self.progress.marts_next)
        return True

    def facts(self) -> int:
        """Rows of the largest family of facts: by it whoever folds everything chooses the pieces."""
        counts = "SELECT greatest((SELECT count() FROM incident_facts), (SELECT count() FROM receipt_facts))"
        return int(self.warehouse.query(counts).rows[0][0])

    def build(self, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """All marts from all facts, and marts_next with them."""
        self._stage("fold+places")
        build_all(self.warehouse, self.params, self.facts(), progress)
        self._remember(self.progress.summed(dict(self.progress.facts_next)))

    def bulk(self, progress: Callable[[int], None] = lambda records: None) -> int:
        """Steps 1 to 4 for all the log holds now, a batch read and validated while the one before is inserted."""
        total, batches, ends_now = 0, 0, self.log.ends()

        def following(reached: Positions) -> Batch | None:
            return self._next(reached, self.batch) if _short_of(reached, ends_now) else None

        with ExitStack() as unmerged, ThreadPoolExecutor(1, "fanzha-ahead") as threads:
            reached = dict(self.progress.facts_next)
            batch = following(reached)
            while batch:
                reached.update(batch.ends)
                ahead = threads.submit(following, dict(reached))
                self._keep(batch)
                self._remember(self.progress)
                total += batch.records
                batches += 1
                progress(total)
                if batches == 2:  # of one alone there is nothing to merge, and merges of before would be broken off
                    unmerged.enter_context(self.warehouse.loading())
                elif batches == UNMERGED:
                    unmerged.close()
                batch = ahead.result()
        return total

    def drain(self) -> int:
        """All the log holds now, through to the marts; gives the number of records read."""
        total = self.bulk()
        self.round()
        return total

    def live(self, stop: threading.Event, woken: threading.Event, every: float) -> None:
        """Every `every` seconds take what has arrived, in as few inserts as may be, and play a round.

        Where that takes longer, what arrives beside a round is read and validated there. `woken` is set by whoever
        appends and ends an idle wait. Returns when `stop` is set; raises `TerminalError`.
        """
        waits, late = pauses(), False
        with Ahead(self._next, self.batch) as ahead:
            while not stop.is_set():
                try:
                    with self.turn:
                        began = monotonic()
                        if self.progress is not self._remembered:  # the round before failed
                            self._remember(self.progress)
                        taken = last = self.take(ahead, late=late)
                        while last == self.batch and monotonic() - began < every:
                            last = self.take(ahead, late=late)
                        self.round()
                    waits, late = pauses(), monotonic() - began > every
                    if taken:
                        stop.wait(max(0.0, began + every - monotonic()))
                    else:
                        woken.wait(every)
                        woken.clear()
                except TransientError:
                    stop.wait(next(waits))
                    self.counts.failures += 1
        with self.turn:
            self.round()

    def _next(self, start: Positions, limit: int) -> Batch | None:
        """Steps 1 and 2 for at most `limit` records."""
        self._stage("fetch")
        records = self.log.read(start, limit)
        if not records:
            return None
        self._stage("validate")
        columns = archive_columns(records)
        return Batch(columns, ends_of(records), len(records), has_rare(columns))

    def _keep(self, batch: Batch) -> None:
        """Step 3. Where to go on is known to this process alone until it is remembered."""
        self._store(batch.columns)
        if batch.rare:
            write_rare(self.warehouse, rows_of(spans(batch.ends, self.progress.facts_next)))
        self.progress = self.progress.stored(dict(batch.ends))

    def _store(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._stage("archive+facts")
        began = monotonic()
        self.warehouse.insert("archive", columns)
        self.counts.batches += 1
        self.counts.records += len(columns["off"])
        self.counts.insert_seconds += monotonic() - began

    def _remember(self, progress: Progress) -> None:
        """Only of partitions that are still this pump's: whoever has the others now says where they stand."""
        self._stage("progress")
        write_progress(self.warehouse, progress, self.log.places())
        self.progress = self._remembered = progress
        self.counts.committed = monotonic()


def _short_of(reached: Mapping[Partition, int], ends: Mapping[Partition, int]) -> bool:
    return any(reached.get(place, 0) < end for place, end in ends.items())
