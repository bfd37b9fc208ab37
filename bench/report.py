"""What a bench has measured, and how it is shown: a table, JSON, or Markdown to be pasted into a document."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Told = Callable[[int, int | None], None]


class Format(StrEnum):
    table = "table"
    json = "json"
    markdown = "markdown"


@dataclass(slots=True)
class Report:
    """Rows of (what, figure, goal). `yardstick`: see `bench.machine`."""

    machine: str
    busy: float
    yardstick: float
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, what: str, figure: str, goal: str = "") -> None:
        self.rows.append((what, figure, goal))

    def show(self, form: Format, module: str) -> None:
        """On standard output; `module` is what `python -m` was called with."""
        head = {"machine": self.machine, "busy": self.busy, "yardstick": self.yardstick}
        if form is Format.json:
            sys.stdout.write(json.dumps({**head, **self.figures}, indent=1) + "\n")
            return
        state = f"load {self.busy:.1f} before, json.loads reads {self.yardstick:,.0f} events/s"
        if form is Format.markdown:
            command = f"python -m {module} {' '.join(sys.argv[1:])}".rstrip()
            lines = [f"{self.machine}; {state}. `{command}`", "", "| what | measured | goal |", "|---|---|---|"]
            lines += [f"| {what} | {figure} | {goal} |" for what, figure, goal in self.rows]
            sys.stdout.write("\n".join(lines) + "\n")
            return
        table = Table("what", "measured", "goal", box=None, title=f"{self.machine}; {state}")
        for row in self.rows:
            table.add_row(*row)
        Console().print(table)


@contextmanager
def progress(doing: str) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
