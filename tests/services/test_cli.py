"""The command line as its users call it: a process of its own, its exit status, and what it prints where."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli import app
from services.lock import FolderLock
from services.settings import Settings
from tests.schemas.samples import fresh
from tests.services.imports.workbook import Sheet, write_book

pytestmark = pytest.mark.chdb  # each command starts the engine, in its own process

ROOT = Path(__file__).resolve().parents[2]
EXCERPT = ROOT / "tests/data/foreign-incidents.csv"
FRAUD = ROOT / "docs/examples/foreign-fraud.yaml"
EVERY = ROOT / "docs/examples/foreign-incidents.yaml"


def fanzha(folder: Path, *words: str, status: int = 0, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from services.cli import main; main()", "--data", str(folder), *words]
    run = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == status, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run


def rows(folder: Path, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fanzha(folder, *words, "--format", "json").stdout)
    return found


def expected(only: str | None) -> dict[str, int]:
    """Rows of the excerpt by district, counted here by other means than the importer's."""
    counts: dict[str, int] = {}
    with EXCERPT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["PdId"] and (only is None or row["Category"] == only):
                counts[row["PdDistrict"]] = counts.get(row["PdDistrict"], 0) + 1
    return counts


@pytest.mark.parametrize(("mapping", "only"), [(FRAUD, "FRAUD"), pytest.param(EVERY, None, marks=pytest.mark.slow)])
def test_a_foreign_export(tmp_path: Path, mapping: Path, only: str | None) -> None:
    """Its counts come back, the cut row is told with line and reason, and a second time nothing changes."""
    errors = tmp_path / "errors.csv"
    words = ("import", "incidents", str(EXCERPT), "--map", str(mapping), "--errors", str(errors))
    first = json.loads(fanzha(tmp_path / "d", *words, status=1).stdout)
    want = expected(only)
    assert want
    assert first["accepted"] == sum(want.values())
    assert first["rejected"] == 1
    assert first["read"] == sum(first[name] for name in ("accepted", "duplicate", "skipped", "rejected"))
    assert set(first["registered"]["station"]) == set(want)
    (told,) = csv.DictReader(errors.read_text("utf-8").splitlines())
    assert int(told["line"]) == len(EXCERPT.read_text("utf-8").splitlines())
    assert told["reason"]
    asked = ("query", "incidents", "--from", "2016-01-01", "--to", "2016-12-31")
    beside = fanzha(tmp_path / "d", *asked, "--compare", "yoy")
    assert "发案数 同比基数" in beside.stdout
    assert "2015-01-01 – 2015-12-31 未计全" in beside.stderr
    before = rows(tmp_path / "d", *asked)
    assert {row["station"]: row["incidents"] for row in before} == want
    again = json.loads(fanzha(tmp_path / "d", *words, status=1).stdout)
    assert (again["accepted"], again["duplicate"]) == (0, first["accepted"])
    assert rows(tmp_path / "d", *asked) == before
    assert all(row["differing"] == 0 for row in rows(tmp_path / "d", "verify"))


def test_from_submission_to_export_and_rebuild(tmp_path: Path) -> None:
    folder, events = tmp_path / "d", tmp_path / "events.ndjson"
    words = ("--months", "1", "--seed", "3", "--end", "2026-01-01T00:00:00+08:00")
    fanzha(folder, "simulate", "--out", str(events), *words)
    said = events.read_text("utf-8").splitlines()
    answers = fanzha(folder, "submit", str(events), "--keep-recordedtime").stdout.splitlines()
    assert len(answers) == len(said)
    ids = {json.loads(line)["id"] for line in said}
    statuses = [json.loads(line)["status"] for line in answers]
    assert statuses.count("accepted") == len(ids)
    assert statuses.count("duplicate") == len(said) - len(ids)
    exported = [json.loads(line) for line in fanzha(folder, "export").stdout.splitlines()]
    assert sorted(json.loads(record["value"])["id"] for record in exported) == sorted(ids)
    held = fanzha(folder, "query", "incidents", "--to", "2026-01-01", "--format", "csv").stdout
    (rebuilt,) = rows(folder, "rebuild")
    assert (rebuilt["records"], rebuilt["differing"], rebuilt["swapped"]) == (len(ids), 0, True)
    assert fanzha(folder, "query", "incidents", "--to", "2026-01-01", "--format", "csv").stdout == held
    sections = {row["section"] for row in rows(folder, "status")}
    assert sections >= {"position", "lag", "table", "migration", "rejected", "freshness"}


