"""How many monitors a workspace and a person may have, and guests none."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from uuid import uuid4

import pytest

from monitors.settings import Settings
from tests.flows.connecting import browser, open_account
from tests.flows.home import member
from tests.flows.world import World

QUERY = "new papers on <fusion> & fission"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"max_monitors_per_workspace": 4, "max_monitors_per_person": 2}
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace of its own, on the operator's account, with two people beside the admin."""

    world: World
    ben: str
    cleo: str

    def demote(self, user: str) -> None:
        self.world.change(f"/control/slack/users/{user}", is_restricted=True)


@pytest.fixture
def place(outside: World) -> Generator[Place]:
    world = outside.workspace(f"w{uuid4().hex[:8]}")
    ben, cleo = member(world), member(world)
    assert world.install()["status"] == 200
    world = world.room(members=[world.user, ben, cleo])
    yield Place(world, ben, cleo)
    world.calm()


@pytest.fixture
def world(place: Place) -> World:
    return place.world


def refused(world: World, command: str, text: str, *, user: str = "") -> str:
    """What the person is told; nothing else has happened."""
    cards, monitors, told = len(world.cards()), len(world.monitors()), len(world.whispers())
    world.command(command, text, user=user)
    world.until(lambda: [e for e in world.whispers()[told:] if e.startswith("Not started.")])
    assert (len(world.cards()), len(world.monitors())) == (cards, monitors)
    return world.whispers()[-1]


def test_a_person_has_a_limit_on_the_operators_account(world: World, place: Place) -> None:
    for number in range(2):
        world.watch(f"query {number}")
    told = refused(world, "/hourly", f"--every 6h {QUERY}")
    assert "You already have 2 active monitors" in told
    assert "MAX_MONITORS_PER_PERSON" in told
    assert "the person who runs this app" in told
    assert told.endswith(f"Your command:\n{escape(f'/hourly --every 6h {QUERY}', quote=False)}")
    thread, _ = world.watch("query 3", user=place.ben)
    world.say("cancelmonitor", thread=thread)


def test_a_cancelled_monitor_makes_room(world: World) -> None:
    thread, _ = world.watch("query 0")
    world.watch("query 1")
    refused(world, "/monitor", QUERY)
    world.say("cancelmonitor", thread=thread)
    world.until(lambda: world.replies(thread))
    world.watch(QUERY)


def test_a_workspace_has_a_limit(world: World, place: Place) -> None:
    for user in (place.ben, place.cleo):
        for number in range(2):
            world.watch(f"query {number} of {user}", user=user)
    told = refused(world, "/monitor", QUERY)
    assert "This workspace already has 4 active monitors" in told
    assert "MAX_MONITORS_PER_WORKSPACE" in told


def test_many_at_once_do_not_get_past_the_limit(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(world.command, "/monitor", f"query {each}") for each in range(8)]
        assert [each.result()["status"] for each in asked] == [200] * 8
    world.until(lambda: len(world.whispers()) >= 6 and len(world.monitors()) >= 2)
    refusals = [each for each in world.whispers() if each.startswith("Not started.")]
    assert len(refusals) == 6
    assert (len(world.monitors()), len(world.cards())) == (2, 2)


def test_a_guest_starts_none_on_the_operators_account(world: World, place: Place) -> None:
    place.demote(place.ben)
    told = refused(world, "/monitor", QUERY, user=place.ben)
    assert "Guests can't start monitors" in told
    assert "/monitor new papers" in told


def test_an_own_account_has_only_the_workspaces_limit(world: World, place: Place) -> None:
    with browser(world) as admin:
        admin.install_and_start()
        assert admin.link(open_account(world)).status_code == 303
    place.demote(place.ben)
    world.watch("query of ben", user=place.ben)
    for number in range(3):
        world.watch(f"query {number}")
    assert "This workspace already has 4" in refused(world, "/monitor", QUERY)
