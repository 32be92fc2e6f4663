"""People speak to the app: a mention is answered with help, a direct message is a channel."""

from dataclasses import replace
from typing import Final, cast

import httpx
import pytest

from tests.first import first
from tests.flows.signed import SlackSender
from tests.flows.world import ADA, BEN, Json, World, shown_in

DIRECT: Final = "D0ADABOT01"
BOT: Final = "U0BOT0ACME0001"
HELP: Final = "Watch the web from Slack"
IN_THREAD: Final = "Reply with just one of these words"


@pytest.fixture
def direct(world: World) -> World:
    return replace(world, channel=DIRECT)


@pytest.fixture
def room(world: World) -> World:
    """A channel that the app is in: Slack tells of no mention anywhere else."""
    return joined(world)


@pytest.fixture
def sender(world: World) -> SlackSender:
    return SlackSender.of(world)


def joined(world: World) -> World:
    world.change(f"/control/slack/channels/{world.channel}", bot_member=True)
    return world


def settled(world: World) -> None:
    """Whatever was asked before is done: a later mention has been answered."""
    later = joined(world.room())
    later.say("@threadwatch are you there?")
    later.until(later.whispers)


def private_answers(world: World, *, user: str = ADA) -> list[Json]:
    told = cast("list[Json]", world.state()["ephemerals"])
    return [each for each in told if (each["channel"], each["user"]) == (world.channel, user)]


def direct_answers(direct: World, since: str) -> list[Json]:
    return [each for each in direct.messages() if each["bot_id"] and str(each["ts"]) > since]


@pytest.mark.parametrize(
    "said",
    first(
        2,
        [
            "@threadwatch",
            "@threadwatch what can you do?",
            "hey @threadwatch, cancelmonitor",
            "help @threadwatch",
        ],
    ),
)
def test_a_mention_is_answered_with_help_once_to_that_person(room: World, said: str) -> None:
    room.say("@threadwatch hello", user=BEN)
    room.say(said)
    room.until(lambda: private_answers(room) and private_answers(room, user=BEN))
    settled(room)
    (answer,) = private_answers(room)
    assert HELP in str(answer["text"])
    assert "/monitor" in shown_in(answer)
    assert "Parallel account" not in str(answer["text"])
    assert not any(each["bot_id"] for each in room.messages())


def test_the_same_mention_edited_or_sent_again_is_answered_once(
    room: World, sender: SlackSender
) -> None:
    event: Json = {
        "type": "app_mention",
        "user": ADA,
        "text": f"<@{BOT}> hi",
        "ts": "1790000000.000100",
        "channel": room.channel,
        "channel_type": "channel",
    }
    edited: Json = {"edited": {"user": ADA, "ts": "1790000009.000000"}}
    for more in ({}, {}, edited):
        assert sender.event(room, event | more).status_code == httpx.codes.OK
    room.until(lambda: private_answers(room))
    settled(room)
    assert len(private_answers(room)) == 1


def test_another_apps_mention_is_not_answered(room: World, sender: SlackSender) -> None:
    event: Json = {
        "type": "app_mention",
        "user": BEN,
        "bot_id": "B0OTHERBOT",
        "text": f"<@{BOT}> hi",
        "ts": "1790000000.000200",
        "channel": room.channel,
    }
    assert sender.event(room, event).status_code == httpx.codes.OK
    settled(room)
    assert room.whispers() == []


def test_in_a_monitors_thread_a_command_with_a_mention_is_that_command(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("@threadwatch status", thread=thread)
    world.until(lambda: world.replies(thread))
    world.say("@threadwatch cancelmonitor", thread=thread)
    world.until(lambda: len(world.replies(thread)) == 2)
    # Of the cancelled one no row is left, and it is still a monitor's thread.
    world.say("@threadwatch cancelmonitor", thread=thread)
    world.until(lambda: len(world.replies(thread)) == 3)
    settled(world)
    assert world.whispers() == []


def test_in_a_monitors_thread_any_other_mention_is_told_the_words(world: World) -> None:
    thread, _ = world.watch("new papers on fusion")
    world.say("@threadwatch how is it going?", thread=thread)
    (told,) = world.until(lambda: private_answers(world))
    assert str(told["text"]).startswith(IN_THREAD)
    assert told["thread_ts"] == thread.ts
    assert world.replies(thread) == []


def test_in_another_thread_a_mention_is_told_there(room: World) -> None:
    said = room.say("lunch?")
    thread = room.thread_of(said)
    room.say("@threadwatch cancelmonitor", thread=thread)
    (told,) = room.until(lambda: private_answers(room))
    assert HELP in str(told["text"])
    assert told["thread_ts"] == thread.ts


def test_a_plain_direct_message_is_answered_with_help_once(direct: World) -> None:
    said = direct.say("hello there")
    since = str(said["ts"])
    (answer,) = direct.until(lambda: direct_answers(direct, since))
    assert HELP in str(answer["text"])
    assert answer["thread_ts"] is None
    settled(direct)
    assert len(direct_answers(direct, since)) == 1
    # The app's own answer is nothing to answer, and neither is what stands in its thread.
    direct.say("thank you", thread=direct.thread_of(answer))
    settled(direct)
    assert len(direct_answers(direct, since)) == 1


def test_a_direct_message_works_like_a_channel(direct: World) -> None:
    thread, monitor_id = direct.watch("new papers on muons")
    direct.run(monitor_id)
    direct.until(lambda: direct.replies(thread))
    direct.say("interesting!", thread=thread)
    direct.say("status", thread=thread)
    direct.until(lambda: len(direct.replies(thread)) == 2)
    assert direct.replies(thread)[1].startswith("Watching daily")
    direct.command("/monitor", "list")
    direct.until(lambda: [w for w in direct.whispers() if "1 monitor in this channel" in w])
    direct.say("cancelmonitor", thread=thread)
    direct.until(lambda: direct.card_text(thread).startswith("Cancelled"))


@pytest.mark.parametrize(
    "change", first(1, [{"user": "USLACKBOT"}, {"bot_id": "B0OTHERBOT"}, {"hidden": True}])
)
def test_what_no_person_typed_into_a_direct_message_is_left_alone(
    direct: World, sender: SlackSender, change: Json
) -> None:
    event: Json = {
        "type": "message",
        "user": ADA,
        "text": "You asked me to remind you",
        "ts": f"17900000{len(change)}0.000300",
        "channel": DIRECT,
        "channel_type": "im",
    }
    before = len(direct.messages())
    assert sender.event(direct, event | change).status_code == httpx.codes.OK
    settled(direct)
    assert len(direct.messages()) == before


def test_a_read_only_messages_tab_takes_nothing(direct: World) -> None:
    """The stand-in is as strict as Slack: this is why the manifest opens the tab."""
    direct.change("/control/slack/settings", messages_tab_read_only=True)
    try:
        body = {"team_id": direct.team_id, "channel": DIRECT, "user": ADA, "text": "hello"}
        answer = direct.client.post("/control/slack/messages", json=body)
    finally:
        direct.change("/control/slack/settings", messages_tab_read_only=False)
    assert answer.status_code == httpx.codes.CONFLICT
