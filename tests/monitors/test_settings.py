"""Settings: what is missing or contradictory is named with its remedy, before anything starts."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from bot.cli.main import app
from monitors.settings import Settings
from monitors.settings_problems import (
    SetupError,
    find_problems,
    find_warnings,
    read_settings,
)

ONE_TOKEN: Final = {"SLACK_CLIENT_ID": None, "SLACK_CLIENT_SECRET": None}
SOUND: Final = {
    "PUBLIC_URL": "https://watch.acme.example",
    "SLACK_SIGNING_SECRET": "made-up-signing-secret",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "made-up-client-secret",
    "PARALLEL_API_KEY": "made-up-key",
    "PARALLEL_WEBHOOK_SECRET": "made-up-webhook-secret",
}


NOBODY: Final[frozenset[str]] = frozenset()


def names() -> list[str]:
    return [name.upper() for name in Settings.model_fields]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing from the machine that the tests run on."""
    for name in names():
        monkeypatch.delenv(name, raising=False)


def problems_of(monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str | None]) -> list[str]:
    for name, value in {**SOUND, **changes}.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    try:
        read_settings(env_file=None)
    except SetupError as error:
        return list(error.problems)
    return []


def test_sound_settings_have_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, {}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"SLACK_CLIENT_ID": None, "SLACK_CLIENT_SECRET": None, "SLACK_BOT_TOKEN": "xoxb-1"},
        {"PARALLEL_API_KEY": None, "PARALLEL_WEBHOOK_SECRET": None},
        {"PARALLEL_WEBHOOK_SECRET": None},
        {"PUBLIC_URL": "http://127.0.0.1:3000/"},
        {"PUBLIC_URL": "http://localhost:3000"},
        {"PUBLIC_URL": "http://[::1]:3000"},
        {"REDIS_URL": "rediss://:secret@redis.example:6380/0"},
        {
            "DATABASE_URL": "postgresql+asyncpg://db.example/app",
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        },
        {"COMMAND_PREFIX": "acme-"},
        {"RECONCILE_SECONDS": "60", "LOG_LEVEL": "debug", "LOG_FORMAT": "json"},
        {
            "PUBLIC_URL": None,
            "SLACK_CLIENT_ID": None,
            "SLACK_CLIENT_SECRET": None,
            "SLACK_BOT_TOKEN": "xoxb-1",
        },
        {
            "PUBLIC_URL": None,
            "SLACK_SIGNING_SECRET": None,
            "SLACK_CLIENT_ID": None,
            "SLACK_CLIENT_SECRET": None,
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_APP_TOKEN": "xapp-1",
        },
        {"SLACK_APP_TOKEN": "xapp-1"},
        {"LOG_FORMAT": "", "REDIS_URL": ""},
        {"OPERATOR_ACCOUNT_FOR": "any"},
        {"OPERATOR_ACCOUNT_FOR": "own"},
        {"OPERATOR_ACCOUNT_FOR": "T0ACME0001, T0GLOBEX01,"},
        {"MAX_MONITORS_PER_WORKSPACE": "1", "MAX_MONITORS_PER_PERSON": "1"},
        {"TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1"},
        {"SLACK_API_URL": "http://127.0.0.1:4000/api/"},
        {"SUPPORT_URL": "http://wiki.acme.example/bots?about=watch", "PRIVACY_URL": ""},
    ],
)
def test_what_an_operator_may_choose_is_taken(
    monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str | None]
) -> None:
    assert problems_of(monkeypatch, changes) == []


