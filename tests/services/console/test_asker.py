"""Open screens share their answers: each question once per version, side by side, errors never kept."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from schemas import Plan, default_catalogue, default_plan
from schemas.catalogue import Catalogue
from services.answers import Answers
from services.console import asker
from services.console.asker import TRIES, Asker
from streams.errors import TransientError
from streams.figures import Question
from streams.progress import Version
from streams.warehouse import Rows


class Counting:
    """Answers that remember what they were asked."""

    def __init__(self, reply: Callable[[Question], Rows]) -> None:
        self.plan: Plan = default_plan()[0]
        self.catalogue: Catalogue = default_catalogue()
        self.at, self.asked, self.reply = Version(1, 1), list[Question](), reply

    def plan_at(self, known: datetime | None) -> Plan:
        return self.plan

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def version(self) -> Version:
        return self.at

    def answer(self, question: Question) -> Rows:
        self.asked.append(question)
        return self.reply(question)


def named(question: Question) -> Rows:
    return Rows(("figure",), [(question.figure,)])


def test_a_question_is_asked_once_until_something_moves() -> None:
    answers: Answers = (counting := Counting(named))
    shared = Asker(answers)
    for _ in range(3):
        assert shared.rows(Question("a", {"x": ("1", "2")})) == [{"figure": "a"}]
    assert len(counting.asked) == 1
    shared.rows(Question("a", {"x": ("1",)}))
    counting.at = Version(2, 1)
    shared.rows(Question("a", {"x": ("1", "2")}))
    assert len(counting.asked) == 3


@pytest.mark.parametrize(("moves", "reads"), [(0, 1), (1, 2), (2, 3), (100, TRIES)])
def test_what_is_read_while_something_moves_is_read_again(moves: int, reads: int) -> None:
    """So that what is read together belongs together; where it never stands still the last reading is given."""
    shared = Asker(counting := Counting(named))
    done: list[Version] = []

    def read() -> int:
        done.append(counting.at)
        if len(done) <= moves:
            counting.at = Version(counting.at.marts + 1, 1)
        return len(done)

    assert shared.still(read) == reads == len(done)


def test_what_stands_on_marts_waits_for_them() -> None:
    """Facts come before their round: a figure of marts says then what it said, one of facts does not."""
    shared = Asker(counting := Counting(named))
    asked = [Question("incidents"), Question("incident"), Question("incidents", as_known_at=counting.now())]
    for _ in range(2):
        shared.side_by_side(shared.rows, asked)
    assert len(counting.asked) == 3
    counting.at = Version(1, 2)
    shared.side_by_side(shared.rows, asked)
    assert [q.figure for q in counting.asked[3:]].count("incidents") == 1, "as known at a moment: folded from facts"
    assert len(counting.asked) == 5
    counting.at = Version(2, 2)
    shared.side_by_side(shared.rows, asked)
    assert len(counting.asked) == 8


def test_one_reading_asks_once_whatever_moves() -> None:
    shared = Asker(counting := Counting(named))
    reading = shared.pinned()
    for n in range(3):
        counting.at = Version(n, n)
        reading.rows(Question("incidents"))
    assert len(counting.asked) == 1
    shared.pinned().rows(Question("incidents"))
    assert len(counting.asked) == 2, "the next reading sees what has moved"


def test_who_asks_the_same_at_once_waits_for_one_answer() -> None:
    coming, many = threading.Event(), 3

    def slow(question: Question) -> Rows:
        assert coming.wait(10)
        return named(question)

    counting = Counting(slow)
    shared = Asker(counting)
    timer = threading.Timer(0.2, coming.set)
    timer.start()
    found = shared.side_by_side(shared.rows, [Question("a")] * many)
    timer.join()
    assert found == [[{"figure": "a"}]] * many
    assert len(counting.asked) == 1


def test_questions_are_asked_side_by_side() -> None:
    """Each waits for the other to have begun: one after another, both would wait in vain."""
    together = threading.Barrier(2, timeout=10)

    def meet(question: Question) -> Rows:
        together.wait()
        return named(question)

    shared = Asker(Counting(meet))
    assert shared.side_by_side(shared.rows, [Question("a"), Question("b")]) == [[{"figure": "a"}], [{"figure": "b"}]]


def test_an_error_is_told_and_asked_again() -> None:
    def fail(question: Question) -> Rows:
        raise TransientError("later")

    counting = Counting(fail)
    shared = Asker(counting)
    with pytest.raises(TransientError):
        shared.rows(Question("a"))
    counting.reply = named
    assert shared.rows(Question("a")) == [{"figure": "a"}]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asker, "KEPT", 3)
    counting = Counting(named)
    shared = Asker(counting)
    for name in "abcd":
        shared.rows(Question(name))
    shared.rows(Question("d"))
    assert len(counting.asked) == 4
    shared.rows(Question("a"))
    assert len(counting.asked) == 5
