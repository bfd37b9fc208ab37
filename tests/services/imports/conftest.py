"""What the tests of the importers share: a runner that refuses what the schemas refuse, and files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import Invalid, parse_submission
from services.imports.runner_memory import MemoryRunner

Write = Callable[..., Path]


@pytest.fixture
def runner() -> MemoryRunner:
    return MemoryRunner(refuse=refused)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "rows.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def refused(event: dict[str, Any]) -> str:
    try:
        parse_submission(json.dumps(event, ensure_ascii=False).encode())
    except Invalid as error:
        return str(error)
    return ""
