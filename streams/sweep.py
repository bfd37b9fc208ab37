"""The sweep: what rules have to say until the watermark and have not said, into the log.

In: the log, and figures that others move. Out: alerts, and the adoption of the folder's first plan. A look:
 1 mark     remember a moment and, read after it, the ends of all partitions
 2 wait     until the marts stand past those ends: all that was stamped until then and is in the log counts
 3 sweep    each rule from where it was swept to until the watermark: that moment less the plan's `settle_seconds`, so
            that whoever had taken a stamp by then has had time to append
 4 append   what is due and was not said
 5 remember how far the rule is swept
What happens if a step fails: it comes again with the next look, and alerts that were said twice have one id. After a
pause, however long, 3 catches up. What is stamped before the watermark and comes later all the same decides nothing:
it was not known. The same code runs in the process of a data folder and on the leader of a cluster.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import dumps

from schemas import TOPIC_OF, instant, parse, read_plan, wire_time
from streams.lift import stamp_of
from streams.log import Appended, Log, NewRecord, Partition
from streams.marks import mark, marks
from streams.plans import Plans, adoption, read_plans
from streams.progress import read_progress
from streams.rules import RULES, Alert, Stretch, event_of, unsaid
from streams.stamps import Stamps
from streams.warehouse import Warehouse

ACTOR = "rules"
KEPT_EVERY = timedelta(minutes=1)  # how far a rule is swept is remembered so often, and with each alert


@dataclass(slots=True)
class Sweep:
    """`text` is the plan of a folder that has none yet. One look at a time."""

    log: Log
    warehouse: Warehouse
    text: str
    now: Callable[[], datetime]
    stamps: Stamps
    append: Callable[[Sequence[NewRecord]], Sequence[Appended]]
    _marked: tuple[datetime, Mapping[Partition, int]] | None = None
    _swept: dict[str, datetime] = field(default_factory=dict)

    def look(self) -> list[Alert]:
        """The alerts that were due and are said now. Raises what log and warehouse raise."""
        moment = self._settled()
        if moment is None:
            return []
        plans = read_plans(self.warehouse, read_plan(self.text)[0])
        if plans.none:
            self._say([adoption(self.text, moment.astimezone(plans.given.zone).date())])
        if not plans.adopted:
            return []
        watermark = moment - timedelta(seconds=plans.at(moment).settle_seconds)
        kept = marks(self.warehouse)
        return [alert for rule in RULES for alert in self._rule(rule, plans, kept.get(f"swept:{rule}", ""), watermark)]

    def _settled(self) -> datetime | None:
        """Steps 1 and 2: a moment until which everything that is in the log is in the marts."""
        if self._marked is None:
            now = self.now()
            self._marked = now, self.log.all_ends()
        moment, ends = self._marked
        at = read_progress(self.warehouse).marts_next
        if any(at.get(place, 0) < end for place, end in ends.items()):
            return None
        self._marked = None
        return moment

    def _rule(self, rule: str, plans: Plans, kept: str, watermark: datetime) -> list[Alert]:
        """`kept`: how far it was said to be swept, by whoever led before; at first, where the first plan begins."""
        begin = instant(kept) if kept else min(one.begins for one in plans.adopted)
        since = max(begin, self._swept.get(rule, begin))
        due = dict.fromkeys(
            alert
            for adopted, first, last in plans.pieces(since, watermark)
            for alert in RULES[rule](self.warehouse, Stretch(adopted.plan, first, last, first in plans.turns))
        )
        new = unsaid(self.warehouse, due)
        self._say([event_of(alert, plans.at(watermark).zone) for alert in new])
        self._swept[rule] = max(since, watermark)
        if new or self._swept[rule] - begin >= KEPT_EVERY or not kept:
            mark(self.warehouse, f"swept:{rule}", wire_time(self._swept[rule]))
        return new

    def _say(self, events: Sequence[Mapping[str, object]]) -> None:
        if not events:
            return
        records = []
        for event, recorded in zip(events, self.stamps.take(len(events)), strict=True):
            raw = dumps({**event, "actor": ACTOR, "recordedtime": recorded}, ensure_ascii=False, separators=(",", ":"))
            found = parse(raw.encode())
            own, stamp = found.lifted or raw.encode(), stamp_of(found.event, found.digest)
            records.append(NewRecord(TOPIC_OF[found.event.type], found.event.subject, own, stamp))
        self.append(records)
