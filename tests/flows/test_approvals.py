"""What would exceed a budget: every admin is asked, one decides; Task runs count, too."""

from collections.abc import Generator
from typing import Final, cast
from uuid import uuid4

import pytest

from tests.flows.findings import finding
from tests.flows.home import Home, member
from tests.flows.signed import SlackSender
from tests.flows.test_rules import Place, refused
from tests.flows.test_track import submit as track
from tests.flows.world import Json, Thread, World, shown_in

RUNS: Final = "/v1/tasks/runs"


@pytest.fixture
def place(acme: World) -> Generator[Place]:
    world = acme.workspace(f"w{uuid4().hex[:8]}")
    ben = member(world)
    assert world.install()["status"] == 200
    yield Place(world.room(members=[world.user, ben]), ben)
    world.calm()


@pytest.fixture
def world(place: Place) -> World:
    return place.world


@pytest.fixture
def boss(world: World) -> str:
    """A second admin."""
    person: Json = {"team_id": world.team_id, "name": "Boss", "is_admin": True}
    return str(world.post("/control/slack/users", person)["id"])


def until_asked(place: Place, count: int) -> list[Json]:
    """What admins are asked, by direct message."""

    def look() -> list[Json] | None:
        found = [each for each in place.world.direct_messages() if place.world.buttons_of(each)]
        return found if len(found) == count else None

    return place.world.until(look)


def until_told(place: Place, words: str, count: int) -> list[str]:
    """What stands in the admins' direct messages, once it says that."""

    def look() -> list[str] | None:
        found = [str(each["text"]) for each in place.world.direct_messages()]
        return found if len([each for each in found if words in each]) == count else None

    return place.world.until(look)


def of(world: World, user: str, asked: list[Json]) -> Json:
    """The one of them that a person got."""
    channels = cast("list[Json]", world.state()["channels"])
    (mine,) = [
        each
        for each in asked
        for channel in channels
        if channel["id"] == each["channel"] and user in cast("list[str]", channel["members"])
    ]
    return mine


def value_of(message: Json, action_id: str) -> str:
    return next(
        str(element["value"])
        for block in cast("list[dict[str, list[Json]]]", message["blocks"])
        for element in block.get("elements", [])
        if element.get("action_id") == action_id
    )


def press(world: World, message: Json, action_id: str, *, user: str) -> None:
    """As Slack sends it, whatever has become of the message by now."""
    payload: Json = {
        "type": "block_actions",
        "trigger_id": f"1.{uuid4().hex}",
        "team": {"id": world.team_id},
        "user": {"id": user, "team_id": world.team_id},
        "channel": {"id": message["channel"]},
        "container": {
            "type": "message",
            "channel_id": message["channel"],
            "message_ts": message["ts"],
        },
        "message": {"ts": message["ts"]},
        "actions": [
            {"type": "button", "action_id": action_id, "value": value_of(message, action_id)}
        ],
    }
    assert SlackSender.of(world).interaction(payload).status_code == 200


def over_budget(world: World, place: Place, query: str) -> str:
    place.allow(budget_channel={"value": "1"})
    place.until_rules("Budget a month: $1 for each channel.")
    return refused(world, query, user=place.ben, command="/hourly")


@pytest.mark.parametrize("yes", [True, False])
def test_every_admin_is_asked_and_sees_who_decided(
    world: World, place: Place, boss: str, *, yes: bool
) -> None:
    told = over_budget(world, place, "moons of Jupiter")
    assert " or " in told.partition("I've asked ")[2].partition(" to approve it")[0]
    asked = until_asked(place, 2)
    press(world, of(world, boss, asked), "approve_start" if yes else "decline_start", user=boss)
    until_told(place, f"{'Approved' if yes else 'Declined'} by Boss. The monitor “moons of", 2)
    assert not any(world.buttons_of(each) for each in place.world.direct_messages())
    if yes:
        world.until_watching()
        assert len(world.monitors()) == 1
    else:
        world.until(lambda: "Boss declined your monitor" in world.whispers()[-1])
        assert world.monitors() == []


def test_two_admins_at_once_have_one_effect_and_both_are_told(
    world: World, place: Place, boss: str
) -> None:
    over_budget(world, place, "moons of Saturn")
    asked = until_asked(place, 2)
    press(world, of(world, boss, asked), "decline_start", user=boss)
    press(world, of(world, world.user, asked), "approve_start", user=world.user)
    until_told(place, "Declined by Boss", 2)
    world.until(lambda: "Boss declined your monitor" in world.whispers()[-1])
    world.until_done("intent", lambda: world.command("/monitor", "list"))
    assert (world.cards(), world.monitors()) == ([], [])
    assert all("Declined by Boss" in str(each["text"]) for each in place.world.direct_messages())


