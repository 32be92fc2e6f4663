"""What a workspace's admins allow: who starts and changes monitors, where, and for how much."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, cast
from uuid import uuid4

import pytest

from tests.first import first
from tests.flows.home import Home, member
from tests.flows.signed import SlackSender
from tests.flows.world import Json, Thread, World, shown_in

HOURLY_PRICE: Final = "about $2.16 a month"


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace with an admin and a member, and the admin's Home tab."""

    world: World
    ben: str

    def allow(self, **chosen: object) -> str:
        """The admin sets the rules; what the form says then."""
        view_id = str(self.form()["id"])
        answer = self.world.submit_modal(view_id, {name: {name: v} for name, v in chosen.items()})
        assert answer["status"] == 200, answer
        said = Home(self.world, self.world.user).until_modal("Saved")
        self.world.until(lambda: self.world.jobs("intent"))
        return said

    def form(self) -> Json:
        home = Home(self.world, self.world.user)
        home.open()
        home.press("Change rules")
        home.until_modal("Who may start monitors?")
        return cast("Json", home.modal())

    def until_rules(self, *words: str) -> str:
        return Home(self.world, self.world.user).until(*words)


@pytest.fixture
def place(acme: World) -> Generator[Place]:
    world = acme.workspace(f"w{uuid4().hex[:8]}")
    ben = member(world)
    assert world.install()["status"] == 200
    world = world.room(members=[world.user, ben])
    yield Place(world, ben)
    world.calm()


@pytest.fixture
def world(place: Place) -> World:
    return place.world


def option(value: str) -> Json:
    return {"selected_option": {"value": value}}


def refused(world: World, text: str, *, user: str, command: str = "/monitor") -> str:
    """What the person is told; nothing else has happened."""
    told = len(world.whispers())
    world.command(command, text, user=user)
    world.until(lambda: [e for e in world.whispers()[told:] if e.startswith("Not started")])
    assert (world.cards(), world.monitors()) == ([], [])
    return world.whispers()[-1]


def test_only_admins_start_monitors_where_admins_say_so(world: World, place: Place) -> None:
    place.allow(who_starts=option("admins"))
    place.until_rules("Only admins can start monitors.")
    told = refused(world, "new rules on fusion", user=place.ben)
    assert "Only admins can start monitors in this workspace." in told
    assert "/monitor new rules on fusion" in told
    world.watch("new rules on fission")


def test_only_some_channels_are_allowed(world: World, place: Place) -> None:
    elsewhere = world.room(members=[world.user, place.ben])
    place.allow(allowed_channels={"selected_conversations": [elsewhere.channel]})
    place.until_rules(f"Allowed in <#{elsewhere.channel}> only.")
    assert "don't allow monitors in this channel" in refused(world, "a query", user=world.user)
    elsewhere.watch("another query", user=place.ben)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("channels", "don't allow monitors in that channel"),
        ("budget", "That channel's budget is $2 a month"),
    ],
)
def test_a_monitor_moves_only_to_where_one_could_be_started(
    world: World, place: Place, rule: str, words: str
) -> None:
    thread, monitor_id = world.watch("moved about")
    there = world.room(members=[world.user])
    there.watch("every hour", command="/hourly")
    if rule == "channels":
        place.allow(allowed_channels={"selected_conversations": [world.channel]})
    else:
        place.allow(budget_channel={"value": "2"})
    menu: Json = {
        "type": "conversations_select",
        "action_id": "move_monitor",
        "block_id": f"move:{monitor_id}",
        "selected_conversation": there.channel,
    }
    chosen: Json = {
        "type": "block_actions",
        "team": {"id": world.team_id},
        "user": {"id": world.user, "team_id": world.team_id},
        "channel": {"id": world.channel},
        "message": {"ts": thread.ts},
        "trigger_id": f"1.2.{uuid4().hex}",
        "actions": [menu],
    }
    told = len(world.whispers())
    assert SlackSender.of(world).interaction(chosen).status_code == 200
    world.until(lambda: world.whispers()[told:])
    assert words in world.whispers()[-1]
    assert len(there.cards()) == 1


