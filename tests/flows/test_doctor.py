"""The doctor asks what it says that it asked: ok, warn, fix, or skip with why it wasn't tried."""

import asyncio
import contextlib
import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.cli.doctor import examine
from monitors.accounts.store import SqlAccounts
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from tests.flows.home import in_store, link
from tests.flows.operator import operate, typed
from tests.flows.world import World
from tests.sandbox.parallel.driver import serving
from tests.servers import free_port


def examined(settings: Settings, **changes: object) -> tuple[bool, dict[str, tuple[str, str]]]:
    said: list[str] = []
    changed = settings.model_copy(update=changes)
    well = asyncio.run(examine(changed, say=said.append, as_json=True))
    found = cast("list[dict[str, str]]", json.loads(said[0]))
    return well, {each["check"]: (each["verdict"], each["detail"]) for each in found}


def test_a_sound_app_is_found_sound_and_what_was_not_tried_is_said(
    acme: World, settings: Settings
) -> None:
    assert acme.app_url
    well, found = examined(settings)
    assert well, found
    assert {check: verdict for check, (verdict, _) in found.items()} == {
        "settings": "ok",
        "workspaces": "ok",
        "webhooks": "ok",
        "Redis": "ok",
        "a job's round trip": "ok",
        "database": "ok",
        "encryption keys": "ok",
        "installations": "ok",
        "connected accounts": "skip",
        "webhooks received": "ok",
        "public address": "ok",
        "clock": "ok",
        "Slack token": "skip",
        "Socket Mode": "skip",
        "Parallel key": "ok",
    }
    assert found["Slack token"][1] == "each workspace has its own, from OAuth"


def test_a_public_address_that_is_not_reached_is_not_ok(acme: World, settings: Settings) -> None:
    assert acme.app_url
    _, found = examined(settings, public_url=f"http://127.0.0.1:{free_port()}")
    assert found["public address"][0] == "warn"
    assert "isn't reached from here" in found["public address"][1]
    # Something else answers there.
    well, found = examined(settings, public_url=settings.parallel_base_url)
    assert not well
    assert "Have the proxy forward it here" in found["public address"][1]


def test_settings_that_cannot_be_used_are_all_named_and_end_with_1(tmp_path: Path) -> None:
    settings = {"SLACK_BOT_TOKEN": "xoxp-1", "REDIS_URL": "http://x", "PORT": "99999"}
    unset = {name.upper(): None for name in Settings.model_fields}
    with contextlib.chdir(tmp_path):
        ended = typed({**unset, **settings}, "doctor", "--json")
    assert ended.code == 1, ended.err
    found = cast("list[dict[str, str]]", json.loads(ended.out))
    said = " ".join(each["detail"] for each in found if each["verdict"] == "fix")
    for name in ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN is a user's token", "REDIS_URL", "PORT"):
        assert name in said
    assert found[-1]["verdict"] == "skip"


def test_each_workspaces_key_scopes_and_webhooks_are_asked_for(
    acme: World, settings: Settings, narrow_slack: str
) -> None:
    made = link(acme, settings)
    _, found = examined(settings)
    assert found["connected accounts"] == ("ok", "Parallel accepts the keys of 1 account")

    async def refuse(accounts: SqlAccounts) -> None:
        await accounts.last_seen.begin_refused(made.account.endpoint_id)
        await accounts.connect(Workspace("T0OTHER"), "no-such-key")

    in_store(settings, refuse)
    well, found = examined(settings, slack_api_url=narrow_slack)
    assert found["connected accounts"][0] == "warn"
    assert "T0OTHER (key rejected)" in found["connected accounts"][1]
    assert "no-such-key" not in str(found)
    assert found["webhooks received"][0] == "warn"
    assert f"don't match the secret of {acme.team_id}" in found["webhooks received"][1]
    assert found["installations"][0] == "warn"
    assert f"{acme.team_id} lacks" in found["installations"][1]
    assert not well  # the clock of that Slack


def test_keys_that_open_nothing_are_to_be_fixed(acme: World, settings: Settings) -> None:
    assert acme.app_url
    key = SecretStr("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    well, found = examined(settings, encryption_keys=key)
    assert not well
    assert found["encryption keys"][0] == "fix"
    assert "can be decrypted" in found["encryption keys"][1]


def test_a_refused_key_is_to_be_fixed_and_not_shown(acme: World, settings: Settings) -> None:
    assert acme.app_url
    well, found = examined(settings, parallel_api_key=SecretStr("wrong-key"))
    assert not well
    assert found["Parallel key"][0] == "fix"
    assert "wrong-key" not in str(found)


@pytest.fixture
def narrow_slack() -> Generator[str]:
    """A Slack whose clock is ten minutes ahead of ours, and that granted two scopes."""
    late = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    headers = {"date": late, "x-oauth-scopes": "chat:write,commands"}

    async def answer(_request: Request) -> Response:
        return JSONResponse({"ok": True}, headers=headers)

    # Which uvicorn would otherwise date itself.
    with serving([Route("/{method}", answer, methods=["GET", "POST"])], dated=False) as url:
        yield f"{url}/"


def test_each_missing_scope_and_a_clock_that_is_off_are_named(
    acme: World, settings: Settings, narrow_slack: str
) -> None:
    assert acme.app_url
    well, found = examined(
        settings,
        slack_api_url=narrow_slack,
        slack_client_id=None,
        slack_client_secret=None,
        slack_bot_token=SecretStr("xoxb-1"),
    )
    assert not well
    assert found["Slack token"][0] == "fix"
    for scope in ("channels:history", "channels:join", "users:read"):
        assert scope in found["Slack token"][1]
    assert "chat:write," not in found["Slack token"][1]
    assert "clock is 10 minutes behind" in found["clock"][1]


def test_the_command_ends_with_1_where_something_is_to_be_fixed(
    acme: World, settings: Settings
) -> None:
    assert acme.app_url
    bad = settings.model_copy(update={"parallel_api_key": SecretStr("wrong-key")})
    for chosen, code in ((settings, 0), (bad, 1)):
        ended = operate(chosen, "doctor")
        assert ended.code == code, ended
        assert "ok    encryption keys: they decrypt what is stored" in ended.out
        assert "skip  Slack token: each workspace has its own, from OAuth" in ended.out
