"""What a source has said of the entities rows speak of, and what this import has added since.

In: the runner's `states`. Out: the state of an entity at a `valid_from`. The owner catches up with its log once, when
it is asked first; what the import has submitted since is known here.
Limit: the oldest entries are forgotten beyond `CAPACITY` and asked for again, with what the owner has by then.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from services.imports.differ import State
from services.imports.kinds import Entity

Runner = Callable[[str, dict[str, Any]], Iterator[dict[str, Any]]]
CAPACITY = 200_000
ASKED_AT_ONCE = 10_000


class Known:
    def __init__(self, run: Runner, source: str, capacity: int = CAPACITY) -> None:
        self._run, self._source = run, source
        self._capacity = capacity
        self._versions: dict[tuple[str, str], dict[str, State]] = {}
        self._behind = True  # whether the owner may lag behind what was accepted

    def ask(self, family: str, subjects: Iterable[str]) -> None:
        """Make the states of these subjects known; those that are known already are not asked for."""
        wanted = [s for s in dict.fromkeys(subjects) if (family, s) not in self._versions]
        for start in range(0, len(wanted), ASKED_AT_ONCE):
            asked = wanted[start : start + ASKED_AT_ONCE]
            for subject in asked:
                self._versions[family, subject] = {}
            request = {"family": family, "subjects": asked, "source": self._source, "catch_up": self._behind}
            for row in self._run("states", request):
                state = State(row["values"], row["set_by"], row["updated"], row["stated"])
                self._versions.setdefault((family, row["subject"]), {})[row["valid_from"] or ""] = state
            self._behind = False

    def get(self, entity: Entity, subject: str, valid_from: str) -> State | None:
        return self._versions.get((entity.family, subject), {}).get(valid_from)

    def put(self, entity: Entity, subject: str, valid_from: str, state: State) -> None:
        self._versions.setdefault((entity.family, subject), {})[valid_from] = state

    def exists(self, family: str, subject: str) -> bool:
        return bool(self._versions.get((family, subject)))

    def forget(self, family: str, subject: str) -> None:
        """After a refusal: the next row asks the owner again."""
        self._versions.pop((family, subject), None)
        self._behind = True

    def shrink(self) -> None:
        """Between chunks: forget the oldest entries beyond the capacity."""
        for key in list(self._versions)[: max(len(self._versions) - self._capacity, 0)]:
            del self._versions[key]
            self._behind = True
