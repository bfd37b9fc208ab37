"""Submit: from what somebody says to a record in the log.

 1 parse the submission, refuse bad input at once with its reason
 2 replace identities by the vault's random references
 3 stamp actor and recordedtime, each event later than the one before it; take the digest of the content
 4 append; the log answers accepted, duplicate or conflict
Idempotent: a retry gets the first answer. What happens if a step fails: 1–3 nothing was kept; 4 all of the chunk or
none of it is kept, and saying it again is harmless.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic_core import from_json

from schemas import TOPIC_OF, Invalid, Submission, instant, own_json, parse_submission
from schemas.catalogue import Catalogue
from schemas.events import checked
from schemas.own import Said, content_of
from schemas.tuples import made
from services.identities import WrongIdentity
from services.vault import Asked, Refer, Vault
from streams.interpreter import no_collection
from streams.lift import SCHEMA
from streams.log import Log, NewRecord, Stamp
from streams.stamps import Stamps

_CATEGORISED = frozenset({"incident.reported", "incident.stated", "incident.reclassified"})


class Answer(NamedTuple):
    """What became of one submission; `recordedtime` is the stamp that counts, for a retry the first one."""

    id: str
    status: str
    reason: str = ""
    recordedtime: str = ""


class Submit:
    """`zone` is that of the days of this folder; `now` is the aware clock of this edge; `stamps` gives its moments in
    the order of the submissions."""

    def __init__(
        self, log: Log, vault: Vault, catalogue: Catalogue, zone: str, now: Callable[[], datetime], stamps: Stamps
    ) -> None:
        self._log, self._vault, self._catalogue, self._zone = log, vault, catalogue, zone
        self._now, self._stamps = now, stamps

    def submit(
        self, raws: Sequence[bytes], actor: str, *, keep_recordedtime: bool = False, within_actor: bool = False
    ) -> list[Answer]:
        """One answer per submission, in order; `within_actor`: it may name `actor` or `actor/…` and nobody else.

        Raises the log's errors and `WrongClock`; nothing is kept then.
        """
        checked: list[_Checked] = []
        answers: list[Answer | None] = []
        keep_until = self._now() if keep_recordedtime else None
        with no_collection(), self._vault.asking() as refer:
            for raw in raws:
                try:
                    submission = parse_submission(raw)
                    if within_actor:
                        _check_actor(submission.said.actor, actor)
                    kept = self._kept(submission.recordedtime, keep_until) if keep_until else ""
                    checked.append(self._checked(submission, actor, kept, refer))
                    answers.append(None)
                except (Invalid, WrongIdentity) as bad:
                    answers.append(Answer(_id_of(raw), "rejected", str(bad)))
            fresh = iter(self._stamps.take(sum(not one.kept for one in checked)))
            records = [_record(one, one.kept or next(fresh)) for one in checked]
        appended = iter(zip(records, self._log.append(records), strict=True) if records else ())
        return [answer or _answer(*next(appended)) for answer in answers]

    def _checked(self, submission: Submission, actor: str, kept: str, refer: Refer) -> "_Checked":
        said, content = submission.said, submission.content
        category = said.data.category if said.type in _CATEGORISED else None
        if category is not None and self._catalogue.family_of(category) is None:
            raise Invalid("invalid_field", f"data/category: 目录中没有 / not in the catalogue: {category!r}")
        if said.type == "plan.adopted":
            self._check_plan(said)
        by = said.actor or actor
        if submission.has_identity:
            content = _pseudonymised(content, by, refer)
        return made(_Checked, (said, content, by, kept))

    def _check_plan(self, said: Said) -> None:
        plan = said.data.plan
        if plan is not None and plan.get("id") != said.subject:
            raise Invalid("invalid_field", f"subject: 须为方案的 id / has to be the id of the plan: {plan.get('id')}")
        if plan is not None and plan.get("time_zone") != self._zone:
            raise Invalid("invalid_field", f"data/plan/time_zone: 此目录的日期按 / days here are of {self._zone}")

    def _kept(self, given: str | None, until: datetime) -> str:
        """A stamp that stays as it was given; empty where none was."""
        if given is None:
            return ""
        moment = instant(given)
        if moment > until:
            raise Invalid("future_recordedtime", f"知悉时刻在将来 / recordedtime is in the future: {given}")
        self._stamps.seen(moment)
        return given


class _Checked(NamedTuple):
    """A submission after steps 1 and 2; `kept` is the stamp it keeps, if any."""

    said: Said
    content: bytes
    actor: str
    kept: str


def _record(one: _Checked, recorded: str) -> NewRecord:
    said, content, actor, _ = one
    vouched = made(Stamp, (said.id, recorded, sha256(content).digest(), SCHEMA))
    value = content + _by(actor) + f'"{recorded}"}}'.encode()
    return made(NewRecord, (TOPIC_OF[said.type], said.subject, value, vouched))


def _pseudonymised(content: bytes, actor: str, refer: Refer) -> bytes:
    """The content with every identity replaced; validated again, because it is now the event's own form."""
    said = from_json(content + b"}")
    data = said["data"]
    forms = [data, *data.get("members", ()), *data.get("add", ())]
    slots = [(form, *slot) for form in forms for slot in _identities(form, data, said["type"])]
    refs = refer([asked for _, _, _, asked in slots], actor)
    for (form, old, new, _), ref in zip(slots, refs, strict=True):
        del form[old]
        form[new] = ref
    return content_of(own_json(checked(said | {"actor": "-", "recordedtime": "2000-01-01T00:00:00Z"})))


def _identities(form: dict[str, Any], data: dict[str, Any], kind: str) -> list[tuple[str, str, Asked]]:
    """(field, field of the reference, what to ask the vault) of every identity in one form."""
    member = kind.startswith("roster.")
    found: list[tuple[str, str, Asked]] = []
    for field, ref in (("person", "ref" if member else "person_ref"), ("reporter", "reporter_ref")):
        if isinstance(form.get(field), dict):
            place = form.get("community") or data.get("community") or data.get("residence_community") or ""
            ((said_as, text),) = form[field].items()
            found.append((field, ref, (said_as, text, str(place))))
    if isinstance(form.get("household"), dict):
        home = form["household"]
        ref = "household" if member else "household_ref"
        found.append(("household", ref, ("household", home["address"], home["community"])))
    return found


def _check_actor(said: str | None, actor: str) -> None:
    if said is not None and said != actor and not said.startswith(f"{actor}/"):
        raise Invalid("foreign_actor", f"actor: 应为 / must be {actor} or {actor}/…: {said}")


@lru_cache(maxsize=10_000)
def _by(actor: str) -> bytes:
    """What stands between an event's content and its stamp; few people say most of the events of one day."""
    return f',"actor":{json.dumps(actor, ensure_ascii=False)},"recordedtime":'.encode()


def _answer(record: NewRecord, appended: Any) -> Answer:
    assert record.stamp is not None
    reason = "编号已被另一内容占用 / the id is taken by other content" if appended.status == "conflict" else ""
    return made(Answer, (record.stamp.event_id, appended.status, reason, appended.recorded))


def _id_of(raw: bytes) -> str:
    """The id of a refused submission, as far as it can be read: the sender wants to know which one it was."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    found = value.get("id") if isinstance(value, dict) else None
    return found[:64] if isinstance(found, str) else ""
