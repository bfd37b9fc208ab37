"""Doubts: what was accepted and is not believable, one SQL file for each kind in `sql/doubts`.

In: the files. Out: `Doubt`s, what each is called and what to do, and one table of the wanted kinds. A file has a head
(`zh`, `en`, `do_zh`, `do_en`) and gives `subject`, `place` (or ''), `detail` and `events`, over sources that are told
apart by `now` and *as known at* T elsewhere; a new kind is a new file and nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from streams.fold import template


@dataclass(frozen=True, slots=True)
class Doubt:
    kind: str
    zh: str
    en: str
    do_zh: str
    do_en: str
    sql: str


@cache
def doubts() -> Mapping[str, Doubt]:
    """All kinds by name."""
    folder = files("streams").joinpath("sql", "doubts")
    names = sorted(file.name[:-4] for file in folder.iterdir() if file.name.endswith(".sql"))
    return {name: _read(name, folder.joinpath(f"{name}.sql").read_text("utf-8")) for name in names}


def table(kinds: Iterable[str]) -> str:
    """One table of these kinds, as a template."""
    chosen = [doubts()[kind] for kind in kinds]
    parts = (
        f"SELECT '{d.kind}' AS kind, subject, place, detail, events, {_quoted(f'{d.do_zh} / {d.do_en}')} AS remedy\n"
        f"FROM ({d.sql})"
        for d in chosen
    )
    return "(" + "\nUNION ALL\n".join(parts) + ")"


def _read(name: str, text: str) -> Doubt:
    said = (line[3:].partition(": ") for line in text.splitlines() if line.startswith("-- "))
    head = {word: rest.strip() for word, _, rest in reversed(list(said))}
    return Doubt(name, head["zh"], head["en"], head["do_zh"], head["do_en"], template("doubts", name))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
