"""The driver of an import: files in, submissions through the runner out, each row counted once.

A chunk of rows goes: 1. convert; 2. ask what their source has said of its subjects, and for places; 3. register unknown
places where the mapping says so; 4. compare with that what all rows of a subject say together; 5. submit; 6. count. If
it ends at any step, importing again goes on from there: ids are functions of content, and what was accepted is known.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.imports.convert import Converter, Draft, Key, Refused, Skipped
from services.imports.differ import Origin, Outcome, Submission, differ
from services.imports.full import hold
from services.imports.headings import default_mapping, wanted
from services.imports.kinds import Kind
from services.imports.known import Known, Runner
from services.imports.mapping import FileForm, ImportMapping
from services.imports.places import Places
from services.imports.problems import MASK, Problem
from services.imports.remarks import Remarks
from services.imports.repeats import Repeats, Together
from services.imports.tables import Broken, Row, Table, open_book

CHUNK = 2_000
_TOLD = ("read", "accepted", "duplicate", "skipped", "stale", "rejected")
Progress = Callable[[int, int | None], None]
Report = Callable[[Problem], None]


@dataclass(slots=True)
class Counts:
    """Rows. Each one read is exactly one of the other five; `remarks` is what else there is to say.

    `stale`: older than what the source has said already; nothing comes of it. `nameless`: rejected ones that name
    nothing, or nothing that could be read.
    """

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    skipped: int = 0
    stale: int = 0
    rejected: int = 0
    nameless: int = 0
    remarks: Remarks = field(default_factory=Remarks)

    def as_dict(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in _TOLD}
        return {**counts, **self.remarks.as_dict()}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be imported, and how. `zone` is the primary plan's, for mappings that name none."""

    kind: Kind
    mapping: ImportMapping | None = None
    zone: str = "Asia/Shanghai"
    actor: str = "import"
    dry_run: bool = False


def import_files(
    job: Job,
    files: Sequence[Path],
    run: Runner,
    report: Report,
    progress: Progress = lambda done, total: None,
) -> Counts:
    """Import the files in order. Raises `InputError` before anything is submitted if one of them cannot be
    used.

    `progress` gets the rows done and an upper bound of all rows, once a chunk.
    """
    counts, parts = Counts(), []
    for path in files:
        book = open_book(path, job.mapping.file if job.mapping else FileForm(), wanted(job.kind, job.mapping))
        counts.remarks.opened(book)
        parts += [_Part(job, table) for table in book.tables]
    total = sum(part.table.total for part in parts)
    full = job.mapping.full if job.mapping else None
    named = set[str]()
    repeats = Repeats(_noting(named, parts) if full else (key for part in parts for key in part.row_keys()))
    progress(0, total)
    if job.dry_run:
        run = _pretend(run)
    known: dict[str, Known] = {}
    for part in parts:
        prefix = f"{part.table.name}: " if len(parts) > 1 else ""
        counts.remarks.source = part.origin.source
        own = known.setdefault(part.origin.source, Known(run, part.origin.source))
        chunks = _Chunks(job, part, run, own, repeats, counts)
        for rows in _wanted(part, counts, lambda: progress(counts.read, total)):
            for p in sorted(chunks.take(rows), key=lambda p: p.line):
                report(Problem(p.line, p.column, p.value, prefix + p.reason))
            own.shrink()
        progress(counts.read, total)
    if full and parts:
        held = hold(full, job.kind.name, files, named, counts.nameless, parts[0].origin, run)
        counts.remarks.held = held.as_dict()
        for answer in submit(run, [held.event] if held.event else []):
            if answer["status"] not in ("accepted", "duplicate"):
                counts.remarks.held = {**held.window, "refused": str(answer.get("reason") or answer["status"])}
    return counts


def _wanted(part: "_Part", counts: Counts, told: Callable[[], None]) -> Iterator[list[Draft | Refused | Broken]]:
    """What the filter does not skip, in lists of `CHUNK`: to ask and to submit costs as much for few as for many."""
    found: list[Draft | Refused | Broken] = []
    for row in part.table.rows:
        one = row if isinstance(row, Broken) else part.converter.convert(row)
        counts.read += 1
        if isinstance(one, Skipped):
            counts.skipped += 1
        else:
            found.append(one)
        if len(found) == CHUNK:
            yield found
            found = []
        if counts.read % CHUNK == 0:
            told()
    if found:
        yield found


def _noting(named: set[str], parts: Iterable["_Part"]) -> Iterator[Key]:
    for part in parts:
        for key in part.row_keys():
            named.add(key[0])
            yield key


class _Part:
    """One table: its mapping and converter."""

    def __init__(self, job: Job, table: Table) -> None:
        self.table = table
        self.mapping = job.mapping or default_mapping(job.kind, self.table)
        self.converter = Converter(job.kind, self.mapping, self.table, job.zone)
        self.origin = Origin(
            self.mapping.source or f"import/{job.kind.name}",
            job.actor,
            ZoneInfo(self.mapping.time_zone or job.zone),
        )

    def row_keys(self) -> Iterator[Key]:
        for row in self.table.rows:
            if isinstance(row, Row) and (key := self.converter.key(row)):
                yield key


