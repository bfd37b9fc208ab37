"""JSON Schema of every event type, in the event form and in the submission form.

In: the models. Out: JSON Schema (draft 2020-12) as plain dicts, each complete in itself. Invariant: what the
models accept, these accept. Limit: JSON Schema has no words for duplicate keys, the NUL character or `1.0`
where an integer stands; only the models refuse those.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from schemas.envelope import Event
from schemas.submission import SUBMISSIONS
from schemas.topics import EVENTS
from schemas.wire import Code, Count, Day, Fen, Sha256, Text, WireTime

JSON = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WORDS = {
    "WireTime": WireTime,
    "Day": Day,
    "Code": Code,
    "Text": Text,
    "Sha256": Sha256,
    "Count": Count,
    "Fen": Fen,
}
_BESIDE = ("description", "default")  # may stand beside a $ref without changing what is valid
_REF = "#/$defs/{model}"

SUBJECTS: Mapping[str, str] = {
    "place": "行政区划代码 / place code",
    "station": "派出所 / station",
    "unit": "成员单位 / unit",
    "community": "社区、村 / community",
    "population": "社区、村 / community",
    "roster": "花名册 / roster",
    "source": "来源 / source",
    "plan": "方案 / plan",
    "action": "宣传 / action",
    "receipt": "回执 / receipt",
    "play": "屏幕或场所 / screen or venue",
    "occasion": "责任单位 / duty owner",
    "incident": "警情 / incident",
    "zero_report": "派出所或单位 / station or unit",
    "alert": "预警 / alert",
}


class _Untitled(GenerateJsonSchema):
    """A field's title would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def definitions(forms: Mapping[str, type[Event]], ref: str = _REF) -> JSON:
    """Every definition the forms need, by name; the wire's own words (times, codes, amounts) stand once."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(form, "validation") for form in forms.values()]
    _, schema = models_json_schema(models, schema_generator=_Untitled, ref_template=ref)
    words: JSON = {name: TypeAdapter(word).json_schema() for name, word in _WORDS.items()}
    refs = {name: ref.format(model=name) for name in words}
    defs = {name: _with_words(form, words, refs) for name, form in schema["$defs"].items()}
    for kind, form in forms.items():
        defs[form.__name__]["properties"]["subject"]["description"] = subject_of(kind)
    return defs | words


def subject_of(kind: str) -> str:
    """What the subject of a type is, in Chinese and English."""
    return SUBJECTS[kind.partition(".")[0]]


def event_schema(kind: str) -> JSON:
    """The event form of one type: what stands in the log. `KeyError` for an unknown type."""
    return _alone(EVENTS[kind], definitions({kind: EVENTS[kind]}))


def submission_schema(kind: str) -> JSON:
    """The submission form of one type: what may be sent. `KeyError` for an unknown type."""
    return _alone(SUBMISSIONS[kind], definitions({kind: SUBMISSIONS[kind]}))


def all_events() -> JSON:
    """One schema for the event form of every type."""
    return _union("fanzha 事件 / events", EVENTS)


def all_submissions() -> JSON:
    """One schema for the submission form of every type."""
    return _union("fanzha 提交 / submissions", SUBMISSIONS)


def _union(title: str, forms: Mapping[str, type[Event]]) -> JSON:
    roots = [{"$ref": _REF.format(model=form.__name__)} for form in forms.values()]
    return {"$schema": DIALECT, "title": title, "oneOf": roots, "$defs": definitions(forms)}


def _alone(form: type[Event], defs: JSON) -> JSON:
    root = defs[form.__name__]
    wanted: set[str] = set()
    new = set(_refs(root))
    while new:
        wanted |= new
        new = {ref for name in new for ref in _refs(defs[name])} - wanted
    return {"$schema": DIALECT, **root, "$defs": {name: d for name, d in defs.items() if name in wanted}}


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _refs(part)


def _core(node: JSON) -> JSON:
    return {key: value for key, value in node.items() if key not in _BESIDE}


def _with_words(node: Any, words: JSON, refs: Mapping[str, str]) -> Any:
    """`node` with each inline copy of a word replaced by a reference to it."""
    if isinstance(node, list):
        return [_with_words(part, words, refs) for part in node]
    if not isinstance(node, dict):
        return node
    for name, word in words.items():
        if _core(node) == _core(word):
            beside = {k: node[k] for k in _BESIDE if k in node and node[k] != word.get(k)}
            return {"$ref": refs[name], **beside}
    return {key: _with_words(value, words, refs) for key, value in node.items()}
