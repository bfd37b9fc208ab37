"""The shape of the project holds: import direction, cycles, sizes, purity, README, no private addresses.

Each rule is proven twice: the project passes it, and a seeded violation of it is found (a checker that
finds nothing proves nothing).
"""

import importlib
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tests.shape import rules
from tests.shape.rules import Module, Violation

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"

# Adapters and the loop that drives them: they wait for files, brokers and the next round. Keep it short.
MAY_WAIT = ("streams/pump.py", "streams/app.py")

NOT_OURS = {".git", ".venv", ".venv-uv", "build", "dist", "fanzha-data"}


def project_modules() -> list[Module]:
    paths = sorted(path for package in rules.MAY_IMPORT for path in (ROOT / package).rglob("*.py"))
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths]


def project_files() -> list[Path]:
    """What git holds or would take; without git, all but folders that make and runs leave behind."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and (ROOT / ".git").exists():
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if NOT_OURS.isdisjoint(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def report(found: list[Violation]) -> str:
    return "\n".join(["", *map(str, found)])


def command_names(app: typer.Typer) -> list[str]:
    """`fanzha x` for each command, `fanzha x y` where commands have their own."""
    names: list[str] = []
    todo: list[tuple[str, Any]] = [("fanzha", typer.main.get_command(app))]
    while todo:
        name, command = todo.pop()
        inner = getattr(command, "commands", {})
        todo += [(f"{name} {key}", value) for key, value in inner.items() if not value.hidden]
        if not inner:
            names.append(name)
    return sorted(names)


def setting_names(settings: type[BaseSettings]) -> list[str]:
    """The environment variable of each setting, as pydantic-settings derives it."""
    prefix = settings.model_config.get("env_prefix", "")
    return sorted(
        (field.validation_alias if isinstance(field.validation_alias, str) else prefix + name).upper()
        for name, field in settings.model_fields.items()
    )


class TestProject:
    """The project as it stands."""

    def test_imports_run_one_way(self) -> None:
        found = [hit for module in project_modules() for hit in rules.import_direction(module)]
        assert not found, report(found)

    def test_no_import_cycles(self) -> None:
        found = rules.import_cycles(project_modules())
        assert not found, report(found)

    def test_no_imports_inside_functions(self) -> None:
        found = [hit for module in project_modules() for hit in rules.inner_imports(module)]
        assert not found, report(found)

    def test_modules_and_functions_are_short(self) -> None:
        found = [hit for module in project_modules() for hit in rules.sizes(module)]
        assert not found, report(found)

    def test_core_is_pure_and_one_module_reads_the_environment(self) -> None:
        found = [hit for module in project_modules() for hit in rules.impurity(module, MAY_WAIT)]
        assert not found, report(found)

    def test_permissions_to_wait_are_used(self) -> None:
        modules = {module.path: module for module in project_modules()}
        unused = [path for path in MAY_WAIT if path not in modules or not rules.impurity(modules[path])]
        assert not unused, f"take these out of MAY_WAIT: {unused}"

    def test_no_private_addresses(self) -> None:
        found: list[Violation] = []
        for path in project_files():
            try:
                text = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue  # not a text; a GB18030 sample has no addresses that people would read
            found += rules.forbidden_words(path.relative_to(ROOT).as_posix(), text)
        assert not found, report(found)

    @pytest.mark.chdb  # the command line imports the engine
    def test_readme_names_every_command(self) -> None:
        names = command_names(importlib.import_module("services.cli").app)
        found = rules.unnamed("README.md", README.read_text("utf-8"), names)
        assert not found, report(found)

    def test_readme_names_every_setting(self) -> None:
        names = setting_names(importlib.import_module("services.settings").Settings)
        found = rules.unnamed("README.md", README.read_text("utf-8"), names)
        assert not found, report(found)

    def test_every_dependency_has_its_reason(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        document = (ROOT / "docs/dependencies.md").read_text("utf-8")
        lines = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
        lines += [line for line in project["dependency-groups"]["dev"] if isinstance(line, str)]
        names = [line.split("=")[0].rstrip("><~! ") for line in lines]
        found = rules.unnamed("docs/dependencies.md", document, names)
        assert not found, report(found)


class TestControls:
    """Each rule finds a seeded violation, and leaves what looks like one alone."""

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("schemas/a.py", "import streams"),
            ("schemas/a.py", "from ..streams import log"),
            ("streams/a.py", "from services.settings import Settings"),
            ("dashboards/a.py", "from streams.figures import read"),
            ("services/a.py", "import tests.shape"),
            ("streams/a.py", "def f():\n    import services"),
        ],
    )
    def test_import_against_the_arrow(self, path: str, text: str) -> None:
        assert rules.import_direction(Module(path, text))

    def test_import_along_the_arrow(self) -> None:
        text = "import json\nimport schemas\nfrom streams import log\nfrom dashboards.panels import panel\n"
        assert not rules.import_direction(Module("services/a.py", text))

    def test_cycle(self) -> None:
        modules = [
            Module("schemas/__init__.py", "from schemas.a import A"),
            Module("schemas/a.py", "from schemas import b"),
            Module("schemas/b.py", "from .c import C"),
            Module("schemas/c.py", "import schemas.a"),
        ]
        (found,) = rules.import_cycles(modules)
        assert found == Violation("schemas/a.py", 1, "import cycle: schemas.a → schemas.b → schemas.c → schemas.a")
        assert not rules.import_cycles(modules[:3])

    def test_cycle_through_a_package(self) -> None:
        modules = [
            Module("schemas/__init__.py", "from .a import A"),
            Module("schemas/a.py", "from schemas import A"),
        ]
        assert rules.import_cycles(modules)

    @pytest.mark.parametrize(
        "body",
        ["import json", "from json import loads", "importlib.import_module('json')", "__import__('json')"],
    )
    def test_inner_import(self, body: str) -> None:
        text = f"import importlib\nclass C:\n    async def f(self):\n        {body}\n"
        (found,) = rules.inner_imports(Module("services/a.py", text))
        assert found.line == 4
        assert not rules.inner_imports(Module(rules.COMPOSITION_ROOT, text))

    def test_long_module_and_function(self) -> None:
        assert rules.sizes(Module("schemas/a.py", "x = 1\n" * 301))
        assert not rules.sizes(Module("schemas/a.py", "x = 1\n" * 300))
        assert rules.sizes(Module("schemas/a.py", "def f():\n" + "    x = 1\n" * 60))
        assert not rules.sizes(Module("schemas/a.py", "def f():\n" + "    x = 1\n" * 59))

    @pytest.mark.parametrize(
        "text",
        [
            "import time\ntime.time()",
            "from time import time as now\nf(default=now)",
            "import datetime as dt\ndt.datetime.now(dt.UTC)",
            "from datetime import datetime\ndatetime.utcnow()",
            "from datetime import date\ndate.today()",
            "import os\nos.environ['HOME']",
            "from os import getenv",
            "import random",
            "from random import Random",
            "import numpy as np\nnp.random.default_rng(1)",
            "from uuid import uuid4\nfactory = uuid4",
            "import secrets",
            "import time\ntime.monotonic()",
            "from asyncio import sleep",
        ],
    )
    def test_impure_core(self, text: str) -> None:
        for package in rules.CORE:
            assert rules.impurity(Module(f"{package}/a.py", text))

    def test_pure_core(self) -> None:
        text = "import uuid\nfrom datetime import datetime\nuuid.uuid5(a, b)\ndatetime.fromisoformat(c), x.now()"
        assert not rules.impurity(Module("streams/a.py", text))

    def test_waiting_is_for_named_adapters(self) -> None:
        waits = Module("streams/a.py", "import time\ntime.sleep(1)")
        assert rules.impurity(waits)
        assert not rules.impurity(waits, ["streams/a.py"])
        assert rules.impurity(Module("streams/a.py", "import time\ntime.time()"), ["streams/a.py"])

    def test_environment_in_services(self) -> None:
        text = "import os\nfrom time import time\nos.environ.get('X'), time()"
        (found,) = rules.impurity(Module("services/a.py", text))
        assert (found.line, found.what.split(":")[0]) == (3, "os.environ")
        assert not rules.impurity(Module(rules.SETTINGS, text))

    @pytest.mark.parametrize(
        "parts",
        [
            ("", "work", "main"),
            ("x=", "root", ".cache"),
            ("看", "home", "me", "x"),
            ("", "Users", "me"),
        ],
    )
    def test_machine_path(self, parts: tuple[str, ...]) -> None:
        assert rules.forbidden_words("a.md", "/".join(parts))

    @pytest.mark.parametrize("parts", [("pypi", "org"), ("files", "pythonhosted", "org"), ("deb", "debian", "org")])
    def test_registry_host(self, parts: tuple[str, ...]) -> None:
        (found,) = rules.forbidden_words("a.lock", f"one\n--index-url https://{'.'.join(parts)}/simple")
        assert found.line == 2

    def test_innocent_words(self) -> None:
        text = "docs/work/a ./root/x ~/work https://www.apache.org/ $HOME/home/x /workers /rootless /data"
        assert not rules.forbidden_words("a.md", text)

    def test_unnamed_command_and_setting(self) -> None:
        app = typer.Typer()
        for name in ("demo", "query"):
            app.command(name)(lambda: None)

        class Settings(BaseSettings):
            model_config = SettingsConfigDict(env_prefix="FANZHA_")
            data: str = "x"
            data_key: str = Field("y", validation_alias="OTHER_KEY")

        names = command_names(app) + setting_names(Settings)
        assert names == ["fanzha demo", "fanzha query", "FANZHA_DATA", "OTHER_KEY"]
        text = "```\nfanzha query x\n```\n`OTHER_KEY`, `FANZHA_DATA_KEY` and fanzha demo\n"
        found = [hit.what.split("`")[1] for hit in rules.unnamed("README.md", text, names)]
        assert found == ["fanzha demo", "FANZHA_DATA"]
