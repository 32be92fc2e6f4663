"""Tokens that expire: refreshed once, no matter who needs them, and nothing is lost over it."""

import asyncio
import time
from collections.abc import Generator
from typing import Final, cast

import pytest

from bot.wiring import open_wiring
from monitors.model.slack_errors import SlackUnavailableError
from monitors.model.workspace import Workspace
from monitors.settings import Settings
from tests.first import first
from tests.flows.app import IMPATIENT, RunningApp
from tests.flows.findings import assert_each_once, finding
from tests.flows.stored import Stored
from tests.flows.world import World
from tests.job_log import ended
from tests.servers import free_port

SETTINGS: Final = "/control/slack/settings"
EXCHANGE: Final = "oauth.v2.access"
HALF_A_DAY: Final = 43_200.0
# Less than two hours: refreshed at the first use.
SOON: Final = 3600.0
# Over when it is first used.
OVER: Final = 1.0


@pytest.fixture(autouse=True)
def rotating(outside: World) -> Generator[None]:
    """Slack issues tokens that expire, while a test runs."""
    outside.change(SETTINGS, token_rotation=True, refresh_grace_seconds=60.0)
    yield
    outside.calm()
    outside.change(SETTINGS, token_rotation=False, first_token_seconds=HALF_A_DAY)


def installed(outside: World, name: str, *, first_token: float = HALF_A_DAY) -> World:
    """A workspace whose first token lasts so long; later ones last half a day."""
    world = outside.workspace(name)
    install(world, seconds=first_token)
    return world


def install(world: World, *, seconds: float) -> None:
    """Back when a token that is to be over is."""
    world.change(SETTINGS, first_token_seconds=seconds)
    assert world.install()["status"] == 200
    world.change(SETTINGS, first_token_seconds=HALF_A_DAY)
    over_at = time.time() + seconds
    if seconds == OVER:
        world.until(lambda: time.time() > over_at)


def refreshes(world: World, *, since: int) -> list[object]:
    """How each exchange of a refresh token was answered."""
    asked = world.slack_calls(EXCHANGE, since=since)
    return [
        each["status"]
        for each in asked
        if cast("dict[str, str]", each["body"]).get("grant_type") == "refresh_token"
    ]


def test_a_token_is_refreshed_ahead_of_its_end_and_once(outside: World) -> None:
    since = outside.mark("slack")
    world = installed(outside, "Ahead", first_token=SOON)
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id, events=[finding("with another token")])
    assert_each_once(world, thread, monitor_id, ["with another token"])
    assert refreshes(world, since=since) == [200]
    posts = outside.slack_calls("chat.postMessage", since=since)
    assert len({each["token_or_key"] for each in posts}) == 1


def test_a_token_that_lasts_is_left_alone(outside: World) -> None:
    since = outside.mark("slack")
    world = installed(outside, "Lasting")
    world.watch("new papers on fusion")
    assert refreshes(world, since=since) == []


def test_a_token_that_lasts_longer_than_any_calendar_is_left_alone(outside: World) -> None:
    since = outside.mark("slack")
    world = installed(outside, "Endless", first_token=1e18)
    world.watch("new papers on fusion")
    assert refreshes(world, since=since) == []


def test_a_token_that_slack_calls_expired_is_refreshed_and_the_finding_comes_once(
    outside: World,
) -> None:
    world = installed(outside, "Skewed")
    thread, monitor_id = world.watch("new papers on fusion")
    since = outside.mark("slack")
    world.fault("slack", "error:token_expired", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("after its time")])
    assert_each_once(world, thread, monitor_id, ["after its time"])
    assert refreshes(world, since=since) == [200]


def test_two_processes_refresh_an_expired_token_once(outside: World, settings: Settings) -> None:
    world = installed(outside, "Contended")
    made = [world.watch(f"papers {number}") for number in range(4)]
    since = outside.mark("slack")
    install(world, seconds=OVER)
    # The stores are shared: the second process takes half of the jobs.
    with RunningApp(settings.model_copy(update={"port": free_port()})):
        for _, monitor_id in made:
            world.run(monitor_id, events=[finding("found by both")])
        for thread, monitor_id in made:
            assert_each_once(world, thread, monitor_id, ["found by both"])
    assert refreshes(world, since=since) == [200]


def test_of_many_that_meet_an_expired_token_one_refreshes_it(
    outside: World, settings: Settings
) -> None:
    world = installed(outside, "Crowded")
    since = outside.mark("slack")
    before, after = asyncio.run(_meet_expired(settings, Workspace(world.team_id)))
    assert refreshes(world, since=since) == [200]
    assert len(after) == 1
    assert before not in after


async def _meet_expired(
    settings: Settings, workspace: Workspace
) -> tuple[str | None, set[str | None]]:
    """Two processes' worth of parts on the same stores, ten who meet it in each."""
    async with (
        open_wiring(settings, timings=IMPATIENT) as one,
        open_wiring(settings, timings=IMPATIENT) as other,
    ):
        both = (one.services.tokens, other.services.tokens)
        used = await both[0].token(workspace)
        met = [tokens.expired(workspace, used or "") for tokens in both for _ in range(10)]
        failures = await asyncio.gather(*met, return_exceptions=True)
        after = {await tokens.token(workspace) for tokens in both}
    assert {type(each) for each in failures} <= {SlackUnavailableError, type(None)}
    return used, after


def test_a_refresh_whose_answer_was_lost_is_made_good(outside: World) -> None:
    """As when the process dies between Slack's answer and the record."""
    world = installed(outside, "Lost answer", first_token=OVER)
    outside.fault("slack", "drop_after", match=EXCHANGE, times=1)
    thread, monitor_id = world.watch("new papers on fusion")
    assert_each_once(world, thread, monitor_id, [])


@pytest.mark.parametrize("kind", first(1, ["500", "429", "drop_before"]))
def test_a_refresh_that_slack_cannot_do_now_is_done_later(outside: World, kind: str) -> None:
    world = installed(outside, f"Later {kind}", first_token=OVER)
    outside.fault("slack", kind, match=EXCHANGE, times=1, seconds=0.1)
    thread, monitor_id = world.watch("new papers on fusion")
    assert_each_once(world, thread, monitor_id, [])


def test_a_refused_refresh_waits_for_an_install_and_loses_nothing(outside: World) -> None:
    world = installed(outside, "Refused")
    thread, monitor_id = world.watch("new papers on fusion")
    held = ended("deliver", "Suspended", about=monitor_id)
    outside.fault("slack", "error:invalid_refresh_token", match=EXCHANGE)
    world.fault("slack", "error:token_expired", match="chat.postMessage", times=1)
    world.run(monitor_id, events=[finding("while it was refused")])
    world.until(lambda: ended("deliver", "Suspended", about=monitor_id) > held)
    outside.calm()
    assert world.install()["status"] == 200
    assert_each_once(world, thread, monitor_id, ["while it was refused"])


def test_tokens_are_kept_sealed(outside: World, settings: Settings) -> None:
    world = installed(outside, "Sealed", first_token=SOON)
    world.watch("new papers on fusion")
    assert Stored(settings).naming("xoxe-1-", "xoxe.xoxb-1-") == []
