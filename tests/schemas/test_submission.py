"""The submission form: who may be named how, and when it still has an identity in it."""

from typing import Any

import pytest

from schemas import Invalid, parse, parse_submission
from tests.schemas.samples import SUBMISSION_NAMES, changed, fresh, packed

INCIDENT = "incident.reported.submission"
RECEIPT = "receipt.signed.submission"
ROSTER = "roster.part_recorded.submission"
HOUSEHOLD = {"community": "c-1", "address": "1 栋 101"}


def with_data(name: str, **fields: object) -> bytes:
    """A submission with these fields of data set; an Ellipsis takes one away."""
    event: dict[str, Any] = fresh(name)
    for field, value in fields.items():
        event = changed(event, ("data", field), None)
        event = changed(event, ("data", field), value)
    return packed(event)


def with_member(**member: object) -> bytes:
    return with_data(ROSTER, members=[member])


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        parse_submission(data)
    assert caught.value.reason == "invalid_field"
    return caught.value.detail


@pytest.mark.parametrize("name", SUBMISSION_NAMES)
def test_an_identity_is_no_event(name: str) -> None:
    """What names a person cannot stand in the log, stamped or not."""
    stamped = fresh(name) | {"actor": "a", "recordedtime": "2026-02-05T00:00:00Z"}
    with pytest.raises(Invalid) as caught:
        parse(packed(stamped))
    assert caught.value.reason == "invalid_field"


@pytest.mark.parametrize(
    "person",
    [
        {"id_number": "421222199002300014"},
        {"id_number": "42122219900230001x"},
        {"phone": "13000000000"},
        {"phone": "+86 130-0000-0000"},
        {"name": "张三"},
        {"name": "张三", "phone": None},
    ],
)
def test_a_person_is_one_of_three(person: dict[str, object]) -> None:
    assert parse_submission(with_data(INCIDENT, person=person)).has_identity


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"name": None},
        {"name": ""},
        {"name": "张三", "phone": "13000000000"},
        {"id_number": "42122219900230001"},
        {"id_number": "４21222199002300014"},
        {"id_number": 421222199002300014},
        {"phone": "call me"},
        {"phone": "１3000000000"},
        {"email": "x"},
        "张三",
    ],
)
def test_a_person_is_nothing_else(person: object) -> None:
    assert "data/person" in refused(with_data(INCIDENT, person=person))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (INCIDENT, {"person_ref": "p_1"}),
        (INCIDENT, {"reporter_ref": "p_1"}),
        (RECEIPT, {"person_ref": "p_1"}),
        (RECEIPT, {"household_ref": "h_1"}),
    ],
)
def test_identity_and_reference_for_the_same_one_are_refused(name: str, fields: dict[str, str]) -> None:
    assert "不可并存" in refused(with_data(name, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"person": {"name": "张三"}},
        {"household": HOUSEHOLD},
        {"person_ref": "p_1"},
        {"household_ref": "h_1"},
        {"person": {"name": "张三"}, "household_ref": "h_1"},
        {"person_ref": "p_1", "household": HOUSEHOLD},
    ],
)
def test_a_receipt_proves_someone(fields: dict[str, object]) -> None:
    nobody = {"person": None, "household": None}
    submission = parse_submission(with_data(RECEIPT, **(nobody | fields)))
    assert submission.has_identity == bool({"person", "household"} & fields.keys())


def test_a_receipt_of_nobody_is_refused() -> None:
    assert "a receipt proves" in refused(with_data(RECEIPT, person=None, household=None))


@pytest.mark.parametrize(
    ("member", "identity"),
    [
        ({"ref": "p_1"}, False),
        ({"ref": "p_1", "household": "h_1", "community": "c-1"}, False),
        ({"ref": "p_1", "household": HOUSEHOLD}, True),
        ({"person": {"name": "张三"}}, True),
        ({"person": {"name": "张三"}, "household": "h_1"}, True),
    ],
)
def test_members(member: dict[str, object], identity: bool) -> None:
    assert parse_submission(with_member(**member)).has_identity is identity


@pytest.mark.parametrize(
    "member",
    [
        {},
        {"household": "h_1"},
        {"ref": "p_1", "person": {"name": "张三"}},
        {"ref": ""},
        {"person": {"name": "张三"}, "household": {"community": "c-1"}},
    ],
)
def test_no_members(member: dict[str, object]) -> None:
    assert "data/members/0" in refused(with_member(**member))


def test_a_value_that_looks_like_an_identity_is_none() -> None:
    event = changed(fresh("receipt.voided.v1"), ("data", "reason"), '{"person":{"name":"x"}}')
    assert not parse_submission(packed(event)).has_identity


def test_old_versions_may_name_people_too() -> None:
    event = fresh("incident.reported.v0")
    event["data"]["person"] = {"phone": "13000000000"}
    assert parse_submission(packed(event)).has_identity
