"""The checker of order and of its negative controls: two runs of one program, and a third opinion."""

import json
from collections.abc import Sequence
from random import Random

from schemas import Plan
from streams.warehouse import Warehouse
from tests.marthash import mart_rows
from tests.oracle import Event, Known
from tests.properties.programs import Rough, play_clean, told
from tests.rows import text


class Differs(AssertionError):
    """The marts are not what they must be."""


def check(warehouse: Warehouse, plan: Plan, events: Sequence[Event], rng: Random, pieces: int) -> None:
    """A clean run equals the oracle, and a rough one equals the clean one, byte by byte. Raises `Differs`."""
    check_rules(warehouse, plan, events)
    check_order(warehouse, plan, events, rng, pieces, mart_rows(warehouse))


def check_rules(warehouse: Warehouse, plan: Plan, events: Sequence[Event]) -> None:
    play_clean(warehouse, plan, events)
    _compare("clean run and oracle", _without_versions(mart_rows(warehouse)), expected(events, plan), events, [])


def check_order(
    warehouse: Warehouse, plan: Plan, events: Sequence[Event], rng: Random, pieces: int, clean: list[str]
) -> None:
    rough = Rough(warehouse, plan, rng)
    rough.play(events, pieces)
    _compare("rough run and clean run", mart_rows(warehouse), clean, events, rough.steps)


def _compare(what: str, got: list[str], want: list[str], events: Sequence[Event], steps: list[str]) -> None:
    if got != want:
        only = "\n".join(f"- {line}" for line in sorted(set(got) - set(want))[:5])
        only += "\n".join(["", *(f"+ {line}" for line in sorted(set(want) - set(got))[:5])])
        raise Differs(f"{what} differ:\n{only}\n{'; '.join(steps)}\n{told(events)}")


def _without_versions(rows: list[str]) -> list[str]:
    """Rows as the oracle has them: no registers, versions or slots; whether somebody has other rows, and no number."""
    out: list[str] = []
    for row in map(json.loads, rows):
        if "elsewhere" in row:
            row["elsewhere"] = int(row["elsewhere"] > 0)
        if "register" not in row:
            out.append(text({name: value for name, value in row.items() if name not in ("v", "slot")}))
    return sorted(out)


def expected(events: Sequence[Event], plan: Plan) -> list[str]:
    known = Known(events, plan.time_zone)
    tables = {
        "merge_said": known.merge_said,
        "merge": known.merge,
        "incident_place": known.incident_place,
        "incident_day": known.incident_day,
        "contact": known.contact,
        "reached": known.days,
    }
    return sorted(text({"table": table} | row) for table, rows in tables.items() for row in rows)
