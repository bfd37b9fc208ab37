"""The broker's jars are fetched once, whole or not at all, however many ask at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.cluster.broker import jars
from services.errors import Unavailable

# Writes one jar, and the other where nothing tells it to break off between them; says each time that it was called.
MVN = """#!/bin/sh
for last; do :; done
folder="${last#-DoutputDirectory=}"
echo called >> "$ROOT/calls"
echo half > "$folder/a.jar"
sleep 0.2
test -e "$ROOT/broken" && exit 1
echo whole > "$folder/b.jar"
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("mvn", MVN.replace("$ROOT", str(tmp_path))), ("java", "#!/bin/sh\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return tmp_path / "cache"


def test_two_at_once_fetch_once(cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: jars(cache), range(4)))
    (folder,) = folders
    assert sorted(path.name for path in folder.glob("*.jar")) == ["a.jar", "b.jar"]
    assert (cache.parent / "calls").read_text().split() == ["called"]


def test_what_broke_off_leaves_nothing_and_the_next_fetches_all(cache: Path) -> None:
    (cache.parent / "broken").touch()
    with pytest.raises(Unavailable, match="cannot be fetched"):
        jars(cache)
    assert not list(cache.rglob("*.jar"))
    (cache.parent / "broken").unlink()
    assert (jars(cache) / "b.jar").read_text() == "whole\n"
    assert len((cache.parent / "calls").read_text().split()) == 2
