"""What a full export lacks: numbers that its source has given before and that no row names any more.

In: the mapping's window of days, the numbers of all rows, and the runner, which knows what the source has said of those
days. Out: one `source.checked`, and what the result says of it. Nothing is said again: where the last check of the same
window found the same in the same file, there is no news.
Limit: a row that names no number may be any of them, and a file that names nothing the source has said, or lacks more
than an event holds, is hardly that export: then nothing is said but why.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from services.imports.differ import Origin, Submission
from services.imports.known import Runner
from services.imports.mapping import Full
from services.imports.values import parse_day

WINDOWED = ("occurred_at", "reported_at", "filed_at")
MOST = 5_000  # numbers in one event
SHOWN = 100
NAMESPACE = UUID("3f0a8a52-7a0c-5d0b-8a0e-f3f0c0b7e6d1")


@dataclass(frozen=True, slots=True)
class Held:
    """What was held against what. `refused`: why nothing can be said of it."""

    window: dict[str, str]
    missing: tuple[str, ...] = ()
    event: Submission | None = None
    refused: str = ""

    def as_dict(self) -> dict[str, Any]:
        if self.refused:
            return {**self.window, "refused": self.refused}
        more = len(self.missing) - SHOWN
        shown = [*self.missing[:SHOWN], *([f"… +{more}"] if more > 0 else [])]
        return {**self.window, "missing": len(self.missing), "numbers": shown}


def hold(
    full: Full, kind: str, files: Sequence[Path], named: set[str], nameless: int, origin: Origin, run: Runner
) -> Held:
    """`named`: the numbers of all rows; `nameless`: how many rows were read that name none."""
    window = {"field": full.field, "from": parse_day(full.from_), "until": parse_day(full.until)}
    if nameless:
        return Held(
            window, refused=f"{nameless} 行读不出编号，无从核对 / rows whose number cannot be read: nothing can be held"
        )
    asked = {"family": "incident", "source": origin.source, "window": {**window, "zone": origin.zone.key}}
    last: dict[str, Any] | None = None
    said = set[str]()
    for row in run("states", asked):
        if "checked" in row:
            last = row["checked"]
        else:
            said.add(row["subject"])
    missing = tuple(sorted(said - named))
    if missing and not said & named:
        return Held(window, refused="文件中没有该来源此期间的任何编号 / no number of this source and these days in it")
    if len(missing) > MOST:
        reason = f"缺 {len(missing)} 个编号，多于 {MOST}，不像全量导出 / too many are missing for a full export"
        return Held(window, refused=reason)
    data = {"kind": kind, "sha256": _digest(files), "rows": len(named), "missing": list(missing), **window}
    if last is not None and {name: last[name] for name in data} == data:
        return Held(window, missing)
    id_ = uuid5(NAMESPACE, json.dumps([origin.source, data, last and last["id"]], ensure_ascii=False, sort_keys=True))
    event: Submission = {
        "specversion": "1.0",
        "id": str(id_),
        "source": origin.source,
        "type": "source.checked",
        "subject": origin.source,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "dataversion": 1,
        "data": data,
        "actor": origin.actor,
    }
    return Held(window, missing, event)


def _digest(files: Sequence[Path]) -> str:
    """SHA-256 of the file; of several, of their digests in order, one a line."""
    found = list(_digests(files))
    return found[0] if len(found) == 1 else hashlib.sha256("\n".join(found).encode()).hexdigest()


def _digests(files: Sequence[Path]) -> Iterator[str]:
    for path in files:
        with path.open("rb") as file:
            yield hashlib.file_digest(file, "sha256").hexdigest()
