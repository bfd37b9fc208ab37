"""A figure beside last year (同比, `yoy`) and beside the window before (环比, `mom`): columns next to its measures.

In: a question, which comparisons, and whoever answers questions. Out: its rows, each measure that the figure compares
with its base and its change, a share of that base; and what a reader must be told. Invariant: a base that was not
counted whole is unknown, and what is unknown has no change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from schemas import Figure, Plan
from streams.figures import Question, WrongQuestion, figures, window_of
from streams.warehouse import Rows
from streams.windows import Window, Windows, of_dates, to_date, year_to_date

COMPARISONS = ("yoy", "mom")
RATIOS = frozenset({"population", "rate_per_10k", "rank_per_10k"})  # where a row is missing these are not zero
_TIMES = frozenset({"day", "month"})
_UNKNOWN = "unknown_communities"
_NAMED = 12  # places that a note names
_LABELS = {"yoy": ("同比", "year on year"), "mom": ("环比", "period on period")}

Ask = Callable[[Question], Rows]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """`notes` are sentences for people, Chinese and English."""

    rows: Rows
    notes: tuple[str, ...]


def compared(question: Question, against: Sequence[str], plan: Plan, now: datetime, ask: Ask) -> Compared:
    """The rows of a question and of its comparisons, side by side. Raises `WrongQuestion`, and what `ask` raises."""
    if not against:
        found = ask(question)
        return Compared(found, notes_of(found.dicts()) if _UNKNOWN in found.columns else ())
    figure = figures().get(question.figure)
    if figure is None:
        raise WrongQuestion(f"没有指标 / no figure {question.figure!r}")
    _check(question, figure, against)
    found = ask(replace(question, limit=None))
    days = windows_of(question, plan, now)
    begins = beginning(question, plan, ask)
    names = question.by or figure.default_by or figure.by
    rows = {tuple(row[name] for name in names): row for row in found.dicts()}
    notes, bases = [], {}
    for what in against:
        window = days.last_year if what == "yoy" else days.previous
        notes.append(_told(what, window, begins))
        whole = window is not None and window.counted(begins) == "whole"
        asked = replace(question, since=window.since, to=window.to, limit=None) if window and whole else None
        bases[what] = {tuple(row[name] for name in names): row for row in ask(asked).dicts()} if asked else None
    keys = sorted({*rows, *(key for base in bases.values() for key in base or ())})[: question.limit]
    empty = {c.name: None if c.name in RATIOS else 0 for c in figure.columns if c.kind == "measure"}
    out = []
    for key in keys:
        row = rows.get(key) or dict(zip(names, key, strict=True)) | empty
        for what, base in bases.items():
            row |= _beside(figure, what, row, None if base is None else base.get(key, empty))
        out.append(row)
    columns = (*found.columns, *(name for what in against for name in _columns(figure, what)))
    return Compared(Rows(columns, [tuple(row[c] for c in columns) for row in out]), (*notes, *notes_of(out)))


def windows_of(question: Question, plan: Plan, now: datetime) -> Windows:
    """Its days and those they are compared with. A question that names no last day is one to date.

    Raises `WrongQuestion`.
    """
    days = window_of(question, plan, now)
    try:
        if question.to is not None:
            return of_dates(days.since, days.to)
        return to_date(days.since, days.to) if question.since else year_to_date(days.to)
    except (ValueError, OverflowError) as error:  # before the first year
        raise WrongQuestion(f"{days.text} 之前没有可比的日子 / nothing lies before {days.text}") from error


def beginning(question: Question, plan: Plan, ask: Ask) -> date | None:
    """The day on which counting began, under the basis of a question; None where nothing was counted yet."""
    if plan.counting_from is not None:
        return plan.counting_from
    rows = ask(Question("counting", basis=question.basis, as_known_at=question.as_known_at)).dicts()
    return next((row["day"] for row in rows), None)


def notes_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What limits rates: places with communities whose people are unknown."""
    limited = sorted((row for row in rows if row.get(_UNKNOWN)), key=lambda row: row["level"] == "community")
    if not limited:
        return ()
    told = [f"{row['level']} {row['place']} {row[_UNKNOWN]}/{row['communities']}".replace("  ", " ") for row in limited]
    rest = f" … ({len(told)})" if len(told) > _NAMED else ""
    return (
        "人口未知的社区不计入万人发案数的分母，含有它们的地方不排名 / communities without known people are "
        f"not in the rate, and their places have no rank；未知/全部 unknown/all: {', '.join(told[:_NAMED])}{rest}",
    )


def _check(question: Question, figure: Figure, against: Sequence[str]) -> None:
    if not figure.compares:
        able = ", ".join(name for name, other in figures().items() if other.compares)
        raise WrongQuestion(f"指标 {figure.name} 不能对比 / cannot be compared；可用 / possible: {able}")
    if unknown := [what for what in against if what not in COMPARISONS]:
        raise WrongQuestion(f"没有这种对比 / no such comparison: {', '.join(unknown)}；{', '.join(COMPARISONS)}")
    if times := _TIMES & {*question.by, *question.where}:
        raise WrongQuestion(
            f"对比的是两段时间，不能再按 {', '.join(sorted(times))} 分组或筛选 / two windows are compared as wholes"
        )


def _columns(figure: Figure, what: str) -> list[str]:
    found = [name for m in figure.compares for name in (f"{m}_{what}_base", f"{m}_{what}")]
    return [*found, f"{_UNKNOWN}_{what}_base"] if any(c.name == _UNKNOWN for c in figure.columns) else found


def _beside(figure: Figure, what: str, row: Mapping[str, Any], base: Mapping[str, Any] | None) -> dict[str, Any]:
    """The base of each measure, None where it is unknown, and the change."""
    out: dict[str, Any] = {}
    for m in figure.compares:
        was = None if base is None else base[m]
        out[f"{m}_{what}_base"] = was
        out[f"{m}_{what}"] = round((row[m] - was) / was, 4) if was and row[m] is not None else None
    out[f"{_UNKNOWN}_{what}_base"] = None if base is None else base.get(_UNKNOWN)
    return out


def _told(what: str, window: Window | None, begins: date | None) -> str:
    """Which days the base has, or why it is unknown."""
    zh, en = _LABELS[what]
    if window is None:
        return f"{zh} —：年初至今没有上期 / {en} —: a year to date has no window before"
    if window.counted(begins) == "whole":
        return f"{zh}：对比 {window.text} / {en}: against {window.text}"
    since = f"{begins} 起计数 / counted from {begins}" if begins else "尚未计数 / nothing counted yet"
    return f"{zh} —：{window.text} 未计全，{since} / {en} —: not counted whole"


def labels_of(figure: Figure, lang: str) -> dict[str, str]:
    """Names of the columns that comparisons add."""
    names = {c.name: c.zh if lang == "zh" else c.en for c in figure.columns}
    found = {}
    for what, words in _LABELS.items():
        word = words[0] if lang == "zh" else words[1]
        for name in _columns(figure, what):
            measure = name.removesuffix("_base").removesuffix(f"_{what}")
            base = ("基数" if lang == "zh" else "base") if name.endswith("_base") else ""
            found[name] = f"{names[measure]} {word}{' ' * (lang != 'zh')}{base}".strip()
    return found
