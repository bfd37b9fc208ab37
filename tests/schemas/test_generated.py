"""What is generated has not drifted, is AsyncAPI 3 in its structure, and the document tells the truth."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from schemas import EVENTS, PARTITIONS, TOPIC_OF, TOPICS, Event
from schemas.generate import BEGIN, END, asyncapi, dump, main, outputs, table, type_list, with_table
from schemas.topics import type_name
from tests.poison import POISON
from tests.schemas.samples import CURRENT_NAMES, ROOT, fresh, kind_of

DOCUMENT = ROOT / "docs" / "events.md"
TEXT = DOCUMENT.read_text("utf-8")
GENERATED = outputs(TEXT)


def resolved(document: dict[str, Any], ref: str) -> Any:
    node: Any = document
    for step in ref.removeprefix("#/").split("/"):
        node = node[step]
    return node


def refs(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [ref for value in node.values() for ref in refs(value)]
    return [ref for value in node for ref in refs(value)] if isinstance(node, list) else []


class TestDrift:
    @pytest.mark.parametrize("path", sorted(GENERATED), ids=str)
    def test_no_file_has_drifted(self, path: Path) -> None:
        """If this fails: `python -m schemas.generate`."""
        assert (ROOT / path).read_text("utf-8") == GENERATED[path]

    def test_no_other_file_stands_there(self) -> None:
        there = {path.relative_to(ROOT) for path in (ROOT / "schemas" / "generated").iterdir()}
        assert there == {path for path in GENERATED if path.parts[0] == "schemas"}

    def test_check_and_write(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "events.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
        assert main(["--check"], tmp_path) == 1
        assert not (tmp_path / "schemas").exists()
        assert main([], tmp_path) == 0
        assert main(["--check"], tmp_path) == 0
        (tmp_path / "schemas" / "generated" / "asyncapi.json").write_text("{}", "utf-8")
        assert main(["--check"], tmp_path) == 1
        assert "asyncapi.json" in capsys.readouterr().err.splitlines()[-1]

    def test_a_document_without_markers_is_an_error(self) -> None:
        for text in ("", BEGIN, END + BEGIN):
            with pytest.raises(ValueError, match="markers"):
                with_table(text)

    def test_dump_is_json(self) -> None:
        value: dict[str, object] = {
            "a": [1, {"b": "中" * 200}],
            "c": [],
            "d": {},
            "e": ["x" * 100, "y" * 100],
            "f": None,
        }
        assert json.loads(dump(value)) == value


class TestAsyncAPI:
    document = asyncapi()

    def test_root(self) -> None:
        assert self.document["asyncapi"] == "3.0.0"
        assert self.document["info"]["title"]
        assert set(self.document) == {
            "asyncapi",
            "info",
            "defaultContentType",
            "channels",
            "operations",
            "components",
        }

    def test_every_reference_resolves(self) -> None:
        found = refs(self.document)
        assert len(found) > 100
        for ref in found:
            assert resolved(self.document, ref)

    def test_channels_are_the_topics(self) -> None:
        assert list(self.document["channels"]) == [topic.name for topic in TOPICS]
        for topic in TOPICS:
            channel = self.document["channels"][topic.name]
            kafka = channel["bindings"]["kafka"]
            assert channel["address"] == kafka["topic"] == topic.name
            assert kafka["partitions"] == PARTITIONS[topic.name]
            assert kafka["topicConfiguration"]["retention.ms"] == -1
            assert list(channel["messages"]) == [type_name(event) for event in topic.events]

    def test_operations_name_channels(self) -> None:
        for operation in self.document["operations"].values():
            assert operation["action"] in ("send", "receive")
            assert resolved(self.document, operation["channel"]["$ref"])["address"] in PARTITIONS

    @pytest.mark.parametrize("name", CURRENT_NAMES)
    def test_messages_carry_their_example(self, name: str) -> None:
        message = self.document["components"]["messages"][kind_of(name)]
        (example,) = message["examples"]
        assert example["payload"] == fresh(name)
        payload = {"$ref": message["payload"]["$ref"], "components": self.document["components"]}
        Draft7Validator(payload).validate(example["payload"])
        assert not Draft7Validator(payload).is_valid(example["payload"] | {"data": {"x": 1}})

    def test_the_key_is_the_subject(self) -> None:
        for message in self.document["components"]["messages"].values():
            (trait,) = message["traits"]
            key = resolved(self.document, trait["$ref"])["bindings"]["kafka"]["key"]
            assert key["description"] == "subject"


class TestTypeList:
    def test_every_type_once(self) -> None:
        assert [row.name for row in type_list()] == list(EVENTS)
        assert all(row.topic == TOPIC_OF[row.name] and row.summary and row.subject for row in type_list())

    def test_a_row(self) -> None:
        (row,) = (row for row in type_list() if row.name == "receipt.signed")
        assert row.versions == (0, 1)
        assert "collector" in row.fields
        assert "person_ref?" in row.fields
        assert "method (paper_slip, qr_form, class_list, sms_report)" in row.fields
        assert row.identities == (
            "person {id_number?, phone?, name?}?",
            "household {community, address}?",
        )

    def test_most_types_carry_no_identity(self) -> None:
        assert [row.name for row in type_list() if row.identities] == [
            "roster.part_recorded",
            "roster.amended",
            "plan.adopted",  # nobody's: what its text says need not be said again
            "receipt.signed",
            "incident.reported",
            "incident.stated",
        ]


class TestDocument:
    def test_links_lead_somewhere(self) -> None:
        links = re.findall(r"\]\((\.\./[^)]+)\)", TEXT)
        assert len(links) > 35
        for link in links:
            assert (DOCUMENT.parent / link).resolve().is_file(), link

    def test_the_table_has_every_type(self) -> None:
        whole = table()
        for kind in EVENTS:
            assert whole.count(f"| `{kind}` |") == 1

    def test_the_envelope_is_told_whole(self) -> None:
        envelope = TEXT.partition("## 信封")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)`", envelope, re.M) == list(Event.model_fields)

    def test_every_reason_is_told(self) -> None:
        sending = TEXT.partition("## 怎么送")[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)`", sending, re.M)) == {reason for _, _, reason in POISON}
