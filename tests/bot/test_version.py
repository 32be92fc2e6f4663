"""`threadwatch --version`, as an operator quotes it in a report."""

import tomllib
from pathlib import Path

from typer.testing import CliRunner

from bot.cli.main import app

ROOT = Path(__file__).parents[2]


def test_it_prints_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    said = CliRunner().invoke(app, ["--version"])
    assert said.exit_code == 0
    assert said.output == f"threadwatch {project['version']}\n"