@pytest.mark.parametrize(
    ("changes", "named", "remedy"),
    [
        ({"SLACK_SIGNING_SECRET": None}, "SLACK_SIGNING_SECRET", "App Credentials"),
        (
            {"SLACK_CLIENT_ID": None, "SLACK_CLIENT_SECRET": None},
            "SLACK_BOT_TOKEN",
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for many",
        ),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_BOT_TOKEN", "Remove one of them"),
        ({"SLACK_CLIENT_SECRET": None}, "SLACK_CLIENT_SECRET", "Set both or neither"),
        ({"PUBLIC_URL": None}, "PUBLIC_URL", "Set it to the https address"),
        ({"PUBLIC_URL": "http://watch.acme.example"}, "PUBLIC_URL", "an https address"),
        ({"PUBLIC_URL": "watch.acme.example"}, "PUBLIC_URL", "an https address"),
        ({"PUBLIC_URL": "https://watch.acme.example/app"}, "PUBLIC_URL", "without a path"),
        ({"PUBLIC_URL": "https://u:p@watch.acme.example"}, "PUBLIC_URL", "an https address"),
        ({"PUBLIC_URL": "https://[watch"}, "PUBLIC_URL", "an https address"),
        ({"PUBLIC_URL": "https://watch.acme.example:port"}, "PUBLIC_URL", "an https address"),
        ({"PARALLEL_API_KEY": None}, "PARALLEL_WEBHOOK_SECRET", "or remove the secret"),
        (
            {"DATABASE_URL": "postgresql+asyncpg://db.example/app"},
            "ENCRYPTION_KEYS",
            "Generate one with: python3 -c",
        ),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_SIGNING_SECRET", "shorter than 16 characters"),
        ({"SLACK_CLIENT_SECRET": "x" * 15}, "SLACK_CLIENT_SECRET", "shorter than 16 characters"),
        (
            {"PARALLEL_WEBHOOK_SECRET": f"{'x' * 32},y"},
            "PARALLEL_WEBHOOK_SECRET",
            "shorter than 16 characters",
        ),
        ({"SLACK_API_URL": "http://slack.example/api/"}, "SLACK_API_URL", "an https address"),
        ({"PARALLEL_BASE_URL": "http://p.example"}, "PARALLEL_BASE_URL", "an https address"),
        ({"PARALLEL_PLATFORM_URL": "p.example"}, "PARALLEL_PLATFORM_URL", "an https address"),
        ({"SUPPORT_URL": "mailto:help@acme.example"}, "SUPPORT_URL", "a web address"),
        ({"PRIVACY_URL": "acme.example/privacy"}, "PRIVACY_URL", "a web address"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8,*"}, "TRUSTED_PROXIES", "addresses or networks"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN", "connections:write"),
        ({**ONE_TOKEN, "SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN", "Bot User OAuth Token"),
        (
            {**ONE_TOKEN, "SLACK_BOT_TOKEN": "xapp-1"},
            "SLACK_BOT_TOKEN",
            "belongs in SLACK_APP_TOKEN",
        ),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN", "belongs in SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": "xoxp-1"}, "SLACK_APP_TOKEN", "is a user's token"),
        ({"SLACK_APP_TOKEN": "nonsense"}, "SLACK_APP_TOKEN", "connections:write"),
        ({**ONE_TOKEN, "SLACK_BOT_TOKEN": "xoxe-1"}, "SLACK_BOT_TOKEN", "is a refresh token"),
        ({**ONE_TOKEN, "SLACK_BOT_TOKEN": "nonsense"}, "SLACK_BOT_TOKEN", "Bot User OAuth Token"),
        *(
            ({name: f"{token}1234567890abcdef"}, name, f"belongs in {home}")
            for name in ("SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET", "PARALLEL_API_KEY")
            for token, home in (("xapp-", "SLACK_APP_TOKEN"), ("xoxb-", "SLACK_BOT_TOKEN"))
        ),
        ({**ONE_TOKEN, "SLACK_BOT_TOKEN": "xoxe.xoxb-1"}, "SLACK_BOT_TOKEN", "rotation"),
        ({"OPERATOR_ACCOUNT_FOR": "everyone"}, "OPERATOR_ACCOUNT_FOR", "own, any, or the ids"),
        (
            {"OPERATOR_ACCOUNT_FOR": "any,T0ACME0001"},
            "OPERATOR_ACCOUNT_FOR",
            "own, any, or the ids",
        ),
        ({"OPERATOR_ACCOUNT_FOR": ","}, "OPERATOR_ACCOUNT_FOR", "own, any, or the ids"),
        ({"MAX_MONITORS_PER_WORKSPACE": "0"}, "MAX_MONITORS_PER_WORKSPACE", ".env.example"),
        ({"MAX_MONITORS_PER_PERSON": "many"}, "MAX_MONITORS_PER_PERSON", ".env.example"),
        ({"PORT": "many"}, "PORT", ".env.example"),
        ({"PORT": "70000"}, "PORT", ".env.example"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", ".env.example"),
        ({"RECONCILE_SECONDS": "0"}, "RECONCILE_SECONDS", ".env.example"),
        ({"COMMAND_PREFIX": "Acme Corp"}, "COMMAND_PREFIX", ".env.example"),
    ],
)
def test_each_problem_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
    changes: Mapping[str, str | None],
    named: str,
    remedy: str,
) -> None:
    (problem,) = problems_of(monkeypatch, changes)
    assert named in problem
    assert remedy in problem
    assert "made-up" not in problem


@pytest.mark.parametrize(
    ("changes", "served"),
    [
        ({}, NOBODY),
        (
            {"SLACK_CLIENT_ID": None, "SLACK_CLIENT_SECRET": None, "SLACK_BOT_TOKEN": "xoxb-1"},
            None,
        ),
        ({"OPERATOR_ACCOUNT_FOR": "any"}, None),
        (
            {"OPERATOR_ACCOUNT_FOR": "T0ACME0001,T0GLOBEX01"},
            frozenset({"T0ACME0001", "T0GLOBEX01"}),
        ),
    ],
)
def test_a_key_that_serves_nobody_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    changes: Mapping[str, str | None],
    served: frozenset[str] | None,
) -> None:
    assert problems_of(monkeypatch, changes) == []
    settings = read_settings(env_file=None)
    assert settings.operator_team_ids == served
    said = find_warnings(settings)
    assert len(said) == (1 if served == NOBODY else 0)
    assert all("OPERATOR_ACCOUNT_FOR" in each and "\n" not in each for each in said)
    keyless = settings.model_copy(update={"parallel_api_key": None})
    assert find_warnings(keyless) == []


