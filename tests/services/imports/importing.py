"""An import in a line, for tests: a simple mapping, rows for it, and what came of them."""

from pathlib import Path

from services.imports import Counts, Job, Problem, import_files, kind_of
from services.imports.check import read_mapping
from services.imports.mapping import FileForm, ImportMapping
from services.imports.runner_memory import MemoryRunner
from services.imports.tables import Table, open_book

ROOT = Path(__file__).parents[3]
INCIDENTS = kind_of("incidents")
SIMPLE = read_mapping(
    """
id: "{id}"
unregistered: register
fields:
  occurred_at: {constant: 2024-01-05 08:30}
  station: {column: station, default: cg}
  category: {constant: other}
  loss_fen: {column: loss, unit: fen}
  stage: {constant: completed}
  filed_at: filed
""",
    INCIDENTS,
)
Counted = tuple[dict[str, int], list[Problem]]


def counts(
    read: int, accepted: int = 0, duplicate: int = 0, skipped: int = 0, stale: int = 0, rejected: int = 0
) -> dict[str, int]:
    return {
        "read": read,
        "accepted": accepted,
        "duplicate": duplicate,
        "skipped": skipped,
        "stale": stale,
        "rejected": rejected,
    }


def run(
    runner: MemoryRunner,
    *files: Path,
    mapping: ImportMapping | None = SIMPLE,
    kind: str = "incidents",
    dry_run: bool = False,
) -> Counted:
    problems: list[Problem] = []
    job = Job(kind_of(kind), mapping, dry_run=dry_run)
    found = import_files(job, files, runner, problems.append)
    return rows_of(found), problems


def rows_of(found: Counts) -> dict[str, int]:
    """The counts of rows, without what else a result says."""
    return {name: found.as_dict()[name] for name in counts(0)}


def open_table(path: Path, form: FileForm) -> Table:
    """The first table of a file."""
    return open_book(path, form).tables[0]


def simple(*rows: str) -> str:
    return "\n".join(["id,station,loss,filed", *rows, ""])


def never(problem: Problem) -> None:
    raise AssertionError(problem)


def types(runner: MemoryRunner) -> list[str]:
    return [event["type"] for event in runner.events]
