"""Rows on standard output: a table for people, CSV, JSON or NDJSON for machines."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.cells import harmless


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    ndjson = "ndjson"


Formatted = Annotated[Format, typer.Option("--format", help="输出格式 / output format")]
Row = Mapping[str, Any]


def show(rows: Iterable[Row], columns: Sequence[str], form: Format, labels: Mapping[str, str] | None = None) -> None:
    """Machines get the identifiers; a table is headed by `labels` where there are any."""
    out = sys.stdout
    if form is Format.ndjson:
        for row in rows:
            out.write(_json(row) + "\n")
    elif form is Format.json:
        out.write(json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")
    elif form is Format.csv:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(map(harmless, columns))
        writer.writerows([harmless(_cell(row.get(name))) for name in columns] for row in rows)
    else:
        _table(rows, columns, labels or {})


def _table(rows: Iterable[Row], columns: Sequence[str], labels: Mapping[str, str]) -> None:
    held = list(rows)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        numeric = any(isinstance(row.get(name), int | float) for row in held)
        table.add_column(labels.get(name, name), justify="right" if numeric else "left", overflow="fold")
    for row in held:
        table.add_row(*(_shown(row.get(name)) for name in columns))
    console = Console(file=sys.stdout, markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 4_000  # a file has no edge to fold at
    console.print(table)


def _cell(value: Any) -> Any:
    return _json(value) if isinstance(value, dict | list) else value


def _shown(value: Any) -> str:
    """`—` is unknown, `0` is zero."""
    if value is None:
        return "—"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,}"
    return str(_cell(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
