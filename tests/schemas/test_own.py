"""Own JSON read fast: it reads what the models read and nothing else, for every type of which much is said."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import EVENTS, Invalid, instant, own_json, parse, parse_submission
from schemas.own import MAX_BYTES, read_own
from schemas.wire import TIME
from tests.poison import GOOD, POISON
from tests.schemas.samples import (
    CURRENT_NAMES,
    FAST_NAMES,
    NAMES,
    SUBMISSION_NAMES,
    at,
    changed,
    fresh,
    kind_of,
    paths,
    raw,
    shuffled,
)

STAMPS = ("actor", "recordedtime")
SWAPS: dict[type, list[object]] = {
    str: ["", "x", "x" * 501, "２０２６", "\x7f\u0085\u2028\ufeff😀/'囍", 1, True],
    int: [-1, 0, 2**63, 1.5, True, "1"],
}


def compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def models_write(data: bytes) -> bool:
    """Whether the model of its type reads the value in `data`, with or without stamps, and writes these very bytes."""
    value = json.loads(data)
    try:
        own = own_json(parse(compact(dict.fromkeys(STAMPS, "2026-01-01T00:00:00Z") | value)).event)
    except Invalid:
        return False
    stamps = b"".join(b"," + compact({name: value[name]})[1:-1] for name in STAMPS if name in value)
    return own[: own.rindex(b',"actor":"')] + stamps + b"}" == data


@pytest.mark.parametrize("name", FAST_NAMES)
def test_every_type_is_read_fast(name: str) -> None:
    event = parse(raw(name)).event
    said = read_own(own_json(event))
    assert said is not None
    for field in type(event).model_fields:
        assert same(getattr(said, field), getattr(event, field)), field


@pytest.mark.parametrize("name", sorted(set(CURRENT_NAMES) - set(FAST_NAMES)))
def test_other_types_are_left_to_the_models(name: str) -> None:
    """Of whatever shape their forms are: a sub-model in two places, a map, a union."""
    assert read_own(own_json(parse(raw(name)).event)) is None


def same(said: object, model: object) -> bool:
    """Whether a struct says by name what the model says, all the way down."""
    if isinstance(model, BaseModel):
        return all(same(getattr(said, name), getattr(model, name)) for name in type(model).model_fields)
    if isinstance(model, tuple):
        return isinstance(said, tuple) and len(said) == len(model) and all(map(same, said, model))
    if isinstance(said, datetime):
        return isinstance(model, str) and said == instant(model) and said.utcoffset() == offset(model)
    return type(said) is type(model) and said == model


def offset(time: str) -> timedelta | None:
    return datetime.fromisoformat(time).utcoffset()


def test_examples_cover_every_type() -> None:
    assert {kind_of(name) for name in CURRENT_NAMES} == set(EVENTS)


@pytest.mark.parametrize("name", FAST_NAMES)
@pytest.mark.parametrize("missing", [("actor",), ("recordedtime",), STAMPS])
def test_a_submission_may_lack_its_stamps(name: str, missing: tuple[str, ...]) -> None:
    event = json.loads(own_json(parse(raw(name)).event))
    bare = compact({key: value for key, value in event.items() if key not in missing})
    said = read_own(bare)
    assert said is not None
    assert said.actor == (None if "actor" in missing else event["actor"])
    submission = parse_submission(bare)
    assert submission.recordedtime == (None if "recordedtime" in missing else event["recordedtime"])
    assert submission.content == parse_submission(raw(name)).content
    with pytest.raises(Invalid, match=missing[0]):
        parse(bare)


@pytest.mark.parametrize("name", FAST_NAMES)
def test_any_change_is_read_as_the_models_read_it(name: str) -> None:
    """Each value of each example in turn: taken away, null, of another kind, too large, of a foreign script."""
    event = json.loads(own_json(parse(raw(name)).event))
    read = 0
    for path in paths(event):
        old = at(event, path)
        for new in (..., None, [], {}, [old], old, *SWAPS.get(type(old), [])):
            data = compact(changed(event, path, new))
            said = read_own(data)
            assert (said is not None) == models_write(data), data
            read += said is not None
    assert read > 0


# Every bound of a wire time from both sides, and spellings of all kinds.
TIMES = [
    f"{day}T{clock}{fraction}{zone}"
    for day in ("1990-01-01", "1989-12-31", "2099-12-31", "2100-01-01", "2024-02-29", "2025-02-29", "2026-04-31")
    for clock in ("00:00:00", "23:59:59", "23:59:60", "24:00:00")
    for fraction in ("", ".000000", ".000001", ".999999", ".5", ".1234567", ",000001")
    for zone in ("Z", "z", "", "+00:00", "-00:00", "+08:00", "+14:59", "-14:59", "+15:00", "-15:00", "+0800", "+08:60")
] + ["0000-01-01T00:00:00Z", "2026-01-01t00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01", "1767225600", ""]
LEFT = re.compile(r"\.000000|(?<!Z)(?<!\+08:00)$")  # to the models


def test_every_bound_of_a_time_is_the_models() -> None:
    """Of every time in every type; the two that stand in all of them, in one."""
    tried = 0
    for name in FAST_NAMES:
        event = json.loads(own_json(parse(raw(name)).event))
        for path in paths(event):
            found = at(event, path)
            if not (isinstance(found, str) and re.fullmatch(TIME, found)):
                continue
            if path[0] in ("time", *STAMPS) and tried > 2:
                continue
            tried += 1
            read = 0
            for time in TIMES:
                data = compact(changed(event, path, time))
                assert (read_own(data) is not None) == (models_write(data) and not LEFT.search(time)), data
                read += read_own(data) is not None
            assert read == 3 * 2 * 3 * 2, path  # days, clocks, fractions, zones
    assert tried > 6


@pytest.mark.parametrize("name", [name for name in FAST_NAMES if len(fresh(name)["data"]) > 1])
@given(st.randoms(use_true_random=False))
def test_another_order_is_not_own(name: str, rng: Any) -> None:
    event = json.loads(own_json(parse(raw(name)).event))
    other = shuffled(event, rng)
    assert (read_own(compact(other)) is None) == (list(walk(other)) != list(walk(event)))


def walk(value: dict[str, Any]) -> list[Any]:
    return [(key, walk(inner) if isinstance(inner, dict) else [walk(i) for i in inner if isinstance(i, dict)]
             if isinstance(inner, list) else None) for key, inner in value.items()]  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), [p[1:] for p in POISON], ids=[p[0] for p in POISON])
def test_no_poison_is_read(data: bytes, reason: str) -> None:
    assert read_own(data) is None, reason


@pytest.mark.parametrize("name", SUBMISSION_NAMES)
def test_identities_are_left_to_the_models(name: str) -> None:
    assert read_own(compact(fresh(name))) is None


@pytest.mark.parametrize(
    "data",
    [
        compact(GOOD).replace(b'"id":"', b'"id":"\\u5355'),
        compact(GOOD).replace(b'"id":"', b'"id":"\\n'),
        compact(GOOD) + b" ",
        b" " + compact(GOOD),
        compact(GOOD).replace(b'"dataversion":1', b'"dataversion":1.0'),
        compact(GOOD).replace(b'"dataversion":1', b'"dataversion":true'),
        compact(GOOD).replace(b'"dataversion":1,', b""),
        compact(GOOD).replace(b'"id":', b'"id":"first","id":'),
        compact(GOOD).replace(b'"id":"', b'"id":"\xff'),
    ],
)
def test_what_is_not_own_json(data: bytes) -> None:
    assert read_own(compact(GOOD)) is not None
    assert data != compact(GOOD)
    assert read_own(data) is None


def test_size() -> None:
    event = json.loads(own_json(parse(raw("receipt.signed.v1")).event))
    topics = event["data"]["topics"]
    each = len(compact(topics[0])) + 1
    topics += topics[:1] * ((MAX_BYTES - len(compact(event))) // each)
    assert MAX_BYTES - each < len(compact(event)) <= MAX_BYTES
    assert read_own(compact(event)) is not None
    topics.append(topics[0])
    assert read_own(compact(event)) is None


@given(st.sampled_from(NAMES), st.data())
def test_damaged_own_json_is_never_read_otherwise(name: str, data: st.DataObject) -> None:
    """Whatever bytes are put where: what is read fast, the models read too and write the same."""
    whole = compact(fresh(name))
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 20)))
    damaged = whole[:start] + data.draw(st.binary(max_size=6)) + whole[stop:]
    said = read_own(damaged)
    if said is not None:
        assert models_write(damaged)
