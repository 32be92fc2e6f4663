"""No address of the app's can be reached: Slack speaks through a socket, Parallel is polled."""

import asyncio
from collections.abc import Generator
from typing import Final, cast

import httpx
import pytest
from pydantic import SecretStr

from bot.cli.doctor import examine
from monitors.settings import Settings
from sandbox.plain_http import NO_TLS
from sandbox.server import Sandbox, SandboxConfig, running_sandbox
from sandbox.slack import SlackSettings
from tests.flows.app import RunningApp
from tests.flows.home import Home
from tests.flows.world import ADA, Json, Thread, World

SLACK: Final = SlackSettings(socket_mode=True)
RETRY_SECONDS: Final = 61


@pytest.fixture(scope="module")
def sandbox() -> Generator[Sandbox]:
    with running_sandbox(SandboxConfig(installed=True, slack=SLACK)) as running:
        yield running


@pytest.fixture(scope="module")
def settings(settings: Settings, sandbox: Sandbox) -> Settings:
    """One workspace's token and the app's own, no public address, no signing secret."""
    token = sandbox.workspace.bot_token
    assert token is not None
    changes = {
        "public_url": None,
        "slack_signing_secret": None,
        "slack_client_id": None,
        "slack_client_secret": None,
        "parallel_webhook_secret": None,
        "slack_bot_token": SecretStr(token),
        "slack_app_token": SecretStr(SLACK.app_token),
        "reconcile_seconds": 1,
    }
    return settings.model_copy(update=changes)


@pytest.fixture(scope="module")
def app(settings: Settings) -> Generator[RunningApp]:
    with RunningApp(settings) as running:
        yield running


@pytest.fixture(scope="module")
def acme(outside: World) -> World:
    """Installed from the start."""
    connected(outside)
    return outside


def connected(world: World) -> None:
    """Wait until both sides know the connection."""
    world.until(lambda: world.get("/control/slack/sockets") == {"connections": 1})
    world.until(lambda: readiness(world).get("slack_socket"))


def readiness(world: World) -> dict[str, bool]:
    return httpx.get(f"{world.app_url}/readyz", trust_env=False, verify=NO_TLS).json()


def cancelled(world: World, thread: Thread) -> bool:
    """The card is redrawn first, the confirmation follows."""
    return "ancelled" in world.card_text(thread) and bool(world.replies(thread))


def pass_by(world: World) -> None:
    """Let two passes begin and end, so that one saw all that was there before."""
    world.passes()


def test_only_slacks_door_is_missing(acme: World) -> None:
    door = httpx.post(f"{acme.app_url}/slack/events", json={}, trust_env=False, verify=NO_TLS)
    assert door.status_code == httpx.codes.NOT_FOUND
    assert readiness(acme)["slack_socket"] is True


def test_a_monitor_is_made_without_a_webhook(world: World) -> None:
    since = world.mark("parallel")
    answer = world.command("/monitor", "latest AI research papers")
    assert not answer["answer"]
    thread, _ = world.until_watching()
    (created,) = world.creates(since=since)
    assert "webhook" not in cast("Json", created["body"])
    assert len(world.cards()) == 1
    assert world.card_text(thread).startswith("Watching")


def test_a_finding_is_found_by_polling_and_posted_once(world: World) -> None:
    thread, monitor = world.watch("solid-state batteries")
    world.run(monitor)
    world.until(lambda: world.replies(thread))
    pass_by(world)
    assert len(world.replies(thread)) == 1
    assert world.deliveries(monitor) == []


def test_an_unchanged_card_is_not_redrawn_at_each_pass(world: World) -> None:
    _, monitor = world.watch("quiet topics")
    begun = world.mark("slack")

    def redrawn(since: int) -> list[Json]:
        calls = world.calls_here(since=since)
        return [each for each in calls if each["api_method"] == "chat.update"]

    world.run(monitor, "nothing")
    world.until(lambda: redrawn(begun))
    pass_by(world)
    since = world.mark("slack")
    for _ in range(3):
        pass_by(world)
    assert redrawn(since) == []


def test_cancelmonitor_in_the_thread_ends_it(world: World) -> None:
    thread, _ = world.watch("press releases")
    assert world.say("cancelmonitor", thread=thread)["delivered"] == httpx.codes.OK
    world.until(lambda: cancelled(world, thread))
    assert [each["status"] for each in world.monitors()] == ["cancelled"]
    assert len(world.replies(thread)) == 1


def test_a_shortcut_comes_by_socket_too(world: World) -> None:
    thread, _ = world.watch("tenders")
    assert world.shortcut_and_confirm(thread)["status"] == httpx.codes.OK
    world.until(lambda: cancelled(world, thread))


def test_help_is_answered_at_once(world: World) -> None:
    answer = cast("Json", world.command("/help")["answer"])
    assert "/monitor" in str(answer)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_connection_that_slack_renews_loses_nothing(world: World, reason: str) -> None:
    since = world.mark("slack")
    thread, _ = world.watch(f"renewed after {reason}")
    world.post("/control/slack/sockets/disconnect", {"reason": reason})
    world.until(lambda: world.slack_calls("apps.connections.open", since=since))
    connected(world)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: cancelled(world, thread))
    assert len(world.replies(thread)) == 1


@pytest.mark.parametrize("lost", ["drop_before", "drop_after"])
def test_what_a_lost_connection_took_along_is_done_once(
    world: World, sandbox: Sandbox, lost: str
) -> None:
    """The request itself, or Slack's knowledge that the app has it."""
    thread, _ = world.watch(f"lost by {lost}")
    world.fault("slack", lost, match="socket.events_api", times=1)
    assert world.say("cancelmonitor", thread=thread)["delivered"] is None
    connected(world)
    sandbox.clock.advance(RETRY_SECONDS)
    world.until(lambda: cancelled(world, thread))
    assert [each["status"] for each in world.monitors()] == ["cancelled"]
    pass_by(world)
    assert len(world.replies(thread)) == 1


def test_doctor_asks_whether_slack_takes_the_apps_token(world: World, settings: Settings) -> None:
    assert world.app_url
    well, said = examined(settings)
    assert well, said
    assert "no public address needed" in said
    wrong = settings.model_copy(update={"slack_app_token": SecretStr("xapp-wrong")})
    well, said = examined(wrong)
    assert not well
    assert "rejects SLACK_APP_TOKEN" in said
    assert "xapp-wrong" not in said


def examined(settings: Settings) -> tuple[bool, str]:
    said: list[str] = []
    well = asyncio.run(examine(settings, say=said.append))
    return well, "\n".join(said)


def test_the_home_tab_offers_what_needs_no_browser(acme: World) -> None:
    home = Home(acme, ADA)
    assert "Webhooks: off. I check Parallel for findings instead." in home.open()
    home.press("Connect your own account")
    home.until_modal("Or paste an API key")
    assert home.button_links() == []
