"""Advice that works where it is given: the right command, the bot's name, no vain invitation."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from tests.first import first, first_rows
from tests.flows.signed import SlackSender
from tests.flows.world import ADA, BEN, World, shown_in

PREFIX: Final = "acme-"
BOT: Final = "U0BOT0ACME0001"
DIRECT: Final = "D0ADABOT01"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"command_prefix": PREFIX, "reconcile_seconds": 1})


@pytest.fixture(autouse=True)
def commands(world: World) -> None:
    """What Slack has of this app, names from before it had a prefix among them."""
    names = ("monitor", "hourly", "help", "other-monitor", "watch")
    known = [f"{start}{name}" for start in ("/", "/acme-") for name in names]
    world.change("/control/slack/settings", commands=known)


def answered(world: World) -> str:
    (told,) = world.until(world.whispers)
    return told


@contextmanager
def renamed(world: World, name: str) -> Generator[None]:
    """Another app had the bot's name already, so Slack changed it."""
    world.change(f"/control/slack/users/{BOT}", name=name)
    try:
        yield
    finally:
        world.change(f"/control/slack/users/{BOT}", name="threadwatch")


def set_member(world: World, *, member: bool) -> None:
    world.change(f"/control/slack/channels/{world.channel}", bot_member=member)


@pytest.mark.parametrize("typed", first(1, ["/monitor", "/hourly", "/other-monitor"]))
def test_a_command_of_another_name_is_answered_with_the_right_one(world: World, typed: str) -> None:
    world.command(typed, "new papers on fusion")
    said = answered(world)
    right = f"/acme-{typed.removeprefix('/').removeprefix('other-')}"
    assert f"Use {right} instead." in said
    assert f"{right} new papers on fusion" in said
    assert "unhandled" not in said
    assert world.messages() == []


@pytest.mark.parametrize("typed", ["/help", "/watch"])
def test_any_other_command_is_answered_with_help(world: World, typed: str) -> None:
    world.command(typed, "what now")
    assert "/acme-monitor" in answered(world)


def test_what_no_listener_handles_is_answered_with_nothing(world: World) -> None:
    team, user = {"id": world.team_id}, {"id": world.user}
    asked = {"type": "shortcut", "callback_id": "of_older_days", "trigger_id": "1.2.x"}
    body = {**asked, "team": team, "user": user}
    answer = SlackSender.of(world).interaction(body)
    assert (answer.status_code, answer.text) == (200, "")


def test_the_invitation_names_the_bot_as_it_is_called_here(world: World) -> None:
    private = world.room("private")
    with renamed(world, "threadwatch2"):
        private.command("/acme-monitor", "new papers on fusion")
        told = answered(private)
    assert "Type /invite @threadwatch2 there within 30 minutes, and I'll start by myself" in told


@pytest.mark.parametrize(
    ("kind", "name"),
    first_rows(
        2,
        [
            ("", "threadwatch2"),
            *((kind, "threadwatch") for kind in ("429", "error:missing_scope", "drop_before")),
        ],
    ),
)
def test_the_owner_of_a_suspended_monitor_reads_the_name_of_here(
    world: World, kind: str, name: str
) -> None:
    """The usual name, where Slack doesn't tell."""
    room, words = world.room("private"), f"news of {uuid4().hex[:12]}"
    set_member(room, member=True)
    room.command("/acme-monitor", words)
    _, monitor_id = room.until_watching()
    set_member(room, member=False)
    direct = replace(world, channel=DIRECT)
    if kind:
        world.fault("slack", kind, match="users.info", seconds=1)
    with renamed(world, "threadwatch2"):
        room.run(monitor_id)
        (told,) = world.until(lambda: [m for m in direct.messages() if words in str(m["text"])])
    world.calm()
    assert f"Type /invite @{name} in the channel" in shown_in(told)


@pytest.mark.parametrize("kind", ["dm", "mpim"])
def test_nobody_is_asked_to_invite_it_into_a_direct_message(world: World, kind: str) -> None:
    """A group's id begins with C, like a channel's: only its name tells them apart."""
    people = world.room(kind, members=[ADA, BEN])
    since = world.mark("parallel")
    people.command("/acme-monitor", "new papers on fusion")
    told = answered(people)
    assert "Run your command in a channel instead, or in a direct message with me." in told
    assert "/invite" not in told
    assert "/acme-monitor new papers on fusion" in told
    assert people.messages() == []
    assert people.creates(since=since) == []


def test_an_old_private_channel_is_a_channel(world: World) -> None:
    """Its id begins with G, as those of group messages once did."""
    private = world.room("private", channel_id="G0OLDROOM1")
    private.command("/acme-monitor", "new papers on fusion")
    assert "Type /invite @threadwatch there" in answered(private)
    set_member(private, member=True)
    private.until_watching()


def test_the_form_offers_no_direct_message_of_several_people(world: World) -> None:
    people = world.room("mpim", members=[ADA, BEN])
    people.command("/acme-monitor")
    form = world.until_form()
    menus = [
        element
        for block in cast("list[dict[str, dict[str, object]]]", form["blocks"])
        if (element := block.get("element", {})).get("type") == "conversations_select"
    ]
    assert [each.get("initial_conversation") for each in menus] == [None]
    assert [each["filter"] for each in menus] == [{"include": ["public", "private", "im"]}]