def test_a_bad_event_is_told_and_nothing_is_kept(tmp_path: Path) -> None:
    answer = json.loads(fanzha(tmp_path, "submit", "-", given='{"id":"x1","type":"no"}\n', status=1).stdout)
    assert (answer["id"], answer["status"]) == ("x1", "rejected")
    assert answer["reason"]
    assert fanzha(tmp_path, "export").stdout == ""
    (latest,) = [row["value"] for row in rows(tmp_path, "status") if row["section"] == "freshness"]
    assert latest is None, "nothing is known of nothing"


@pytest.mark.parametrize(
    "words",
    [
        ("query", "nothing"),
        ("query", "incidents", "--where", "station"),
        ("query", "incidents", "--from", "yesterday"),
        ("query", "incidents", "--compare", "last"),
        ("query", "incidents", "--as-known-at", "2026-01-01T00:00:00"),
        ("import", "incidents", "no-such-file.csv"),
        ("import", "nothing", "x.csv"),
        ("export", "--from-position", "here"),
        ("schema", "no.such"),
        ("submit", "no-such-file.ndjson"),
        ("--plan", "no-such-plan.yaml", "status"),
    ],
)
def test_wrong_use(tmp_path: Path, words: tuple[str, ...]) -> None:
    run = fanzha(tmp_path, *words, status=2)
    assert run.stdout == ""
    assert run.stderr.strip()


