"""The plans of the log: which of them figures and rules stand under, and under which one at any moment before.

In: facts. Out: every adoption that carries its plan, and the one in force. Rule: of the adoptions known at a moment
that say *primary*, the one that holds from the latest day until then, of one day the last said; where none holds yet,
the one that holds first. Until one is known, the plan that ships, or the one a folder without any is opened with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

import structlog

from schemas import Plan, PlanError, read_plan
from schemas.plan import adopted, read_document
from streams.fold import present, template
from streams.warehouse import Warehouse

SOURCE = "plans"
LONGEST = timedelta(days=31)
_NAMESPACE = UUID("6b0f4c52-9d0e-5a37-9a55-2f6b1f0f4f0e")
_log = structlog.get_logger("fanzha.plans")


@dataclass(frozen=True, slots=True)
class Adoption:
    """`since` is the first midnight at which it holds; `recorded` when it was learned of."""

    plan: Plan
    since: datetime
    recorded: datetime
    sha256: str
    event_id: str

    @property
    def begins(self) -> datetime:
        """From when on rules speak under it: never of what was before it was said."""
        return max(self.since, self.recorded)


@dataclass(frozen=True, slots=True)
class Plans:
    """`given` stands where the log has none; `adopted` are in the order in which they were learned of.

    `none`: the log has no plan at all, nor one that only a later program can read.
    """

    given: Plan
    adopted: tuple[Adoption, ...] = ()
    none: bool = True

    def at(self, moment: datetime) -> Plan:
        """The plan in force at a moment, as known then."""
        found = self.in_force(moment)
        return found.plan if found else self.given

    def in_force(self, moment: datetime) -> Adoption | None:
        known = [one for one in self.adopted if one.plan.primary and one.recorded <= moment]
        holding = [one for one in known if one.since <= moment]
        latest = max(holding, key=lambda one: (one.since, one.recorded), default=None)
        return latest or min(known, key=lambda one: (one.since, one.recorded), default=None)

    @property
    def turns(self) -> frozenset[datetime]:
        """The moments at which another plan may come into force."""
        return frozenset(moment for one in self.adopted for moment in (one.since, one.recorded))

    def pieces(self, since: datetime, to: datetime) -> Iterator[tuple[Adoption, datetime, datetime]]:
        """The stretches `(since, to]` of a span under one adoption each; what lies before the first is left out.

        None is longer than `LONGEST`: what is asked at once is bounded, however long nobody looked.
        """
        turns = self.turns | {since + n * LONGEST for n in range(1, (to - since) // LONGEST + 1)}
        edges = [since, *sorted(t for t in turns if since < t < to), to]
        for begin, end in pairwise(edges):
            found = self.in_force(begin)
            if found is not None and (first := max(begin, found.begins)) < end:
                yield found, first, end


def read_plans(warehouse: Warehouse, given: Plan) -> Plans:
    """Those the log holds now. One that only a later program can read counts as none, and that is said."""
    rows = warehouse.query(f"SELECT * FROM ({present(template('folds', 'plan'))}) ORDER BY recorded, event_id").dicts()
    return Plans(given, tuple(one for row in rows if (one := _adoption(row)) is not None), not rows)


def adopted_text(warehouse: Warehouse, event_id: str) -> str:
    """The words of the plan that an event adopts."""
    said = "SELECT any(text) FROM registry_facts WHERE type = 'plan.adopted' AND event_id = {id:String}"
    return str(warehouse.query(said, {"id": event_id}).rows[0][0])


def _adoption(row: dict[str, object]) -> Adoption | None:
    try:
        plan = read_document(str(row["document"]))
    except PlanError as error:
        _log.warning("plan cannot be read", plan=row["plan"], version=row["version"], error=str(error))
        return None
    since = datetime.combine(row["valid_from"], datetime.min.time(), plan.zone)  # type: ignore[arg-type]  # a Date
    return Adoption(plan, since, row["recorded"], str(row["sha256"]), str(row["event_id"]))  # type: ignore[arg-type]


def adoption(text: str, since: date, before: str = "") -> dict[str, Any]:
    """The submission that adopts the plan in `text` from a day on. Raises `PlanError`.

    The id is made from what it says and from the adoption in force `before` it, so that said twice it is said once,
    and a plan can be adopted again after another one.
    """
    plan, digest = read_plan(text)
    return {
        "specversion": "1.0", "id": str(uuid5(_NAMESPACE, f"{plan.id}|{digest}|{since}|{before}")), "source": SOURCE,
        "type": "plan.adopted", "subject": plan.id, "time": datetime.combine(since, time(), plan.zone).isoformat(),
        "dataversion": 2, "data": adopted(text, since.isoformat()),
    }  # fmt: skip