def test_who_is_no_admin_any_more_decides_nothing(world: World, place: Place, boss: str) -> None:
    over_budget(world, place, "moons of Mars")
    asked = until_asked(place, 2)
    world.change(f"/control/slack/users/{boss}", is_admin=False)
    press(world, of(world, boss, asked), "decline_start", user=boss)
    press(world, of(world, world.user, asked), "approve_start", user=world.user)
    world.until_watching()
    world.until(
        lambda: any("Approved" in str(each["text"]) for each in place.world.direct_messages())
    )


def test_two_admins_take_over_and_one_owns_them(world: World, place: Place, boss: str) -> None:
    thread, _ = world.watch("rings of Saturn", user=place.ben)
    world.change(f"/control/slack/users/{place.ben}", deleted=True)
    asked = until_asked(place, 2)
    press(world, of(world, boss, asked), "take_over", user=boss)
    press(world, of(world, world.user, asked), "take_over", user=world.user)
    until_told(place, "Boss owns these monitors now.", 2)
    world.until(lambda: f"<@{boss}>" in shown_in(world.cards()[0]))
    world.until_done("intent", lambda: world.command("/monitor", "list"))
    assert all("Boss owns these" in str(each["text"]) for each in place.world.direct_messages())
    assert not any(world.buttons_of(each) for each in place.world.direct_messages())
    assert thread.ts == world.cards()[0]["ts"]


def news(world: World, place: Place) -> tuple[Thread, str]:
    """A monitor with a finding: the finding's message, and the event's id."""
    thread, monitor_id = world.watch("rings of Uranus", user=place.ben)
    told = world.run(monitor_id, events=[finding("There are thirteen.")])
    (message,) = world.until(lambda: world.reply_messages(thread))
    (event_id,) = cast("list[str]", told["event_ids"])
    return Thread(world.channel, str(message["ts"])), event_id


def runs(world: World, event_id: str) -> list[Json]:
    found = cast("list[Json]", world.get("/control/parallel/state")["tasks"])
    return [each for each in found if each["previous_interaction_id"] == event_id]


@pytest.mark.parametrize("budget", ["budget_workspace", "budget_channel", "budget_person"])
def test_research_is_held_to_the_budgets(world: World, place: Place, budget: str) -> None:
    message, event_id = news(world, place)
    place.allow(**{budget: {"value": "0"}})
    place.until_rules("Budget a month: $0")
    world.click(message, "research_this", user=place.ben)
    told = world.until(lambda: [each for each in world.whispers() if "budget" in each])[-1]
    assert "It would cost about $0.025." in told
    assert "budget is $0 a month, and about $0.09 of it is in use." in told
    assert "An admin can raise it in my Home tab." in told
    assert runs(world, event_id) == []
    # Within it, it is done.
    Home(world, world.user).close()
    place.allow(**{budget: {"value": "1"}})
    place.until_rules("Budget a month: $1")
    world.click(message, "research_this", user=place.ben)
    world.until(lambda: runs(world, event_id))


def test_what_research_has_cost_counts(world: World, place: Place) -> None:
    message, event_id = news(world, place)
    world.click(message, "research_this", user=place.ben)
    (run,) = world.until(lambda: runs(world, event_id))
    place.allow(budget_channel={"value": "0"})
    place.until_rules("Budget a month: $0")
    # While it runs, and once it has ended.
    assert "about $0.12 of it is in use" in told_of(world, place, "rings of Neptune")
    world.change(
        f"/control/parallel/tasks/{run['run_id']}",
        output={"type": "text", "content": "so it is", "basis": []},
    )
    world.until(lambda: "so it is" in str(world.messages()[-1]["text"]))
    world.until_done("intent", lambda: world.command("/monitor", "list"))
    assert "about $0.12 of it is in use" in told_of(world, place, "rings of Jupiter")


def told_of(world: World, place: Place, query: str) -> str:
    before = len(world.whispers())
    world.command("/monitor", query, user=place.ben)
    return world.until(lambda: [e for e in world.whispers()[before:] if "Not started" in e])[-1]


def test_the_first_values_of_fields_count(world: World, place: Place) -> None:
    place.allow(budget_workspace={"value": "0"})
    place.until_rules("Budget a month: $0")
    Home(world, world.user).close()
    track(world)
    told = world.until(lambda: [each for each in world.whispers() if "budget" in each])[-1]
    assert "$0.10 a month" in told
