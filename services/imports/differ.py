"""What a row says against what its own source said last: the events to submit. Pure.

In: a draft and what this source has said of the entity before, never what others have corrected since. Out: events and
what the source has said after them. Ids are functions of source, subject, type, the new values and the event by which
the source spoke of them before: saying it again is a duplicate, and a value that returns to an earlier one is not.
Limit: an empty cell says nothing; an import cannot clear a field.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.imports.convert import Draft
from services.imports.kinds import UNSAID, Change, Entity
from services.imports.values import Scalar, midnight

NAMESPACE = UUID("0d8c7c1e-6f3a-5b57-9b6b-2f8f5f0c7a42")
Submission = dict[str, Any]
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class State:
    """What a source has said of one entity (at one `valid_from`): values, and by which event each.

    `updated`: the newest time of its own that it gave. `stated`: somebody has stated the entity, whoever it was.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    set_by: Mapping[str, str] = field(default_factory=dict)
    updated: str | None = None
    stated: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """What every event of an import says of itself, and the zone whose midnights begin its days."""

    source: str
    actor: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Outcome:
    """`stale`: the row is older than what its source has said already, and says nothing."""

    events: tuple[Submission, ...]
    state: State
    stale: bool = False


def differ(entity: Entity, draft: Draft, state: State | None, origin: Origin) -> Outcome:
    """The events by which the source says what it has not said yet. None, where it says nothing new."""
    state = state or State()
    if _is_stale(draft, state):
        return Outcome((), state, stale=True)
    events: list[Submission] = []
    if entity.dated:
        said = _data(entity.data, draft)
        if not state.values or _differing(said, state, origin):
            events.append(_stated(entity, draft, said, state, origin))
            state = _after(state, said, events[0], draft)
        return Outcome(tuple(events), state)
    if not state.stated:
        said = _data(entity.data, draft)
        events.append(_stated(entity, draft, said, State(), origin))
        events[0]["data"] |= draft.identities
        state = _reported(state, _own_time(entity, said, draft), events[0], draft)
    changes, unsaid = entity.changes, UNSAID
    if not state.set_by:  # its first word on what others have stated: said, also where it agrees
        changes = (*entity.joined, *(c for c in entity.changes if not set(c.fields) <= _names(entity.joined)))
        unsaid = _NOTHING
    for change in changes:
        fields = {k: draft.values[k] for k in change.fields if k in draft.values}
        differing = _differing(fields, state, origin, unsaid)
        if differing and (moment := _moment(change.time, draft, origin)):
            events.append(_changed(change, draft, differing, moment, state, origin))
            if change in entity.joined:
                events[-1]["data"] |= draft.identities
            state = _after(state, differing, events[-1], draft)
    return Outcome(tuple(events), state)


def _is_stale(draft: Draft, state: State) -> bool:
    at = draft.values.get("updated_at")
    return at is not None and state.updated is not None and _instant(str(at)) < _instant(state.updated)


def _names(changes: Iterable[Change]) -> set[str]:
    return {name for change in changes for name in change.fields}


def _own_time(entity: Entity, said: Mapping[str, Any], draft: Draft) -> dict[str, Any]:
    """What a report says, the time of the report itself among it: it is the event's own."""
    return {**said, entity.time[0]: next(draft.values[name] for name in entity.time if name in draft.values)}


def _reported(before: State, said: Mapping[str, Any], event: Submission, draft: Draft) -> State:
    """After the first report. What corrections have said before it stays: they are newer than any report."""
    after = _after(before, said, event, draft)
    kept = {k: v for k, v in before.values.items() if v is not None}
    return State({**after.values, **kept}, {**after.set_by, **before.set_by}, after.updated, stated=True)


def _stated(entity: Entity, draft: Draft, said: Mapping[str, Any], state: State, origin: Origin) -> Submission:
    """The event that states an entity as a whole."""
    moment = _moment(entity.time, draft, origin)
    assert moment is not None, f"{entity.first} without a time"
    return _submission(entity.first, draft, moment, {**entity.fixed, **said}, [said, _old(said, state)], origin)


def _changed(
    change: Change, draft: Draft, differing: Mapping[str, Scalar], moment: str, state: State, origin: Origin
) -> Submission:
    is_timed = set(change.fields) > set(change.data.values())  # one of the fields is the event's own time
    told = draft.values if is_timed else differing
    data = {key: told[name] for key, name in change.data.items() if name in told}
    return _submission(change.type, draft, moment, data, [differing, _old(differing, state)], origin)


def _submission(
    type_: str, draft: Draft, moment: str, data: dict[str, Any], what: list[Any], origin: Origin
) -> Submission:
    event: Submission = {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE, _canonical([origin.source, draft.subject, type_, *what]))),
        "source": origin.source,
        "type": type_,
        "subject": draft.subject,
        "time": moment,
        "dataversion": 1,
        "data": data,
    }
    if (updated := _updated(draft)) is not None:
        event["sourcetime"] = updated
    return event | {"actor": origin.actor}


def _data(keys: Mapping[str, str], draft: Draft) -> dict[str, Any]:
    return {key: draft.values[name] for key, name in keys.items() if name in draft.values}


def _differing(
    said: Mapping[str, Scalar], state: State, origin: Origin, unsaid: Mapping[str, Any] = _NOTHING
) -> dict[str, Scalar]:
    """What of `said` the source has not said; `unsaid`: what it means by a field it has never spoken of."""
    return {k: v for k, v in said.items() if k != "valid_from" and not same(v, _known(state, k, unsaid), origin.zone)}


def _known(state: State, name: str, unsaid: Mapping[str, Any]) -> Any:
    value = state.values.get(name)
    return unsaid.get(name) if value is None else value


def same(new: Scalar, old: Any, zone: ZoneInfo) -> bool:
    """Equal, where times are compared as instants, and a known day with the day of the new time."""
    if new == old:
        return True
    if not isinstance(new, str) or not isinstance(old, str) or "T" not in new:
        return False
    try:
        moment, known = datetime.fromisoformat(new), datetime.fromisoformat(old)
    except ValueError:
        return False
    if len(old) == 10:
        return moment.astimezone(zone).date() == known.date()
    return known.tzinfo is not None and moment.tzinfo is not None and moment == known


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(names: tuple[str, ...], draft: Draft, origin: Origin) -> str | None:
    """The wire time of the first field that is said; a day stands for its midnight."""
    value = next((str(draft.values[name]) for name in names if name in draft.values), None)
    return midnight(value, origin.zone) if value is not None and len(value) == 10 else value


def _updated(draft: Draft) -> str | None:
    return str(draft.values["updated_at"]) if "updated_at" in draft.values else None


def _old(said: Mapping[str, Any], state: State) -> list[str]:
    return sorted({state.set_by.get(name, "") for name in said if name != "valid_from"})


def _after(state: State, said: Mapping[str, Any], event: Submission, draft: Draft) -> State:
    by = {name: str(event["id"]) for name in said if name != "valid_from"}
    return State({**state.values, **said}, {**state.set_by, **by}, _updated(draft) or state.updated, state.stated)
