"""Rows of one subject within one import: which of them is compared with what is known.

In: the keys of all rows to come, once; then the drafts in order. Out: the draft to compare, if any. A subject
that the import itself makes known is compared row by row, so the log shows how it changed. Of one that was
known before, only what its last row leaves is compared: else a second import of the same files would walk
through the old values again, with new events each time.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from services.imports.convert import Draft, Key


class Repeats:
    def __init__(self, keys: Iterable[Key]) -> None:
        self._left = {key: count for key, count in Counter(keys).items() if count > 1}
        self._waiting: dict[Key, Draft] = {}
        self._fresh: set[Key] = set()

    def due(self, draft: Draft, is_known: bool) -> Draft | None:
        """What to compare now: the draft, all that its subject's rows have said, or nothing yet."""
        key = draft.key
        if key not in self._left:
            return draft
        self._left[key] -= 1
        if key in self._fresh or not is_known:
            self._fresh.add(key)
            return draft
        before = self._waiting.pop(key, None)
        if before is not None:
            values, identities = {**before.values, **draft.values}, {**before.identities, **draft.identities}
            draft = replace(draft, values=values, identities=identities)
        if self._left[key] > 0:
            self._waiting[key] = draft
            return None
        return draft

    def give_up(self, key: Key) -> Draft | None:
        """A row of this key cannot be used: the draft that has waited for it, if it was the last one."""
        if key not in self._left:
            return None
        self._left[key] -= 1
        return self._waiting.pop(key, None) if self._left[key] <= 0 else None