@pytest.mark.parametrize(
    ("who", "words"),
    [("owner", "who started this monitor, and admins can do that"), ("admins", "only admins")],
)
def test_others_change_and_cancel_nothing(world: World, place: Place, who: str, words: str) -> None:
    cleo = member(world)
    world = world.room(members=[world.user, place.ben, cleo])
    owner = cleo if who == "owner" else place.ben
    thread, _ = world.watch(f"changed by {who}", user=owner)
    place.allow(who_changes=option(who))
    place.until_rules("can change or cancel")
    for reply in ("pause", "hourly", "cancelmonitor"):
        told = len(world.whispers())
        world.say(reply, thread=thread, user=place.ben)
        world.until(lambda told=told: len(world.whispers()) > told)
        assert words in world.whispers()[-1]
    # Nobody fills in a form for nothing.
    world.click(thread, "edit", user=place.ben)
    Home(world, place.ben).until_modal(words)
    world.say("status", thread=thread, user=place.ben)
    (status,) = world.until(lambda: world.replies(thread))
    assert "Watching" in status
    assert [each["status"] for each in world.monitors()] == ["active"]
    world.say("cancelmonitor", thread=thread, user=world.user if who == "admins" else owner)
    world.until(lambda: len(world.replies(thread)) > 1)
    assert [each["status"] for each in world.monitors()] == ["cancelled"]


def test_what_exceeds_a_budget_starts_once_an_admin_approves_it(world: World, place: Place) -> None:
    place.allow(budget_channel={"value": "1"})
    place.until_rules("Budget a month: $1 for each channel.")
    told = refused(world, "robots on the moon", user=place.ben, command="/hourly")
    assert "It would cost about $2.16 a month. This channel's budget is $1 a month" in told
    assert "asked" in told
    (asked,) = world.until(place.world.direct_messages)
    words = shown_in(asked)
    assert f"<@{place.ben}> wants to start a monitor in <#{world.channel}>" in words
    assert "robots on the moon" in words
    thread = Thread(str(asked["channel"]), str(asked["ts"]))
    world.click(thread, "approve_start")
    started, _ = world.until_watching()
    assert f"<@{place.ben}>" in shown_in(world.cards()[0])
    world.until(lambda: "Approved." in str(world.direct_messages()[-1]["text"]))
    assert len(world.monitors()) == 1
    assert started.channel == world.channel


def test_a_declined_one_is_over_and_its_person_knows(world: World, place: Place) -> None:
    place.allow(budget_person={"value": "2"})
    place.until_rules("$2 for each person")
    refused(world, "robots on mars", user=place.ben, command="/hourly")
    (asked,) = world.until(place.world.direct_messages)
    thread = Thread(str(asked["channel"]), str(asked["ts"]))
    world.click(thread, "decline_start")
    world.until(lambda: "declined your monitor “robots on mars”" in world.whispers()[-1])
    world.until(lambda: "Declined." in str(world.direct_messages()[-1]["text"]))
    assert (world.cards(), world.monitors()) == ([], [])


def test_within_a_budget_nobody_is_asked(world: World, place: Place) -> None:
    place.allow(budget_workspace={"value": "$3"})
    place.until_rules("$3 for the workspace")
    world.watch("one that is hourly", command="/hourly", user=place.ben)
    assert "$3 a month, and about $2.16 of it is in use" in refused_beside(world, place.ben)
    assert len(place.world.direct_messages()) == 1


def refused_beside(world: World, user: str) -> str:
    told = len(world.whispers())
    world.command("/hourly", "a second one", user=user)
    world.until(lambda: [e for e in world.whispers()[told:] if e.startswith("Not started")])
    assert len(world.monitors()) == 1
    return world.whispers()[-1]


def test_an_admin_who_exceeds_it_is_asked_where_they_stand(world: World, place: Place) -> None:
    place.allow(budget_workspace={"value": "1"})
    place.until_rules("$1 for the workspace")
    told = len(world.whispers())
    world.command("/hourly", "an admin's own")
    world.until(lambda: world.whispers()[told:])
    assert "As an admin, you can approve it." in world.whispers()[-1]
    assert place.world.direct_messages() == []
    assert world.monitors() == []


