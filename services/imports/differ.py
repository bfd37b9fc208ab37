"""What a row says against what is known: the events to submit. Pure.

In: a draft and the present state of an entity. Out: events and the state they leave. Ids are functions of
subject, type, the new value and the event that set the old one, so that submitting again is a duplicate, and
a value that returns to an earlier one is not.
Limit: an empty cell says nothing; an import cannot clear a field.
Limit: fields without a correction event (sex, occupation …) go out with the first report; a difference is a
note.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one entity (at one `valid_from`): values, and which event set each."""

    values: Mapping[str, Any]
    set_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """What every event of an import says of itself, and the zone whose midnights begin its days."""

    source: str
    actor: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Outcome:
    """`once`: fields that differ and that no event can correct."""

    events: tuple[Submission, ...]
    state: State
    once: tuple[str, ...] = ()


def differ(entity: Entity, draft: Draft, state: State | None, origin: Origin) -> Outcome:
    """The events that bring the entity from its state to what the row says. None, where nothing differs."""
    said = _data(entity.data, draft)
    events: list[Submission] = []
    once: tuple[str, ...] = ()
    if state is None or any(state.values.get(name) is None for name in entity.needs):
        events.append(_stated(entity, draft, said, ["first"], origin))
        if not entity.dated:
            events[0]["data"] |= draft.identities
        state = _reported(state, said, events[0])
    elif entity.dated:
        if differing := _differing(said, state, origin):
            events.append(_stated(entity, draft, said, _old(differing, state), origin))
            state = _after(state, differing, events[0])
    else:
        differing = _differing(said, state, origin)
        once = tuple(k for k in differing if state.values.get(k) and not _corrects(entity, k))
    for change in entity.changes:
        fields = {k: draft.values[k] for k in change.fields if k in draft.values}
        if (differing := _differing(fields, state, origin)) and (moment := _moment(change.time, draft, origin)):
            events.append(_changed(change, draft, differing, moment, _old(differing, state), origin))
            state = _after(state, differing, events[-1])
    return Outcome(tuple(events), state, once)


def _corrects(entity: Entity, name: str) -> bool:
    return any(name in change.fields for change in entity.changes)


def _reported(before: State | None, said: Mapping[str, Any], event: Submission) -> State:
    """After the first report. What corrections have said before it stays: they are newer than any report."""
    kept = {k: v for k, v in before.values.items() if v is not None} if before else {}
    set_by = before.set_by if before else {}
    return State({**said, **kept}, {**_by(event, said), **set_by})


def _stated(entity: Entity, draft: Draft, said: Mapping[str, Any], old: list[str], origin: Origin) -> Submission:
    """The event that states an entity as a whole. The first one's id holds no values: there is one first."""
    moment = _moment(entity.time, draft, origin)
    assert moment is not None, f"{entity.first} without a time"
    what = draft.values.get("valid_from", "") if old == ["first"] else dict(said)
    return _submission(entity.first, draft.subject, moment, {**entity.fixed, **said}, [what, old], origin)


def _changed(
    change: Change, draft: Draft, differing: Mapping[str, Scalar], moment: str, old: list[str], origin: Origin
) -> Submission:
    is_timed = set(change.fields) > set(change.data.values())  # one of the fields is the event's own time
    told = draft.values if is_timed else differing
    data = {key: told[name] for key, name in change.data.items() if name in told}
    return _submission(change.type, draft.subject, moment, data, [dict(differing), old], origin)


def _submission(
    type_: str, subject: str, moment: str, data: dict[str, Any], what: list[Any], origin: Origin
) -> Submission:
    return {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE, _canonical([subject, type_, *what]))),
        "source": origin.source,
        "type": type_,
        "subject": subject,
        "time": moment,
        "dataversion": 1,
        "data": data,
        "actor": origin.actor,
    }


def _data(keys: Mapping[str, str], draft: Draft) -> dict[str, Any]:
    return {key: draft.values[name] for key, name in keys.items() if name in draft.values}


def _differing(said: Mapping[str, Scalar], state: State, origin: Origin) -> dict[str, Scalar]:
    return {k: v for k, v in said.items() if k != "valid_from" and not same(v, _known(state, k), origin.zone)}


def _known(state: State, name: str) -> Any:
    value = state.values.get(name)
    return UNSAID.get(name) if value is None else value


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


def _moment(names: tuple[str, ...], draft: Draft, origin: Origin) -> str | None:
    """The wire time of the first field that is said; a day stands for its midnight."""
    value = next((str(draft.values[name]) for name in names if name in draft.values), None)
    return midnight(value, origin.zone) if value is not None and len(value) == 10 else value


def _old(differing: Mapping[str, Scalar], state: State) -> list[str]:
    return sorted({state.set_by.get(name, "") for name in differing})


def _after(state: State, differing: Mapping[str, Scalar], event: Submission) -> State:
    return State({**state.values, **differing}, {**state.set_by, **_by(event, differing)})


def _by(event: Submission, names: Iterable[str]) -> dict[str, str]:
    return {name: str(event["id"]) for name in names}
