"""The owner of a data folder, in memory: what an importer needs of it, for tests and for trying a mapping
out.

Answers `submit` and `states` as the owner does: the first content of an id counts, another one is a conflict,
and the state of an entity is the newest value of each field, corrections after the report.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from services.imports.kinds import KINDS, Entity

Event = dict[str, Any]


class MemoryRunner:
    def __init__(self, refuse: Callable[[Event], str] = lambda event: "") -> None:
        """`refuse` gives the reason why an event is rejected, or nothing."""
        self._refuse = refuse
        self._content: dict[str, str] = {}
        self._states: dict[str, dict[str, dict[str, dict[str, tuple[int, Any, str]]]]] = {}
        self.events: list[Event] = []
        self.calls: list[tuple[str, int]] = []

    def __call__(self, command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if command == "submit":
            self.calls.append((command, len(body["events"])))
            return iter([self._submit(event) for event in body["events"]])
        self.calls.append((command, len(body["subjects"])))
        return iter([row for subject in body["subjects"] for row in self._known(body["family"], subject)])

    def values(self, family: str, subject: str, valid_from: str = "") -> dict[str, Any]:
        fields = self._states[family][subject][valid_from]
        return {name: value for name, (_, value, _) in fields.items()}

    def _submit(self, event: Event) -> dict[str, Any]:
        content = json.dumps({k: v for k, v in event.items() if k != "actor"}, sort_keys=True)
        known = self._content.get(event["id"])
        if reason := self._refuse(event):
            status = "rejected"
        elif known is None:
            status = "accepted"
            self._content[event["id"]] = content
            self.events.append(event)
            self._fold(event)
        else:
            status = "duplicate" if known == content else "conflict"
        return {"id": event["id"], "status": status, "reason": reason}

    def _fold(self, event: Event) -> None:
        entity, is_report = _entity(event["type"])
        said = {k: v for k, v in event["data"].items() if k not in ("valid_from", "person", "reporter")}
        if event["type"] == "incident.case_filed":
            said["filed_at"] = event["time"]
        versions = self._states.setdefault(entity.family, {}).setdefault(event["subject"], {})
        fields = versions.setdefault(event["data"].get("valid_from", ""), {})
        rank = 0 if is_report else len(self.events)
        for name, value in said.items():
            if name not in fields or fields[name][0] <= rank:
                fields[name] = (rank, value, event["id"])

    def _known(self, family: str, subject: str) -> Iterator[dict[str, Any]]:
        for valid_from, fields in self._states.get(family, {}).get(subject, {}).items():
            yield {
                "subject": subject,
                "valid_from": valid_from or None,
                "values": {name: value for name, (_, value, _) in fields.items()},
                "set_by": {name: id_ for name, (_, _, id_) in fields.items()},
            }


def _entity(type_: str) -> tuple[Entity, bool]:
    """The entity a type speaks of, and whether it is a first report that corrections go before."""
    entities = [entity for kind in KINDS.values() for entity in kind.entities]
    entity = next(e for e in entities if type_ == e.first or type_ in {c.type for c in e.changes})
    return entity, type_ == entity.first and not entity.dated
