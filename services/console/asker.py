"""Questions of all open screens, each asked once for as long as its answer holds.

In: a question. Out: rows. Answers are kept until what they stand on moves: marts, for most; marts or facts, for the
others. The newest `KEPT` are. Who asks what another is just asking waits for that answer. Calls block, and may come
from any thread.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from services.answers import Answers
from streams.figures import Question, stands_on_marts
from streams.progress import Version
from streams.warehouse import Rows

KEPT = 512
TRIES = 4  # readings of one page: under load something moves twice a second
AT_ONCE = 4  # questions side by side: one waits for the disk while another computes

T = TypeVar("T")
R = TypeVar("R")


class _Kept:
    """What all readings share."""

    def __init__(self) -> None:
        self.answers: OrderedDict[tuple[Any, ...], Future[Rows]] = OrderedDict()
        self.lock = threading.Lock()
        self.pool = ThreadPoolExecutor(AT_ONCE, "fanzha-ask")


class Asker:
    def __init__(self, answers: Answers, kept: _Kept | None = None, at: Version | None = None) -> None:
        self.answers = answers
        self._kept, self._at = kept or _Kept(), at

    def pinned(self) -> "Asker":
        """For one reading: what it has asked once stands in it, though something moves meanwhile."""
        return Asker(self.answers, self._kept, self.answers.version())

    def rows(self, question: Question) -> list[dict[str, Any]]:
        """Raises what `Answers.answer` raises."""
        at = self._at or self.answers.version()  # the version is read first: an answer is never kept as newer
        moves = at.marts if stands_on_marts(question) else at
        key, kept = (_key(question), moves), self._kept.answers
        with self._kept.lock:
            coming, mine = kept.get(key), False
            if coming is None:
                coming, mine = Future(), True
                kept[key] = coming
                while len(kept) > KEPT:
                    kept.popitem(last=False)
            kept.move_to_end(key)
        if mine:
            self._ask(key, question, coming)
        return coming.result().dicts()

    def still(self, read: Callable[[], R]) -> R:
        """What `read` gives while nothing moves: it is done again where something did, at most `TRIES` times in all."""
        for _ in range(TRIES - 1):
            before = self.answers.version()
            found = read()
            if self.answers.version() == before:
                return found
        return read()

    def side_by_side(self, do: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """`do` each item in threads; what they ask is asked side by side."""
        return list(self._kept.pool.map(do, items))

    def _ask(self, key: tuple[Any, ...], question: Question, coming: "Future[Rows]") -> None:
        """An error goes to all who wait for it, and is not kept."""
        try:
            coming.set_result(self.answers.answer(question))
        except BaseException as error:  # noqa: BLE001  # raised by result() to whoever asked
            with self._kept.lock:
                self._kept.answers.pop(key, None)
            coming.set_exception(error)


def _key(q: Question) -> tuple[Any, ...]:
    where = tuple(sorted((name, tuple(values)) for name, values in q.where.items()))
    return (q.figure, where, q.since, q.to, q.by, q.basis, q.at, q.as_known_at, q.limit)
