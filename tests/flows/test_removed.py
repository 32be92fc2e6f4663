"""The app was removed from a public channel: Slack still takes posts, but passes no reply on."""

from collections.abc import Generator
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from sandbox.server import DEMO_ACCOUNT
from tests.first import first
from tests.flows.findings import finding
from tests.flows.world import Json, World, shown_in

DIRECT: Final = "D0ADABOT01"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


@pytest.fixture(autouse=True)
def no_monitor_left(world: World) -> Generator[None]:
    yield
    world.calm()
    for monitor in world.all_monitors():
        path = f"/parallel/v1/monitors/{monitor['monitor_id']}/cancel"
        assert world.client.post(path, headers={"x-api-key": DEMO_ACCOUNT.api_key}).is_success


def query() -> str:
    return f"papers on {uuid4().hex[:12]}"


def set_member(world: World, *, member: bool) -> None:
    world.change(f"/control/slack/channels/{world.channel}", bot_member=member)


def is_member(world: World) -> bool:
    channels = cast("list[Json]", world.state()["channels"])
    room = next(each for each in channels if each["id"] == world.channel)
    return "U0BOT0ACME0001" in cast("list[str]", room["members"])


def direct(world: World, about: str) -> list[Json]:
    wrote = replace(world, channel=DIRECT).messages()
    return [each for each in wrote if each["bot_id"] and about in str(each["text"])]


@pytest.mark.parametrize("result", ["finding", "nothing"])
def test_it_joins_again_after_the_next_run(world: World, result: str) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    set_member(world, member=False)
    world.run(monitor_id, result)
    world.until(lambda: is_member(world))
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: "Cancelled." in " ".join(world.replies(thread)))
    assert direct(world, words) == []


@pytest.mark.parametrize(
    "code", first(1, ["missing_scope", "too_many_members", "a_code_of_next_year"])
)
def test_where_it_may_not_join_findings_wait_and_the_owner_is_told_once(
    world: World, code: str
) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    set_member(world, member=False)
    world.fault("slack", f"error:{code}", match="conversations.join")
    world.run(monitor_id, "nothing")
    (told,) = world.until(lambda: direct(world, words))
    assert "was removed from this channel" in shown_in(told)
    assert "Type /invite @threadwatch in the channel" in shown_in(told)
    # Nothing is posted at the tries in between, either.
    since = world.mark("slack")
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: world.slack_calls("conversations.join", since=since))
    assert world.replies(thread) == []
    set_member(world, member=True)
    world.until(lambda: any("first thing" in each for each in world.replies(thread)))
    world.run(monitor_id, events=[finding("second thing")])
    world.until(lambda: any("second thing" in each for each in world.replies(thread)))
    assert len(direct(world, words)) == 1


@pytest.mark.parametrize(
    "kind",
    first(2, ["429", "error:missing_scope", "status:503", "drop_before", "error:next_year"]),
)
def test_what_slack_does_not_say_now_holds_up_nothing(world: World, kind: str) -> None:
    words = query()
    thread, monitor_id = world.watch(words)
    set_member(world, member=False)
    world.fault("slack", kind, match="conversations.info", times=1, seconds=1)
    world.run(monitor_id, events=[finding("first thing")])
    world.until(lambda: any("first thing" in each for each in world.replies(thread)))
    world.run(monitor_id, "nothing")
    world.until(lambda: is_member(world))
    assert direct(world, words) == []


@pytest.mark.parametrize("kind", ["429", "status:503"])
def test_a_busy_slack_is_asked_again(world: World, kind: str) -> None:
    words = query()
    _, monitor_id = world.watch(words)
    set_member(world, member=False)
    world.fault("slack", kind, match="conversations.join", times=1, seconds=1)
    world.run(monitor_id, "nothing")
    world.until(lambda: is_member(world))
    assert direct(world, words) == []
