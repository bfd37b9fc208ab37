"""Rows of one subject within one import: together they say one thing.

In: the keys of all rows to come, once; then the drafts in order. Out: with the last row of a key what all of them say:
for each field the row with the later update time, else the later row. What two rows of the same time say otherwise is
told. Limit: rows of a repeated key are held until its last one.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.imports.convert import Draft, Identity, Key
from services.imports.values import Scalar


@dataclass(frozen=True, slots=True)
class Together:
    """`contradicted`: fields of which rows that are equally new say different things."""

    draft: Draft
    contradicted: tuple[str, ...] = ()


class Repeats:
    def __init__(self, keys: Iterable[Key]) -> None:
        self._left = {key: count for key, count in Counter(keys).items() if count > 1}
        self._waiting: dict[Key, list[Draft]] = {}

    def due(self, draft: Draft) -> Together | None:
        """What to compare now: the draft, all that the rows of its key have said, or nothing yet."""
        if draft.key not in self._left:
            return Together(draft)
        self._waiting.setdefault(draft.key, []).append(draft)
        return self._one_less(draft.key)

    def give_up(self, key: Key) -> Together | None:
        """A row of this key cannot be used: what the others have said, if it was the last one."""
        return self._one_less(key) if key in self._left else None

    def _one_less(self, key: Key) -> Together | None:
        self._left[key] -= 1
        if self._left[key] > 0 or key not in self._waiting:
            return None
        return _together(self._waiting.pop(key))


def _together(drafts: list[Draft]) -> Together:
    """Of at least one. Where a row has no update time it is as new as the row before it."""
    ordered = sorted(_timed(drafts), key=lambda pair: pair[0])
    values, identities, contradicted = dict[str, Scalar](), dict[str, Identity](), dict[str, None]()
    said_at: dict[str, str] = {}
    for at, draft in ordered:
        for name, value in draft.values.items():
            if said_at.get(name) == at and values[name] != value:
                contradicted[name] = None
            values[name], said_at[name] = value, at
        identities.update(draft.identities)
    return Together(replace(ordered[-1][1], values=values, identities=identities), tuple(contradicted))


def _timed(drafts: list[Draft]) -> Iterable[tuple[str, Draft]]:
    """Update times are wire times in UTC with microseconds, so that their texts sort as moments do."""
    at = ""
    for draft in drafts:
        at = str(draft.values.get("updated_at", at))
        yield at, draft