def test_what_surrounds_a_value_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {
        "SLACK_SIGNING_SECRET": "\ufeff'made-up-signing-secret'\r\n",
        "PUBLIC_URL": " https://watch.acme.example/ ",
        "PORT": " 4001\n",
        "REDIS_URL": "  ",
        "LOG_LEVEL": "DEBUG ",
    }
    assert problems_of(monkeypatch, changes) == []
    settings = read_settings(env_file=None)
    assert settings.slack_signing_secret is not None
    assert settings.slack_signing_secret.get_secret_value() == "made-up-signing-secret"
    assert (settings.public_url, settings.port) == ("https://watch.acme.example", 4001)
    assert (settings.redis_url, settings.log_level) == (None, "debug")


def test_values_that_are_not_valid_are_named_beside_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes = {"PORT": "many", "LOG_LEVEL": "loud", "SLACK_SIGNING_SECRET": None}
    problems = " ".join(problems_of(monkeypatch, changes))
    for words in ("PORT must be a number", "LOG_LEVEL must be debug", "SLACK_SIGNING_SECRET is"):
        assert words in problems


def test_all_problems_are_named_at_once() -> None:
    found = " ".join(find_problems(Settings(operator_account_for="all")))
    assert "OPERATOR_ACCOUNT_FOR" in found
    assert "SLACK_SIGNING_SECRET" in found
    assert "SLACK_BOT_TOKEN" in found


def test_a_secret_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, {}) == []
    assert "made-up" not in repr(read_settings(env_file=None))


@pytest.mark.parametrize(
    "command",
    [
        "serve",
        *(pytest.param(each, marks=pytest.mark.thorough) for each in ("worker", "migrate")),
    ],
)
def test_a_command_refuses_bad_settings_with_2_and_starts_nothing(
    tmp_path: Path, command: str
) -> None:
    unset = dict.fromkeys(names())
    with contextlib.chdir(tmp_path):
        ended = CliRunner().invoke(app, [command], env={**unset, "PORT": "0"})
    assert ended.exit_code == 2
    assert isinstance(ended.exception, SystemExit)
    told = " ".join(ended.stderr.split())
    assert "Threadwatch can't start:" in told
    assert "SLACK_SIGNING_SECRET is missing." in told
    assert list(tmp_path.iterdir()) == []
