"""Questions: what each figure can be asked, and what a wrong question is answered. No engine is needed for it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas import BASES, Plan
from streams.figures import Question, WrongQuestion, ask, figures, read_figure, stands_on_marts

NOW = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # half an hour into 2 March of the plan's zone
ASKED = [(name, word) for name in figures() for word in ("days", "day", "basis", "moment", "by")]


def told(question: Question, plan: Plan) -> str:
    with pytest.raises(WrongQuestion) as error:
        ask(question, plan, NOW)
    return str(error.value)


class TestHeads:
    @pytest.mark.parametrize("name", figures())
    def test_every_figure_says_what_it_means(self, name: str) -> None:
        """In both languages, and every column of its SQL has its head."""
        figure = figures()[name]
        assert figure.name == name
        assert re.search(r"[\u4e00-\u9fff]", figure.zh)
        assert figure.en
        names = [column.name for column in figure.columns]
        assert len(set(names)) == len(names)
        for column in figure.columns:
            assert column.zh
            assert column.en
            assert column.kind in ("dimension", "measure", "text")
            pure = column.name in ("part", "off") or column.name.endswith("_share")
            assert column.kind != "measure" or column.unit != "" or pure, column
        assert set(figure.default_by) <= set(figure.by)
        assert set(figure.compares) <= {c.name for c in figure.columns if c.kind == "measure"}
        assert figure.asks <= {"days", "day", "basis", "moment", "population"}

    def test_a_head_that_cannot_be_read(self) -> None:
        text = "-- zh: 甲\n-- en: a\n-- dim: only_a_name\nSELECT 1\n"
        with pytest.raises(ValueError, match="only_a_name"):
            read_figure("incidents", text)

    def test_what_the_contract_names(self) -> None:
        wanted = {"incidents", "rolling", "coverage", "rates", "incident", "receipt", "action", "roster", "place",
                  "rejected", "freshness", "history"}  # fmt: skip
        assert wanted <= set(figures())


class TestWrong:
    def test_no_such_figure(self, plan: Plan) -> None:
        said = told(Question("no_such"), plan)
        assert "no_such" in said
        assert all(name in said for name in figures())

    @pytest.mark.parametrize("name", figures())
    def test_a_column_that_is_not_there(self, name: str, plan: Plan) -> None:
        """Every column that can be named is named; a measure or a text is no column to filter by."""
        figure = figures()[name]
        measures = [c.name for c in figure.columns if c.kind == "measure"]
        for column in ("no_such", "1=1 OR station", *measures):
            said = told(Question(name, {column: ("x",)}), plan)
            assert column in said
            assert name in said
            assert all(by in said for by in figure.by)

    @pytest.mark.parametrize(("name", "word"), ASKED)
    def test_what_a_figure_does_not_ask(self, name: str, word: str, plan: Plan) -> None:
        """Each of the words of a question is either taken or refused, never passed over in silence."""
        figure, question = figures()[name], Question(name)
        given: dict[str, tuple[bool, Any]] = {
            "days": ("days" in figure.asks, {"since": date(2026, 1, 1)}),
            "day": (bool(figure.asks & {"days", "day"}), {"to": date(2026, 2, 1)}),
            "basis": ("basis" in figure.asks, {"basis": "filed"}),
            "moment": ("moment" in figure.asks, {"at": NOW}),
            "by": (bool(figure.default_by), {"by": figure.by[:1]}),
        }
        taken, words = given[word]
        if taken:
            ask(replace(question, **words), plan, NOW)
        else:
            assert name in told(replace(question, **words), plan)

    def test_values(self, plan: Plan) -> None:
        assert all(basis in told(Question("incidents", basis="guessed"), plan) for basis in BASES)
        said = told(Question("incidents", by=("station", "no_such")), plan)
        assert "township" in said
        said = told(Question("incidents", since=date(2026, 3, 3)), plan)
        assert "2026-03-03" in said
        assert "2026-03-02" in said, "until today in the plan's zone"
        for limit in (0, -1):
            assert str(limit) in told(Question("incident", limit=limit), plan)


class TestAsked:
    def test_days_are_those_of_the_plans_zone(self, plan: Plan) -> None:
        """Half past midnight UTC+8 is the next day; a moment that was named goes before now."""
        for question, today in (
            (Question("incidents"), date(2026, 3, 2)),
            (Question("incidents", as_known_at=datetime(2025, 12, 31, 16, 0, tzinfo=UTC)), date(2026, 1, 1)),
            (Question("incidents", as_known_at=datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC)), date(2025, 12, 31)),
        ):
            _, params = ask(question, plan, NOW)
            assert (params["from"], params["to"]) == (today.replace(month=1, day=1), today)

    def test_values_are_parameters_never_text(self, plan: Plan) -> None:
        evil = "'; DROP TABLE archive; --"
        sql, params = ask(Question("incidents", {"station": (evil, "b"), "category": (evil,)}), plan, NOW)
        assert evil not in sql
        assert [params["w0"], params["w1"]] == [[evil, "b"], [evil]]

    @pytest.mark.parametrize("name", figures())
    def test_every_placeholder_is_filled(self, name: str, plan: Plan) -> None:
        """Now and as known at a moment: no braces of the template are left, and every parameter is given."""
        for question in (Question(name), Question(name, limit=5)):
            sql, params = ask(question, plan, NOW)
            assert "{{" not in sql
            assert set(re.findall(r"\{(\w+):", sql)) <= set(params)
        sql, params = ask(Question(name, as_known_at=NOW), plan, NOW)
        assert "{{" not in sql
        assert set(re.findall(r"\{(\w+):", sql)) <= set(params)
        assert re.search(r"(recorded|appended|moment) <= \{known", sql), "only what was known then"


def test_what_moves_with_rounds_alone() -> None:
    """A screen keeps these until a round has ended; the others fold facts, or count what waits for a round."""
    found = {name for name in figures() if stands_on_marts(Question(name))}
    assert found == {
        "assignment", "counted", "counting", "coverage", "incidents", "place", "population", "rates", "reached",
        "rolling", "roster",
    }  # fmt: skip
    assert not any(stands_on_marts(Question(name, as_known_at=NOW)) for name in found)
    assert not stands_on_marts(Question("nothing"))
