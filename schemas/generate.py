"""What is generated from the models: JSON Schema, AsyncAPI and the table of types in docs/events.md.

`python -m schemas.generate` writes the files, `--check` writes nothing and exits 1 where one has drifted.
`type_list`, `event_schema`, `submission_schema` and `asyncapi` are for the command line.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from schemas.asyncapi import asyncapi
from schemas.json_schema import (
    JSON,
    all_events,
    all_submissions,
    definitions,
    event_schema,
    subject_of,
    submission_schema,
)
from schemas.submission import SUBMISSIONS
from schemas.topics import EVENTS, TOPIC_OF, TOPICS, VERSION_OF
from schemas.upcast import UPCAST

__all__ = ["EventType", "asyncapi", "event_schema", "main", "outputs", "submission_schema", "type_list"]

BEGIN, END = "<!-- types: begin -->", "<!-- types: end -->"
_ROOT = Path(__file__).parent.parent
_DOCUMENT = Path("docs", "events.md")
_GENERATED = Path("schemas", "generated")
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the list of types. `identities` are the fields only a submission may have."""

    name: str
    topic: str
    summary: str
    subject: str
    versions: tuple[int, ...]
    fields: tuple[str, ...]
    identities: tuple[str, ...]


def type_list() -> tuple[EventType, ...]:
    """Every type, in the order of the topics."""
    stored, sent = definitions(EVENTS), definitions(SUBMISSIONS)
    rows = []
    for name, event in EVENTS.items():
        fields = _data_fields(event.__name__, stored)
        may_send = _data_fields(SUBMISSIONS[name].__name__, sent)
        rows.append(
            EventType(
                name=name,
                topic=TOPIC_OF[name],
                summary=event.__doc__ or "",
                subject=subject_of(name),
                versions=(*sorted(v for kind, v in UPCAST if kind == name), VERSION_OF[name]),
                fields=fields,
                identities=tuple(field for field in may_send if field not in fields),
            )
        )
    return tuple(rows)


def _data_fields(form: str, defs: JSON) -> tuple[str, ...]:
    data = defs[form]["properties"]["data"]["$ref"].rpartition("/")[2]
    return _fields(defs[data], defs)


def _fields(model: JSON, defs: JSON) -> tuple[str, ...]:
    """The fields of a model as short texts: `name?` where optional, with its words or its parts."""
    required = model.get("required", [])
    return tuple(
        name + _shape(part, defs) + ("" if name in required else "?") for name, part in model["properties"].items()
    )


def _shape(part: JSON, defs: JSON) -> str:
    forms = [form for form in part.get("anyOf", [part]) if form.get("type") != "null"]
    if len(forms) > 1:
        return "".join(_shape(form, defs) for form in forms)
    form = forms[0]
    if "enum" in form:
        return f" ({', '.join(form['enum'])})"
    if form.get("type") == "array":
        return f" [{_shape(form['items'], defs).strip()}]"
    target = defs.get(form.get("$ref", "").rpartition("/")[2], {})
    return f" {{{', '.join(_fields(target, defs))}}}" if "properties" in target else ""


def table() -> str:
    """The table of types as Markdown, one section a topic."""
    lines: list[str] = []
    rows = type_list()
    for topic in TOPICS:
        lines += [f"### `{topic.name}` {topic.description}", ""]
        lines += ["| 类型 / type | 含义 | 主体 / subject | `data` 的字段 / fields | 示例 / examples |"]
        lines += ["|---|---|---|---|---|"]
        lines += [_row(row) for row in rows if row.topic == topic.name]
        lines.append("")
    return "\n".join(lines)


def _row(row: EventType) -> str:
    fields = ", ".join(f"`{f}`" for f in row.fields)
    if row.identities:
        fields += "<br>提交时还可 / when submitted also: " + ", ".join(f"`{f}`" for f in row.identities)
    forms = [f"v{version}" for version in reversed(row.versions)]
    if files("schemas").joinpath("examples", f"{row.name}.submission.json").is_file():
        forms.append("submission")
    links = " ".join(f"[{form}](../schemas/examples/{row.name}.{form}.json)" for form in forms)
    return f"| `{row.name}` | {row.summary} | {row.subject} | {fields} | {links} |"


def dump(value: Any, indent: int = 0) -> str:
    """JSON with every part that fits on a line on one line, so that a change is a short diff."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not isinstance(value, dict | list):
        return flat
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(k, ensure_ascii=False)}: {dump(v, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(inner + dump(v, indent + 1) for v in value) + "\n" + " " * indent + "]"


def with_table(document: str) -> str:
    """The document with the text between its two markers replaced by the table of types."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{_DOCUMENT}: 缺少标记 / markers missing: {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table()}{END}{after}"


def outputs(document: str) -> dict[Path, str]:
    """Every generated file by its path in the project; `document` is docs/events.md as it stands."""
    return {
        _GENERATED / "events.schema.json": dump(all_events()) + "\n",
        _GENERATED / "submissions.schema.json": dump(all_submissions()) + "\n",
        _GENERATED / "asyncapi.json": dump(asyncapi()) + "\n",
        _DOCUMENT: with_table(document),
    }


def main(argv: Sequence[str] | None = None, root: Path = _ROOT) -> int:
    """Write the files, or with `--check` name those that differ from what would be written."""
    parser = argparse.ArgumentParser(prog="python -m schemas.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="只比较，不写 / compare, write nothing")
    check = parser.parse_args(argv).check
    drifted = 0
    for path, text in outputs((root / _DOCUMENT).read_text("utf-8")).items():
        file = root / path
        if file.is_file() and file.read_text("utf-8") == text:
            continue
        drifted += 1
        print(f"{path}: {'已过时 / out of date' if check else '已写 / written'}", file=sys.stderr)
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
