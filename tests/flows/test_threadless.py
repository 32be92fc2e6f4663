"""Monitors without a thread in the Home tab: what admins see of them, and do with them."""

from typing import Final, cast

import pytest

from monitors.settings import Settings
from sandbox.demo import DEMO_ACCOUNT
from tests.flows.findings import finding
from tests.flows.forms import title_of
from tests.flows.home import Home, Linked, link, member
from tests.flows.on_card import at_once
from tests.flows.world import Json, World

HEADING: Final = "Monitors without a thread"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"reconcile_seconds": 1})


@pytest.fixture
def world(outside: World) -> World:
    """A workspace of its own for each test."""
    world = outside.workspace("Threadless")
    world.install()
    return world


@pytest.fixture
def linked(world: World, settings: Settings) -> Linked:
    return link(world, settings)


@pytest.fixture
def home(world: World) -> Home:
    return Home(world, world.user)


def made_elsewhere(world: World, linked: Linked, query: str, *, frequency: str = "6h") -> str:
    """By the CLI, n8n, or another app."""
    body: Json = {"type": "event_stream", "frequency": frequency, "settings": {"query": query}}
    answer = world.client.post(
        "/parallel/v1/monitors", json=body, headers={"x-api-key": linked.api_key}
    )
    return str(answer.json()["monitor_id"])


def status(world: World, monitor_id: str) -> object:
    return world.monitor(monitor_id)["status"]


def choose(world: World, home: Home, monitor_id: str) -> None:
    """Give it a thread in the world's channel."""
    press(world, home, "adopt_monitor", monitor_id)
    view = world.until(home.modal)
    values: Json = {"channel": {"channel": {"selected_conversation": world.channel}}}
    world.submit_modal(str(view["id"]), values)


def press(world: World, home: Home, action_id: str, monitor_id: str) -> Json:
    body: Json = {
        "team_id": world.team_id,
        "user": home.user,
        "view_id": home.view_id(),
        "action_id": action_id,
        "value": monitor_id,
    }
    return world.post("/control/slack/actions", body)


def test_an_admin_sees_what_no_thread_shows_and_what_it_costs(
    world: World, home: Home, linked: Linked
) -> None:
    world.watch("new papers on fusion")
    made_elsewhere(world, linked, "made by the CLI")
    made_elsewhere(world, linked, "made by n8n", frequency="1h")
    shown = home.until(HEADING)
    assert "2 monitors on this workspace's Parallel account" in shown
    assert "Together they cost about $2.52 a month." in shown
    assert "made by the CLI\nchecks every 6 hours · about $0.36 a month" in shown
    assert shown.index("made by the CLI") > shown.index(HEADING) > shown.index("new papers")
    other = Home(world, member(world))
    assert HEADING not in other.open()


def test_nothing_is_said_where_every_monitor_has_a_thread(
    world: World, home: Home, linked: Linked
) -> None:
    world.watch("new papers on fusion")
    assert HEADING not in home.until(linked.last_four)


def test_one_that_is_given_a_thread_lives_there_from_then_on(
    world: World, home: Home, linked: Linked
) -> None:
    monitor_id = made_elsewhere(world, linked, "made by the CLI")
    world.run(monitor_id, events=[finding("found before")])
    home.until(HEADING)
    choose(world, home, monitor_id)
    thread, adopted = world.until_watching()
    assert adopted == monitor_id
    world.until(lambda: HEADING not in home.words())
    world.run(monitor_id, events=[finding("found afterwards")])
    world.until(lambda: "found afterwards" in " ".join(world.replies(thread)))
    assert "found before" not in " ".join(world.replies(thread))
    # The form counts once, and the monitor has a thread: nothing more comes of it.
    assert len(world.cards()) == 1


