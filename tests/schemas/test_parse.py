"""The parser: every poison has its reason, `Invalid` alone is raised, the digest covers the content alone."""

import json
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas import Invalid, parse, parse_submission
from tests.poison import GOOD, POISON
from tests.schemas.samples import (
    CURRENT_NAMES,
    EVENT_NAMES,
    NAMES,
    at,
    changed,
    fresh,
    packed,
    parsed,
    paths,
    raw,
    shuffled,
    text,
    with_nulls,
)

REASONS = {reason for _, _, reason in POISON}
IDS = [name for name, _, _ in POISON]


def outcome(data: bytes) -> list[str]:
    """What both parsers say: a reason word each, or "ok"."""
    said = []
    for read in (parse, parse_submission):
        refusal: Invalid | None = None
        try:
            read(data)
        except Invalid as invalid:
            refusal = invalid
        if refusal is not None:
            assert refusal.reason in REASONS
            assert 0 < len(refusal.detail.encode()) <= 2000
        said.append(refusal.reason if refusal else "ok")
    return said


class TestPoison:
    def test_the_event_they_are_made_of_is_good(self) -> None:
        assert outcome(packed(GOOD)) == ["ok", "ok"]

    def test_names_are_unique(self) -> None:
        assert len(set(IDS)) == len(IDS)

    @pytest.mark.parametrize(("data", "reason"), [(data, reason) for _, data, reason in POISON], ids=IDS)
    def test_reason(self, data: bytes, reason: str) -> None:
        assert outcome(data) == [reason, reason]

    @pytest.mark.parametrize("field", ["actor", "recordedtime"])
    def test_only_a_submission_may_lack_its_stamps(self, field: str) -> None:
        assert outcome(packed(changed(GOOD, (field,), ...))) == ["invalid_field", "ok"]
        assert outcome(packed(changed(GOOD, (field,), None))) == ["invalid_field", "ok"]

    def test_the_reason_does_not_depend_on_the_depth_of_the_stack(self) -> None:
        deep = [data for name, data, _ in POISON if "nested" in name]

        def below(frames: int) -> list[list[str]]:
            return below(frames - 1) if frames else [outcome(data) for data in deep]

        assert below(0) == below(400)

    def test_a_detail_never_shows_a_value(self) -> None:
        secret = "421222199002300014"
        event = fresh("incident.reported.submission")
        for path in list(paths(event)):
            hidden = packed(changed(event, path, {secret: secret} if path[-1] == "person" else [secret]))
            with pytest.raises(Invalid) as caught:
                parse_submission(hidden)
            if path[-1] not in ("person", "type", "dataversion"):  # keys, types and versions are no secrets
                assert secret not in caught.value.detail


class TestAccepted:
    @pytest.mark.parametrize(
        "time",
        [
            "1990-01-01T00:00:00Z",
            "2099-12-31T23:59:59.999999+14:59",
            "2024-02-29T12:00:00-00:00",
            "2000-02-29T23:59:59.000000Z",
            "2026-01-18T20:41:00-03:30",
        ],
    )
    def test_times(self, time: str) -> None:
        assert outcome(packed(GOOD | {"time": time})) == ["ok", "ok"]

    @pytest.mark.parametrize("loss", [0, 1, 10**15])
    def test_amounts(self, loss: int) -> None:
        assert outcome(packed(changed(GOOD, ("data", "loss_fen"), loss))) == ["ok", "ok"]

    @pytest.mark.parametrize("yuan", ["0", "12800.5", "12800.50", "12800.500", 12800, 12800.5])
    def test_yuan_of_version_0(self, yuan: object) -> None:
        event = changed(fresh("incident.reported.v0"), ("data", "loss_yuan"), yuan)
        loss = json.loads(parse(packed(event)).lifted)["data"]["loss_fen"]
        assert loss == round(float(str(yuan)) * 100)

    def test_a_backslash_before_u0000_is_no_nul(self) -> None:
        assert outcome(packed(GOOD | {"id": "a\\u0000"})) == ["ok", "ok"]

    def test_any_other_character_is_kept(self) -> None:
        said = "\x01\x1f\x7f\u0085\u2028\ufeff😀\"\\/'囍"
        assert parse(packed(GOOD | {"id": said})).event.id == said

    def test_as_large_as_may_be(self) -> None:
        whole = packed(GOOD)
        assert outcome(whole + b" " * (1_048_576 - len(whole))) == ["ok", "ok"]

    def test_the_actor_may_look_like_the_end_of_the_content(self) -> None:
        tricky = ',"actor":"x","recordedtime":"'
        one, two = (parse(packed(GOOD | {"actor": actor})).digest for actor in ("office-01", tricky))
        assert one == two


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """An example with up to three of its values replaced, taken away, or moved elsewhere."""
    event = fresh(draw(st.sampled_from(NAMES)))
    for _ in range(draw(st.integers(1, 3))):
        where = list(paths(event))
        if not where:
            break
        path = draw(st.sampled_from(where))
        elsewhere = at(event, draw(st.sampled_from(where)))
        event = changed(event, path, draw(st.just(...) | st.just(elsewhere) | JSON_VALUES))
    return event


