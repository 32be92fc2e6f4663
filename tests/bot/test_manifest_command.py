"""`threadwatch manifest`, run as an operator does before there is an app."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

COMMAND: Final = Path(sys.executable).with_name("threadwatch")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """With nothing set but what is in `.env`, as the README says."""
    tmp_path = tmp_path_factory.mktemp("operator")
    (tmp_path / ".env").write_text(
        "PUBLIC_URL=https://watch.acme.example/\nCOMMAND_PREFIX=acme-\n", encoding="utf-8"
    )
    return made(tmp_path)


def made(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PUBLIC_URL", "COMMAND_PREFIX"}
    }
    return subprocess.run(  # noqa: S603 - our own command
        [COMMAND, "manifest", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )


def test_the_manifest_is_made_for_the_address_and_prefix_in_dot_env(
    manifest: subprocess.CompletedProcess[str],
) -> None:
    assert "https://watch.acme.example/slack/events" in manifest.stdout
    assert "/acme-hourly" in manifest.stdout
    assert "threadwatch.example.com" not in manifest.stdout


def test_the_link_that_creates_the_app_stays_in_one_line(
    manifest: subprocess.CompletedProcess[str],
) -> None:
    (line,) = [each for each in manifest.stderr.splitlines() if "https://" in each]
    assert line.startswith("Create the app: https://api.slack.com/apps?new_app=1&manifest_json=%7B")
    assert "watch.acme.example" in line
    assert " " not in line.removeprefix("Create the app: ")


def test_without_an_address_it_says_that_the_manifest_is_for_sockets(tmp_path: Path) -> None:
    run = made(tmp_path, "--yaml")
    assert "socket_mode_enabled: true" in run.stdout
    assert "PUBLIC_URL isn't set, so this manifest is for Socket Mode." in run.stderr