def test_two_admins_at_once_give_it_one_thread(world: World, home: Home, linked: Linked) -> None:
    other = member(world)
    world.change(f"/control/slack/users/{other}", is_admin=True)
    rooms = {home.user: world.room(members=[home.user]), other: world.room(members=[other])}
    monitor_id = made_elsewhere(world, linked, "made by two")
    views: dict[str, Json] = {}
    for user in rooms:
        tab = Home(world, user)
        tab.open()
        tab.until(HEADING)
        press(world, tab, "adopt_monitor", monitor_id)
        views[user] = world.until(tab.modal)

    def send(user: str) -> None:
        chosen: Json = {"channel": {"channel": {"selected_conversation": rooms[user].channel}}}
        path = f"/control/slack/views/{views[user]['id']}/submit"
        world.post(path, {"values": chosen, "user": user})

    done = world.jobs("intent")
    at_once(*(lambda user=user: send(user) for user in rooms))
    world.until(lambda: world.jobs("intent") >= done + 2)
    cards = [card for room in rooms.values() for card in room.cards()]
    assert len(cards) == 1
    watched = world.monitor(monitor_id)
    assert cast("dict[str, str]", watched["metadata"])["slack_thread_id"] == cards[0]["ts"]


def test_one_that_is_cancelled_ends_and_leaves_the_list(
    world: World, home: Home, linked: Linked
) -> None:
    monitor_id = made_elsewhere(world, linked, "made by the CLI")
    home.until(HEADING)
    press(world, home, "end_threadless", monitor_id)
    world.until(lambda: status(world, monitor_id) == "cancelled")
    world.until(lambda: HEADING not in home.words())
    assert world.messages() == []


def test_a_channel_that_is_closed_to_the_app_is_told_to_the_admin(
    world: World, home: Home, linked: Linked
) -> None:
    monitor_id = made_elsewhere(world, linked, "made by the CLI")
    home.until(HEADING)
    private = world.room("private", members=[world.user])
    choose(private, home, monitor_id)
    world.until(
        lambda: "Slack won't let me post in that channel." in str(world.state()["messages"])
    )
    assert private.messages() == []
    assert status(world, monitor_id) == "active"
    assert HEADING in home.open()


def test_a_channel_that_the_rules_leave_out_is_told_to_the_admin(
    world: World, home: Home, linked: Linked
) -> None:
    monitor_id = made_elsewhere(world, linked, "made by the CLI")
    home.until(HEADING)
    elsewhere = world.room(members=[world.user])
    home.press("Change rules")
    home.until_modal("Who may start monitors?")
    values: Json = {
        "allowed_channels": {"allowed_channels": {"selected_conversations": [elsewhere.channel]}},
    }
    world.submit_modal(str(world.until(home.modal)["id"]), values)
    home.until_modal("Saved")
    home.close()
    world.until(lambda: world.jobs("intent"))
    choose(world, home, monitor_id)
    world.until(lambda: "don't allow monitors in that channel" in str(world.state()["messages"]))
    assert status(world, monitor_id) == "active"
    assert HEADING in home.open()


def test_who_is_no_admin_any_more_changes_nothing(world: World, home: Home, linked: Linked) -> None:
    monitor_id = made_elsewhere(world, linked, "made by the CLI")
    home.until(HEADING)
    press(world, home, "adopt_monitor", monitor_id)
    view = world.until(home.modal)
    world.change(f"/control/slack/users/{world.user}", is_admin=False)
    values: Json = {"channel": {"channel": {"selected_conversation": world.channel}}}
    answer = world.submit_modal(str(view["id"]), values)
    assert "Only admins and owners" in str(answer)
    home.close()
    press(world, home, "end_threadless", monitor_id)
    home.until_modal("Only admins and owners")
    assert title_of(world) == "Threadwatch"
    assert status(world, monitor_id) == "active"
    assert world.messages() == []


def test_of_the_operators_account_nothing_is_shown(outside: World) -> None:
    """Its monitors may be anybody's."""
    world = outside.workspace("Guests")
    world.install()
    home = Home(world, world.user)
    body: Json = {"type": "event_stream", "frequency": "6h", "settings": {"query": "secret"}}
    outside.client.post(
        "/parallel/v1/monitors", json=body, headers={"x-api-key": DEMO_ACCOUNT.api_key}
    )
    assert "secret" not in home.until("shared Parallel account")
