"""What the owner of the data folder knows of the entities rows speak of, and what this import has added
since.

In: the runner's `states`. Out: the state of an entity at a `valid_from`. What the import has submitted goes
before what the owner answers, which may lag behind its log.
Limit: the oldest entries are forgotten beyond `CAPACITY` and asked for again; by then the owner has long
caught up.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from services.imports.differ import State
from services.imports.kinds import Entity

Runner = Callable[[str, dict[str, Any]], Iterator[dict[str, Any]]]
CAPACITY = 200_000
ASKED_AT_ONCE = 2_000


class Known:
    def __init__(self, run: Runner, capacity: int = CAPACITY) -> None:
        self._run = run
        self._capacity = capacity
        self._versions: dict[tuple[str, str], dict[str, State]] = {}

    def ask(self, family: str, subjects: Iterable[str]) -> None:
        """Make the states of these subjects known; those that are known already are not asked for."""
        wanted = [s for s in dict.fromkeys(subjects) if (family, s) not in self._versions]
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            asked = wanted[start : start + ASKED_AT_ONCE]
            for subject in asked:
                self._versions[family, subject] = {}
            for row in self._run("states", {"family": family, "subjects": asked}):
                state = State(row["values"], row["set_by"])
                self._versions.setdefault((family, row["subject"]), {})[row["valid_from"] or ""] = state

    def get(self, entity: Entity, subject: str, valid_from: str) -> State | None:
        return self._versions.get((entity.family, subject), {}).get(valid_from)

    def put(self, entity: Entity, subject: str, valid_from: str, state: State) -> None:
        self._versions.setdefault((entity.family, subject), {})[valid_from] = state

    def exists(self, family: str, subject: str) -> bool:
        return bool(self._versions.get((family, subject)))

    def forget(self, family: str, subject: str) -> None:
        """After a refusal: the next row asks the owner again."""
        self._versions.pop((family, subject), None)

    def shrink(self) -> None:
        """Between chunks: forget the oldest entries beyond the capacity."""
        for key in list(self._versions)[: max(len(self._versions) - self._capacity, 0)]:
            del self._versions[key]
