"""The owner of a data folder, in memory: what an importer needs of it, for tests and for trying a mapping out.

Answers `submit` and `states` as the owner does: the first content of an id counts, another one is a conflict; what a
source has said of an entity is the newest value of each field in the fold's order: reports first, then by stamp. Stamps
grow with every event.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.imports.kinds import KINDS, Entity

Event = dict[str, Any]
_NO_VALUES = ("valid_from", "person", "reporter")


class MemoryRunner:
    def __init__(self, refuse: Callable[[Event], str] = lambda event: "") -> None:
        """`refuse` gives the reason why an event is rejected, or nothing."""
        self._refuse = refuse
        self._content: dict[str, str] = {}
        self._of: dict[tuple[str, str], list[Event]] = defaultdict(list)
        self.events: list[Event] = []
        self.calls: list[tuple[str, int]] = []

    def __call__(self, command: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if command == "submit":
            self.calls.append((command, len(body["events"])))
            return iter([self._submit(event) for event in body["events"]])
        if "window" in body:
            return self._within(body["source"], body["window"])
        self.calls.append((command, len(body["subjects"])))
        asked = body["subjects"]
        return iter([row for subject in asked for row in self._states(body["family"], subject, body["source"])])

    def values(self, family: str, subject: str, valid_from: str = "") -> dict[str, Any]:
        """The present values, whoever said them."""
        said = self._folded(self._of[family, subject]).get(valid_from, {})
        return {name: value for name, (value, _) in said.items()}

    def _submit(self, event: Event) -> dict[str, Any]:
        content = json.dumps({k: v for k, v in event.items() if k != "actor"}, sort_keys=True)
        known = self._content.get(event["id"])
        if reason := self._refuse(event):
            status = "rejected"
        elif known is None:
            status = "accepted"
            self._content[event["id"]] = content
            self.events.append(event)
            if event["type"] != "source.checked":
                self._of[_entity(event["type"]).family, event["subject"]].append(event)
        else:
            status = "duplicate" if known == content else "conflict"
        return {"id": event["id"], "status": status, "reason": reason}

    def _within(self, source: str, window: dict[str, str]) -> Iterator[dict[str, Any]]:
        for (family, subject), events in list(self._of.items()):
            said = (
                self._folded([e for e in events if e["source"] == source]).get("", {}) if family == "incident" else {}
            )
            moment, gone = (said.get(name, (None, ""))[0] for name in (window["field"], "withdrawn"))
            if moment is None or gone:
                continue
            day = datetime.fromisoformat(moment).astimezone(ZoneInfo(window["zone"])).date().isoformat()
            if window["from"] <= day <= window["until"]:
                yield {"subject": subject}
        asked = {name: window[name] for name in ("field", "from", "until")}
        checks = [e for e in self.events if (e["type"], e["subject"]) == ("source.checked", source)]
        same = [{**e["data"], "id": e["id"]} for e in checks if asked.items() <= e["data"].items()]
        yield {"checked": same[-1] if same else None}

    def _folded(self, events: list[Event]) -> dict[str, dict[str, tuple[Any, str]]]:
        """By `valid_from`, each field's value and the id of the event that set it."""
        found: dict[str, dict[str, tuple[Any, str]]] = {}
        for event in sorted(events, key=lambda e: not _is_report(e)):  # stable: within, as they were stamped
            fields = found.setdefault(event["data"].get("valid_from", ""), {})
            fields |= {name: (value, event["id"]) for name, value in _said(event).items()}
        return found

    def _states(self, family: str, subject: str, source: str) -> Iterator[dict[str, Any]]:
        events = self._of[family, subject]
        stated = any(event["type"] == _entity(event["type"]).first for event in events)
        own = [event for event in events if event["source"] == source]
        for valid_from, fields in self._folded(own).items():
            there = [e for e in own if e["data"].get("valid_from", "") == valid_from]
            yield {
                "subject": subject,
                "valid_from": valid_from or None,
                "values": {name: value for name, (value, _) in fields.items()},
                "set_by": {name: id_ for name, (_, id_) in fields.items()},
                "updated": max((e["sourcetime"] for e in there if "sourcetime" in e), default=None),
                "stated": stated,
            }
        if stated and not own:
            yield {
                "subject": subject, "valid_from": None, "values": {}, "set_by": {}, "updated": None, "stated": True
            }  # fmt: skip


def _said(event: Event) -> dict[str, Any]:
    said = {name: value for name, value in event["data"].items() if name not in _NO_VALUES}
    if event["type"] == "incident.case_filed":
        said["filed_at"] = event["time"]
    if event["type"] == "incident.reported":
        said["reported_at"] = event["time"]
    return said


def _is_report(event: Event) -> bool:
    entity = _entity(event["type"])
    return event["type"] == entity.first and not entity.dated


def _entity(type_: str) -> Entity:
    """The entity a type speaks of."""
    entities = [entity for kind in KINDS.values() for entity in kind.entities]
    return next(e for e in entities if type_ in {e.first, *(c.type for c in (*e.joined, *e.changes))})
