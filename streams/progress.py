"""Where to resume: one row per partition, kept in the warehouse beside what it speaks of.

`facts_next`: all records before it are in archive and facts. `marts_next`: all before it are in the marts.
A consumer group's offset is only a copy of these.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from streams.errors import TerminalError
from streams.log import Log, Partition
from streams.warehouse import Warehouse

_EPOCH = 1 << 44  # above the sum of all positions; 256 of them fit into the numbers of JSON
_GENERATION = 1 << 55  # above the sum of any two positions; 511 generations fit into the column


@dataclass(frozen=True, slots=True)
class Version:
    """How far figures are: `facts` moves with them, `marts` with rounds and, whatever it finds, with a rebuild."""

    marts: int
    facts: int

    def __int__(self) -> int:
        return self.marts + self.facts


@dataclass(frozen=True, slots=True)
class Progress:
    """Of two rows of one partition the one with the higher `seq` is read: the larger positions of the later generation.

    Whatever a pump says is true as long as nothing is taken back, whoever has said more since. So a pump that slept
    while another took its partitions over, and says when it wakes where it was, changes nothing. Taking back makes a
    new `generation`.
    """

    facts_next: dict[Partition, int]
    marts_next: dict[Partition, int]
    generation: int

    def stored(self, ends: dict[Partition, int]) -> "Progress":
        return replace(self, facts_next={**self.facts_next, **ends})

    def summed(self, ends: dict[Partition, int]) -> "Progress":
        return replace(self, marts_next={**self.marts_next, **ends})

    def seq(self, place: Partition) -> int:
        return self.generation * _GENERATION + self.facts_next.get(place, 0) + self.marts_next.get(place, 0)

    def version(self, epoch: int) -> Version:
        """`epoch` is that of the definition, which rebuilds increase. Exact for readers of JSON with 53 bits."""
        own = (self.generation + epoch) * _EPOCH
        return Version(own + sum(self.marts_next.values()), own + sum(self.facts_next.values()))


def read_progress(warehouse: Warehouse, places: Collection[Partition] | None = None) -> Progress:
    """Of the named partitions; of all where none are named."""
    rows = warehouse.query("SELECT topic, part, facts_next, marts_next, seq FROM progress FINAL").rows
    rows = [row for row in rows if places is None or row[:2] in places]
    return Progress(
        {(t, p): facts for t, p, facts, _, _ in rows},
        {(t, p): marts for t, p, _, marts, _ in rows},
        max((seq // _GENERATION for *_, seq in rows), default=0) or 1,  # rows of generation 0 counted writes
    )


def write_progress(warehouse: Warehouse, progress: Progress, places: Collection[Partition] | None = None) -> None:
    """Of the named partitions only; of all where none are named."""
    places = sorted(place for place in progress.facts_next if places is None or place in places)
    if not places:
        return
    warehouse.insert(
        "progress",
        {
            "topic": [t for t, _ in places],
            "part": [p for _, p in places],
            "facts_next": [progress.facts_next[x] for x in places],
            "marts_next": [progress.marts_next.get(x, 0) for x in places],
            "seq": [progress.seq(x) for x in places],
        },
    )


def checked_against(log: Log, warehouse: Warehouse, progress: Progress) -> Progress:
    """Progress that claims no more than the archive holds.

    A warehouse put back from an older copy, or a position committed ahead of it, would otherwise lose records for
    ever: each partition is rewound to the first offset of the log that the archive lacks. Raises `TerminalError` for a
    log older than the warehouse: it would give offsets away again that the archive holds, and they would not be read.
    """
    ends = log.ends()
    for (topic, part), end in sorted(progress.facts_next.items()):
        if end > (there := ends.get((topic, part), 0)):
            raise TerminalError(
                f"事件日志比仓库旧：{topic}/{part} 止于 {there}，仓库已读到 {end}；请恢复较新的日志，"
                f"或移开数据目录中的 warehouse，仓库将由现有日志重新生成 / the log is older than the warehouse: "
                f"put back a newer log, or move the folder warehouse away and it is built anew from this log"
            )
    rewound: dict[Partition, int] = {}
    for (topic, part), end in progress.facts_next.items():
        where = f"topic = '{topic}' AND part = {part} AND off < {end}"
        held = int(warehouse.query(f"SELECT uniqExact(off) FROM archive WHERE {where}").rows[0][0])
        said = log.count((topic, part), end)
        if held < said:
            rewound[topic, part] = _first_missing(log, warehouse, (topic, part), end)
    if not rewound:
        return progress
    summed = {place: min(at, rewound.get(place, at)) for place, at in progress.marts_next.items()}
    return replace(progress.stored(rewound), marts_next=summed, generation=progress.generation + 1)


def _first_missing(log: Log, warehouse: Warehouse, place: Partition, end: int) -> int:
    """The first offset before `end` that the log has and the archive lacks, by halving."""
    low, high = 0, end
    topic, part = place
    while low < high:
        middle = (low + high) // 2
        where = f"topic = '{topic}' AND part = {part} AND off <= {middle}"
        held = int(warehouse.query(f"SELECT uniqExact(off) FROM archive WHERE {where}").rows[0][0])
        if held < log.count(place, middle + 1):
            high = middle
        else:
            low = middle + 1
    return low