class _Chunks:
    """Chunk after chunk of one part. What it holds between chunks is `known` and `repeats`."""

    def __init__(self, job: Job, part: _Part, run: Runner, known: Known, repeats: Repeats, counts: Counts) -> None:
        self._entities = job.kind.entities
        self._part = part
        self._run = run
        self._known = known
        self._repeats = repeats
        self._counts = counts
        self._places = Places(job.kind.references, part.mapping.unregistered, part.origin, known)
        self._problems: list[Problem] = []
        self._due: list[tuple[Draft, list[Submission]]] = []

    def take(self, said: list[Draft | Refused | Broken]) -> list[Problem]:
        """Import a chunk; what was wrong with its rows."""
        self._problems, self._due = [], []
        drafts = [draft for draft in said if isinstance(draft, Draft)]
        for entity in self._entities:
            self._known.ask(entity.family, (draft.subject for draft in drafts))
        for draft in drafts:
            self._counts.remarks.saw(draft)
            self._problems.extend(draft.notes)
        for family, codes in self._places.register(drafts, lambda events: submit(self._run, events)):
            self._counts.remarks.registers(family, codes)
        for one in said:
            match one:
                case Draft():
                    self._draft(one)
                case Refused():
                    self._refuse(one.key, one.problems)
                case Broken():
                    self._refuse(None, (Problem(one.line, "", "", one.reason),))
        self._submit()
        return self._problems

    def _draft(self, draft: Draft) -> None:
        if unknown := self._places.unknown(draft, self._part.converter.column_of):
            self._refuse(draft.key, unknown)
            return
        together = self._repeats.due(draft)
        if together is None:
            self._counts.duplicate += 1
        else:
            self._compare(together)

    def _refuse(self, key: Key | None, problems: Iterable[Problem]) -> None:
        self._counts.rejected += 1
        self._counts.nameless += key is None
        self._problems.extend(problems)
        waited = self._repeats.give_up(key) if key else None
        if waited is not None:  # the row before it is the last usable one after all
            self._counts.duplicate -= 1
            self._compare(waited)

    def _compare(self, together: Together) -> None:
        draft, events, stale = together.draft, list[Submission](), False
        for entity in self._entities:
            self._known.ask(entity.family, [draft.subject])
            outcome: Outcome = differ(entity, draft, self._known.get(entity, *draft.key), self._part.origin)
            self._known.put(entity, *draft.key, outcome.state)
            events += outcome.events
            stale |= outcome.stale
        for name in together.contradicted:
            self._note(draft, name, "同一对象的几行说法不一，取后一行 / rows of one subject differ; the later counts")
        if stale:
            self._counts.stale += 1
            self._note(draft, "updated_at", "早于本来源已说过的，未采用 / older than what this source said; not used")
        else:
            self._due.append((draft, events))

    def _note(self, draft: Draft, name: str, reason: str) -> None:
        column = self._part.converter.column_of(name)
        self._problems.append(Problem(draft.line, column, str(draft.values[name]), f"提示：{reason}"))

    def _submit(self) -> None:
        answers = submit(self._run, [event for _, events in self._due for event in events])
        for draft, events in self._due:
            statuses = {answer["status"]: answer for answer in islice(answers, len(events))}
            refusal = statuses.get("rejected") or statuses.get("conflict")
            if refusal is not None:
                self._counts.rejected += 1
                self._problems.append(_refusal(draft, refusal))
                for entity in self._entities:
                    self._known.forget(entity.family, draft.subject)
            elif "accepted" in statuses:
                self._counts.accepted += 1
            else:
                self._counts.duplicate += 1


def submit(run: Runner, events: list[Submission]) -> Iterator[dict[str, Any]]:
    """One answer per event, in order; events go in chunks as answers are taken."""
    for start in range(0, len(events), CHUNK):
        sent = events[start : start + CHUNK]
        answers = list(run("submit", {"events": sent, "keep_recordedtime": False}))
        if len(answers) != len(sent):
            raise RuntimeError(f"{len(sent)} events submitted, {len(answers)} answered")
        yield from answers


def _pretend(run: Runner) -> Runner:
    """The runner of a dry run: it answers for submissions itself."""

    def pretend(command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if command != "submit":
            return run(command, body)
        return iter([{"id": e["id"], "status": "accepted", "reason": ""} for e in body["events"]])

    return pretend


def _refusal(draft: Draft, answer: dict[str, Any]) -> Problem:
    reason = str(answer.get("reason") or "")
    if answer["status"] == "conflict":
        reason = f"同一事件编号已有别的内容，请稍后再导入 / the event is known with other content: {reason}"
    for identity in draft.identities.values():
        for value in identity.values():
            reason = reason.replace(value, MASK)
    return Problem(draft.line, "", draft.subject, reason)
