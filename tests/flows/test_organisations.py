"""One installation for a whole organisation, and channels that two companies share."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from tests.flows.findings import assert_each_once
from tests.flows.leaver import Leaver, uninstall
from tests.flows.signed import SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, Thread, World

STRANGER: Final = "U0STRANGE1"
THEIR_TEAM: Final = "T0STRANGE1"
NOT_YOURS: Final = "belongs to the other company"


@pytest.fixture
def stored(settings: Settings) -> Stored:
    return Stored(settings)


@pytest.fixture
def enterprise_id() -> str:
    return f"E{uuid4().hex[:9].upper()}"


def install_everywhere(world: World) -> None:
    order: Json = {
        "team_id": world.team_id,
        "user_id": world.user,
        "outcome": "allow",
        "enterprise_wide": True,
    }
    assert world.post("/control/slack/install", order)["status"] == 200


def change_access(world: World, *, granted: bool) -> None:
    world.post("/control/slack/access", {"team_id": world.team_id, "granted": granted})


@pytest.fixture
def two(outside: World, enterprise_id: str) -> tuple[Leaver, Leaver]:
    """An organisation's first workspace, and one that was added after the install."""
    first = outside.workspace("Grid first", enterprise_id=enterprise_id)
    install_everywhere(first)
    later = outside.workspace("Grid later", enterprise_id=enterprise_id)
    change_access(later, granted=True)
    return Leaver.watching(first), Leaver.watching(later)


def test_one_token_serves_every_workspace_a_later_one_too(
    outside: World, enterprise_id: str
) -> None:
    since = outside.mark("slack")
    first = outside.workspace("Grid first", enterprise_id=enterprise_id)
    install_everywhere(first)
    later = outside.workspace("Grid later", enterprise_id=enterprise_id)
    change_access(later, granted=True)
    for world in (first, later):
        thread, monitor_id = world.watch("new papers on fusion")
        assert_each_once(world, thread, monitor_id, [])
        world.say("cancelmonitor", thread=thread)
        world.until(lambda world=world, thread=thread: "Cancelled" in world.replies(thread)[-1])
    posts = outside.slack_calls("chat.postMessage", since=since)
    # An organisation's token is of no workspace.
    assert {each["team_id"] for each in posts} == {None}
    assert len({each["token_or_key"] for each in posts}) == 1


def test_the_organisations_uninstall_removes_all_its_workspaces(
    two: tuple[Leaver, Leaver], stored: Stored, enterprise_id: str
) -> None:
    uninstall(two[0].world, is_told=True)
    for leaver in two:
        leaver.until_gone(stored)
    assert stored.naming(enterprise_id) == []


def test_a_workspace_taken_out_of_the_organisation_leaves_alone(
    two: tuple[Leaver, Leaver], stored: Stored
) -> None:
    first, later = two
    change_access(later.world, granted=False)
    later.world.until(lambda: later.statuses == {"cancelled"})
    # That it has left is all that is known of it.
    words = (later.world.team_id, *later.monitor_ids)
    last = later.world.until(lambda: _one(stored.naming(*words)))
    assert last.startswith("organisation_workspaces: ")
    sender = SlackSender.of(later.world)
    team = cast("list[Json]", later.world.state()["teams"])[0]
    asked = sender.command(later.world, "/help", enterprise_id=str(team["enterprise_id"]))
    assert "isn't installed" in asked.text
    assert first.statuses == {"active"}
    assert_each_once(first.world, first.thread, first.monitor_ids[0], ["before it left"])
    change_access(later.world, granted=True)
    later.world.until(lambda: "isn't installed" not in str(later.world.command("/help")["answer"]))
    assert Leaver.watching(later.world).statuses == {"active"}


def _one(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None


# Slack Connect


def shared_reply(world: World, thread: Thread, *, user_team: str, heard_by: str) -> Json:
    """A reply in a channel that two companies share, as one company's app hears it."""
    event: Json = {
        "type": "message",
        "channel": thread.channel,
        "user": STRANGER,
        "user_team": user_team,
        "team": user_team,
        "text": "cancelmonitor",
        "ts": f"{time.time():.6f}",
        "thread_ts": thread.ts,
    }
    authorization: Json = {"team_id": heard_by, "enterprise_id": None}
    sent = SlackSender.of(world).event(
        world, event, is_ext_shared_channel=True, authorizations=[authorization]
    )
    assert sent.status_code == 200
    return event


def press(world: World, thread: Thread, *, user_team: str) -> None:
    """Cancel, as somebody of that team."""
    payload: Json = {
        "type": "block_actions",
        "team": {"id": world.team_id},
        "enterprise": None,
        "user": {"id": STRANGER, "team_id": user_team},
        "channel": {"id": thread.channel},
        "message": {"ts": thread.ts, "team": world.team_id},
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [{"type": "button", "action_id": "cancel_monitor", "block_id": "b"}],
    }
    assert SlackSender.of(world).interaction(json.loads(json.dumps(payload))).status_code == 200


def reply_as_stranger(world: World, thread: Thread) -> None:
    shared_reply(world, thread, user_team=THEIR_TEAM, heard_by=world.team_id)


def press_as_stranger(world: World, thread: Thread) -> None:
    press(world, thread, user_team=THEIR_TEAM)


@pytest.mark.parametrize("act", [reply_as_stranger, press_as_stranger])
def test_another_company_in_the_channel_cannot_cancel_and_is_told(
    world: World, act: Callable[[World, Thread], None]
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    since = world.mark("slack")
    world.until_done("intent", lambda: act(world, thread))
    (told,) = world.slack_calls("chat.postEphemeral", since=since)
    body = cast("Json", told["body"])
    assert (body["user"], NOT_YOURS in str(body["text"])) == (STRANGER, True)
    assert [each["status"] for each in world.monitors()] == ["active"]
    assert_each_once(world, thread, monitor_id, [])


def test_ones_own_monitor_is_cancelled_whoevers_app_heard_it(outside: World, world: World) -> None:
    """Both companies have the app, and Slack names the other one's installation."""
    other = outside.workspace("Partners")
    other.install()
    thread, _ = world.watch("new papers on fusion")
    shared_reply(world, thread, user_team=world.team_id, heard_by=other.team_id)
    world.until(lambda: world.replies(thread))
    assert world.replies(thread)[0].startswith("Cancelled")


def test_words_of_a_stranger_in_any_other_thread_meet_silence(world: World) -> None:
    other = replace(world, user=world.user)
    root = other.say("lunch?")
    thread = Thread(world.channel, str(root["ts"]))
    since = world.mark("slack")
    world.until_done("intent", lambda: reply_as_stranger(world, thread))
    assert world.slack_calls("chat.postEphemeral", since=since) == []