@pytest.mark.parametrize("typed", first(2, ["-1", "9" * 5000, "2.5", "many", "1e3", "9" * 9, "٣"]))
def test_a_budget_is_a_whole_number_of_dollars(world: World, place: Place, typed: str) -> None:
    view_id = str(place.form()["id"])
    values: Json = {"budget_channel": {"budget_channel": {"value": typed}}}
    answer = world.submit_modal(view_id, values)
    assert "whole number of dollars" in str(answer)
    assert "No limit" not in Home(world, world.user).open()


def test_only_an_admin_changes_the_rules(world: World, place: Place) -> None:
    other = Home(world, place.ben)
    assert "Rules of this workspace" in other.open()
    assert other.buttons() == ["New monitor"]
    form = place.form()
    world.change(f"/control/slack/users/{world.user}", is_admin=False)
    world.submit_modal(str(form["id"]), {"who_starts": {"who_starts": option("admins")}})
    Home(world, world.user).until_modal("admins")
    assert "Everyone can start monitors." in other.open()


def test_a_form_that_is_out_of_date_changes_nothing(world: World, place: Place) -> None:
    home = Home(world, world.user)
    person: Json = {"team_id": world.team_id, "name": "boss", "is_admin": True}
    boss = Home(world, str(world.post("/control/slack/users", person)["id"]))
    boss.open()
    boss.press("Change rules")
    boss.until_modal("Who may start monitors?")
    place.allow(who_changes=option("admins"))
    place.until_rules("Only admins can change or cancel them.")
    boss.submit()
    boss.until_modal("Someone changed the rules in the meantime")
    assert "Only admins can change or cancel them." in home.open()


def test_somebody_leaves_and_an_admin_takes_over(world: World, place: Place) -> None:
    thread, _ = world.watch("what one who leaves has started", user=place.ben)
    world.watch("an admin's, which nobody is asked about")
    world.change(f"/control/slack/users/{place.ben}", name="Ben Left")
    world.change(f"/control/slack/users/{place.ben}", deleted=True)
    (asked,) = world.until(place.world.direct_messages)
    words = shown_in(asked)
    assert f"<@{place.ben}> was deactivated. 1 monitor of theirs goes on." in words
    assert "what one who leaves has started" in words
    assert "nobody is asked about" not in words
    world.click(Thread(str(asked["channel"]), str(asked["ts"])), "take_over")
    world.until(lambda: "You own these monitors now" in str(world.direct_messages()[-1]["text"]))
    card = world.until(lambda: next(c for c in world.cards() if c["ts"] == thread.ts))
    world.until(lambda: f"<@{world.user}>" in shown_in(card_of(world, thread)))
    assert f"<@{place.ben}>" not in shown_in(card_of(world, thread))
    metadata = [cast("Json", each["metadata"])["user_id"] for each in world.monitors()]
    assert metadata == [world.user, world.user]
    assert card
    world.change(f"/control/slack/users/{place.ben}", deleted=True)
    assert len(place.world.direct_messages()) == 1


def card_of(world: World, thread: Thread) -> Json:
    return next(card for card in world.cards() if card["ts"] == thread.ts)


def test_nobody_is_asked_about_a_person_without_monitors(world: World, place: Place) -> None:
    world.until_done(
        "intent", lambda: world.change(f"/control/slack/users/{place.ben}", deleted=True)
    )
    assert place.world.direct_messages() == []


def test_a_budget_holds_for_a_monitor_that_is_to_check_more_often(
    world: World, place: Place
) -> None:
    thread, _ = world.watch("one that is daily", user=place.ben)
    place.allow(budget_workspace={"value": "1"})
    place.until_rules("$1 for the workspace")
    world.say("hourly", thread=thread, user=place.ben)
    (answer,) = world.until(lambda: world.replies(thread))
    assert "Nothing was changed. It would cost about $2.16 a month." in answer
    assert [each["frequency"] for each in world.monitors()] == ["1d"]
    world.say("weekly", thread=thread, user=place.ben)
    world.until(lambda: [each["frequency"] for each in world.monitors()] == ["1w"])
