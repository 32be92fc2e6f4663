"""What people of another company do in a channel that two companies share, and what comes of it."""

import json
import time
from collections.abc import Callable
from typing import Final, cast
from uuid import uuid4

from monitors.blocks.decisions import MOVE, MOVE_BLOCK
from monitors.model.codec import encode
from monitors.model.edit import EditForm, MonitorSettings
from monitors.model.workspace import ThreadRef
from tests.flows.findings import assert_each_once
from tests.flows.signed import SlackSender
from tests.flows.world import Json, Thread, World

STRANGER: Final = "U0STRANGE1"


def shared_reply(
    world: World, thread: Thread, *, user: str = STRANGER, heard_by: str = "", **teams: str
) -> None:
    """A reply in a channel that two companies share, as one company's app hears it."""
    event: Json = {
        "type": "message",
        "channel": thread.channel,
        "user": user,
        "text": "cancelmonitor",
        "ts": f"{time.time():.6f}",
        "thread_ts": thread.ts,
        **teams,
    }
    (team,) = cast("list[Json]", world.state()["teams"])
    authorization: Json = {
        "team_id": heard_by or world.team_id,
        "enterprise_id": None if heard_by else team["enterprise_id"],
    }
    sent = SlackSender.of(world).event(
        world, event, is_ext_shared_channel=True, authorizations=[authorization]
    )
    assert sent.status_code == 200


def reply(world: World, thread: Thread, *, user: str, user_team: str | None) -> None:
    teams = {} if user_team is None else {"team": user_team}
    shared_reply(world, thread, user=user, **teams)


def press(world: World, thread: Thread, *, user: str, user_team: str | None) -> None:
    interact(
        world,
        thread,
        {"id": user, "team_id": user_team},
        type="block_actions",
        actions=[{"type": "button", "action_id": "cancel_monitor", "block_id": "b"}],
    )


def use_shortcut(world: World, thread: Thread, *, user: str, user_team: str | None) -> None:
    """Say yes to what it asks."""
    view: Json = {
        "id": f"V{uuid4().hex[:10].upper()}",
        "type": "modal",
        "team_id": world.team_id,
        "callback_id": "cancel_monitor_form",
        "private_metadata": json.dumps({"channel": thread.channel, "ts": thread.ts}),
    }
    about: Json = {"id": user, "team_id": user_team}
    interact(world, thread, about, type="view_submission", view=view)


def move(world: World, thread: Thread, *, user: str, user_team: str | None) -> None:
    (monitor_id,) = [m["monitor_id"] for m in world.monitors()]
    interact(
        world,
        thread,
        {"id": user, "team_id": user_team},
        type="block_actions",
        actions=[
            {
                "type": "conversations_select",
                "action_id": MOVE,
                "block_id": f"{MOVE_BLOCK}{monitor_id}",
                "selected_conversation": world.room().channel,
            }
        ],
    )


def interact(world: World, thread: Thread, user: Json, **what: object) -> None:
    (team,) = cast("list[Json]", world.state()["teams"])
    enterprise_id = team["enterprise_id"]
    payload: Json = {
        "team": {"id": world.team_id},
        "enterprise": {"id": enterprise_id} if enterprise_id else None,
        "user": user,
        "api_app_id": "A0SANDBOX01",
        "channel": {"id": thread.channel},
        "message": {"ts": thread.ts, "team": world.team_id},
        "trigger_id": f"1.2.{uuid4().hex}",
        **what,
    }
    assert SlackSender.of(world).interaction(payload).status_code == 200


def edit(world: World, thread: Thread, *, user: str, user_team: str | None) -> None:
    """Send the form that was filled with how the monitor is set."""
    (monitor,) = world.monitors()
    settings = MonitorSettings(str(monitor["query"]), "1d", "lite")
    form = EditForm(
        ThreadRef(thread.channel, thread.ts), str(monitor["monitor_id"]), settings.fingerprint
    )
    view: Json = {
        "id": f"V{uuid4().hex[:10].upper()}",
        "type": "modal",
        "team_id": world.team_id,
        "callback_id": "edit_form",
        "private_metadata": encode(form),
        "state": {"values": {"every:x": {"every": {"selected_option": {"value": "1h"}}}}},
    }
    about: Json = {"id": user, "team_id": user_team}
    interact(world, thread, about, type="view_submission", view=view)


ACTS: Final = [reply, press, use_shortcut, move, edit]
Act = Callable[..., None]


def told(world: World, user: str, act: Callable[[], None]) -> str:
    """What the person alone is told."""
    since = world.mark("slack")
    act()
    # Not until a job is done: that may be the one that made the monitor.
    (said,) = world.until(lambda: world.slack_calls("chat.postEphemeral", since=since))
    body = cast("Json", said["body"])
    assert body["user"] == user
    return str(body["text"])


def assert_untouched(world: World, thread: Thread, monitor_id: str) -> None:
    (monitor,) = world.monitors()
    home = cast("Json", monitor["metadata"])
    assert (monitor["status"], home["slack_channel_id"]) == ("active", thread.channel)
    assert monitor["frequency"] == "1d"
    assert_each_once(world, thread, monitor_id, [])


def become(world: World, thread: Thread, monitor_id: str) -> str | None:
    """What became of it once somebody was obeyed."""
    monitor = world.monitor(monitor_id)
    if cast("Json", monitor["metadata"])["slack_channel_id"] != thread.channel:
        return "moved"
    if monitor["frequency"] != "1d":
        return "edited"
    return "cancelled" if monitor["status"] == "cancelled" else None
