"""One installation for a whole organisation, and channels that two companies share."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast
from uuid import uuid4

import pytest

from bot.blocks.suspended import MOVE, MOVE_BLOCK
from monitors.model.codec import encode
from monitors.model.edit import EditForm, MonitorSettings
from monitors.model.workspace import ThreadRef
from monitors.settings import Settings
from tests.flows.findings import assert_each_once
from tests.flows.home import Home, kept, link
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


# A person of two workspaces, and colleagues


def test_disconnecting_in_one_workspace_leaves_the_persons_own_alone(
    outside: World, settings: Settings, enterprise_id: str
) -> None:
    """Slack leaves `team` out; the view names the workspace, and `user` only the person's own."""
    own = outside.workspace("Grid own", enterprise_id=enterprise_id)
    install_everywhere(own)
    other = outside.workspace("Grid other", enterprise_id=enterprise_id)
    change_access(other, granted=True)
    own.change(f"/control/slack/users/{own.user}", also_in=[other.team_id])
    linked = {world.team_id: link(world, settings) for world in (own, other)}
    visited = replace(other, user=own.user)
    home = Home(visited, own.user)
    home.until(linked[other.team_id].last_four)
    home.unlink()
    own.until(lambda: kept(settings, linked[other.team_id]) != ["connected"])
    assert kept(settings, linked[own.team_id]) == ["connected"]


def test_trouble_with_an_account_is_told_to_who_installed_the_app_everywhere(
    outside: World, settings: Settings, enterprise_id: str
) -> None:
    world = outside.workspace("Grid in trouble", enterprise_id=enterprise_id)
    install_everywhere(world)
    linked = link(world, settings)
    _, monitor_id = world.watch("new papers on fusion")
    world.change(f"/control/parallel/accounts/{linked.name}", revoked=True)
    world.run(monitor_id)
    told = world.until(lambda: [m for m in in_directs(world) if "no longer accepts" in m])
    assert len(told) == 1


def in_directs(world: World) -> list[str]:
    """What is written in the workspace's direct messages."""
    state = world.state()
    channels = cast("list[Json]", state["channels"])
    directs = {str(each["id"]) for each in channels if each["kind"] == "dm"}
    messages = cast("dict[str, list[Json]]", state["messages"])
    return [str(m["text"]) for id_, said in messages.items() if id_ in directs for m in said]


def test_a_colleague_of_a_workspace_that_the_app_never_met_may_cancel(
    outside: World, enterprise_id: str
) -> None:
    """In a channel of several workspaces of one organisation."""
    world = outside.workspace("Grid first", enterprise_id=enterprise_id)
    install_everywhere(world)
    unmet = outside.workspace("Grid unmet", enterprise_id=enterprise_id)
    for act in (press, use_shortcut, reply):
        thread, monitor_id = world.watch(f"new papers on {act.__name__}")
        act(world, thread, user=unmet.user, user_team=unmet.team_id)
        world.until(lambda t=thread, m=monitor_id: become(world, t, m) == "cancelled")


def test_a_colleague_of_another_installation_of_the_organisation_may_cancel(
    outside: World, enterprise_id: str
) -> None:
    """Each workspace installed the app by itself."""
    world = outside.workspace("Grid alone", enterprise_id=enterprise_id)
    colleagues = outside.workspace("Grid beside", enterprise_id=enterprise_id)
    for each in (world, colleagues):
        each.install()
    shared = world.room(members=[world.user, colleagues.user], shared=True)
    thread, monitor_id = shared.watch("new papers on fusion")
    reply(shared, thread, user=colleagues.user, user_team=colleagues.team_id)
    shared.until(lambda: become(shared, thread, monitor_id) == "cancelled")


# Slack Connect


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
    world.until_done("intent", act)
    (said,) = world.slack_calls("chat.postEphemeral", since=since)
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
    monitor = next(m for m in world.all_monitors() if m["monitor_id"] == monitor_id)
    if cast("Json", monitor["metadata"])["slack_channel_id"] != thread.channel:
        return "moved"
    if monitor["frequency"] != "1d":
        return "edited"
    return "cancelled" if monitor["status"] == "cancelled" else None


