"""Every published example: complete, readable, parsed, and of one content for ever."""

import json
from hashlib import sha256

import pytest

from schemas import EVENTS, SUBMISSIONS, content_digest, instant, own_json, parse, parse_submission
from schemas.topics import VERSION_OF
from schemas.upcast import STANDS, UPCAST
from tests.schemas.samples import (
    EVENT_NAMES,
    NAMES,
    ROOT,
    SUBMISSION_NAMES,
    fresh,
    kind_of,
    packed,
    raw,
    text,
)

GOLDEN = json.loads((ROOT / "tests" / "golden" / "digests.json").read_text("utf-8"))

LIFTED = {
    "incident.reported.v0": {
        "occurred_at": "2025-11-02T21:30:00+08:00",
        "station": "ps-junshui-1",
        "residence_community": "421222100001",
        "category": "fake_loan",
        "loss_fen": 1280050,
        "sex": "male",
        "age_band": "20-29",
        "stage": "completed",
    },
    "receipt.signed.v0": {
        "action": "visit-20251108-dongmen",
        "household_ref": "h_80d52e751b9f61005294f511",
        "audience": "household",
        "community": "421222100001",
        "method": "paper_slip",
        "collector": "ps-junshui-1-03",
        "explained_in_person": False,
        "topics": [],
    },
}


def test_one_example_for_each_type_and_version() -> None:
    versions = set(VERSION_OF.items()) | set(UPCAST) | STANDS
    assert set(EVENT_NAMES) == {f"{kind}.v{version}" for kind, version in versions}
    stored = {kind: repr(form.model_fields["data"]) for kind, form in EVENTS.items()}
    sent = {kind: repr(form.model_fields["data"]) for kind, form in SUBMISSIONS.items()}
    identities = {kind for kind in EVENTS if stored[kind] != sent[kind]}
    assert {kind_of(name) for name in SUBMISSION_NAMES} == identities
    assert len(identities) == 6


@pytest.mark.parametrize("name", NAMES)
def test_written_for_reading(name: str) -> None:
    assert text(name) == json.dumps(fresh(name), ensure_ascii=False, indent=2) + "\n"
    assert fresh(name)["type"] == kind_of(name)


def test_ids_are_unique() -> None:
    ids = [fresh(name)["id"] for name in NAMES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_parses_and_round_trips(name: str) -> None:
    first = parse(raw(name))
    own = own_json(first.event)
    again = parse(own)
    assert first.lifted == own
    assert again.lifted == b""
    assert again.event == first.event
    assert again.digest == first.digest == content_digest(own)


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_digest_is_the_golden_one(name: str) -> None:
    """Another digest means that stored events would conflict with their own retries."""
    assert parse(raw(name)).digest.hex() == GOLDEN[name]


def test_golden_digests_name_no_lost_example() -> None:
    assert set(GOLDEN) == set(EVENT_NAMES)


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_digest_by_other_means(name: str) -> None:
    """The digest is over the own JSON up to the actor, said again without the parser's byte slice."""
    event = json.loads(own_json(parse(raw(name)).event))
    del event["actor"], event["recordedtime"]
    compact = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    assert sha256(compact.removesuffix("}").encode()).digest() == parse(raw(name)).digest


@pytest.mark.parametrize("name", sorted(LIFTED))
def test_old_versions_are_lifted(name: str) -> None:
    event = json.loads(parse(raw(name)).lifted)
    assert event["dataversion"] == VERSION_OF[kind_of(name)]
    assert event["data"] == LIFTED[name]
    assert {k: v for k, v in event.items() if k not in ("data", "dataversion")} == {
        k: v for k, v in fresh(name).items() if k not in ("data", "dataversion")
    }


@pytest.mark.parametrize("name", sorted(LIFTED))
def test_lifted_is_the_same_content_as_the_new_form(name: str) -> None:
    new = fresh(name) | {"dataversion": VERSION_OF[kind_of(name)], "data": LIFTED[name]}
    assert parse(packed(new)).digest == parse(raw(name)).digest


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_recorded_after_it_happened(name: str) -> None:
    event = fresh(name)
    assert instant(event["time"]) <= instant(event["recordedtime"])


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_an_event_is_a_submission_too(name: str) -> None:
    """With or without its stamps: a reference passes unchanged, and the content is the event's."""
    event = fresh(name)
    stamped = parse_submission(packed(event))
    actor, recorded = event.pop("actor"), event.pop("recordedtime")
    bare = parse_submission(packed(event))
    assert not stamped.has_identity
    assert stamped.content == bare.content
    stamps = f',"actor":"{actor}","recordedtime":"{recorded}"}}'.encode()
    assert bare.content + stamps == own_json(parse(raw(name)).event)


@pytest.mark.parametrize("name", SUBMISSION_NAMES)
def test_submissions_say_what_events_do_not(name: str) -> None:
    submission = parse_submission(raw(name))
    assert submission.has_identity != (kind_of(name) == "plan.adopted"), "a plan names nobody"
    assert submission.content == parse_submission(submission.content + b"}").content
