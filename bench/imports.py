"""The import of a file beside the submission of the same events, in the same run.

In: a number of rows. Out: seconds of a CSV whose rows are all new, of the submission of the very events it made, and of
a CSV of which the filter keeps one row in `KEPT`; and the memory the import took at most.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from bench.machine import resident_memory
from bench.report import Told
from bench.way import opened_office
from services.commands import COMMANDS
from services.imports import Job, import_files, kind_of
from services.imports.check import read_mapping
from services.office import Office

KEPT = 16  # of so many rows the filter keeps one: six in a hundred
CHUNK = 2_000
_MAPPING = """
source: bench
id: "{id}"
where: {kind: [fraud]}
unregistered: register
fields:
  occurred_at: occurred
  reported_at: reported
  station: station
  category: {constant: other}
  loss_fen: {column: loss, unit: 元}
  stage: {constant: completed}
  residence_community: community
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """Seconds; `ratio`: rows a second of the import to events a second of their submission (P7: at least 0.3).

    `skipped`: what a row that the filter skips costs, in rows that are new (P7: at most 1/20).
    """

    rows: int
    all_new: float
    submitted: float
    filtered: float
    grown: int

    @property
    def ratio(self) -> float:
        return self.submitted / self.all_new

    @property
    def skipped(self) -> float:
        kept = self.rows // KEPT
        each_new = self.all_new / self.rows
        return max(0.0, self.filtered - kept * each_new) / (self.rows - kept) / each_new


def imports(until: datetime, rows: int, told: Told) -> Imported:
    events: list[dict[str, Any]] = []
    with opened_office(until) as (office, folder):
        file = folder / "new.csv"
        _write(file, until, ["fraud"] * rows)
        before = resident_memory()
        all_new = _timed(office, file, events, told)
        grown = resident_memory() - before
    with opened_office(until) as (office, folder):
        chunks = [events[i : i + CHUNK] for i in range(0, len(events), CHUNK)]
        began = monotonic()
        for chunk in chunks:
            list(COMMANDS["submit"](office, {"events": chunk}, lambda done, total: None))
        submitted = monotonic() - began
    with opened_office(until) as (office, folder):
        file = folder / "filtered.csv"
        _write(file, until, ["fraud" if n % KEPT == 0 else "theft" for n in range(rows)])
        filtered = _timed(office, file, [], told)
    return Imported(rows, all_new, submitted, filtered, grown)


def _timed(office: Office, file: Path, events: list[dict[str, Any]], told: Told) -> float:
    def run(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if command == "submit":
            events.extend(json.loads(json.dumps(body["events"])))  # as it crosses to the owner
        return COMMANDS[command](office, body, lambda done, total: None)

    kind = kind_of("incidents")
    job = Job(kind, read_mapping(_MAPPING, kind))
    began = monotonic()
    found = import_files(job, [file], run, lambda problem: None, told)
    took = monotonic() - began
    if found.rejected:
        raise RuntimeError(f"the file was refused: {found.as_dict()}")
    return took


def _write(file: Path, until: datetime, kinds: list[str]) -> None:
    rng = Random(7)
    with file.open("w", encoding="utf-8") as out:
        out.write("id,kind,occurred,reported,station,loss,community,address,officer,remark\n")
        for n, kind in enumerate(kinds):
            at = until - timedelta(minutes=rng.randrange(500_000))
            station = rng.randrange(12)
            out.write(
                f"B{n:07d},{kind},{at:%Y-%m-%d %H:%M},{at + timedelta(minutes=40):%Y-%m-%d %H:%M},s{station},"
                f"{rng.randrange(100_000)}.50,c{station}-{rng.randrange(9)},somewhere in town {n},o{n % 70},no remark\n"
            )
