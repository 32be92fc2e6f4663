"""What can't be used at start is told in plain words, all of it at once, with exit code 2."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from monitors.settings import Settings
from tests.flows.operator import typed

UNSET: Final = {name.upper(): None for name in Settings.model_fields}
SOUND: Final = {
    "PORT": "0",
    "SLACK_SIGNING_SECRET": "made-up-signing-secret",
    "SLACK_BOT_TOKEN": "xoxb-1",
    "ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}


def refused(folder: Path, arguments: list[str], variables: Mapping[str, str]) -> str:
    """Its words, once it has ended with 2."""
    with contextlib.chdir(folder):
        ended = typed({**UNSET, **variables}, *arguments)
    words = " ".join((ended.out + ended.err).split())
    assert ended.code == 2, words
    return words


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    words = refused(
        tmp_path,
        ["serve"],
        {
            "PORT": "many",
            "PUBLIC_URL": "ftp://x",
            "REDIS_URL": "http://x",
            "DATABASE_URL": "nonsense",
            "ENCRYPTION_KEYS": "short",
            "SLACK_SIGNING_SECRET": "s",
            "SLACK_API_URL": "http://slack.example/api/",
            "TRUSTED_PROXIES": "everyone",
        },
    )
    for name in (
        *("PORT", "PUBLIC_URL", "REDIS_URL", "DATABASE_URL", "ENCRYPTION_KEYS"),
        *("SLACK_SIGNING_SECRET", "SLACK_API_URL", "TRUSTED_PROXIES", "SLACK_BOT_TOKEN"),
    ):
        assert f" {name} " in words or f" {name}." in words, (name, words)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["demo", "--port", "99999"], "--port"),
        pytest.param(["demo", "--speed", "-1"], "--speed", marks=pytest.mark.thorough),
    ],
)
def test_the_demo_refuses_what_cannot_be(tmp_path: Path, arguments: list[str], named: str) -> None:
    assert named in refused(tmp_path, arguments, {})


def test_the_manifest_is_not_printed_for_an_address_that_cannot_be_used(tmp_path: Path) -> None:
    words = refused(tmp_path, ["manifest"], {"PUBLIC_URL": "http://watch.example/app"})
    assert "PUBLIC_URL is http://watch.example/app, but it must be an https address" in words


@pytest.mark.parametrize("command", ["serve", pytest.param("migrate", marks=pytest.mark.thorough)])
def test_servers_that_are_not_there_are_both_told(tmp_path: Path, command: str) -> None:
    words = refused(
        tmp_path,
        [command],
        {
            **SOUND,
            "REDIS_URL": "redis://127.0.0.1:9",
            "DATABASE_URL": "postgres://me:hunter2@no-such-host.invalid/app",
        },
    )
    assert "DATABASE_URL can't be used: its host name isn't known here" in words
    if command == "serve":
        assert "REDIS_URL can't be used: nothing listens there" in words
    assert "hunter2" not in words