def test_a_held_folder_names_its_holder(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    try:
        run = fanzha(tmp_path, "status", status=3)
    finally:
        lock.release()
    assert str(tmp_path) in run.stderr
    fanzha(tmp_path, "status")


def test_files_are_read_before_the_folder_is_held(tmp_path: Path) -> None:
    """What is wrong with a file or a mapping is told though the folder is held, and before there is a folder."""
    folder, bad, stations = tmp_path / "d", tmp_path / "bad.csv", tmp_path / "stations.csv"
    bad.write_text("no,such,header\n1,2,3\n", "utf-8")
    stations.write_text("code,name,township\nS1,一所,T1\n", "utf-8")
    for words in (
        ("stations", str(bad)),
        ("stations", str(tmp_path / "none.csv")),
        ("stations", str(stations), str(bad)),
    ):
        fanzha(folder, "import", *words, status=2)
        assert not folder.exists()
    folder.mkdir()
    lock = FolderLock(folder)
    try:
        assert "bad.csv" in fanzha(folder, "import", "stations", str(bad), status=2).stderr
        assert str(folder) in fanzha(folder, "import", "stations", str(stations), status=3).stderr
    finally:
        lock.release()


def test_doubts(tmp_path: Path) -> None:
    """What to do in the language of the reader; a kind that there is not is refused with those there are."""
    event = {**fresh("incident.reported.submission"), "id": "x-1", "subject": "x-1"}
    fanzha(tmp_path, "submit", "-", given=json.dumps(event))
    (row,) = rows(tmp_path, "doubts", "--kind", "unknown_community")
    assert (row["subject"], row["events"]) == ("x-1", ["x-1"])
    told = fanzha(tmp_path, "doubts", "--as-known-at", "2099-01-01T00:00:00+08:00").stdout
    assert "社区不在任何登记中" in told
    assert "import communities" not in told
    assert "tied" in fanzha(tmp_path, "doubts", "--kind", "nonsense", status=2).stderr


def test_a_dry_run_applies_nothing(tmp_path: Path) -> None:
    found = rows(tmp_path, "migrate", "--dry-run")
    assert {row["state"] for row in found} == {"pending"}
    assert rows(tmp_path, "migrate", "--dry-run") == found
    assert {row["state"] for row in rows(tmp_path, "migrate")} == {"applied"}


def test_lists_and_schemas(tmp_path: Path) -> None:
    assert {"incidents", "coverage", "rolling", "rejected"} <= {row["figure"] for row in rows(tmp_path, "query")}
    assert "incident.reported" in fanzha(tmp_path, "schema").stdout
    for words in (("incident.reported",), ("incident.reported", "--submission"), ("asyncapi",)):
        assert json.loads(fanzha(tmp_path, "schema", *words).stdout)


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its words, those within a group too."""
    for name, command in group.commands.items():
        words = f"{path}_{name}".strip("_")
        yield from commands(command, words) if hasattr(command, "commands") else [(words, command)]


def test_every_option_is_a_variable_too(tmp_path: Path) -> None:
    """Named after the option, and in the reference; and it works."""
    checked, reference = 0, (ROOT / "docs/settings.md").read_text("utf-8")
    for name, command in commands(typer.main.get_command(app)):
        for option in command.params:
            for word in option.opts:
                if word.startswith("--"):
                    variable = option.envvar or f"FANZHA_{name}_{option.name}".upper().replace("-", "_")
                    assert variable == f"FANZHA_{name}_{word[2:]}".upper().replace("-", "_")
                    assert f"`{variable}`" in reference
                    checked += 1
    assert checked > 20
    assert all(f"`FANZHA_{name.upper()}`" in reference for name in Settings.model_fields)
    run = subprocess.run(
        [sys.executable, "-c", "from services.cli import main; main()", "--data", str(tmp_path), "query"],
        cwd=ROOT, env=os.environ | {"FANZHA_QUERY_FORMAT": "json"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(run.stdout)


@pytest.mark.parametrize("given", ["nowhere.pem", "no-certificate.pem"])
def test_a_file_of_certificates_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (tmp_path / "no-certificate.pem").write_text("hello", "utf-8")
    monkeypatch.setenv("FANZHA_LOG", "kafka")
    monkeypatch.setenv("FANZHA_KAFKA_CA_FILE", str(tmp_path / given))
    assert given in fanzha(tmp_path, "status", status=3).stderr


def test_a_stray_cell_is_wrong_input_and_takes_nothing(tmp_path: Path) -> None:
    """Refused with its place and status 2; laid out in memory the sheet would be half a terabyte."""
    head = ["警情编号", "发案时间", "派出所", "类别", "损失(元)", "阶段"]
    path = write_book(tmp_path / "b.xlsx", {"警情": Sheet([head], stray={"XFD1048576": "x"})})
    told = fanzha(tmp_path / "d", "import", "incidents", str(path), status=2).stderr
    assert "警情" in told
    assert "XFD1048576" in told


def test_a_shipped_mapping_is_found_by_name(tmp_path: Path) -> None:
    head = ["序号", "辖区派出所", "报警时间", "警情类别", "损失金额(万)"]
    rows = [["1", "东所", "2026-10-12 09:41", "刷单返利类", "3.2"], ["2", "", "2026-10-12 10:41", "其他", "=1+1"]]
    path = write_book(
        tmp_path / "b.xlsx", {"24时": Sheet([["标题"], head, *rows]), "底稿": Sheet([["x"]], hidden=True)}
    )
    errors = tmp_path / "e.csv"
    words = ("import", "incidents", str(path), "--map", "shift-list", "--errors", str(errors))
    said = json.loads(fanzha(tmp_path / "d", *words, status=1).stdout)
    assert (said["accepted"], said["rejected"]) == (1, 1)
    assert said["sheets_not_read"] == ["b.xlsx: 底稿（隐藏 / hidden）"]
    assert said["registered"] == {"station": ["东所"]}
    assert "'=1+1" in [row["value"] for row in csv.DictReader(errors.read_text("utf-8").splitlines())]
    assert rows_of_month(tmp_path / "d") == {"东所": 3_200_000}
    helped = fanzha(tmp_path / "d", "import", "--help").stdout
    assert "shift-list" in helped
    assert "case-platform" in helped


def rows_of_month(folder: Path) -> dict[str, int]:
    found = rows(folder, "query", "incidents", "--from", "2026-10-01", "--to", "2026-10-31")
    return {row["station"]: row["loss_fen"] for row in found}
