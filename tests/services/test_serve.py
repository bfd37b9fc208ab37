"""A folder that is served: commands go through its owner, and nobody has to know."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic, sleep

import httpx
import pytest

from services.runfile import Owner, read_owner
from tests.schemas.samples import fresh
from tests.services.test_cli import EXCERPT, FRAUD, ROOT, fanzha, rows

pytestmark = [pytest.mark.chdb, pytest.mark.net]
COMMAND = (sys.executable, "-c", "from services.cli import main; main()")
START = 60.0


class Serving:
    """A `demo` or `up` under way."""

    def __init__(self, folder: Path, command: str, **settings: str) -> None:
        said = {f"FANZHA_{name.upper()}": value for name, value in settings.items()}
        self.process = subprocess.Popen(
            [*COMMAND, "--data", str(folder), command], cwd=ROOT, env=os.environ | {"FANZHA_PORT": "0"} | said,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def heard(self, word: str) -> str:
        """The first line with `word`, as soon as it is said."""
        end = monotonic() + START
        while monotonic() < end:
            for line in list(self.lines):
                if word in line:
                    return line
            if self.process.poll() is not None:
                break
            sleep(0.05)
        pytest.fail(f"{word!r} was never said: {''.join(self.lines)}")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join()
        assert self.process.stdout is not None
        assert self.process.stdout.read() == "", "figures alone belong on standard output"
        self.process.stdout.close()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


@contextmanager
def serving(folder: Path, command: str, **settings: str) -> Iterator[Serving]:
    run = Serving(folder, command, **settings)
    try:
        run.heard("http://")
        yield run
    finally:
        if run.process.poll() is None:
            run.end(signal.SIGKILL)


def owner_of(folder: Path) -> Owner:
    found = read_owner(folder)
    assert found is not None
    return found


def test_commands_go_through_the_owner(tmp_path: Path) -> None:
    """Import, query, verify, rebuild, export and refusals are the same as on the folder itself."""
    folder = tmp_path / "d"
    words = ("import", "incidents", str(EXCERPT), "--map", str(FRAUD))
    asked = ("query", "incidents", "--from", "2016-01-01", "--to", "2016-12-31")
    with serving(folder, "up") as run:
        assert stat.S_IMODE((folder / "run.json").stat().st_mode) == 0o600
        first = json.loads(fanzha(folder, *words, status=1).stdout)
        assert first["accepted"] > 0
        again = json.loads(fanzha(folder, *words, status=1).stdout)
        assert (again["accepted"], again["duplicate"]) == (0, first["accepted"])
        served = rows(folder, *asked)
        assert sum(row["incidents"] for row in served) == first["accepted"]
        assert all(row["differing"] == 0 for row in rows(folder, "verify"))
        (rebuilt,) = rows(folder, "rebuild")
        assert rebuilt["swapped"]
        exported = fanzha(folder, "export").stdout
        assert exported.count('{"topic":"incidents"') == first["accepted"]
        fanzha(folder, "query", "nothing", status=2)
        bad = json.loads(fanzha(folder, "submit", "-", given='{"id":"x1"}\n', status=1).stdout)
        assert bad["status"] == "rejected"
        strange_requests_are_refused(owner_of(folder))
        assert run.heard("http://").strip().split()[3] in fanzha(folder, "up", status=3).stderr
        assert run.end(signal.SIGTERM) == 0
    assert not (folder / "run.json").exists()
    assert rows(folder, *asked) == served
    assert fanzha(folder, "export").stdout == exported


@pytest.mark.slow
def test_any_name_of_a_folder(tmp_path: Path) -> None:
    """Signs that mean something to addresses, to shells, to SQL and to the engine; directly and through the owner."""
    name = "资料 a'b\"c`%41#x?y=1&background_pool_size=2;[*]{$HOME}\\\t\n~"
    folder, given = tmp_path / name, json.dumps({**fresh("incident.reported.submission"), "id": "n-1"})
    asked = ("query", "incident")
    assert json.loads(fanzha(folder, "submit", "-", given=given).stdout)["status"] == "accepted"
    direct = rows(folder, *asked)
    assert len(direct) == 1
    with serving(folder, "up") as run:
        assert rows(folder, *asked) == direct
        assert json.loads(fanzha(folder, "submit", "-", given=given).stdout)["status"] == "duplicate"
        assert httpx.get(owner_of(folder).url, trust_env=False).status_code == 200
        assert run.end(signal.SIGTERM) == 0
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing lies beside it"
    assert {path.name for path in folder.iterdir()} >= {"log.db", "vault", "warehouse"}
    assert rows(folder, *asked) == direct


def strange_requests_are_refused(owner: Owner) -> None:
    """Pages, the interface and the commands by one rule; a browser is told as a page, and what a page has is known."""
    with httpx.Client(base_url=owner.url, trust_env=False) as client:
        for path, known in (("/", "period"), ("/why", "column"), ("/events", "key"), ("/api/v1/health", "none")):
            got = client.get(path, params={"nope": "1"}, headers={"accept": "text/html"})
            assert (got.status_code, got.headers["content-type"]) == (422, "text/html; charset=utf-8"), path
            assert "nope" in got.text
            assert known in got.text
            assert "json" in client.get(path, params={"nope": "1"}).headers["content-type"]
        assert client.post("/local/status?nope=1").status_code == 422
        moment = client.get("/?level=county&period=days&from=2026-01-01&to=2026-01-02&known=2026-01-03T00:00:00+08:00")
        assert moment.status_code == 200
        bearer = {"authorization": f"Bearer {owner.token}"}
        for kind, body, status in (
            ("application/json; charset=gbk", b"{}", 415), ("application/json", "{}".encode("utf-16"), 415),
            ("application/json", b"{", 400), ("application/json", b"{}", 200),
        ):  # fmt: skip
            got = client.post("/local/status", content=body, headers={**bearer, "content-type": kind})
            assert got.status_code == status, got.text


def test_the_interface_alone_and_the_screen_alone(tmp_path: Path) -> None:
    """A gateway has no screen; a console has no interface and takes no submissions, because it has no vault."""
    folder = tmp_path / "d"
    event = json.dumps({**fresh("incident.reported.submission"), "id": "g-1"})
    with serving(folder, "up", serve="api") as run:
        url = run.heard("http://").strip().split()[3]
        issued = fanzha(folder, "token", "issue", "feed-110", "--may", "submit", "--may", "read")
        assert "feed-110" in issued.stderr
        headers = {"authorization": f"Bearer {issued.stdout.strip()}"}
        with httpx.Client(headers=headers, trust_env=False) as client:
            assert client.get(url.removesuffix("/api/v1")).status_code == 404
            assert client.post(f"{url}/events", content=event).status_code == 201
            (kept,) = rows(folder, "token", "list")
            assert (kept["name"], kept["good"]) == ("feed-110", True)
            assert json.loads(fanzha(folder, "submit", "-", given=event).stdout)["status"] == "duplicate"
            fanzha(folder, "token", "end", kept["id"])
            assert client.post(f"{url}/events", content=event).status_code == 401
        assert issued.stdout.strip() not in "".join(run.lines)
    with serving(folder, "up", serve="console") as run:
        url = run.heard("http://").strip().split()[3]
        assert httpx.get(url, trust_env=False).status_code == 200
        assert httpx.get(f"{url}/api/v1/health", trust_env=False).status_code == 404
        assert "FANZHA_SERVE" in fanzha(folder, "submit", "-", given=event, status=3).stderr


def test_tokens_are_for_somebody(tmp_path: Path) -> None:
    for wrong in (("a/b",), (" ",), ("feed", "--days", "0"), ("feed", "--may", "everything")):
        fanzha(tmp_path, "token", "issue", *wrong, status=2)
    assert "token list" in fanzha(tmp_path, "token", "end", "0123", status=2).stderr
    assert rows(tmp_path, "token", "list") == []


def test_only_the_holder_of_the_token_is_served(tmp_path: Path) -> None:
    with serving(tmp_path, "up"):
        owner = owner_of(tmp_path)
        with httpx.Client(base_url=owner.url, trust_env=False) as client:
            for headers in ({}, {"authorization": f"Bearer {'0' * 64}"}, {"authorization": owner.token}):
                assert client.post("/local/export", content=b"{}", headers=headers).status_code == 403
            ours = {"authorization": f"Bearer {owner.token}"}
            assert client.post("/local/nothing", content=b"{}", headers=ours).status_code == 404
            for wrong, status in ((b"{", 400), (b"[]", 400), (b"\xff", 415)):
                assert client.post("/local/export", content=wrong, headers=ours).status_code == status
            assert client.post("/local/export", content=b"{}", headers=ours).text == '{"end":true}\n'


def test_an_owner_that_was_killed_stands_in_nobodys_way(tmp_path: Path) -> None:
    with serving(tmp_path, "up") as run:
        run.end(signal.SIGKILL)
    assert read_owner(tmp_path) is not None
    assert {row["section"] for row in rows(tmp_path, "status")} >= {"position", "lag"}


def test_an_owner_that_dies_under_way_is_told(tmp_path: Path) -> None:
    """Nothing that was confirmed is lost, and the same command again goes on."""
    events = tmp_path / "events.ndjson"
    fanzha(tmp_path, "simulate", "--out", str(events), "--months", "3", "--end", "2026-01-01T00:00:00+08:00")
    folder = tmp_path / "d"
    said = len(events.read_text("utf-8").splitlines())
    with serving(folder, "up") as run:
        command = [*COMMAND, "--data", str(folder), "submit", str(events), "--keep-recordedtime"]
        with TemporaryFile("w+") as errors:
            client = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
            assert client.stdout is not None
            with client.stdout as out:
                lines = [out.readline()]
                run.end(signal.SIGKILL)
                lines += out.readlines()
            assert client.wait(60) == 3
            errors.seek(0)
            assert "Traceback" not in errors.read()
    confirmed = [json.loads(line)["id"] for line in lines]
    assert 0 < len(confirmed) < said
    again = fanzha(folder, "submit", str(events), "--keep-recordedtime").stdout.splitlines()
    statuses = {a["id"]: a["status"] for a in reversed([json.loads(line) for line in again])}
    assert {statuses[id_] for id_ in confirmed} == {"duplicate"}


@pytest.mark.slow
def test_a_demo_moves_and_an_interrupted_history_goes_on(tmp_path: Path) -> None:
    """Killed while the history comes, the next start ends it: every event once, as if never interrupted."""
    folder = tmp_path / "d"
    few = {"demo_months": "2", "demo_rate": "0"}
    run = Serving(folder, "demo", **few)
    end = monotonic() + START
    while not (folder / "demo.json").exists():
        assert monotonic() < end, "the history never began"
        sleep(0.01)
    run.end(signal.SIGKILL)
    assert not json.loads((folder / "demo.json").read_text("utf-8"))["complete"]
    with serving(folder, "demo", **few) as run:
        run.heard("演示数据已就绪")
        assert run.end(signal.SIGINT) == 0
    made = json.loads((folder / "demo.json").read_text("utf-8"))
    assert made["complete"]
    events = tmp_path / "again.ndjson"
    told = ("--months", "2", "--seed", str(made["seed"]), "--end", made["end"])
    fanzha(tmp_path, "simulate", "--out", str(events), *told)
    ids = {json.loads(line)["id"] for line in events.read_text("utf-8").splitlines()}
    held = [json.loads(json.loads(line)["value"])["id"] for line in fanzha(folder, "export").stdout.splitlines()]
    assert sorted(held) == sorted(ids)
    with serving(folder, "demo", demo_rate="50") as run:
        end = monotonic() + START
        while len(fanzha(folder, "export").stdout.splitlines()) <= len(ids):
            assert monotonic() < end, "no live event came"
        assert run.end(signal.SIGTERM) == 0
    assert all(row["differing"] == 0 for row in rows(folder, "verify"))


def test_a_demo_does_not_mix_with_real_data(tmp_path: Path) -> None:
    fanzha(tmp_path, "import", "incidents", str(EXCERPT), "--map", str(FRAUD), status=1)
    assert "--data" in fanzha(tmp_path, "demo", status=2).stderr


def test_an_address_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND, "--data", str(tmp_path), "up"]
        env = os.environ | {"FANZHA_PORT": str(port)}
        run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 3
    assert re.search(rf"127\.0\.0\.1:{port}", run.stderr)
    assert "Traceback" not in run.stderr


@pytest.fixture
def hearing() -> Iterator[None]:
    """Who was started in the background of a script hears no SIGINT, nor does what he starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hearing")
def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "events.ndjson"
    load = ("--months", "120", "--counties", "10")  # twenty seconds, so that it is not done before a busy machine asks
    command = [*COMMAND, "--data", str(tmp_path), "simulate", "--out", str(out), *load]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as run:
        end = monotonic() + START
        while not (out.exists() and out.stat().st_size):
            assert monotonic() < end
            sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "再运行" in err
    assert "Traceback" not in err