class TestNeverRaises:
    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        outcome(data)

    @given(JSON_VALUES)
    def test_any_json(self, value: object) -> None:
        outcome(json.dumps(value).encode())

    @given(mutated())
    def test_mutated_events(self, event: dict[str, Any]) -> None:
        outcome(json.dumps(event).encode())

    @given(st.sampled_from(NAMES), st.data())
    def test_damaged_bytes(self, name: str, data: st.DataObject) -> None:
        whole = raw(name)
        start = data.draw(st.integers(0, len(whole)))
        stop = data.draw(st.integers(start, min(len(whole), start + 20)))
        outcome(whole[:start] + data.draw(st.binary(max_size=6)) + whole[stop:])

    @given(st.text(alphabet='[]{}":,\\u0 1eE+-.tfn', max_size=80))
    @example('{"type":' + "[" * 199 + "]" * 199 + "}")
    @example('{"type":' + '{"a":' * 198 + "1" + "}" * 199)
    def test_json_like_text(self, said: str) -> None:
        outcome(said.encode())

    @given(st.integers(0, 1200), st.sampled_from(NAMES), st.sampled_from(["[]", "{}"]), st.data())
    def test_nested_text(self, depth: int, name: str, kind: str, data: st.DataObject) -> None:
        left, right = ("[", "]") if kind == "[]" else ('{"a":', "}")
        inner = data.draw(st.sampled_from(["1", '"\\u0000"', '"\\ud800"', "NaN", "", "[", '{"a":1,"a":2}']))
        nested = left * depth + inner + right * depth
        place = data.draw(st.sampled_from(sorted(fresh(name))))
        outcome(text(name).replace(f'"{place}":', f'"{place}": {nested}, "x":', 1).encode())


class TestDigest:
    @given(st.sampled_from(EVENT_NAMES), st.randoms(use_true_random=False), st.booleans(), st.integers(0, 3))
    def test_form_does_not_matter(self, name: str, rng: random.Random, ascii_only: bool, indent: int) -> None:
        event = shuffled(with_nulls(fresh(name)) if name.endswith(".v1") else fresh(name), rng)
        form = json.dumps(event, ensure_ascii=ascii_only, indent=indent or None)
        assert parse(form.encode()).digest == parse(raw(name)).digest

    @given(
        st.sampled_from(EVENT_NAMES),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=64),
        st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - hypothesis wants them naive
    )
    def test_stamps_do_not_matter(self, name: str, actor: str, moment: datetime) -> None:
        retry = fresh(name) | {
            "actor": actor,
            "recordedtime": f"{moment.isoformat(timespec='microseconds')}Z",
        }
        assert parse(packed(retry)).digest == parse(raw(name)).digest

    @pytest.mark.parametrize("name", CURRENT_NAMES)
    def test_a_missing_version_is_the_current_one(self, name: str) -> None:
        assert parse(packed(changed(fresh(name), ("dataversion",), ...))).digest == parse(raw(name)).digest

    @pytest.mark.parametrize("name", CURRENT_NAMES)
    def test_content_matters(self, name: str) -> None:
        """Every value of the content, replaced by another valid one, gives another digest."""
        event = fresh(name)
        digests = [parse(raw(name)).digest]
        for path in paths(event):
            if path[0] in ("actor", "recordedtime"):
                continue
            for new in others(at(event, path)):
                if (other := parsed(packed(changed(event, path, new)))) is not None:
                    digests.append(other.digest)
                    break
        assert len(digests) > len(event["data"])
        assert len(set(digests)) == len(digests)


def others(value: object) -> list[object]:
    """Values of the same form as `value`, one of which is valid wherever it was."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, list):
        return [[*value, value[0]]]
    if not isinstance(value, str):
        return []
    words = {
        "dissuaded": "attempted",
        "completed": "attempted",
        "female": "male",
        "accepted": "queried",
        "paper_slip": "qr_form",
        "community": "compound",
        "community_officer": "unit",
    }
    tries = [
        words.get(value, value),
        value.replace("2026", "2027"),
        f"{value}x",
        f"{value[:-1]}0",
        f"{value[:-1]}1",
    ]
    return [other for other in tries if other != value]
