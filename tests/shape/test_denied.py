"""Input and output are denied unless marked, and a swallowed refusal still fails.

A pytest of its own runs seeded tests under our conftest, so that their failures can be counted.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SEEDED = """
import asyncio, contextlib, socket
import pytest

def test_opens():
    socket.socket()

def test_swallows():
    with contextlib.suppress(Exception):
        socket.getaddrinfo("localhost", 80)

def test_imports_engine():
    import chdb

@pytest.fixture(scope="session")
def server():
    return socket.create_server(("127.0.0.1", 0))

def test_hides_behind_a_fixture(server):
    pass

def test_loop():
    asyncio.run(asyncio.sleep(0))

@pytest.mark.net
def test_marked():
    socket.socket().close()

@pytest.mark.chdb
def test_engine():
    import chdb
    assert str(chdb.query("SELECT 1")).strip() == "1"

@pytest.mark.net
def test_starts_loaded_engine_with_another_mark():
    import chdb.session
    chdb.session.Session()
"""


def test_denied_by_default(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n", "utf-8")
    (tmp_path / "test_seeded.py").write_text(SEEDED, "utf-8")
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, "-rA", str(tmp_path)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    outcome = re.findall(r"^(PASSED|FAILED|ERROR) \S+::test_(\w+)", run.stdout, re.MULTILINE)
    assert set(outcome) == {
        ("FAILED", "opens"),
        ("ERROR", "opens"),
        ("PASSED", "swallows"),
        ("ERROR", "swallows"),
        ("FAILED", "imports_engine"),
        ("ERROR", "imports_engine"),
        ("ERROR", "hides_behind_a_fixture"),
        ("PASSED", "loop"),
        ("PASSED", "marked"),
        ("PASSED", "engine"),
        ("FAILED", "starts_loaded_engine_with_another_mark"),
        ("ERROR", "starts_loaded_engine_with_another_mark"),
    }, run.stdout + run.stderr
