"""The AsyncAPI 3 document: topics as channels, one message a type, the key, partitions, retention, examples.

In: the table of topics, the models, the example files. Out: a plain dict, complete in itself.
"""

import json
from importlib.resources import files
from typing import Any

from schemas.json_schema import JSON, definitions, subject_of
from schemas.own import MAX_BYTES
from schemas.topics import EVENTS, TOPICS, VERSION_OF, Topic, type_name

_KAFKA = "0.5.0"  # of the binding's own schema
_DESCRIPTION = (
    "反诈宣传与警情的事件。信封为 CloudEvents 1.0 结构化 JSON，一条记录一个事件；"
    "记录的键是 subject。同一 id 只计第一次的内容。\n\n"
    "Events of anti-fraud publicity and incidents: CloudEvents 1.0, structured JSON, one event a record, "
    "keyed by subject. Of one id the first content counts."
)


def example(kind: str, form: str = "") -> JSON:
    """A published example: `form` is `v1`, `v0` … or `submission`; the current version where none is named."""
    name = f"{kind}.{form or f'v{VERSION_OF[kind]}'}.json"
    text = files("schemas").joinpath("examples", name).read_text("utf-8")
    value: JSON = json.loads(text)
    return value


def asyncapi() -> JSON:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "fanzha 反诈",
            "version": f"{max(VERSION_OF.values())}.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {
            f"{action}_{topic.name}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{topic.name}"},
                "summary": summary,
            }
            for topic in TOPICS
            for action, summary in (
                ("send", "submit 写入通过校验的事件 / submit writes what it accepted"),
                ("receive", "处理程序自最早一条读起 / processing reads from the earliest record"),
            )
        },
        "components": {
            "messages": {kind: _message(kind) for kind in EVENTS},
            "messageTraits": {"keyed": _keyed()},
            "schemas": definitions(EVENTS, ref="#/components/schemas/{model}"),
        },
    }


def _channel(topic: Topic) -> JSON:
    kinds = [type_name(event) for event in topic.events]
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in kinds},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": MAX_BYTES,
                },
                "bindingVersion": _KAFKA,
            }
        },
    }


def _message(kind: str) -> JSON:
    event = EVENTS[kind]
    return {
        "name": kind,
        "title": event.__name__,
        "summary": f"{event.__doc__} 主体 / subject: {subject_of(kind)}",
        "traits": [{"$ref": "#/components/messageTraits/keyed"}],
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "examples": [{"name": kind, "payload": example(kind)}],
    }


def _keyed() -> dict[str, Any]:
    key = {"type": "string", "minLength": 1, "maxLength": 64, "description": "subject"}
    return {"bindings": {"kafka": {"key": key, "bindingVersion": _KAFKA}}}
