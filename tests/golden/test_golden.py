"""The golden rows: what each published example becomes, held against the files that were reviewed."""

import json
from collections.abc import Iterator

import pytest

from schemas import Plan
from streams.figures import figures
from streams.migrations import migrate
from streams.warehouse import Warehouse
from tests.golden.made import FOLDER, GOLDENS, TOGETHER, Made, all_made, text
from tests.golden.write import DIGESTS
from tests.marthash import TABLES
from tests.schemas.samples import EVENT_NAMES

HOW = "if this is meant: python -m tests.golden.write, and review the difference"


@pytest.fixture(scope="module")
def got(engine: Warehouse, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Made]]:
    warehouse = engine.sibling("goldens")
    migrate(warehouse)
    yield all_made(warehouse, plan, tmp_path_factory.mktemp("vault"))
    engine.run("DROP DATABASE goldens SYNC")


@pytest.mark.chdb
@pytest.mark.xdist_group("golden")
@pytest.mark.parametrize("name", GOLDENS)
def test_rows_are_the_golden_ones(name: str, got: dict[str, Made]) -> None:
    want = (FOLDER / f"{name}.json").read_text("utf-8")
    assert text(got[name]).splitlines() == want.splitlines(), HOW


def test_no_golden_without_its_example() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(GOLDENS), HOW


def test_goldens_say_something() -> None:
    """Each example is stored and makes a fact; together they are in every mart and every figure but `rejected`."""
    digests = json.loads(DIGESTS.read_text("utf-8"))
    for name in GOLDENS:
        golden = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        if name == TOGETHER:
            assert set(TABLES) <= set(golden)
            assert set(golden["figures"]) == set(figures())
            empty = {figure for figure, rows in golden["figures"].items() if not rows}
            assert empty <= {"rejected", "roster"}, "a roster of which a part is missing is not in force"
            continue
        (row,) = golden["archive"]
        facts = [row for table, rows in golden.items() if table.endswith("_facts") for row in rows]
        assert [fact["event_id"] for fact in facts] == [row["event_id"]]
        assert row["ok"] == 1
        if name in EVENT_NAMES:
            assert row["digest"] == facts[0]["digest"] == digests[name]
