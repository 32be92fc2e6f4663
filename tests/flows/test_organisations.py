"""One installation for a whole organisation."""

from dataclasses import replace
from typing import cast
from uuid import uuid4

import pytest

from monitors.settings import Settings
from tests.flows.findings import assert_each_once
from tests.flows.home import Home, kept, link
from tests.flows.leaver import Leaver, uninstall
from tests.flows.shared_channel import Act, become, press, reply, use_shortcut
from tests.flows.signed import SlackSender
from tests.flows.stored import Stored
from tests.flows.world import Json, World


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

    def helped() -> str:
        organisation = str(team["enterprise_id"])
        return sender.command(later.world, "/help", enterprise_id=organisation).text

    assert "isn't installed" in helped()
    assert first.statuses == {"active"}
    assert_each_once(first.world, first.thread, first.monitor_ids[0], ["before it left"])
    change_access(later.world, granted=True)
    later.world.until(lambda: "isn't installed" not in helped())
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
    told = world.until(
        lambda: [m for m in world.direct_messages() if "no longer accepts" in str(m["text"])]
    )
    assert len(told) == 1


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


@pytest.mark.parametrize("act", [press, reply])
def test_a_colleague_may_cancel_where_slack_names_their_workspace(
    outside: World, enterprise_id: str, act: Act
) -> None:
    world = outside.workspace("Grid first", enterprise_id=enterprise_id)
    install_everywhere(world)
    beside = outside.workspace("Grid beside", enterprise_id=enterprise_id)
    change_access(beside, granted=True)
    thread, monitor_id = world.watch("new papers on fusion")
    act(beside, thread, user=beside.user, user_team=beside.team_id)
    world.until(lambda: become(world, thread, monitor_id) == "cancelled")


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
