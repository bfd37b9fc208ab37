"""docs/import.md against the model of a mapping: every key is described, is in an example, and the examples hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.marked_yaml import load
from services.imports import SHIPPED, load_mapping
from services.imports.check import read_mapping
from services.imports.kinds import INCIDENTS, kind_of
from services.imports.mapping import FieldRule, FileForm, IdRule, ImportMapping, Unregistered
from tests.services.imports.importing import ROOT

TEXT = (ROOT / "docs/import.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SECTIONS: dict[str, type[BaseModel]] = {
    "## The parts of a mapping": ImportMapping,
    "### `file`": FileForm,
    "### `id`": IdRule,
    "### `unregistered`": Unregistered,
    "### A rule of `fields`": FieldRule,
}


def described(heading: str) -> list[str]:
    """The keys in the first column of the table of a section."""
    section = TEXT.split(f"\n{heading}\n", 1)[1]
    section = re.split(r"\n#+ ", section, maxsplit=1)[0]
    table = re.sub(r"```.*?```", "", section, flags=re.DOTALL)
    return [key for row in re.findall(r"^\|(.*?)\|", table, re.MULTILINE) for key in re.findall(r"`([\w-]+)`", row)]


def used(value: Any, model: type[BaseModel] = ImportMapping) -> Iterator[tuple[type[BaseModel], str]]:
    """The keys an example uses, each with the model it belongs to."""
    inner: dict[str, type[BaseModel]] = {"file": FileForm, "id": IdRule, "unregistered": Unregistered}
    for key, said in value.items():
        yield model, key
        if model is ImportMapping and key in inner and isinstance(said, dict):
            yield from used(said, inner[key])
        if model is ImportMapping and key == "fields":
            for rule in said.values():
                yield from used(rule if isinstance(rule, dict) else {"column": rule}, FieldRule)


@pytest.mark.parametrize("heading", sorted(SECTIONS))
def test_every_key_is_described_and_no_other(heading: str) -> None:
    assert described(heading) == list(dict.fromkeys(described(heading)))
    assert set(described(heading)) == set(SECTIONS[heading].model_fields)


@pytest.mark.parametrize("heading", sorted(SECTIONS))
def test_every_key_is_in_an_example(heading: str) -> None:
    shown = {key for text in EXAMPLES for model, key in used(load(text)[0]) if model is SECTIONS[heading]}
    assert shown == set(SECTIONS[heading].model_fields)


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_mappings(text: str) -> None:
    read_mapping(text, kind_of(load(text)[0]["kind"]), "docs/import.md")


def test_shipped_mappings_are_named() -> None:
    assert described("## Mappings that come with the product") == list(SHIPPED)


@pytest.mark.parametrize("path", sorted((ROOT / "docs/examples").glob("*.yaml")), ids=lambda path: path.name)
def test_example_files_are_mappings(path: Any) -> None:
    assert load_mapping(path, INCIDENTS).kind == "incidents"
