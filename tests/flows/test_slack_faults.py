"""A Slack that refuses or fails around the card: no card twice, no monitor without its thread."""

from typing import cast

import pytest

from tests.first import first
from tests.flows.signed import SlackSender
from tests.flows.world import Json, Thread, World

INVITE = "Type /invite @threadwatch there"


def told(world: World) -> list[str]:
    """What was whispered beside the answer to the command."""
    return world.whispers()


def card_of(world: World) -> Thread:
    """The card, as soon as it stands there."""
    (card,) = world.until(world.cards)
    return Thread(world.channel, str(card["ts"]))


def test_a_public_channel_is_joined_so_that_replies_are_heard(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    channels = cast("list[Json]", world.state()["channels"])
    room = next(each for each in channels if each["id"] == world.channel)
    assert "U0BOT0ACME0001" in cast("list[str]", room["members"])
    assert thread.channel == world.channel


def test_a_private_channel_without_the_app_is_told_the_exact_invite(world: World) -> None:
    private = world.room("private")
    since = world.mark("parallel")
    private.command("/monitor", "new papers on fusion")
    (whisper,) = private.until(lambda: told(private))
    assert INVITE in whisper
    assert private.messages() == []
    assert private.creates(since=since) == []


def test_a_private_channel_with_the_app_works(world: World) -> None:
    private = world.room("private")
    private.change(f"/control/slack/channels/{private.channel}", bot_member=True)
    thread, monitor_id = private.watch("new papers on fusion")
    private.run(monitor_id)
    private.until(lambda: private.replies(thread))
    private.say("cancelmonitor", thread=thread)
    private.until(lambda: len(private.replies(thread)) == 2)


def test_the_apps_own_direct_message_works(world: World) -> None:
    direct = World(client=world.client, app_url=world.app_url, channel="D0ADABOT01")
    thread, monitor_id = direct.watch("new papers on fusion")
    direct.run(monitor_id)
    direct.until(lambda: direct.replies(thread))


@pytest.mark.parametrize(
    "code", first(2, ["is_archived", "restricted_action", "no_permission", "a_code_of_next_year"])
)
def test_a_place_that_slack_closed_is_told_to_who_asked(world: World, code: str) -> None:
    since = world.mark("parallel")
    world.fault("slack", f"error:{code}", match="chat.postMessage", times=1)
    world.command("/monitor", "new papers on fusion")
    (whisper,) = world.until(lambda: told(world))
    assert "Choose another channel, or ask a workspace admin." in whisper
    assert world.messages() == []
    assert world.creates(since=since) == []


@pytest.mark.parametrize(
    "kind",
    first(
        2,
        [
            *("drop_after", "garbled", "429", "500", "status:503", "drop_before"),
            "error:service_unavailable",
        ],
    ),
)
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.join"])
def test_whatever_fails_for_now_there_is_one_card_and_one_monitor(
    world: World, method: str, kind: str
) -> None:
    times = 1 if kind in {"429", "garbled"} else 2
    world.fault("slack", kind, match=method, times=times, seconds=1)
    thread, _ = world.watch("new papers on fusion")
    assert len(world.cards()) == 1
    assert len(world.monitors()) == 1
    assert world.buttons(thread) == ["Check now", "Edit", "History", "Cancel"]


def test_a_card_that_was_posted_without_an_answer_is_found_by_its_mark(world: World) -> None:
    world.fault("slack", "drop_after", match="chat.postMessage", times=1)
    world.watch("new papers on fusion")
    posts = [c for c in world.calls_here() if c["api_method"] == "chat.postMessage"]
    assert len(posts) == 1
    assert len(world.cards()) == 1


def test_a_card_deleted_before_its_monitor_is_made_leaves_no_monitor(world: World) -> None:
    world.fault("parallel", "429", match="POST /v1/monitors", times=1, seconds=1)
    world.command("/monitor", "new papers on fusion")
    thread = card_of(world)
    world.client.delete(f"/control/slack/messages/{thread.channel}/{thread.ts}")
    (whisper,) = world.until(lambda: told(world))
    assert "was deleted before setup finished, so I cancelled it" in whisper
    assert [each["status"] for each in world.monitors()] == ["cancelled"]
    assert world.cards() == []


def test_a_monitor_whose_card_was_deleted_can_still_be_cancelled(world: World) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    world.run(monitor_id)
    world.until(lambda: world.replies(thread))
    world.client.delete(f"/control/slack/messages/{thread.channel}/{thread.ts}")
    reply = world.reply_messages(thread)[0]
    world.shortcut_and_confirm(Thread(world.channel, str(reply["ts"])))
    world.until(lambda: world.monitors()[0]["status"] == "cancelled")


def test_the_whisper_finds_another_way_when_the_response_url_fails(world: World) -> None:
    world.watch("so that the app is in this channel")
    world.fault("slack", "500", match="response_url")
    world.fault("slack", "error:restricted_action", match="chat.postMessage", times=1)
    world.command("/monitor", "new papers on fusion")
    assert world.until(lambda: told(world))


@pytest.mark.parametrize("code", first(1, ["invalid_auth", "account_inactive", "token_revoked"]))
def test_a_token_that_slack_no_longer_takes_makes_no_monitor(world: World, code: str) -> None:
    since = world.mark("parallel")
    world.fault("slack", f"error:{code}", match="chat.postMessage", times=1)
    jobs = world.jobs("intent", "Failed")
    world.command("/monitor", "new papers on fusion")
    world.until(lambda: world.jobs("intent", "Failed") > jobs)
    assert any("needs to install me again" in whisper for whisper in told(world))
    assert world.messages() == []
    assert world.creates(since=since) == []


def test_the_same_command_delivered_twice_makes_one_monitor(world: World) -> None:
    sender = SlackSender.of(world)
    for _ in range(3):
        answer = sender.command(world, "/monitor", "new papers on fusion", trigger_id="1.2.same")
        assert answer.status_code == 200
    world.until_watching()
    world.watch("another, so that the first has had its time")
    assert len(world.cards()) == 2
    assert len(world.monitors()) == 2
