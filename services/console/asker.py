"""Questions of all open screens, each asked once for as long as its answer holds.

In: a question. Out: rows. Answers are kept until marts or facts move; the newest `KEPT` of them. Calls block, and may
come from any thread.
"""

import threading
from collections import OrderedDict
from typing import Any

from services.answers import Answers
from streams.figures import Question
from streams.warehouse import Rows

KEPT = 512


class Asker:
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._kept: OrderedDict[tuple[Any, ...], Rows] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, question: Question) -> list[dict[str, Any]]:
        """Raises what `Answers.answer` raises."""
        key = (_key(question), self.answers.version())  # the version is read first: an answer is never kept as newer
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key].dicts()
        found = self.answers.answer(question)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found.dicts()


def _key(q: Question) -> tuple[Any, ...]:
    where = tuple(sorted((name, tuple(values)) for name, values in q.where.items()))
    return (q.figure, where, q.since, q.to, q.by, q.basis, q.at, q.as_known_at, q.limit)
