"""A fold that is wrong in one of these ways must be found by the checker of order; else it proves nothing.

Each control changes the SQL of the fold in this process only, and plays the same programs as tests/properties.
"""

from collections.abc import Callable
from random import Random

import pytest

from schemas import Plan
from streams import fold
from streams.warehouse import Warehouse
from tests.marthash import mart_rows
from tests.properties.checker import Differs, check_order, check_rules
from tests.properties.programs import MERGING, play_clean, program

pytestmark = pytest.mark.chdb

# Two controls are rare: of programs 0 to 25, six find the one and two (15 and 25) the other. Tries begin near those.
FIRST, PROGRAMS = 15, 20
Edit = Callable[[str], str]


def replaced(*pairs: tuple[str, str]) -> Edit:
    """A text with pieces of it replaced, each of them there."""

    def edit(text: str) -> str:
        for old, new in pairs:
            assert old in text, f"the fold has no {old!r} any more: this control needs another place"
            text = text.replace(old, new)
        return text

    return edit


def places_of(events: str) -> Edit:
    """Places and days taken from `events` instead of all facts."""
    return replaced(*((f"a.{name}", f"{events}.{name}") for name in ("station", "community", "category", *DAYS)))


DAYS = ("occurred", "reported", "filed")
PRESENT = tuple(
    (
        f"arrayDistinct(arrayFilter(x -> isNotNull(x), a.{name}))",
        f"arrayFilter(x -> isNotNull(x), [arrayLast(x -> isNotNull(x), e.{name})])",
    )
    for name in ("station", "community", "category")
)
VERSION = "if(m.v = 0, i.n + {epoch:UInt64} * 1099511627776, m.v) AS v,"
# What is wrong, in which SQL, and which half of the checker must find it.
CONTROLS: dict[str, tuple[str, Edit]] = {
    "places from present values only": ("incident_place", replaced(*PRESENT)),
    "places of winning events only": ("incident_place", places_of("e")),
    "v counts event ids": (
        "incident_place",
        replaced((VERSION, "toUInt64(length(arrayDistinct(a.event_id))) AS v,")),
    ),
    "of a circle nobody counts": ("merge", replaced(("'circle'", "''"))),
    "into anybody holds": ("merge", replaced(("'unknown'", "''"))),
    "newest stamp wins": (
        "events",
        replaced(
            (
                ", a, arrayEnumerateUniq(a.event_id)",
                ", arrayReverse(a), arrayEnumerateUniq(arrayReverse(a.event_id))",
            )
        ),
    ),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_a_wrong_fold_is_found(control: str, warehouse: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    where, edit = CONTROLS[control]
    right_template, right_events = fold.template, fold.events

    def template(folder: str, name: str) -> str:
        text = right_template(folder, name)
        return edit(text) if (folder, name) == ("folds", where) else text

    def events(family: str, fields: str, restriction: str, rivals: bool) -> str:
        text = right_events(family, fields, restriction, rivals)
        return edit(text) if where == "events" else text

    monkeypatch.setattr(fold, "template", template)
    monkeypatch.setattr(fold, "events", events)
    finds = order if where == "incident_place" else rules
    for number in range(FIRST, FIRST + PROGRAMS):
        try:
            finds(warehouse, plan, number)
        except Differs:
            return
    pytest.fail(f"{PROGRAMS} programs did not find it")


def order(warehouse: Warehouse, plan: Plan, number: int) -> None:
    """Only the same program in another order, under the same wrong fold."""
    rng = Random(number)
    events = program(rng, 45, "incidents", MERGING if number % 2 else ())
    play_clean(warehouse, plan, events)
    check_order(warehouse, plan, events, rng, 4, mart_rows(warehouse))


def rules(warehouse: Warehouse, plan: Plan, number: int) -> None:
    """A rule that is wrong alike in every order is found by the oracle."""
    check_rules(warehouse, plan, program(Random(number), 45, "incidents", MERGING if number % 2 else ()))


@pytest.mark.parametrize("half", [order, rules])
def test_the_right_fold_passes(half: Callable[[Warehouse, Plan, int], None], warehouse: Warehouse, plan: Plan) -> None:
    for number in range(2):
        half(warehouse, plan, number)
