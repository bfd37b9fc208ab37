"""The published examples as test data, and ways to change them.

An example file is read once; `fresh` gives a copy that a test may change.
"""

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from schemas import EVENTS, Event, Invalid, Parsed, parse, parse_submission
from schemas.own import OFTEN
from schemas.topics import VERSION_OF

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "schemas" / "examples"
NAMES = tuple(sorted(path.name.removesuffix(".json") for path in FOLDER.glob("*.json")))
EVENT_NAMES = tuple(name for name in NAMES if not name.endswith(".submission"))
CURRENT_NAMES = tuple(sorted(f"{kind}.v{version}" for kind, version in VERSION_OF.items()))
FAST_NAMES = tuple(name for name in CURRENT_NAMES if name.split(".")[0] in OFTEN)  # those read without models
SUBMISSION_NAMES = tuple(name for name in NAMES if name.endswith(".submission"))

Path_ = tuple[str | int, ...]


@cache
def text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text("utf-8")


def raw(name: str) -> bytes:
    return text(name).encode()


def fresh(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text(name))
    return value


def kind_of(name: str) -> str:
    return name.rpartition(".")[0]


def packed(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def parsed(data: bytes) -> Parsed | None:
    """The event, or None where it is refused; anything but `Invalid` is an error of the parser."""
    try:
        return parse(data)
    except Invalid:
        return None


def accepted(data: bytes, as_submission: bool) -> bool:
    try:
        if as_submission:
            parse_submission(data)
        else:
            parse(data)
    except Invalid:
        return False
    return True


def paths(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Where every value below the root stands, inner ones too."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from paths(inner, (*at, key))


def at(value: Any, path: Path_) -> Any:
    for key in path:
        value = value[key]
    return value


def changed(value: dict[str, Any], path: Path_, new: object) -> dict[str, Any]:
    """A copy with one value replaced; an Ellipsis takes it away."""
    out: dict[str, Any] = json.loads(json.dumps(value))
    holder = at(out, path[:-1])
    if new is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return out


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same JSON value with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = rng.sample(sorted(value), len(value))
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(v, rng) for v in value] if isinstance(value, list) else value


def with_nulls(event: dict[str, Any]) -> dict[str, Any]:
    """The same event with every optional field it leaves out written as null."""
    out: dict[str, Any] = json.loads(json.dumps(event))
    model: type[Event] = EVENTS[event["type"]]
    data: Any = model.model_fields["data"].annotation
    for name, field in data.model_fields.items():
        if not field.is_required() and field.default is None:
            out["data"].setdefault(field.alias or name, None)
    return out
