"""Places that rows name: registered already, registered now, or a reason to refuse the row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from services.imports.convert import Draft
from services.imports.differ import Origin, Submission, differ
from services.imports.kinds import STATION, UNKNOWN, Entity, Reference
from services.imports.known import Known
from services.imports.mapping import Unregistered
from services.imports.problems import Problem
from services.imports.values import parse_day

Submit = Callable[[list[Submission]], Iterable[dict[str, Any]]]


class Places:
    def __init__(self, references: Sequence[Reference], policy: Unregistered, origin: Origin, known: Known) -> None:
        self._references = references
        self._policy = policy
        self._origin = origin
        self._known = known
        self._since = parse_day(policy.valid_from)
        self._refused: dict[tuple[str, str], str] = {}

    def register(self, drafts: Sequence[Draft], submit: Submit) -> list[tuple[str, list[str]]]:
        """Ask for every place the drafts name, and register the unknown ones that are to be: family and codes."""
        registered: list[tuple[str, list[str]]] = []
        for reference in self._references:
            family = reference.entity.family
            self._known.ask(family, (code for _, code in _named(reference, drafts)))
            if reference.own_file and self._policy.policy == "reject":
                continue
            codes = dict.fromkeys(c for _, c in _named(reference, drafts) if not self._known.exists(family, c))
            outcomes = {
                code: differ(reference.entity, self._as_given(reference.entity, code), None, self._origin)
                for code in codes
            }
            events = [event for outcome in outcomes.values() for event in outcome.events]
            registered.append((family, []))
            for answer, (code, outcome) in zip(submit(events), outcomes.items(), strict=True):
                if answer["status"] == "rejected":
                    self._refused[family, code] = str(answer.get("reason") or "")
                else:
                    self._known.put(reference.entity, code, self._since, outcome.state)
                    registered[-1][1].append(code)
        return registered

    def unknown(self, draft: Draft, column_of: Callable[[str], str]) -> list[Problem]:
        """A problem for each place the draft names that is not registered."""
        problems = []
        for reference in self._references:
            family = reference.entity.family
            for _, code in _named(reference, [draft]):
                if not self._known.exists(family, code):
                    reason = self._reason(family, code)
                    problems.append(Problem(draft.line, column_of(reference.field), code, reason))
        return problems

    def _reason(self, family: str, code: str) -> str:
        if (family, code) in self._refused:
            return f"无法登记 / cannot be registered: {self._refused[family, code]}"
        word = "派出所" if family == "station" else "社区/地点"
        return (
            f"{word}未登记：请先导入，或在映射中写 unregistered: register / not registered: import it first, "
            "or write unregistered: register in the mapping"
        )

    def _as_given(self, entity: Entity, code: str) -> Draft:
        """The row that would register a place of which only the code is known; that is its name as well."""
        township = self._policy.township or (UNKNOWN if entity is STATION else None)
        said = {"name": code, "valid_from": self._since, "township": township, "parent": self._policy.parent}
        return Draft(0, (code, self._since), {k: v for k, v in said.items() if v is not None}, {})


def _named(reference: Reference, drafts: Iterable[Draft]) -> Iterator[tuple[Draft, str]]:
    for draft in drafts:
        if reference.field in draft.values:
            yield draft, str(draft.values[reference.field])
