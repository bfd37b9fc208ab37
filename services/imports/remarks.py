"""What the result of an import says besides counts, so that nothing goes by unseen.

In: drafts, registrations, and what opening the files told. Out: a JSON object with an entry for each thing there is
to say: sheets that were not read, ids repeated with other content, places registered, what
a full export lacks, notes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.imports.convert import Draft, Key
from services.imports.tables import Book

SHOWN = 100
_SHORT = 4  # an id of fewer digits is no code whose zeros could be missed


@dataclass(slots=True)
class Remarks:
    source: str = ""
    sheets_not_read: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held: dict[str, Any] = field(default_factory=dict)
    registered: dict[str, list[str]] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    _said: dict[Key, int] = field(default_factory=dict)
    _digits: Counter[int] = field(default_factory=Counter)
    _first: dict[int, str] = field(default_factory=dict)

    def opened(self, book: Book) -> None:
        self.sheets_not_read += book.not_read
        self.notes += book.notes

    def saw(self, draft: Draft) -> None:
        content = hash((tuple(draft.values.items()), tuple(draft.identities)))
        if self._said.setdefault(draft.key, content) != content:
            self.repeated.add(draft.subject)
        if draft.subject.isdecimal():
            self._digits[len(draft.subject)] += 1
            self._first.setdefault(len(draft.subject), draft.subject)

    def registers(self, family: str, codes: Iterable[str]) -> None:
        self.registered.setdefault(family, []).extend(codes)

    def as_dict(self) -> dict[str, Any]:
        said = {
            "source": self.source,
            "sheets_not_read": self.sheets_not_read,
            "repeated": len(self.repeated),
            "full": self.held,
            "registered": {family: _shown(codes) for family, codes in self.registered.items() if codes},
            "notes": [*self.notes, *self._lost_zeros()],
        }
        return {name: what for name, what in said.items() if what}

    def _lost_zeros(self) -> Iterable[str]:
        """Ids of digits are of one length where zeros lead; a few shorter ones have lost theirs."""
        if not self._digits:
            return
        usual, often = self._digits.most_common(1)[0]
        shorter = {length: n for length, n in self._digits.items() if length < usual}
        if usual < _SHORT or not 0 < sum(shorter.values()) < often:
            return
        least = min(shorter)
        if shorter[least] < 9 * 10 ** (least - 1) / 2:  # numbers that count up from 1 use up the short ones first
            example = self._first[least]
            yield (
                f"{sum(shorter.values())} 个编号比其余的 {usual} 位短，例如 {example}，可能丢了前导的零 / ids shorter "
                f"than the usual {usual} digits, such as {example}: leading zeros may be lost"
            )


def _shown(codes: list[str]) -> list[str]:
    return codes if len(codes) <= SHOWN else [*codes[:SHOWN], f"… +{len(codes) - SHOWN}"]