@pytest.mark.parametrize("act", ACTS)
def test_another_company_in_the_channel_can_do_nothing_and_is_told(world: World, act: Act) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    said = told(world, STRANGER, lambda: act(world, thread, user=STRANGER, user_team=THEIR_TEAM))
    assert NOT_YOURS in said
    assert_untouched(world, thread, monitor_id)


@pytest.mark.parametrize(
    "named",
    [
        {"user_team": THEIR_TEAM, "source_team": "T0ACME0001", "team": "T0ACME0001"},
        {"source_team": THEIR_TEAM, "team": "T0ACME0001"},
        {"team": THEIR_TEAM},
        {"user_team": "E0STRANGE1"},
    ],
    ids=["user_team", "source_team", "team", "organisation"],
)
def test_whichever_field_names_another_company_its_reply_cancels_nothing(
    world: World, named: dict[str, str]
) -> None:
    thread, monitor_id = world.watch("new papers on fusion")
    assert NOT_YOURS in told(world, STRANGER, lambda: shared_reply(world, thread, **named))
    assert_untouched(world, thread, monitor_id)


@pytest.mark.parametrize("act", ACTS)
def test_slack_is_asked_whose_person_it_is_where_no_field_says_it(
    outside: World, acme: World, act: Act
) -> None:
    """Another company's is refused, as somebody is whom Slack does not know; ours is served."""
    guest = outside.workspace("Guests").user
    world = acme.room(members=[acme.user, guest], shared=True)
    thread, monitor_id = world.watch("new papers on fusion")
    for user, says in ((guest, NOT_YOURS), ("U0NOBODY01", "I couldn't check with Slack")):
        since = world.mark("slack")
        assert says in told(world, user, lambda u=user: act(world, thread, user=u, user_team=None))
        assert len(world.slack_calls("users.info", since=since)) == 1
        assert_untouched(world, thread, monitor_id)
    act(world, thread, user=world.user, user_team=None)
    became = world.until(lambda: become(world, thread, monitor_id))
    assert became == {move: "moved", edit: "edited"}.get(act, "cancelled")


def test_a_person_is_refused_once_slack_says_who_they_are(outside: World, acme: World) -> None:
    guest = outside.workspace("Guests").user
    world = acme.room(members=[acme.user, guest], shared=True)
    thread, monitor_id = world.watch("new papers on fusion")
    world.fault("slack", "500", match="users.info", times=2)
    said = told(world, guest, lambda: press(world, thread, user=guest, user_team=None))
    assert NOT_YOURS in said
    assert_untouched(world, thread, monitor_id)
    acme.calm()


def test_ones_own_monitor_is_cancelled_whoevers_app_heard_it(outside: World, world: World) -> None:
    """Both companies have the app, and Slack names the other one's installation."""
    other = outside.workspace("Partners")
    other.install()
    thread, _ = world.watch("new papers on fusion")
    shared_reply(world, thread, user_team=world.team_id, heard_by=other.team_id)
    world.until(lambda: world.replies(thread))
    assert world.replies(thread)[0].startswith("Cancelled")


def test_a_person_whose_company_has_the_app_too_is_told_that_a_monitor_is_not_theirs(
    outside: World, world: World
) -> None:
    other = outside.workspace("Partners")
    other.install()
    thread, monitor_id = world.watch("new papers on fusion")
    said = told(
        world,
        other.user,
        lambda: shared_reply(world, thread, user=other.user, user_team=other.team_id),
    )
    assert NOT_YOURS in said
    assert_untouched(world, thread, monitor_id)


def test_words_of_a_stranger_in_any_other_thread_meet_silence(world: World) -> None:
    other = replace(world, user=world.user)
    root = other.say("lunch?")
    thread = Thread(world.channel, str(root["ts"]))
    since = world.mark("slack")
    world.until_done("intent", lambda: shared_reply(world, thread, user_team=THEIR_TEAM))
    assert world.slack_calls("chat.postEphemeral", since=since) == []
