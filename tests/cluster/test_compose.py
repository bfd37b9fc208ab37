"""docker-compose.yml against the program: every command and variable in it exists, and nothing is open to the world."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from schemas import default_plan
from services.api import AT
from services.cli import app
from services.grafana import built
from services.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("init", "worker", "gateway", "console")
pytestmark = pytest.mark.chdb  # the command line imports the engine


def test_compose_reads_it(tmp_path: Path) -> None:
    tool = shutil.which("docker-compose")
    if tool is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no docker-compose: tests/system-packages.sh installs it", pytrace=False)
        pytest.skip("no docker-compose on this machine")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    run = subprocess.run([tool, "config"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert set(yaml.safe_load(run.stdout)["services"]) == set(SERVICES)


def words(service: Any) -> list[list[str]]:
    """The commands of fanzha that a service runs."""
    said = service.get("command", [])
    if service.get("entrypoint", ["fanzha"])[0] == "/bin/sh":
        lines = "\n".join(said).splitlines()
        return [shlex.split(line)[1:] for line in lines if line.startswith("fanzha ")]
    return [said]


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    found = words(SERVICES[name])
    assert found
    for line in found:
        command: Any = typer.main.get_command(app)
        rest = list(line)
        while rest and hasattr(command, "commands"):
            command = command.commands[rest.pop(0)]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= options, line


def test_every_variable_is_a_setting() -> None:
    known = {f"FANZHA_{field.upper()}" for field in Settings.model_fields}
    for name in OURS:
        assert {v for v in SERVICES[name].get("environment", {}) if v.startswith("FANZHA_")} <= known, name
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"\bFANZHA_[A-Z_]+", text)) <= known
    for_grafana = {v for v in SERVICES["grafana"]["environment"] if v.startswith("FANZHA_")}
    provisioned = "".join(built(default_plan()[0], Settings()).values())
    assert for_grafana | {"FANZHA_GRAFANA_PASSWORD"} == set(re.findall(r"\$(FANZHA_[A-Z_]+)", provisioned))
    assert "FANZHA_GRAFANA_PASSWORD" in "".join(SERVICES["grafana"]["command"])


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_open_unpinned_or_unbounded(name: str) -> None:
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), "loopback only"
    assert re.search(r":\d+\.\d+(\.\d+)?$", service["image"]), "a version, not latest"
    assert service["mem_limit"]
    assert "healthcheck" in service or name == "init"
    for variable, value in service.get("environment", {}).items():
        if "PASSWORD" in variable:
            assert str(value).startswith("/run/secrets/"), f"{variable}: a secret comes by file"
    declared = set(COMPOSE["secrets"])
    assert set(service.get("secrets", [])) <= declared
    assert set(re.findall(r"/run/secrets/(\w+)", yaml.safe_dump(service))) == set(service.get("secrets", []))


def test_the_image_is_pinned_and_not_root() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert all(re.match(r"FROM python:3\.\d+\.\d+-", line) for line in text.splitlines() if line.startswith("FROM"))
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)


def test_secrets_are_made_by_make() -> None:
    made = re.search(r"for name in ([\w ]+);", (ROOT / "Makefile").read_text("utf-8"))
    assert made is not None
    assert set(made[1].split()) == set(COMPOSE["secrets"])


def test_the_console_has_no_vault() -> None:
    """Two of one program: the gateway takes submissions and has the folder of the vault, the console shows."""
    gateway, console = SERVICES["gateway"], SERVICES["console"]
    assert (gateway["environment"]["FANZHA_SERVE"], console["environment"]["FANZHA_SERVE"]) == ("api", "console")
    assert f"{AT}/health" in str(gateway["healthcheck"]["test"])
    assert not set(gateway["volumes"]) & set(console["volumes"])
