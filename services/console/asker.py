"""Questions of all open screens, each asked once for as long as its answer holds.

In: a question. Out: rows. Answers are kept until marts or facts move; the newest `KEPT` of them. Who asks what another
is just asking waits for that answer. Calls block, and may come from any thread.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from services.answers import Answers
from streams.figures import Question
from streams.warehouse import Rows

KEPT = 512
AT_ONCE = 4  # questions side by side: one waits for the disk while another computes

T = TypeVar("T")
R = TypeVar("R")


class Asker:
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._kept: OrderedDict[tuple[Any, ...], Future[Rows]] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE, "fanzha-ask")

    def rows(self, question: Question) -> list[dict[str, Any]]:
        """Raises what `Answers.answer` raises."""
        key = (_key(question), self.answers.version())  # the version is read first: an answer is never kept as newer
        with self._lock:
            coming, mine = self._kept.get(key), False
            if coming is None:
                coming, mine = Future(), True
                self._kept[key] = coming
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
        if mine:
            self._ask(key, question, coming)
        return coming.result().dicts()

    def side_by_side(self, do: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """`do` each item in threads; what they ask is asked side by side."""
        return list(self._pool.map(do, items))

    def _ask(self, key: tuple[Any, ...], question: Question, coming: "Future[Rows]") -> None:
        """An error goes to all who wait for it, and is not kept."""
        try:
            coming.set_result(self.answers.answer(question))
        except BaseException as error:  # noqa: BLE001  # raised by result() to whoever asked
            with self._lock:
                self._kept.pop(key, None)
            coming.set_exception(error)


def _key(q: Question) -> tuple[Any, ...]:
    where = tuple(sorted((name, tuple(values)) for name, values in q.where.items()))
    return (q.figure, where, q.since, q.to, q.by, q.basis, q.at, q.as_known_at, q.limit)
